import Datasets

/// The names of a piece's cells and points in the whole dataset.
///
/// Those of a part of a lattice follow from its extent: they are worked out one by one, and written out only for who asks for all.
struct Numbering {
    private let keys: Buffer<UInt64>?
    private let identities: Buffer<PointIdentity>?
    private let lattice: (part: Extent, whole: Extent)?
    private let cells: LatticePlaces
    private let points: LatticePlaces

    /// The names in `dataset`, or nil where it is a whole dataset: there indices are names.
    init?(of dataset: Dataset) {
        guard let piece = dataset.piece else { return nil }
        let (part, whole) = (dataset.extent ?? .empty, piece.wholeExtent ?? .empty)
        cells = LatticePlaces(part.cellDimensions, in: whole.cellDimensions, offset: part.lower &- whole.lower)
        points = LatticePlaces(part.dimensions, in: whole.dimensions, offset: part.lower &- whole.lower)
        if dataset.extent != nil, piece.wholeExtent != nil {
            (keys, identities) = (piece.cellKeys, piece.pointIdentities)
            lattice = (part, whole)
        } else {
            lattice = nil
            keys = piece.cellKeys ?? Buffer(count: dataset.cellCount) { out in
                for cell in 0..<dataset.cellCount { out[cell] = UInt64(cell) }
            }
            identities = piece.pointIdentities ?? Buffer(count: dataset.pointCount) { out in
                for point in 0..<dataset.pointCount { out[point] = PointIdentity(sourceIndex: point) }
            }
        }
    }

    /// The key of one cell.
    @inline(__always) func cellKey(_ cell: Int) -> UInt64 { keys.map { $0.pointer[cell] } ?? UInt64(truncatingIfNeeded: cells[cell]) }

    /// The name of one point.
    @inline(__always) func pointIdentity(_ point: Int) -> PointIdentity {
        identities.map { $0.pointer[point] } ?? PointIdentity(sourceIndex: points[point])
    }

    /// Rising; one a cell.
    var cellKeys: Buffer<UInt64> { keys ?? Numbering.latticeKeys(lattice!.part, in: lattice!.whole) }

    /// One a point.
    var pointIdentities: Buffer<PointIdentity> { identities ?? Numbering.latticeIdentities(lattice!.part, in: lattice!.whole) }

    /// The whole lattice's index of every cell of a part of it.
    static func latticeKeys(_ part: Extent, in whole: Extent) -> Buffer<UInt64> {
        let size = part.cellDimensions
        let wholeSize = whole.cellDimensions
        let offset = part.lower &- whole.lower
        return Buffer(count: part.cellCount) { out in
            var index = 0
            for k in 0..<(part.isEmpty ? 0 : size.z) {
                for j in 0..<size.y {
                    let row = ((k + offset.z) * wholeSize.y + j + offset.y) * wholeSize.x + offset.x
                    for i in 0..<size.x {
                        out[index] = UInt64(row + i)
                        index += 1
                    }
                }
            }
        }
    }

    /// The whole lattice's index of every point of a part of it.
    static func latticeIdentities(_ part: Extent, in whole: Extent) -> Buffer<PointIdentity> {
        let size = part.dimensions
        let wholeSize = whole.dimensions
        let offset = part.lower &- whole.lower
        return Buffer(count: part.pointCount) { out in
            var index = 0
            for k in 0..<size.z {
                for j in 0..<size.y {
                    let row = ((k + offset.z) * wholeSize.y + j + offset.y) * wholeSize.x + offset.x
                    for i in 0..<size.x {
                        out[index] = PointIdentity(sourceIndex: row + i)
                        index += 1
                    }
                }
            }
        }
    }
}

/// Indices in a lattice of what a part of it numbers for itself.
private struct LatticePlaces {
    private let size: SIMD3<Int>
    private let whole: SIMD3<Int>
    private let offset: SIMD3<Int>

    init(_ size: SIMD3<Int>, in whole: SIMD3<Int>, offset: SIMD3<Int>) {
        self.size = SIMD3(max(1, size.x), max(1, size.y), max(1, size.z))
        self.whole = whole
        self.offset = offset
    }

    @inline(__always) subscript(index: Int) -> Int {
        let (row, i) = index.quotientAndRemainder(dividingBy: size.x)
        let (k, j) = row.quotientAndRemainder(dividingBy: size.y)
        return ((k &+ offset.z) &* whole.y &+ j &+ offset.y) &* whole.x &+ i &+ offset.x
    }
}
