import CKernels
import Datasets
import Execution

/// Finds the points that external faces can have, without a list of faces.
///
/// Every face has a 64-bit key; each of its points takes the exclusive or of the keys of all faces at it. A face between two cells comes
/// twice and vanishes, so only points of faces that come an odd number of times keep something. What remains is a set of points: a
/// face can only be external if all its points are in it, and the few such faces are then counted exactly (`FaceCount`).
///
/// A face that names a point twice cancels itself there, so all points of cells that do so are in the set from the start.
///
/// What can go wrong: a point drops out although an external face has it if the 64-bit keys of all external faces at it cancel (about
/// one choice of constant in 2⁶¹ for each point). Everything else is exact.
///
/// Memory: 8 bytes a point and worker, of the parts that a worker touches. The result does not depend on the number of workers.
struct FaceSketch {
    /// Entries of a table that are cleared at a time.
    static let blockBits = 12
    static let block = 1 << blockBits

    /// One bit a point, 32 to a word, the lowest first: whether it may have an external face.
    ///
    /// - Throws: `DatasetError` where a cell names a point that there is not.
    static func boundaryPoints(of cells: VolumeCells, context: ExecutionContext) throws -> Buffer<UInt32> {
        let points = cells.grid.points.count
        let blocks = (points + block - 1) >> blockBits
        let entries = cells.grid.cells.connectivity.count
        let affordable = max(2, entries / max(1, 2 * points))
        let workers = max(1, min(context.threads, affordable, cells.batches.count))
        var tables: [Table] = []
        for _ in 0..<workers { tables.append(Table(blocks: blocks)) }
        let shared = tables
        try context.parallelFor(workers, grain: 1) { range in
            for worker in range {
                let batches = cells.batches.count * worker / workers..<cells.batches.count * (worker + 1) / workers
                for batch in batches {
                    if batch & 15 == 0 { try context.checkCancellation() }
                    try shared[worker].add(cells, cells.batches[batch])
                }
            }
        }
        return try Buffer<UInt32>(count: blocks << (blockBits - 5)) { bits in
            nonisolated(unsafe) let bits = bits
            try context.parallelFor(blocks, grain: 8) { range in
                for index in range { merge(shared, index, bits + index << (blockBits - 5)) }
            }
            for table in shared { for point in table.repeated.points { bits[Int(point) >> 5] |= 1 << UInt32(point & 31) } }
        }
    }

    /// Writes the bits of one block: where the tables together hold something.
    private static func merge(_ tables: [Table], _ index: Int, _ bits: UnsafeMutablePointer<UInt32>) {
        var sum: UnsafeMutablePointer<UInt64>?
        for table in tables where table.isCleared[index] != 0 {
            let from = table.sums.pointer + index << blockBits
            guard let sum else {
                sum = UnsafeMutablePointer(mutating: from)
                continue
            }
            for entry in 0..<block { sum[entry] ^= from[entry] }
        }
        guard let sum else {
            bits.initialize(repeating: 0, count: block / 32)
            return
        }
        for word in 0..<block / 32 {
            let from = sum + word &* 32
            bits[word] =
                ck_nonzero_8u64(from) | ck_nonzero_8u64(from + 8) &<< 8 | ck_nonzero_8u64(from + 16) &<< 16
                | ck_nonzero_8u64(from + 24) &<< 24
        }
    }

    /// Points of cells that name a point twice.
    final class Repeated: @unchecked Sendable {
        // Unchecked: one worker fills it before the others read it.
        var points: [Int32] = []
    }

    /// The sums of one worker; cleared where they are used.
    struct Table: @unchecked Sendable {
        // Unchecked: one worker writes it, then the workers that merge, each its own blocks.
        let sums: Buffer<UInt64>
        let isCleared: UnsafeMutableBufferPointer<UInt8>
        let repeated = Repeated()
        private let flags: Buffer<UInt8>

        init(blocks: Int) {
            sums = Buffer(uninitializedCount: blocks << blockBits)
            flags = Buffer(repeating: 0, count: blocks)
            isCleared = UnsafeMutableBufferPointer(start: UnsafeMutablePointer(mutating: flags.pointer), count: blocks)
        }

        private func clear(_ points: ClosedRange<Int>) {
            let base = UnsafeMutablePointer(mutating: sums.pointer)
            for index in points.lowerBound >> blockBits...points.upperBound >> blockBits where isCleared[index] == 0 {
                isCleared[index] = 1
                (base + index << blockBits).initialize(repeating: 0, count: block)
            }
        }

        func add(_ cells: VolumeCells, _ segments: Range<Int>) throws {
            let grid = cells.grid
            let first = cells.segments[segments.lowerBound].firstEntry
            let end = cells.segments[segments.upperBound - 1].endEntry
            let ids = grid.cells.connectivity.pointer
            if let range = try pointRange(ids + first, end - first, points: grid.points.count) { clear(range) }
            let table = UnsafeMutablePointer(mutating: sums.pointer)
            for segment in cells.segments[segments] {
                noteRepeats(ids + segment.firstEntry, segment)
                switch (segment.type, segment.size) {
                case (.tetrahedron, 4): addTetrahedra(ids + segment.firstEntry, segment.count, table)
                case (.voxel, 8): addHexahedra(ids + segment.firstEntry, segment.count, 3, 2, table)
                case (.hexahedron, 8): addHexahedra(ids + segment.firstEntry, segment.count, 2, 3, table)
                default:
                    if segment.type == .polyhedron && grid.points.count > 0 { clear(0...grid.points.count - 1) }
                    addFaces(cells, segment, table, repeated)
                }
            }
        }

        private func noteRepeats(_ ids: UnsafePointer<Int32>, _ segment: CellSegment) {
            if segment.size == 8 {
                for cell in 0..<segment.count where ck_has_repeat_8(ids + cell &* 8) != 0 {
                    repeated.points.append(contentsOf: UnsafeBufferPointer(start: ids + cell &* 8, count: 8))
                }
            } else if segment.size == 4 {
                for cell in 0..<segment.count where ck_has_repeat_4(ids + cell &* 4) != 0 {
                    repeated.points.append(contentsOf: UnsafeBufferPointer(start: ids + cell &* 4, count: 4))
                }
            }
        }
    }

    /// The lowest and the highest of the points; nil where there are none.
    static func pointRange(_ ids: UnsafePointer<Int32>, _ count: Int, points: Int) throws -> ClosedRange<Int>? {
        if count == 0 { return nil }
        var low = SIMD8<Int32>(repeating: ids[0])
        var high = low
        var index = 0
        while index &+ 8 <= count {
            let next = UnsafeRawPointer(ids + index).loadUnaligned(as: SIMD8<Int32>.self)
            low = pointwiseMin(low, next)
            high = pointwiseMax(high, next)
            index &+= 8
        }
        var (lowest, highest) = (low.min(), high.max())
        while index < count {
            lowest = min(lowest, ids[index])
            highest = max(highest, ids[index])
            index &+= 1
        }
        if lowest < 0 || Int(highest) >= points {
            throw DatasetError("a cell names point \(lowest < 0 ? lowest : highest), and there are \(points) points")
        }
        return Int(lowest)...Int(highest)
    }

    private static func addTetrahedra(_ ids: UnsafePointer<Int32>, _ count: Int, _ table: UnsafeMutablePointer<UInt64>) {
        var id = ids
        for _ in 0..<count {
            let (p0, p1, p2, p3) = (id[0], id[1], id[2], id[3])
            let (w0, w1, w2, w3) = (FaceKey.weight(p0), FaceKey.weight(p1), FaceKey.weight(p2), FaceKey.weight(p3))
            let sum = w0 &+ w1 &+ w2 &+ w3
            // The face opposite to each point; a point lies on the three others.
            let k0 = FaceKey.triangle(sum &- w0)
            let k1 = FaceKey.triangle(sum &- w1)
            let k2 = FaceKey.triangle(sum &- w2)
            let k3 = FaceKey.triangle(sum &- w3)
            let (k01, k23) = (k0 ^ k1, k2 ^ k3)
            table[Int(p0)] ^= k1 ^ k23
            table[Int(p1)] ^= k0 ^ k23
            table[Int(p2)] ^= k01 ^ k3
            table[Int(p3)] ^= k01 ^ k2
            id += 4
        }
    }

    /// - Parameters: `second` and `third` are the places of a hexahedron's points 2 and 3; 6 and 7 lie four behind them.
    @inline(__always) private static func addHexahedra(
        _ ids: UnsafePointer<Int32>, _ count: Int, _ second: Int, _ third: Int, _ table: UnsafeMutablePointer<UInt64>
    ) {
        var id = ids
        for _ in 0..<count {
            let (p0, p1, p2, p3) = (id[0], id[1], id[second], id[third])
            let (p4, p5, p6, p7) = (id[4], id[5], id[second &+ 4], id[third &+ 4])
            let (w0, w1, w2, w3) = (FaceKey.weight(p0), FaceKey.weight(p1), FaceKey.weight(p2), FaceKey.weight(p3))
            let (w4, w5, w6, w7) = (FaceKey.weight(p4), FaceKey.weight(p5), FaceKey.weight(p6), FaceKey.weight(p7))
            let lowX = FaceKey.quad(w0, w4, w7, w3)
            let highX = FaceKey.quad(w1, w2, w6, w5)
            let lowY = FaceKey.quad(w0, w1, w5, w4)
            let highY = FaceKey.quad(w3, w7, w6, w2)
            let lowZ = FaceKey.quad(w0, w3, w2, w1)
            let highZ = FaceKey.quad(w4, w5, w6, w7)
            let (e0, e1, e2, e3) = (lowX ^ lowY, highX ^ lowY, highX ^ highY, lowX ^ highY)
            table[Int(p0)] ^= e0 ^ lowZ
            table[Int(p1)] ^= e1 ^ lowZ
            table[Int(p2)] ^= e2 ^ lowZ
            table[Int(p3)] ^= e3 ^ lowZ
            table[Int(p4)] ^= e0 ^ highZ
            table[Int(p5)] ^= e1 ^ highZ
            table[Int(p6)] ^= e2 ^ highZ
            table[Int(p7)] ^= e3 ^ highZ
            id += 8
        }
    }

    /// Cells of any type, face by face.
    private static func addFaces(
        _ cells: VolumeCells, _ segment: CellSegment, _ table: UnsafeMutablePointer<UInt64>, _ repeated: Repeated
    ) {
        FaceCursor(cells).forEachFace(of: segment) { _, _, points, count in
            let key = FaceKey.face(points, count)
            var hasRepeat = false
            for corner in 0..<count {
                table[Int(points[corner])] ^= key
                for other in 0..<corner where points[other] == points[corner] { hasRepeat = true }
            }
            if hasRepeat { repeated.points.append(contentsOf: UnsafeBufferPointer(start: points, count: count)) }
        }
    }
}
