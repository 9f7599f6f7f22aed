import Dataflow
import Datasets
import Execution

/// Joins pieces as they come and lets each go: what `GatherPieces` makes of them together, in less memory.
///
/// Works where every cell of a piece comes after the cells of the pieces before it, and one list has all the cells: then joining is
/// appending. Anything else ends in `PiecesOutOfOrderError`, and the caller gathers in the plain way.
///
/// - Complexity: O(points + connectivity) a piece. Memory: the result, one more of its arrays at the end, and the names of the points
///   of two pieces (slabs of a lattice, where no point lies in three) or of all.
final class OrderedJoin: PieceAccumulator {
    private let context: ExecutionContext

    /// The first piece with something in it, for kinds and names; and the first of all, should none have anything.
    private var model: Dataset?
    private var first: Dataset?
    /// The one list that has cells; nil until there are any.
    private var list: Int?
    private var lastKey: UInt64?

    private var names: RecentNames
    private var sourceIndices = ChunkList<UInt64>()
    private var sourcePoints = PointChunks()
    private var madePoints = PointChunks()
    /// The arrays of each piece's cells.
    private var cellData: [[FieldArray]] = []
    private var types = ChunkList<UInt8>()
    private var sizes = CellSizes()
    /// Corners as they are numbered now: points of the source from 0 up, points that filters made from `firstMade` down.
    private var corners = ChunkList<Int32>()

    /// Below the marks of points without a number.
    private static let firstMade = JoinedPoints.waiting - 1

    init(remembersAll: Bool, context: ExecutionContext) {
        self.context = context
        names = RecentNames(remembersAll: remembersAll)
    }

    func add(_ piece: Dataset) throws {
        if first == nil { first = piece.isVacant ? piece : nil }
        if piece.isVacant { return }
        switch piece {
        case .poly: break
        case .unstructured(let grid): if grid.polyhedronFaces != nil { throw PiecesOutOfOrderError() }
        default: throw PiecesOutOfOrderError()
        }
        if piece.piece?.cellRanks != nil { throw PiecesOutOfOrderError() }
        guard let numbering = Numbering(of: piece) else { throw PiecesOutOfOrderError() }
        if let model, model.kind != piece.kind { throw PiecesOutOfOrderError() }
        let filled = piece.explicitCells.indices.filter { piece.explicitCells[$0].count > 0 }
        guard filled.count <= 1, list == nil || filled.isEmpty || filled[0] == list else { throw PiecesOutOfOrderError() }
        if let only = filled.first { list = only }
        if model == nil { model = try piece.withoutTuples(context) }
        try append(piece, numbering)
    }

    private func append(_ piece: Dataset, _ numbering: Numbering) throws {
        let marks = try JoinedPoints.stays(piece, numbering.pointIdentities, 0, context)
        let owned = try ownedCells(of: piece, numbering.cellKeys)
        names.nextPiece(expecting: piece.pointCount)
        let identity = numbering.pointIdentities.pointer
        var map = marks
        var newSources: [Int32] = []
        var newMade: [Int32] = []
        let (sourceCount, madeCount) = (sourcePoints.count, madePoints.count)
        let cells = list.map { piece.explicitCells[$0] } ?? CellArray()
        let (entries, offsets, size) = (cells.connectivity.pointer, cells.offsets?.pointer, cells.uniformSize)
        var appended = ChunkList<Int32>.Chunk()
        appended.reserveCapacity(owned.count * max(1, size))
        map.withUnsafeMutablePointer { map in
            for point in 0..<piece.pointCount where map[point] == JoinedPoints.waiting && identity[point].isSource {
                let fresh = Int32(truncatingIfNeeded: sourceCount &+ newSources.count)
                map[point] = names.number(of: identity[point], ifNew: fresh)
                if map[point] == fresh { newSources.append(Int32(truncatingIfNeeded: point)) }
            }
            let unseen = JoinedPoints.waiting
            for cell in owned {
                let begin = offsets.map { Int($0[Int(cell)]) } ?? Int(cell) &* size
                let end = offsets.map { Int($0[Int(cell) &+ 1]) } ?? begin &+ size
                sizes.append(end &- begin)
                for entry in begin..<end {
                    let point = Int(entries[entry])
                    if map[point] == unseen {
                        let fresh = OrderedJoin.firstMade &- Int32(truncatingIfNeeded: madeCount &+ newMade.count)
                        map[point] = names.number(of: identity[point], ifNew: fresh)
                        if map[point] == fresh { newMade.append(Int32(truncatingIfNeeded: point)) }
                    }
                    appended.append(map[point])
                }
            }
        }
        corners.append(appended)
        sourceIndices.append(newSources.map { identity[Int($0)].low })
        try sourcePoints.append(Buffer(newSources), of: piece, like: model!, context)
        try madePoints.append(Buffer(newMade), of: piece, like: model!, context)
        let chosen = Buffer(owned)
        cellData.append(try PointChunks.matched(piece.cellData, like: model!.cellData, "cell").map { try $0.gathered(chosen, context: context) })
        if case .unstructured(let grid) = piece {
            let all = grid.explicitTypes()
            types.append(owned.map { all[Int($0)] })
        }
        if sourcePoints.count + madePoints.count >= Int(Int32.max) {
            throw DatasetError("the joined pieces have more points than one dataset holds (\(Int32.max))")
        }
        withExtendedLifetime((piece, numbering, cells)) {}
    }

    /// The cells that the piece owns, whose keys rise and lie above all that came before.
    private func ownedCells(of piece: Dataset, _ keys: Buffer<UInt64>) throws -> [Int32] {
        let levels = piece.piece?.cellGhostLevels
        let before = lastKey
        var result: [Int32] = []
        result.reserveCapacity(piece.cellCount)
        for cell in 0..<piece.cellCount where levels == nil || levels![cell] == 0 {
            let key = keys[cell]
            if let before, key <= before { throw PiecesOutOfOrderError() }
            if !result.isEmpty, let lastKey, key < lastKey { throw PiecesOutOfOrderError() }
            lastKey = key
            result.append(Int32(truncatingIfNeeded: cell))
        }
        return result
    }

    func finish() throws -> Dataset {
        guard let model else {
            guard var empty = first else { throw DatasetError("there are no pieces to put together") }
            empty.attributes.piece = nil
            empty.attributes.firstMadePoint = nil
            return empty
        }
        names = RecentNames(remembersAll: false)
        let order = sourceOrder()
        let sourceCount = sourcePoints.count
        let coordinates = try joinedPoints(model, order)
        var attributes = DatasetAttributes(fieldData: model.fieldData)
        attributes.pointData = try joinedPointData(model, order)
        sourcePoints = PointChunks()
        madePoints = PointChunks()
        attributes.cellData = joinedCellData(model)
        let cells = joinedCells(order, sourceCount: sourceCount)
        if case .unstructured = model {
            return .unstructured(UnstructuredGrid(points: coordinates, types: types.joined(), cells: cells, attributes: attributes))
        }
        var poly = PolyData(points: coordinates, attributes: attributes)
        switch list {
        case 0: poly.vertices = cells
        case 1: poly.lines = cells
        case 3: poly.strips = cells
        default: poly.polygons = cells
        }
        return .poly(poly)
    }

    /// The numbers of the source's points by rising index; nil where they came so.
    private func sourceOrder() -> Buffer<Int32>? {
        let indices = sourceIndices.joined()
        sourceIndices = ChunkList()
        let isRising = zip(indices.elements, indices.elements.dropFirst()).allSatisfy { $0 < $1 }
        if isRising { return nil }
        return Buffer((0..<Int32(indices.count)).sorted { indices[Int($0)] < indices[Int($1)] })
    }

    private func joinedPoints(_ model: Dataset, _ order: Buffer<Int32>?) throws -> Points {
        let source = sourcePoints.takePositions()
        let made = madePoints.takePositions()
        func ordered(_ array: FieldArray) throws -> FieldArray { try order.map { try array.gathered($0, context: context) } ?? array }
        let empty = model.explicitPoints?.array ?? FieldArray(name: "Points", components: 3, Buffer<Float>())
        let parts = source.isEmpty ? made : [try ordered(FieldArray.joining(source, like: empty))] + made
        return Points(FieldArray.joining(parts, like: empty)) ?? Points()
    }

    private func joinedPointData(_ model: Dataset, _ order: Buffer<Int32>?) throws -> FieldCollection {
        var number = 0
        return try model.pointData.map { array in
            defer { number += 1 }
            var source = FieldArray.joining(sourcePoints.take(number), like: array)
            if let order { source = try source.gathered(order, context: context) }
            return FieldArray.joining([source] + madePoints.take(number), like: array)
        }
    }

    private func joinedCellData(_ model: Dataset) -> FieldCollection {
        defer { cellData = [] }
        var number = 0
        return model.cellData.map { array in
            defer { number += 1 }
            return FieldArray.joining(cellData.map { $0[number] }, like: array)
        }
    }

    private func joinedCells(_ order: Buffer<Int32>?, sourceCount: Int) -> CellArray {
        var connectivity = corners.joined()
        corners = ChunkList()
        if sizes.count == 0 { return CellArray() }
        var places: Buffer<Int32>?
        if let order {
            places = Buffer(uninitializedCount: order.count)
            places!.withUnsafeMutablePointer { place in
                for (number, point) in order.elements.enumerated() { place[Int(point)] = Int32(truncatingIfNeeded: number) }
            }
        }
        let made = Int32(truncatingIfNeeded: sourceCount)
        let place = places?.pointer
        let entries = connectivity.count
        connectivity.withUnsafeMutablePointer { corner in
            for entry in 0..<entries {
                let value = corner[entry]
                corner[entry] = value < 0 ? made &+ (OrderedJoin.firstMade &- value) : (place.map { $0[Int(value)] } ?? value)
            }
        }
        withExtendedLifetime(places) {}
        if let size = sizes.uniform { return CellArray(uniformSize: size, connectivity: connectivity) }
        return CellArray(offsets: Buffer(sizes.offsets), connectivity: connectivity)
    }
}
