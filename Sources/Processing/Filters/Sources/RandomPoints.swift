import Datasets
import Dataflow
import Execution
import Geometry

/// Points drawn evenly in the unit cube, one vertex cell each, with their index in the Int32 array `id`.
///
/// Point n depends on the seed and on n only, so any piece draws the same points as the whole.
public struct RandomPoints: Source {
    public var count: Int
    public var seed: UInt64

    public init(count: Int, seed: UInt64 = 1) {
        self.count = max(0, count)
        self.seed = seed
    }

    public var name: String { "points" }

    public func describe() throws -> DatasetDescription {
        try checkIndexRange("points", points: count, connectivity: count)
        return DatasetDescription(
            kind: .poly, arrays: [ArrayDescription(name: "id", association: .point, type: .int32)], pointCount: count, cellCount: count,
            bounds: Bounds(lower: Vector3(), upper: Vector3(1, 1, 1)), splitting: .pieces, byteCount: count * 20, maximumCellSize: 1)
    }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        _ = try describe()
        let first = RandomPoints.share(count, request.piece, of: request.pieceCount)
        let size = RandomPoints.share(count, request.piece + 1, of: request.pieceCount) - first
        let seed = seed
        let points = try Buffer<Float>(count: 3 * size) { out in
            try context.parallelFor(size, grain: 1 << 15) { range in
                for point in range {
                    let index = UInt64(truncatingIfNeeded: first &+ point)
                    for axis in 0..<3 {
                        // 24 random bits fill a Float in 0 ..< 1 exactly.
                        let bits = RandomPoints.mix(seed, index &* 3 &+ UInt64(truncatingIfNeeded: axis)) &>> 40
                        out[3 &* point &+ axis] = Float(Int32(truncatingIfNeeded: bits)) * 0x1p-24
                    }
                }
            }
        }
        let ids = Buffer<Int32>(count: size) { out in for point in 0..<size { out[point] = Int32(truncatingIfNeeded: first &+ point) } }
        let cells = Buffer<Int32>(count: size) { out in for point in 0..<size { out[point] = Int32(truncatingIfNeeded: point) } }
        var attributes = DatasetAttributes()
        if request.arrays.wants("id", .point) { attributes.pointData.set(FieldArray(name: "id", ids)) }
        if request.pieceCount > 1 {
            var piece = PieceInfo(piece: request.piece, pieceCount: request.pieceCount, ghostLevels: request.ghostLevels)
            piece.cellKeys = Buffer(count: size) { out in for point in 0..<size { out[point] = UInt64(first + point) } }
            piece.pointIdentities = Buffer(count: size) { out in
                for point in 0..<size { out[point] = PointIdentity(sourceIndex: first + point) }
            }
            attributes.piece = piece
        }
        return .poly(PolyData(points: .float32(points), vertices: CellArray(uniformSize: 1, connectivity: cells), attributes: attributes))
    }

    /// Where share `piece` of `pieces` begins.
    private static func share(_ count: Int, _ piece: Int, of pieces: Int) -> Int {
        let (whole, rest) = (count / pieces, count % pieces)
        return whole * piece + min(piece, rest)
    }

    /// 64 random bits for a counter. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    @inline(__always) private static func mix(_ seed: UInt64, _ counter: UInt64) -> UInt64 {
        var x = (seed &+ 0x5851_F42D_4C95_7F2D) &* 0x9E37_79B9_7F4A_7C15 &+ counter &* 0xD134_2543_DE82_EF95
        x ^= x &>> 30
        x &*= 0xBF58_476D_1CE4_E5B9
        x ^= x &>> 27
        x &*= 0x94D0_49BB_1331_11EB
        return x ^ (x &>> 31)
    }
}
