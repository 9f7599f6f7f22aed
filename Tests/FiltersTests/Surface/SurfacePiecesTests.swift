import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Testing

/// Everything in a dataset that a file would hold, for comparing.
func contents(_ dataset: Dataset) -> [String] {
    var lines = ["\(dataset.kind) \(dataset.pointCount) \(dataset.cellCount)"]
    switch dataset {
    case .poly(let poly):
        lines.append("\(poly.points.array.doubles()!.array)")
        lines += poly.cellLists.map { "\($0.explicitOffsets().array) \($0.connectivity.array)" }
    case .unstructured(let grid):
        lines.append("\(grid.points.array.doubles()!.array)")
        lines.append("\(grid.explicitTypes().array) \(grid.cells.explicitOffsets().array) \(grid.cells.connectivity.array)")
    default: break
    }
    for array in dataset.pointData.arrays + dataset.cellData.arrays { lines.append("\(array.name) \(array.doubles()!.array)") }
    return lines
}

@Suite(.timeLimit(.minutes(1))) struct SurfacePiecesTests {
    private func result(_ dataset: Dataset, _ stages: [any Stage], pieces: Int) throws -> Dataset {
        let executor = Executor(context: ExecutionContext(threads: 2), extractor: ExtractPiece(), gatherer: GatherPieces())
        var pipeline = Pipeline(DatasetSource(dataset, signature: "test \(pieces)"))
        for stage in stages { pipeline = pipeline.appending(stage) }
        return try executor.result(of: pipeline, pieces: pieces)
    }

    private func image() -> Dataset {
        let extent = Extent(0, 7, 0, 6, 0, 5)
        var image = ImageData(extent: extent)
        image.attributes.pointData.set(FieldArray(name: "p", Buffer((0..<extent.pointCount).map { Int32($0) })))
        image.attributes.cellData.set(FieldArray(name: "c", Buffer((0..<extent.cellCount).map { Int32($0) })))
        return .image(image)
    }

    private func check(_ dataset: Dataset, _ stages: [any Stage], _ name: String) throws {
        let whole = try contents(result(dataset, stages, pieces: 1))
        for pieces in [2, 3, 5, 7] {
            let split = try contents(result(dataset, stages, pieces: pieces))
            for (index, (one, other)) in zip(whole, split).enumerated() where one != other {
                Issue.record("\(name), \(pieces) pieces, part \(index): \(one.prefix(200)) / \(other.prefix(200))")
            }
            #expect(whole.count == split.count)
        }
    }

    @Test(arguments: MixedMesh.Style.allCases) func surfaceOfPieces(style: MixedMesh.Style) throws {
        for seed in 1...3 {
            let mesh = MixedMesh(size: 4, style: style, seed: seed, shuffled: seed == 2)
            try check(.unstructured(mesh.grid), [Surface()], "surface, seed \(seed)")
        }
    }

    @Test func latticePieces() throws {
        try check(image(), [Surface()], "surface")
        try check(image(), [Triangulate()], "triangulate")
        try check(image(), [Triangulate(), Surface()], "triangulate, surface")
    }

    @Test func normalsOfPieces() throws {
        for seed in 1...3 {
            let mesh = MixedMesh(size: 4, style: .mixed, seed: seed, shuffled: false)
            try check(.unstructured(mesh.grid), [Surface(), Normals()], "surface, normals, seed \(seed)")
            try check(.unstructured(mesh.grid), [Surface(), Normals(featureAngle: nil)], "surface, smooth normals, seed \(seed)")
            try check(.unstructured(mesh.grid), [Surface(), Triangulate(), Normals(computesCellNormals: true)], "surface, triangulate, normals")
            try check(.unstructured(mesh.grid), [Triangulate(), Surface(), Normals()], "triangulate, surface, normals, seed \(seed)")
        }
    }
}
