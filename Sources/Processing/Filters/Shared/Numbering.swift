import Datasets

/// The names of a piece's cells and points in the whole dataset, written out.
struct Numbering {
    /// Rising; one a cell.
    var cellKeys: Buffer<UInt64>
    /// One a point.
    var pointIdentities: Buffer<PointIdentity>

    /// The names in `dataset`, or nil where it is a whole dataset: there indices are names.
    init?(of dataset: Dataset) {
        guard let piece = dataset.piece else { return nil }
        if let extent = dataset.extent, let whole = piece.wholeExtent {
            cellKeys = piece.cellKeys ?? Numbering.latticeKeys(extent, in: whole)
            pointIdentities = piece.pointIdentities ?? Numbering.latticeIdentities(extent, in: whole)
        } else {
            cellKeys = piece.cellKeys ?? Buffer(count: dataset.cellCount) { out in
                for cell in 0..<dataset.cellCount { out[cell] = UInt64(cell) }
            }
            pointIdentities = piece.pointIdentities ?? Buffer(count: dataset.pointCount) { out in
                for point in 0..<dataset.pointCount { out[point] = PointIdentity(sourceIndex: point) }
            }
        }
    }

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
