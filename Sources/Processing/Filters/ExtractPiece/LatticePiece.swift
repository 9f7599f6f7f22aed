import Dataflow
import Datasets
import Execution

/// A part of a structured dataset: the owned extent and what lies around it.
package struct LatticePiece {
    private let source: Dataset
    private let request: UpdateRequest
    private let whole: Extent
    /// The points of the cells that the piece owns.
    private let owned: Extent
    /// The points that the piece holds, ghosts included.
    private let held: Extent

    /// - Throws: `DatasetError` where `source` lacks points that the piece needs.
    init(_ request: UpdateRequest, of source: Dataset, wholeExtent: Extent?) throws {
        guard let available = source.extent else { throw unsupported("extract piece", source, needs: "structured data") }
        self.source = source
        self.request = request
        whole = wholeExtent ?? available
        let piece = whole.piece(request.piece, of: request.pieceCount, mode: request.splitMode)
        if let extent = request.extent {
            held = extent.intersection(whole)
            owned = request.pieceCount == 1 ? held : piece.intersection(held)
        } else {
            owned = piece
            held = piece.grown(by: request.ghostLevels, within: whole)
        }
        guard available.contains(held) else {
            throw DatasetError(
                "piece \(request.piece) of \(request.pieceCount) needs the extent \(held), but only \(available) of \(whole) came")
        }
    }

    func dataset(context: ExecutionContext) throws -> Dataset {
        var attributes = source.attributes
        let available = source.extent!
        let points = Box(of: held, in: available)
        let cells = Box(of: LatticePiece.cells(held, in: available), in: LatticePiece.cells(available, in: available))
        attributes.pointData = try attributes.pointData.map { try points.crop($0, context: context) }
        attributes.cellData = try attributes.cellData.map { try cells.crop($0, context: context) }
        attributes.piece = LatticePiece.info(
            request.piece, of: request.pieceCount, owned: owned, held: held, whole: whole
        ) { whole.piece($0, of: request.pieceCount, mode: request.splitMode) }
        switch source {
        case .image(var image):
            image.extent = held
            image.attributes = attributes
            return .image(image)
        case .rectilinear(let grid):
            func cut(_ array: FieldArray, _ axis: Int) -> FieldArray {
                held.isEmpty ? array.sliced(0..<0) : array.sliced(held.lower[axis] - available.lower[axis]..<held.upper[axis] - available.lower[axis] + 1)
            }
            return .rectilinear(
                RectilinearGrid(
                    extent: held, x: cut(grid.coordinates.x, 0), y: cut(grid.coordinates.y, 1), z: cut(grid.coordinates.z, 2),
                    attributes: attributes))
        case .structured(let grid):
            guard let coordinates = Points(try points.crop(grid.points.array, context: context)) else {
                throw DatasetError("points have three coordinates")
            }
            return .structured(StructuredGrid(extent: held, points: coordinates, attributes: attributes))
        default: throw unsupported("extract piece", source, needs: "structured data")
        }
    }

    /// The cells of `extent` as a box of cell numbers; a flat axis has one layer, the last one at the upper end of `available`.
    package static func cells(_ extent: Extent, in available: Extent) -> Extent {
        if extent.isEmpty { return .empty }
        var box = extent
        for axis in 0..<3 {
            if extent.lower[axis] == extent.upper[axis] {
                let last = max(available.lower[axis], available.upper[axis] - 1)
                box.lower[axis] = min(extent.lower[axis], last)
                box.upper[axis] = box.lower[axis]
            } else {
                box.upper[axis] -= 1
            }
        }
        return box
    }

    /// What a piece of a lattice is a piece of: levels and owners of the places that it holds.
    ///
    /// - Parameters:
    ///   - owned: the points of the cells that it owns.
    ///   - held: the points that it holds.
    ///   - part: the points of the cells that each piece owns.
    package static func info(
        _ piece: Int, of pieceCount: Int, owned: Extent, held: Extent, whole: Extent, part: (Int) -> Extent
    ) -> PieceInfo {
        var info = PieceInfo(piece: piece, pieceCount: pieceCount, wholeExtent: whole)
        if held.isEmpty || owned.isEmpty { return info }
        let ownedCells = LatticePiece.cells(owned, in: whole)
        let heldCells = LatticePiece.cells(held, in: whole)
        let cellLevels = levels(heldCells, nearest: ownedCells)
        if cellLevels.greatest > 0 {
            info.ghostLevels = cellLevels.greatest
            info.cellGhostLevels = cellLevels.values
            info.cellOwners = owners(heldCells, piece, of: pieceCount, whole, part)
        }
        // A point belongs to the owner of its lowest cell: the first points of the piece belong to the piece below it.
        var ownedPoints = owned
        for axis in 0..<3 where owned.lower[axis] > whole.lower[axis] && owned.upper[axis] > owned.lower[axis] { ownedPoints.lower[axis] += 1 }
        let pointLevels = levels(held, nearest: ownedPoints, border: owned)
        if pointLevels.greatest > 0 { info.pointGhostLevels = pointLevels.values }
        return info
    }

    /// For every place of `box` how many layers it is away from `core`; places between `core` and `border` count as the first layer.
    private static func levels(_ box: Extent, nearest core: Extent, border: Extent? = nil) -> (values: Buffer<UInt8>, greatest: Int) {
        let border = border ?? core
        func along(_ axis: Int) -> [UInt8] {
            (box.lower[axis]...box.upper[axis]).map { place in
                if place >= core.lower[axis] && place <= core.upper[axis] { return 0 }
                return UInt8(min(255, max(1, border.lower[axis] - place, place - border.upper[axis])))
            }
        }
        let (x, y, z) = (along(0), along(1), along(2))
        let values = Buffer<UInt8>(count: box.pointCount) { out in
            var place = 0
            for c in z {
                for b in y {
                    let outer = max(b, c)
                    for a in x {
                        out[place] = a > outer ? a : outer
                        place += 1
                    }
                }
            }
        }
        return (values, Int(max(x.max() ?? 0, y.max() ?? 0, z.max() ?? 0)))
    }

    /// The piece that owns each cell of `box`.
    private static func owners(
        _ box: Extent, _ own: Int, of pieceCount: Int, _ whole: Extent, _ part: (Int) -> Extent
    ) -> Buffer<Int32> {
        Buffer(count: box.pointCount) { out in
            out.initialize(repeating: Int32(own), count: box.pointCount)
            for piece in 0..<pieceCount where piece != own {
                let part = part(piece)
                if part.isEmpty { continue }
                let common = LatticePiece.cells(part, in: whole).intersection(box)
                if common.isEmpty { continue }
                for k in common.lower.z...common.upper.z {
                    for j in common.lower.y...common.upper.y {
                        let row = out + box.pointIndex(SIMD3(common.lower.x, j, k))
                        row.update(repeating: Int32(piece), count: common.dimensions.x)
                    }
                }
            }
        }
    }
}

/// A box of places inside a larger one, i fastest in both.
private struct Box {
    let part: Extent
    let whole: Extent

    init(of part: Extent, in whole: Extent) {
        self.part = part
        self.whole = whole
    }

    /// The part's places as one range, where they follow one another.
    private var range: Range<Int>? {
        if part.isEmpty { return 0..<0 }
        let size = part.dimensions
        let all = whole.dimensions
        let first = whole.pointIndex(part.lower)
        let rows = size.z == 1 ? (size.y == 1 || size.x == all.x) : size.x == all.x && size.y == all.y
        return rows ? first..<first + part.pointCount : nil
    }

    /// The part's tuples, not copied where they follow one another.
    func crop(_ array: FieldArray, context: ExecutionContext) throws -> FieldArray {
        guard array.tupleCount == whole.pointCount else {
            throw DatasetError("array \(array.name) has \(array.tupleCount) tuples; its extent \(whole) has \(whole.pointCount) places")
        }
        if let range { return array.sliced(range) }
        var visitor = Crop(box: self, array: array, context: context)
        if case .bits = array.values { return try array.gathered(indices, context: context) }
        guard var copy = try array.visit(&visitor) else { return try array.gathered(indices, context: context) }
        copy.componentNames = array.componentNames
        copy.declaredType = array.declaredType
        return copy
    }

    private var indices: Buffer<Int32> {
        Buffer(count: part.pointCount) { out in
            for place in 0..<part.pointCount { out[place] = Int32(truncatingIfNeeded: whole.pointIndex(part.point(at: place))) }
        }
    }

    private struct Crop: FieldVisitor {
        typealias Failure = any Error
        let box: Box
        let array: FieldArray
        let context: ExecutionContext

        func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> FieldArray {
            let step = array.components
            let size = box.part.dimensions
            let width = size.x * step
            let source = values.pointer
            let cropped = try Buffer<Value>(count: box.part.pointCount * step) { out in
                try context.parallelFor(size.y * size.z, grain: max(1, (1 << 16) / max(1, width))) { rows in
                    for row in rows {
                        let from = box.whole.pointIndex(box.part.lower &+ SIMD3(0, row % size.y, row / size.y)) * step
                        (out + row * width).update(from: source + from, count: width)
                    }
                }
            }
            withExtendedLifetime(values) {}
            return FieldArray(name: array.name, components: step, cropped)
        }
    }
}
