import Dataflow
import Datasets
import Execution

extension ExtractPiece {
    func extract(_ request: UpdateRequest, from grid: UnstructuredGrid, context: ExecutionContext) throws -> Dataset {
        let whole = Dataset.unstructured(grid)
        let count = grid.cellCount
        // VTK: floor(i·n/N + 1/2).
        func begin(_ piece: Int) -> Int { (2 * piece * count + request.pieceCount) / (2 * request.pieceCount) }
        let selection = try select(request, [grid.cells], whole, begin, context)
        let chosen = selection.cells
        let cells = try grid.cells.gathered(chosen.elements, places: selection.pointPlaces, context: context)
        let types = try grid.explicitTypes().gathered(chosen, context: context)
        let faces = grid.polyhedronFaces.map { pick($0, chosen, selection.pointPlaces) }
        return .unstructured(
            UnstructuredGrid(
                points: try grid.points.gathered(selection.points, context: context), types: types, cells: cells, polyhedronFaces: faces,
                attributes: try attributes(request, of: whole, selection, begin, context)))
    }

    func extract(_ request: UpdateRequest, from poly: PolyData, context: ExecutionContext) throws -> Dataset {
        let whole = Dataset.poly(poly)
        let count = poly.cellCount
        // VTK: ceil(i·n/N).
        func begin(_ piece: Int) -> Int { (piece * count + request.pieceCount - 1) / request.pieceCount }
        let selection = try select(request, poly.cellLists, whole, begin, context)
        var parts: [CellArray] = []
        var first = 0
        var position = 0
        let chosen = selection.cells
        for list in poly.cellLists {
            var end = position
            while end < chosen.count && Int(chosen.pointer[end]) < first + list.count { end += 1 }
            let part = UnsafeBufferPointer(rebasing: chosen.elements[position..<end])
            parts.append(try list.gathered(part, firstIndex: first, places: selection.pointPlaces, context: context))
            first += list.count
            position = end
        }
        withExtendedLifetime(chosen) {}
        return .poly(
            PolyData(
                points: try poly.points.gathered(selection.points, context: context), vertices: parts[0], lines: parts[1],
                polygons: parts[2], strips: parts[3], attributes: try attributes(request, of: whole, selection, begin, context)))
    }

    private func select(
        _ request: UpdateRequest, _ lists: [CellArray], _ whole: Dataset, _ begin: (Int) -> Int, _ context: ExecutionContext
    ) throws -> CellSelection {
        try CellSelection(
            lists: lists, pointCount: whole.pointCount, owned: begin(request.piece)..<begin(request.piece + 1),
            ghostLevels: request.ghostLevels, takesUnusedPoints: request.piece == 0, context: context)
    }

    private func attributes(
        _ request: UpdateRequest, of whole: Dataset, _ selection: CellSelection, _ begin: (Int) -> Int, _ context: ExecutionContext
    ) throws -> DatasetAttributes {
        let source = whole.attributes
        let (cells, points) = (selection.cells, selection.points)
        var result = DatasetAttributes(fieldData: source.fieldData)
        result.pointData = try source.pointData.map { try $0.gathered(points, context: context) }
        result.cellData = try source.cellData.map { try $0.gathered(cells, context: context) }
        var info = PieceInfo(piece: request.piece, pieceCount: request.pieceCount, ghostLevels: selection.ghostLevels)
        info.cellGhostLevels = selection.cellLevels
        info.pointGhostLevels = selection.pointLevels
        info.cellKeys = try source.piece?.cellKeys?.gathered(cells, context: context)
            ?? Buffer(count: cells.count) { out in
                let index = cells.pointer
                for cell in 0..<cells.count { out[cell] = UInt64(index[cell]) }
            }
        info.cellRanks = try source.piece?.cellRanks?.gathered(cells, context: context)
        info.pointIdentities = try source.piece?.pointIdentities?.gathered(points, context: context)
            ?? Buffer(count: points.count) { out in
                let index = points.pointer
                for point in 0..<points.count { out[point] = PointIdentity(sourceIndex: Int(index[point])) }
            }
        if selection.cellLevels != nil {
            info.cellOwners = Buffer(count: cells.count) { out in
                // Cells rise, and so do their owners.
                var owner = 0
                for cell in 0..<cells.count {
                    while Int(cells.pointer[cell]) >= begin(owner + 1) { owner += 1 }
                    out[cell] = Int32(owner)
                }
            }
        }
        result.piece = info
        return result
    }

    /// The faces of the chosen cells, numbered in their order.
    private func pick(_ faces: PolyhedronFaces, _ cells: Buffer<Int32>, _ places: Buffer<Int32>) -> PolyhedronFaces {
        var faceOffsets: [Int32] = [0]
        var faceNumbers: [Int32] = []
        var pointOffsets: [Int32] = [0]
        var points: [Int32] = []
        for cell in cells.elements {
            for face in faces.facesOfCells.points(of: Int(cell)) {
                faceNumbers.append(Int32(faceNumbers.count))
                for point in faces.faces.points(of: Int(face)) { points.append(places[Int(point)]) }
                pointOffsets.append(Int32(points.count))
            }
            faceOffsets.append(Int32(faceNumbers.count))
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(faceNumbers)),
            faces: CellArray(offsets: Buffer(pointOffsets), connectivity: Buffer(points)))
    }
}
