import Datasets
import Execution

/// Pieces with explicit cells put together.
struct CellJoin {
    private let pieces: [Dataset]
    private let names: [Numbering]
    private let context: ExecutionContext

    /// - Throws: `DatasetError` where a piece does not carry the names of its cells and points.
    init(_ pieces: [Dataset], context: ExecutionContext) throws {
        self.pieces = pieces
        self.context = context
        names = try pieces.map { piece in
            guard let names = Numbering(of: piece) else {
                throw DatasetError("one of \(pieces.count) pieces says that it is a whole dataset")
            }
            guard names.cellKeys.count == piece.cellCount, names.pointIdentities.count == piece.pointCount else {
                throw DatasetError(
                    "a piece has \(piece.cellCount) cells and \(piece.pointCount) points, but names for \(names.cellKeys.count) and "
                        + "\(names.pointIdentities.count)")
            }
            if let levels = piece.piece?.cellGhostLevels, levels.count != piece.cellCount {
                throw DatasetError("a piece has \(piece.cellCount) cells, but ghost levels of \(levels.count)")
            }
            if let ranks = piece.piece?.cellRanks, ranks.count != piece.cellCount {
                throw DatasetError("a piece has \(piece.cellCount) cells, but ranks of \(ranks.count)")
            }
            return names
        }
    }

    func joined() throws -> Dataset {
        let lists = pieces[0].explicitCells.count
        let merged = try (0..<lists).map { list in
            try MergedCells(
                pieces.indices.map { piece in
                    let all = pieces[piece].explicitCells
                    return MergedCells.Part(
                        list: all[list], firstCell: all[..<list].reduce(0) { $0 + $1.count }, keys: names[piece].cellKeys,
                        ranks: pieces[piece].piece?.cellRanks, levels: pieces[piece].piece?.cellGhostLevels)
                }, context: context)
        }
        let points = try JoinedPoints(pieces, names.map(\.pointIdentities), cells: merged, context: context)
        let cells = try merged.indices.map { try connect(merged[$0], list: $0, points) }
        var attributes = DatasetAttributes(fieldData: pieces[0].fieldData)
        attributes.pointData = try FieldJoin(pieces.map(\.pointData), counts: pieces.map(\.pointCount), of: "point")
            .joined(points.numbers, context: context)
        let cellNumbers = MergedCells.concatenated(merged)
        attributes.cellData = try FieldJoin(pieces.map(\.cellData), counts: pieces.map(\.cellCount), of: "cell")
            .joined(cellNumbers, context: context)
        let coordinates = try positions(points.numbers)
        if case .unstructured = pieces[0] {
            let types = try FieldJoin.pick(
                pieces.map { if case .unstructured(let grid) = $0 { grid.explicitTypes() } else { Buffer() } }, cellNumbers, components: 1,
                context: context)
            return .unstructured(
                UnstructuredGrid(
                    points: coordinates, types: types, cells: cells[0], polyhedronFaces: faces(cellNumbers, points), attributes: attributes))
        }
        return .poly(
            PolyData(
                points: coordinates, vertices: cells[0], lines: cells[1], polygons: cells[2], strips: cells[3], attributes: attributes))
    }

    /// The joined coordinates: Double where some piece has Double.
    private func positions(_ numbers: Numbered) throws -> Points {
        let all = pieces.map { $0.explicitPoints ?? Points() }
        let singles = all.map { points -> Buffer<Float>? in
            if points.count == 0 { return Buffer() }
            if case .float32(let buffer) = points { return buffer }
            return nil
        }
        if !singles.contains(nil) {
            return .float32(try FieldJoin.pick(singles.map { $0! }, numbers, components: 3, context: context))
        }
        let doubles = all.map { $0.array.doubles() ?? Buffer() }
        return .float64(try FieldJoin.pick(doubles, numbers, components: 3, context: context))
    }

    /// The merged cells with joined points.
    private func connect(_ cells: MergedCells, list: Int, _ points: JoinedPoints) throws -> CellArray {
        let sources = CellSources(pieces, list: list)
        let offset = cells.offsets.pointer
        let piece = cells.numbers.piece.pointer
        let place = cells.numbers.place.pointer
        let maps = points.maps.map(\.pointer)
        let connectivity = try maps.withUnsafeBufferPointer { map in
            try Buffer<Int32>(count: Int(offset[cells.count])) { out in
                try context.parallelFor(cells.count, grain: 1 << 14) { range in
                    for cell in range {
                        let number = Int(piece[cell])
                        let from = sources.entries(of: Int(place[cell]), in: number)
                        let to = out + Int(offset[cell])
                        for corner in 0..<Int(offset[cell &+ 1] &- offset[cell]) { to[corner] = map[number][Int(from[corner])] }
                    }
                }
            }
        }
        withExtendedLifetime((cells, points, sources)) {}
        return cells.count == 0 ? CellArray() : CellArray(offsets: cells.offsets, connectivity: connectivity)
    }

    /// Faces of polyhedra, numbered in the order of the merged cells; nil where no piece has any.
    private func faces(_ cells: Numbered, _ points: JoinedPoints) -> PolyhedronFaces? {
        let sources = pieces.map { piece -> PolyhedronFaces? in
            if case .unstructured(let grid) = piece { return grid.polyhedronFaces }
            return nil
        }
        if !sources.contains(where: { $0 != nil }) { return nil }
        var cellFaces: [Int32] = []
        var cellOffsets: [Int32] = [0]
        var facePoints: [Int32] = []
        var faceOffsets: [Int32] = [0]
        for cell in 0..<cells.piece.count {
            let piece = Int(cells.piece[cell])
            if let source = sources[piece], Int(cells.place[cell]) < source.facesOfCells.count {
                for face in source.facesOfCells.points(of: Int(cells.place[cell])) {
                    cellFaces.append(Int32(cellFaces.count))
                    for point in source.faces.points(of: Int(face)) { facePoints.append(points.maps[piece][Int(point)]) }
                    faceOffsets.append(Int32(facePoints.count))
                }
            }
            cellOffsets.append(Int32(cellFaces.count))
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(cellOffsets), connectivity: Buffer(cellFaces)),
            faces: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(facePoints)))
    }
}

/// Raw access to one list of cells in every piece.
struct CellSources {
    private let lists: [CellArray]
    private let connectivity: [UnsafePointer<Int32>]
    private let offsets: [UnsafePointer<Int32>?]
    private let sizes: [Int]
    private let firstCells: [Int]

    init(_ pieces: [Dataset], list: Int) {
        lists = pieces.map { $0.explicitCells[list] }
        connectivity = lists.map(\.connectivity.pointer)
        offsets = lists.map { $0.offsets?.pointer }
        sizes = lists.map(\.uniformSize)
        firstCells = pieces.map { $0.explicitCells[..<list].reduce(0) { $0 + $1.count } }
    }

    /// The points of the cell with index `cell` among all cells of the piece; valid while this value lives.
    @inline(__always) func entries(of cell: Int, in piece: Int) -> UnsafePointer<Int32> {
        let local = cell &- firstCells[piece]
        if let offsets = offsets[piece] { return connectivity[piece] + Int(offsets[local]) }
        return connectivity[piece] + local &* sizes[piece]
    }
}

extension MergedCells {
    /// Where the cells of all lists come from, list after list.
    static func concatenated(_ lists: [MergedCells]) -> Numbered {
        let filled = lists.filter { $0.count > 0 }
        if filled.count == 1 { return filled[0].numbers }
        return Numbered(
            piece: Buffer(filled.flatMap { Array($0.numbers.piece.elements) }), place: Buffer(filled.flatMap { Array($0.numbers.place.elements) }))
    }
}
