import Datasets
import Execution

/// Whole cells of a dataset as an unstructured grid over the points that they use.
enum CellSubset {
    /// - Parameters:
    ///   - states: one a point; see `PointState`. Used up.
    ///   - hidden: cells that go in any case.
    static func extract(
        _ input: Dataset, states: consuming Buffer<UInt8>, rule: CellExtraction.Rule, hidden: Buffer<UInt8>?, context: ExecutionContext
    ) throws -> UnstructuredGrid {
        guard let positions = PointPositions(input) else { throw unsupported("threshold", input, needs: "points and cells") }
        let extraction = try CellExtraction(
            input, states: &states, rule: rule, hidden: hidden, positions: positions, context: context)
        return try extraction.unstructured(of: input, positions: positions, provenance: Provenance(), context: context)
    }
}

extension CellExtraction {
    /// The result as an unstructured grid.
    ///
    /// - Parameter provenance: of everything but kept points and cells.
    func unstructured(
        of input: Dataset, positions: PointPositions, provenance: Provenance, context: ExecutionContext
    ) throws -> UnstructuredGrid {
        var provenance = provenance
        provenance.flattensLists = input.kind == .poly
        var faces: PolyhedronFaces?
        if case .unstructured(let grid) = input { faces = grid.polyhedronFaces }
        let written = try write(allJobs, sources: !input.cellData.isEmpty || input.piece != nil || faces != nil, context: context)
        provenance.cellSources = written.sources
        provenance.keptPoints = try kept.indices(context: context)
        let attributes = try provenance.attributes(of: input, context: context)
        let points = try positions.points(of: provenance, context: context)
        guard let types = written.types else {
            return UnstructuredGrid(
                points: points, type: cells.uniform!.type, connectivity: written.cells.connectivity, attributes: attributes)
        }
        return UnstructuredGrid(
            points: points, types: types, cells: written.cells,
            polyhedronFaces: faces.flatMap { subset(of: $0, sources: written.sources!, types: types) }, attributes: attributes)
    }

    /// The faces of the polyhedra that stay or are cut; nil where there are none.
    private func subset(of faces: PolyhedronFaces, sources: Buffer<Int32>, types: Buffer<UInt8>) -> PolyhedronFaces? {
        guard types.elements.contains(CellType.polyhedron.rawValue) else { return nil }
        let number = kept.ranking
        var lists: [Int32] = []
        var listOffsets: [Int32] = [0]
        var points: [Int32] = []
        var pointOffsets: [Int32] = [0]
        // Cut ones are in the order of the cells, too.
        var chunk = 0
        var solid = 0
        for cell in 0..<types.count {
            if types[cell] == CellType.polyhedron.rawValue {
                while chunk < chunks.count && solid == chunks[chunk].atoms.solids.count { (chunk, solid) = (chunk + 1, 0) }
                if chunk < chunks.count, chunks[chunk].atoms.solids[solid].source == sources[cell] {
                    let cut = chunks[chunk].atoms.solids[solid]
                    let edge = edges.ranks.pointer + firstCandidate[chunk] + cut.firstCandidate
                    var place = 0
                    for size in cut.faceSizes {
                        lists.append(Int32(pointOffsets.count - 1))
                        for corner in cut.faceCorners[place..<place + Int(size)] {
                            points.append(corner >= 0 ? number[corner] : Int32(truncatingIfNeeded: kept.count) &+ edge[Int(~corner)])
                        }
                        place += Int(size)
                        pointOffsets.append(Int32(points.count))
                    }
                    solid += 1
                } else {
                    for face in faces.facesOfCells.points(of: Int(sources[cell])) {
                        lists.append(Int32(pointOffsets.count - 1))
                        for point in faces.faces.points(of: Int(face)) { points.append(number[point]) }
                        pointOffsets.append(Int32(points.count))
                    }
                }
            }
            listOffsets.append(Int32(lists.count))
        }
        withExtendedLifetime((kept, edges)) {}
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(listOffsets), connectivity: Buffer(lists)),
            faces: CellArray(offsets: Buffer(pointOffsets), connectivity: Buffer(points)))
    }
}
