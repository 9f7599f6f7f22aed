import Datasets
import Execution

/// What merging needs of one piece: its points, and which of them count.
private struct MergedPiece: Sendable {
    var points: Points
    /// For each point whether own cells of the piece use it.
    var isUsed: [Bool]
    /// Places of the points that are looked at, rising: all, or where there are ghosts those that own cells use.
    var candidates: [Int32]
    /// For each point of the piece its number in the whole; -1 where it has none.
    var map: [Int32] = []
    /// Places of the points that the whole takes from this piece.
    var kept: [Int32] = []

    init(points: Points, isUsed: [Bool], hasGhosts: Bool) {
        self.points = points
        self.isUsed = isUsed
        // Points that only ghosts use have no place in the order of the whole.
        candidates = hasGhosts ? places(where: isUsed) : (0..<Int32(isUsed.count)).map { $0 }
    }
}

/// What a dataset of several pieces of files is made of.
struct Merged<Grid: Sendable>: Sendable {
    var grid: Grid
    /// For each piece the places of the points that were taken from it. Their order is that of the points.
    var keptPoints: [[Int32]]
}

/// What `vtkGhostType` says in some piece of a file.
struct GhostMarks: Sendable, Hashable {
    /// Whether there is anything besides duplicates among the marks of points, and of cells: then the marks are kept.
    var points = false
    var cells = false
    /// Whether some cell is a duplicate. Then points that no own cell uses may hold anything and do not count.
    var hasGhosts = false
}

/// Where tuples of the whole come from: those of `array` at `places`.
private struct TupleSource: Sendable {
    var array: FieldArray
    var places: [Int32]
}

/// Which cells of a piece are its own; all where nothing marks ghosts.
private func ownCells(_ attributes: DatasetAttributes, count: Int) -> [Bool] {
    guard let marks = attributes.cellData[ghostTypeName]?.buffer(of: UInt8.self), marks.count == count else {
        return [Bool](repeating: true, count: count)
    }
    return marks.elements.map { $0 & ghostDuplicateBit == 0 }
}

private func places(where isTrue: [Bool]) -> [Int32] {
    isTrue.indices.compactMap { isTrue[$0] ? Int32($0) : nil }
}

/// Numbers the points of all pieces in order of first occurrence and fills in `map` and `kept`.
private func merge(_ pieces: inout [MergedPiece], context: ExecutionContext) throws -> Points {
    let total = pieces.reduce(0) { $0 + $1.candidates.count }
    guard total <= Int(Int32.max) else {
        throw FormatProblem(expected: "fewer than 2^31 points in all pieces", found: "\(total)")
    }
    let isDouble = pieces.contains { !$0.candidates.isEmpty && $0.points.scalarType == .float64 }
    var result: Points
    if isDouble {
        let sources = pieces.map { piece -> Buffer<Double> in piece.points.array.doubles() ?? Buffer() }
        result = .float64(try number(&pieces, sources, total, context))
    } else {
        let sources = pieces.map { piece -> Buffer<Float> in piece.candidates.isEmpty ? Buffer() : piece.points.array.floats() ?? Buffer() }
        result = .float32(try number(&pieces, sources, total, context))
    }
    if total == 0, let first = pieces.first, first.points.scalarType == .float64 { result = .float64(Buffer()) }
    return result
}

private func number<Value: Scalar & BinaryFloatingPoint>(
    _ pieces: inout [MergedPiece], _ sources: [Buffer<Value>], _ total: Int, _ context: ExecutionContext
) throws -> Buffer<Value> {
    var starts = pieces.map { $0.candidates.count }
    _ = exclusivePrefixSum(&starts)
    let frozen = pieces
    let coordinates = try Buffer<Value>(count: 3 * total) { out in
        _ = try forEachPiece(frozen.count, context) { index, _ in
            let source = sources[index].pointer
            let target = out + 3 * starts[index]
            for (place, point) in frozen[index].candidates.enumerated() {
                for axis in 0..<3 { target[3 &* place &+ axis] = source[3 &* Int(point) &+ axis] }
            }
        }
    }
    let firsts = try CoincidentPoints.firsts(of: coordinates.pointer, count: total, context: context)
    // A point of the whole is used where any of those that became it is.
    var isUsed = [Bool](repeating: false, count: total)
    for index in pieces.indices {
        for (place, point) in pieces[index].candidates.enumerated() where pieces[index].isUsed[Int(point)] {
            isUsed[Int(firsts.pointer[starts[index] + place])] = true
        }
    }
    var numbers = [Int32](repeating: -1, count: total)
    var count = 0
    for point in 0..<total {
        let first = Int(firsts.pointer[point])
        if first != point {
            numbers[point] = numbers[first]
        } else if isUsed[point] {
            numbers[point] = Int32(count)
            count += 1
        }
    }
    func isKept(_ position: Int) -> Bool { isUsed[position] && Int(firsts.pointer[position]) == position }
    for index in pieces.indices {
        var map = [Int32](repeating: -1, count: pieces[index].points.count)
        var kept: [Int32] = []
        for (place, point) in pieces[index].candidates.enumerated() {
            let position = starts[index] + place
            map[Int(point)] = numbers[position]
            if isKept(position) { kept.append(point) }
        }
        pieces[index].map = map
        pieces[index].kept = kept
    }
    if count == total { return coordinates }
    return Buffer<Value>(count: 3 * count) { out in
        for point in 0..<total where isKept(point) {
            let target = out + 3 * Int(numbers[point])
            for axis in 0..<3 { target[axis] = coordinates.pointer[3 &* point &+ axis] }
        }
    }
}

/// The arrays of all pieces, tuples by `sources`.
///
/// - Parameters:
///   - collections: one a piece.
///   - places: for each run of tuples of the result the piece and the places in it.
///   - keepsMarks: whether `vtkGhostType` stays, without its marks of duplicates.
private func joined(
    _ collections: [FieldCollection], _ places: [(piece: Int, places: [Int32])], keepsMarks: Bool, context: ExecutionContext
) throws -> FieldCollection {
    let runs = places.filter { !$0.places.isEmpty }
    guard let model = runs.first.map({ collections[$0.piece] }) ?? collections.first(where: { !$0.isEmpty }) else { return FieldCollection() }
    let arrays = try forEachPiece(model.arrays.count, context) { index, _ -> FieldArray? in
        let first = model.arrays[index]
        let sources = try runs.map { run -> TupleSource in
            guard let array = collections[run.piece][first.name] else {
                throw FormatProblem(expected: "an array \"\(first.name)\" in every piece", found: "none in piece \(run.piece)")
            }
            guard array.components == first.components, array.typeName == first.typeName else {
                throw FormatProblem(
                    expected: "\(first.components) components of \(first.typeName) for \"\(first.name)\" in every piece",
                    found: "\(array.components) of \(array.typeName) in piece \(run.piece)")
            }
            return TupleSource(array: array, places: run.places)
        }
        let array = concatenated(sources, like: first)
        guard first.name == ghostTypeName else { return array }
        return keepsMarks ? markedWithoutDuplicates(array) : nil
    }
    var collection = FieldCollection(arrays.compactMap { $0 })
    collection.active = model.active.filter { collection[$0.value] != nil }
    return collection
}

private func concatenated(_ sources: [TupleSource], like first: FieldArray) -> FieldArray {
    let parts = sources.map { source in source.places.withUnsafeBufferPointer { source.array.gathered($0) } }
    let count = parts.reduce(0) { $0 + $1.valueCount }
    func numbers<Value: Scalar>(_: Value.Type) -> FieldArray {
        let buffer = Buffer<Value>(count: count) { out in
            var place = 0
            for part in parts {
                guard let values = part.buffer(of: Value.self) else { continue }
                (out + place).update(from: values.pointer, count: values.count)
                place += values.count
            }
        }
        return FieldArray(name: first.name, components: first.components, buffer)
    }
    var result: FieldArray
    switch first.values {
    case .int8: result = numbers(Int8.self)
    case .uint8: result = numbers(UInt8.self)
    case .int16: result = numbers(Int16.self)
    case .uint16: result = numbers(UInt16.self)
    case .int32: result = numbers(Int32.self)
    case .uint32: result = numbers(UInt32.self)
    case .int64: result = numbers(Int64.self)
    case .uint64: result = numbers(UInt64.self)
    case .float32: result = numbers(Float.self)
    case .float64: result = numbers(Double.self)
    case .strings:
        let strings = parts.flatMap { part -> [String] in if case .strings(let values) = part.values { values } else { [] } }
        result = FieldArray(name: first.name, components: first.components, strings: strings)
    case .bits:
        let bits = parts.flatMap { part in (0..<part.valueCount).map { part.value($0 / part.components, $0 % part.components) != 0 ? UInt8(1) : 0 } }
        result = FieldArray(
            name: first.name, components: first.components,
            values: .bits(bits.withUnsafeBufferPointer { FieldArray.pack($0) }, count: bits.count))
    }
    result.componentNames = first.componentNames
    result.declaredType = first.declaredType
    return result
}

/// Lists of all pieces with their points renumbered; of each piece those at `places`.
private func joinedLists(_ lists: [CellArray], _ places: [[Int32]], _ maps: [[Int32]], context: ExecutionContext) throws -> CellArray {
    let sizes = lists.indices.map { index in places[index].reduce(0) { $0 + lists[index].size(of: Int($1)) } }
    let entryTotal = sizes.reduce(0, +)
    let cellTotal = places.reduce(0) { $0 + $1.count }
    guard entryTotal <= Int(Int32.max) else {
        throw FormatProblem(expected: "fewer than 2^31 indices in all pieces", found: "\(entryTotal)")
    }
    guard cellTotal > 0 else { return CellArray() }
    var entryStarts = sizes
    _ = exclusivePrefixSum(&entryStarts)
    var cellStarts = places.map(\.count)
    _ = exclusivePrefixSum(&cellStarts)
    var offsets = Buffer<Int32>(uninitializedCount: cellTotal + 1)
    var connectivity = Buffer<Int32>(uninitializedCount: entryTotal)
    try offsets.withUnsafeMutablePointer { offsets in
        try connectivity.withUnsafeMutablePointer { entries in
            nonisolated(unsafe) let offsets = offsets
            nonisolated(unsafe) let entries = entries
            offsets[cellTotal] = Int32(entryTotal)
            _ = try forEachPiece(lists.count, context) { index, _ in
                var end = entryStarts[index]
                let list = lists[index]
                for (place, cell) in places[index].enumerated() {
                    offsets[cellStarts[index] + place] = Int32(end)
                    for point in list.points(of: Int(cell)) {
                        entries[end] = maps[index][Int(point)]
                        end += 1
                    }
                }
            }
        }
    }
    return CellArray(offsets: offsets, connectivity: connectivity)
}

/// One grid of the pieces of a file: ghosts dropped, coincident points merged, unused points dropped, order kept.
///
/// - Parameter marks: of all pieces of the file.
func merged(_ pieces: [UnstructuredGrid], _ marks: GhostMarks, context: ExecutionContext) throws -> Merged<UnstructuredGrid> {
    let own = pieces.map { ownCells($0.attributes, count: $0.cellCount) }
    let cells = own.map { places(where: $0) }
    var geometry = try forEachPiece(pieces.count, context) { index, _ -> MergedPiece in
        let piece = pieces[index]
        var isUsed = [Bool](repeating: false, count: piece.points.count)
        for cell in cells[index] {
            for point in piece.cells.points(of: Int(cell)) { isUsed[Int(point)] = true }
            guard let faces = piece.polyhedronFaces else { continue }
            for face in faces.facesOfCells.points(of: Int(cell)) {
                for point in faces.faces.points(of: Int(face)) { isUsed[Int(point)] = true }
            }
        }
        return MergedPiece(points: piece.points, isUsed: isUsed, hasGhosts: marks.hasGhosts)
    }
    let points = try merge(&geometry, context: context)
    let maps = geometry.map(\.map)
    var attributes = DatasetAttributes()
    attributes.pointData = try joined(pieces.map(\.attributes.pointData), geometry.indices.map { ($0, geometry[$0].kept) }, keepsMarks: marks.points, context: context)
    attributes.cellData = try joined(pieces.map(\.attributes.cellData), cells.indices.map { ($0, cells[$0]) }, keepsMarks: marks.cells, context: context)
    let lists = try joinedLists(pieces.map(\.cells), cells, maps, context: context)
    let types = Buffer<UInt8>(
        zip(pieces, cells).flatMap { piece, cells in
            let types = piece.explicitTypes()
            return cells.map { types[Int($0)] }
        })
    let kept = geometry.map(\.kept)
    guard !types.isEmpty else { return Merged(grid: UnstructuredGrid(points: points, attributes: attributes), keptPoints: kept) }
    let grid = UnstructuredGrid(
        points: points, types: types, cells: lists, polyhedronFaces: joinedFaces(pieces, cells, maps), attributes: attributes)
    return Merged(grid: grid, keptPoints: kept)
}

/// Faces of the polyhedra among the cells that are kept, renumbered.
private func joinedFaces(_ pieces: [UnstructuredGrid], _ cells: [[Int32]], _ maps: [[Int32]]) -> PolyhedronFaces? {
    guard pieces.contains(where: { $0.polyhedronFaces != nil }) else { return nil }
    var listOffsets: [Int32] = [0]
    var lists: [Int32] = []
    var faceOffsets: [Int32] = [0]
    var facePoints: [Int32] = []
    for (index, piece) in pieces.enumerated() {
        for cell in cells[index] {
            if let faces = piece.polyhedronFaces {
                for face in faces.facesOfCells.points(of: Int(cell)) {
                    lists.append(Int32(faceOffsets.count - 1))
                    for point in faces.faces.points(of: Int(face)) { facePoints.append(maps[index][Int(point)]) }
                    faceOffsets.append(Int32(facePoints.count))
                }
            }
            listOffsets.append(Int32(lists.count))
        }
    }
    return PolyhedronFaces(
        facesOfCells: CellArray(offsets: Buffer(listOffsets), connectivity: Buffer(lists)),
        faces: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(facePoints)))
}

/// One poly dataset of the pieces of a file, by the same rules; each of its four lists goes piece after piece.
func merged(_ pieces: [PolyData], _ marks: GhostMarks, context: ExecutionContext) throws -> Merged<PolyData> {
    let own = pieces.map { ownCells($0.attributes, count: $0.cellCount) }
    // For each list and piece: places in the list, and the same as cells of the piece.
    var inList: [[[Int32]]] = []
    var asCells: [(piece: Int, places: [Int32])] = []
    for list in 0..<4 {
        inList.append(
            pieces.indices.map { index in
                let first = pieces[index].cellLists[..<list].reduce(0) { $0 + $1.count }
                let count = pieces[index].cellLists[list].count
                let kept = (0..<count).compactMap { own[index][first + $0] ? Int32($0) : nil }
                asCells.append((index, kept.map { $0 + Int32(first) }))
                return kept
            })
    }
    let kept = inList
    var geometry = try forEachPiece(pieces.count, context) { index, _ -> MergedPiece in
        let piece = pieces[index]
        var isUsed = [Bool](repeating: false, count: piece.points.count)
        for (list, cells) in piece.cellLists.enumerated() {
            for cell in kept[list][index] {
                for point in cells.points(of: Int(cell)) { isUsed[Int(point)] = true }
            }
        }
        return MergedPiece(points: piece.points, isUsed: isUsed, hasGhosts: marks.hasGhosts)
    }
    let points = try merge(&geometry, context: context)
    let maps = geometry.map(\.map)
    var attributes = DatasetAttributes()
    attributes.pointData = try joined(pieces.map(\.attributes.pointData), geometry.indices.map { ($0, geometry[$0].kept) }, keepsMarks: marks.points, context: context)
    attributes.cellData = try joined(pieces.map(\.attributes.cellData), asCells, keepsMarks: marks.cells, context: context)
    let lists = try (0..<4).map { list in
        try joinedLists(pieces.map { $0.cellLists[list] }, kept[list], maps, context: context)
    }
    let poly = PolyData(points: points, vertices: lists[0], lines: lists[1], polygons: lists[2], strips: lists[3], attributes: attributes)
    return Merged(grid: poly, keptPoints: geometry.map(\.kept))
}
