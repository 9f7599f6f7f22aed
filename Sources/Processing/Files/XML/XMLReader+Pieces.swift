import Dataflow
import Datasets
import Execution

/// Unstructured grids and poly data: all of a file, or a rank's share of it.
///
/// | file | piece i of n has |
/// |---|---|
/// | one `<Piece>` | the cells that `ExtractPiece` would take: by number |
/// | several, or files of their own | a run of them, balanced by bytes, the first and last cut between cells where that balances better |
/// | one, points or cells in ASCII | everything, whatever is asked for |
///
/// Only the parts of arrays that hold these cells, and the points that they use, are read and decoded; text and strings are read whole.
/// Of several pieces coincident points are one: a rank then looks at the coordinates in the pieces before its last one too, but keeps none.
extension XMLReader {
    /// Whether pieces of cells can be asked for.
    func splitsCells() throws -> Bool {
        if file.kind != .unstructured && file.kind != .poly { return false }
        guard let piece = try onlyPiece() else { return true }
        return try file.at(piece.element.place) { try piece.isCuttable(in: ["Points", "Cells"] + XMLPiece.listNames.map(\.parent)) }
    }

    /// The piece of a file that has one and is not parallel.
    private func onlyPiece() throws -> XMLPiece? {
        let elements = file.dataset.children("Piece")
        guard !file.isParallel, elements.count == 1 else { return nil }
        return try file.at(elements[0].place) { try XMLPiece(elements[0], loader: loader, step: 0) }
    }

    func describeCells(_ description: inout DatasetDescription) throws {
        func sum(_ a: Int?, _ b: Int) -> Int? {
            let (total, overflow) = (a ?? 0).addingReportingOverflow(b)
            return overflow ? .max : total
        }
        for entry in try catalog.opened().entries {
            try entry.loader.file.at(entry.element.place) {
                let piece = try XMLPiece(entry.element, loader: entry.loader, step: 0)
                let points = try entry.element.count("NumberOfPoints")
                description.pointCount = sum(description.pointCount, points)
                let names = file.kind == .poly ? XMLPiece.listNames.map(\.attribute) : ["NumberOfCells"]
                for name in names { description.cellCount = sum(description.cellCount, try piece.element.count(name)) }
            }
        }
        guard try splitsCells() else { return }
        description.splitting = .ownedPieces
        // Of several pieces, points are called by their places before coincident ones are one.
        description.hasOrderedPoints = try onlyPiece() != nil
    }

    // MARK: Pieces of the file

    /// The pieces of the file, of a parallel file those of its files; of structured data only pieces with points of `extent`.
    func pieces(touching extent: Extent?, step: Int, context: ExecutionContext) throws -> [XMLPiece] {
        let opened = try catalog.opened()
        for name in opened.missing { context.trace.record(warning: "\(file.path): piece \(name) is missing and left out") }
        let declared = file.isParallel ? try file.at(file.dataset.name) { try declaredArrays() } : nil
        var pieces: [XMLPiece] = []
        for entry in opened.entries {
            if let extent, file.isParallel, let numbers = try file.at(entry.listing.place, { try entry.listing.integers("Extent") }),
                try file.at(entry.listing.place, { try checkedExtent(numbers, of: entry.listing) }).intersection(extent).isEmpty
            {
                continue
            }
            var piece = try entry.loader.file.at(entry.element.place) { try XMLPiece(entry.element, loader: entry.loader, step: step) }
            if let declared { piece.keepArrays(points: declared.points.map(\.name), cells: declared.cells.map(\.name)) }
            pieces.append(piece)
        }
        try keepCommonArrays(&pieces, context)
        return pieces
    }

    /// Forgets arrays that some pieces with anything in them lack, and says so; checks that those of a name are of a type.
    private func keepCommonArrays(_ pieces: inout [XMLPiece], _ context: ExecutionContext) throws {
        guard pieces.count > 1 else { return }
        let filled = try pieces.map { piece in try piece.loader.file.at("Piece") { try piece.isFilled() } }
        for association in [Association.point, .cell] {
            func arrays(_ piece: XMLPiece) -> [XMLArrayEntry] { association == .point ? piece.pointArrays : piece.cellArrays }
            let holders = pieces.indices.filter { association == .point ? filled[$0].points : filled[$0].cells }.map { pieces[$0] }
            guard let first = holders.first.map(arrays) else { continue }
            let names = holders.map { Set(arrays($0).map(\.name)) }
            let common = names.dropFirst().reduce(names[0]) { $0.intersection($1) }
            for model in first where common.contains(model.name) && !file.kind.isStructured {
                for piece in holders {
                    let entry = arrays(piece).first { $0.name == model.name }
                    guard let entry, entry.type != model.type || entry.components != model.components else { continue }
                    throw FileError(
                        file: piece.loader.file.path, place: .part(entry.place),
                        expected: "\(model.components) components of \(model.typeName), as in the first piece",
                        found: "\(entry.components) of \(entry.typeName)")
                }
            }
            var dropped: [String] = []
            for name in holders.flatMap(arrays).map(\.name) where !common.contains(name) && name != ghostTypeName && !dropped.contains(name) {
                dropped.append(name)
            }
            if dropped.isEmpty { continue }
            let what = association == .point ? "point" : "cell"
            context.trace.record(
                warning: "\(file.path): not all pieces have the \(what) array\(dropped.count == 1 ? "" : "s") \(dropped.joined(separator: ", ")), left out")
            // In the order of the first piece, whatever order others have.
            let kept = first.map(\.name).filter { common.contains($0) || $0 == ghostTypeName }
            for index in pieces.indices {
                pieces[index].keepArrays(
                    points: association == .point ? kept : pieces[index].pointArrays.map(\.name),
                    cells: association == .cell ? kept : pieces[index].cellArrays.map(\.name))
            }
        }
    }

    /// The type of all points: that which a parallel file declares, as VTK reads them; else Double where some piece with points has another
    /// type than Float.
    private func pointType(_ pieces: [XMLPiece]) throws -> ScalarType {
        switch file.isParallel ? file.dataset.child("PPoints")?.children.first?["type"] : nil {
        case "Float32": return .float32
        case "Float64": return .float64
        default: break
        }
        let isFloat = try pieces.allSatisfy { piece in
            try piece.loader.file.at("Points") { try piece.counts().points == 0 || piece.onlyArray(in: "Points")?.scalarType == .float32 }
        }
        let hasNone = try pieces.allSatisfy { piece in try piece.loader.file.at("Points") { try piece.counts().points == 0 } }
        let first = try pieces.first.map { piece in try piece.loader.file.at("Points") { try piece.onlyArray(in: "Points")?.scalarType } } ?? nil
        return isFloat && !(hasNone && first == .float64) ? .float32 : .float64
    }

    // MARK: Reading

    /// Everything in the pieces as one dataset.
    func readAll(_ pieces: [XMLPiece], _ demand: ArrayDemand, context: ExecutionContext) throws -> Dataset {
        let isMerged = file.isParallel || pieces.count != 1
        let type = isMerged ? try pointType(pieces) : .float32
        let marks = isMerged ? try ghostMarks(pieces, context: context) : GhostMarks()
        if file.kind == .unstructured {
            let grids = try forEachPiece(pieces.count, context) {
                var grid = try pieces[$0].unstructuredGrid(demand: demand, context: $1)
                if isMerged { grid.points = grid.points.converted(to: type) }
                return grid
            }
            return .unstructured(try file.at(file.dataset.name) { isMerged ? try merged(grids, marks, context: context).grid : grids[0] })
        }
        let parts = try forEachPiece(pieces.count, context) {
            var part = try pieces[$0].polyData(demand: demand, context: $1)
            if isMerged { part.points = part.points.converted(to: type) }
            return part
        }
        return .poly(try file.at(file.dataset.name) { isMerged ? try merged(parts, marks, context: context).grid : parts[0] })
    }

    private func ghostMarks(_ pieces: [XMLPiece], context: ExecutionContext) throws -> GhostMarks {
        try catalog.ghostMarks(step: pieces.first?.step ?? 0, context: context)
    }

    /// The share of a rank: cells that nobody else has, with keys, and the points that they use, with identities.
    ///
    /// Keys and identities count the cells and points of all pieces of the file, ghosts and coincident ones included.
    func readOwned(_ pieces: [XMLPiece], _ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var dataset: Dataset
        var info = PieceInfo(piece: request.piece, pieceCount: request.pieceCount)
        if !file.isParallel && pieces.count == 1 {
            let count = try file.at(pieces[0].element.place) { try pieces[0].cellCount() }
            let range = PieceShares.cells(request.piece, of: request.pieceCount, cells: count, isPoly: file.kind == .poly)
            let wanted = CellRangeRequest(cells: range, dropsGhosts: false, takesUnusedPoints: request.piece == 0, arrays: request.arrays)
            func name(_ cells: TupleChoice, _ points: Buffer<Int32>) {
                info.cellKeys = Buffer((0..<cells.count).map { UInt64(cells.place($0)) })
                info.pointIdentities = Buffer(count: points.count) { out in
                    for point in 0..<points.count { out[point] = PointIdentity(sourceIndex: Int(points.pointer[point])) }
                }
            }
            if file.kind == .unstructured {
                let part = try pieces[0].unstructuredGrid(wanted, context: context)
                name(part.cells, part.points)
                dataset = .unstructured(part.grid)
            } else {
                let part = try pieces[0].polyData(wanted, context: context)
                name(part.cells, part.points)
                dataset = .poly(part.grid)
            }
        } else {
            let shares = try XMLShares(pieces, kind: file.kind, piece: request.piece, of: request.pieceCount)
            let type = try pointType(pieces)
            let marks = try ghostMarks(pieces, context: context)
            let finder = CoincidentFinder(pieces: pieces, firstPoints: shares.firstPoints, pointType: type, hasGhosts: marks.hasGhosts)
            // What is read now are own cells, and points that were looked for: all of them count.
            let kept = GhostMarks(points: marks.points, cells: marks.cells, hasGhosts: false)
            func wanted(_ share: PieceShares.Share) -> CellRangeRequest {
                CellRangeRequest(cells: share.cells, dropsGhosts: true, takesUnusedPoints: false, arrays: request.arrays)
            }
            func complete<Grid: PointGrid>(
                _ read: (XMLPiece, CellRangeRequest, ExecutionContext) throws -> CellRange<Grid>
            ) throws -> (shares: [PieceShares.Share], parts: [CellRange<Grid>]) {
                func part(_ share: PieceShares.Share, _ context: ExecutionContext) throws -> CellRange<Grid> {
                    var part = try read(pieces[share.item], wanted(share), context)
                    part.grid.points = part.grid.points.converted(to: type)
                    return part
                }
                var list = shares.list
                var parts = try forEachPiece(list.count, context) { try part(list[$0], $1) }
                let missing = try finder.pointsToAdd(
                    to: zip(list, parts).map { CoincidentFinder.Part(item: $0.item, points: $1.grid.points, places: $1.points) }, context: context)
                for (item, places) in missing {
                    var index = list.firstIndex { $0.item >= item } ?? list.count
                    if index == list.count || list[index].item != item {
                        let share = PieceShares.Share(item: item, cells: 0..<0)
                        list.insert(share, at: index)
                        parts.insert(try part(share, context), at: index)
                    }
                    // A rank has one run of cells of a piece of a file.
                    index = list.firstIndex { $0.item == item } ?? index
                    try pieces[item].add(places, to: &parts[index], pointType: type, demand: request.arrays, context: context)
                }
                return (list, parts)
            }
            if file.kind == .unstructured {
                let (list, parts) = try complete { try $0.unstructuredGrid($1, context: $2) }
                let all = try file.at(file.dataset.name) { try merged(parts.map(\.grid), kept, context: context) }
                info.cellKeys = shares.keys(list, parts.map(\.cells))
                info.pointIdentities = shares.identities(list, parts.map(\.points), all.keptPoints)
                dataset = .unstructured(all.grid)
            } else {
                let (list, parts) = try complete { try $0.polyData($1, context: $2) }
                let all = try file.at(file.dataset.name) { try merged(parts.map(\.grid), kept, context: context) }
                info.cellKeys = shares.keys(list, parts.map(\.cells))
                info.pointIdentities = shares.identities(list, parts.map(\.points), all.keptPoints)
                dataset = .poly(all.grid)
            }
        }
        dataset.attributes.piece = info
        return dataset
    }
}
