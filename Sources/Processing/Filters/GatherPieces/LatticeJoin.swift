import Datasets
import Execution

/// Structured pieces put together by extent.
struct LatticeJoin {
    private struct Part {
        let dataset: Dataset
        let extent: Extent
        /// The cells that the piece owns, as a box of cell numbers.
        let ownedCells: Extent
    }

    private let parts: [Part]
    private let whole: Extent

    /// - Throws: `DatasetError` where a piece does not know the extent of the whole.
    init(_ pieces: [Dataset]) throws {
        guard let whole = pieces[0].piece?.wholeExtent else {
            throw DatasetError("a structured piece does not say of which whole it is a part")
        }
        self.whole = whole
        parts = try pieces.map { piece in
            guard let extent = piece.extent, piece.piece?.wholeExtent == whole else {
                throw DatasetError("structured pieces are parts of different wholes")
            }
            return Part(dataset: piece, extent: extent, ownedCells: LatticeJoin.ownedCells(piece.piece?.cellGhostLevels, extent))
        }
    }

    private static func ownedCells(_ levels: Buffer<UInt8>?, _ extent: Extent) -> Extent {
        let box = Extent(lower: extent.lower, upper: extent.lower &+ extent.cellDimensions &- 1)
        guard let levels, !levels.isEmpty else { return box }
        // Owned cells are a box: its first and last place are its corners.
        guard let first = levels.elements.firstIndex(of: 0), let last = levels.elements.lastIndex(of: 0) else { return .empty }
        return Extent(lower: box.point(at: first), upper: box.point(at: last))
    }

    func joined(context: ExecutionContext) throws -> Dataset {
        let model = parts[0].dataset
        let pointSource = try numbers(ofCells: false)
        let cellSource = try numbers(ofCells: true)
        var attributes = DatasetAttributes(fieldData: model.fieldData)
        attributes.pointData = try FieldJoin(
            parts.map(\.dataset.pointData), counts: parts.map(\.dataset.pointCount), of: "point"
        ).joined(pointSource, context: context)
        attributes.cellData = try FieldJoin(
            parts.map(\.dataset.cellData), counts: parts.map(\.dataset.cellCount), of: "cell"
        ).joined(cellSource, context: context)
        switch model {
        case .image(var image):
            image.extent = whole
            image.attributes = attributes
            return .image(image)
        case .rectilinear(let grid):
            func coordinates(_ axis: Int, _ array: (RectilinearGrid) -> FieldArray) throws -> FieldArray {
                let size = whole.dimensions[axis]
                var piece = Buffer<Int32>(repeating: -1, count: size)
                var place = Buffer<Int32>(repeating: 0, count: size)
                for (number, part) in parts.enumerated() {
                    for index in 0..<part.extent.dimensions[axis] {
                        let target = part.extent.lower[axis] - whole.lower[axis] + index
                        piece[target] = Int32(number)
                        place[target] = Int32(index)
                    }
                }
                if piece.elements.contains(-1) { throw gap }
                let arrays = parts.map { part -> FieldArray? in
                    if case .rectilinear(let grid) = part.dataset { return array(grid) }
                    return nil
                }
                return try FieldJoin.join(arrays, like: array(grid), Numbered(piece: piece, place: place), context)
            }
            return .rectilinear(
                RectilinearGrid(
                    extent: whole, x: try coordinates(0) { $0.coordinates.x }, y: try coordinates(1) { $0.coordinates.y },
                    z: try coordinates(2) { $0.coordinates.z }, attributes: attributes))
        case .structured(let grid):
            let arrays = parts.map { $0.dataset.explicitPoints?.array }
            guard let points = Points(try FieldJoin.join(arrays, like: grid.points.array, pointSource, context)) else {
                throw DatasetError("points have three coordinates")
            }
            return .structured(StructuredGrid(extent: whole, points: points, attributes: attributes))
        default: throw unsupported("gather pieces", model, needs: "structured data")
        }
    }

    private var gap: DatasetError { DatasetError("pieces do not fill their whole extent \(whole)") }

    /// The piece, and the place in it, of every point or cell of the whole; a point comes from the piece of its lowest cell.
    private func numbers(ofCells: Bool) throws -> Numbered {
        let target = ofCells ? Extent(lower: whole.lower, upper: whole.lower &+ whole.cellDimensions &- 1) : whole
        var piece = Buffer<Int32>(repeating: -1, count: whole.isEmpty ? 0 : target.pointCount)
        var place = Buffer<Int32>(repeating: 0, count: piece.count)
        piece.withUnsafeMutablePointer { piece in
            place.withUnsafeMutablePointer { place in
                for (number, part) in parts.enumerated() where !part.extent.isEmpty && !part.ownedCells.isEmpty {
                    var box = part.ownedCells
                    let local = ofCells
                        ? Extent(lower: part.extent.lower, upper: part.extent.lower &+ part.extent.cellDimensions &- 1) : part.extent
                    if !ofCells {
                        for axis in 0..<3 {
                            // Points of the owned cells, without the first ones where a cell lies below.
                            if whole.lower[axis] < whole.upper[axis] { box.upper[axis] += 1 }
                            if box.lower[axis] > whole.lower[axis] { box.lower[axis] += 1 }
                        }
                    }
                    for k in box.lower.z...box.upper.z {
                        for j in box.lower.y...box.upper.y {
                            let from = local.pointIndex(SIMD3(box.lower.x, j, k))
                            let to = target.pointIndex(SIMD3(box.lower.x, j, k))
                            for i in 0..<box.dimensions.x {
                                piece[to + i] = Int32(truncatingIfNeeded: number)
                                place[to + i] = Int32(truncatingIfNeeded: from + i)
                            }
                        }
                    }
                }
            }
        }
        if piece.elements.contains(-1) { throw gap }
        return Numbered(piece: piece, place: place)
    }
}
