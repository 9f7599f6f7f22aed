import Datasets
import Execution
import Geometry
import Testing

@Suite struct ValidationTests {
    private let points = Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)])

    private func messages(_ dataset: Dataset) -> [String] { dataset.validate().map(\.description) }

    private func expect(_ dataset: Dataset, contains text: String) {
        let found = messages(dataset)
        #expect(found.contains { $0.contains(text) }, "\(found)")
    }

    @Test(.timeLimit(.minutes(1)))
    func goodDataHasNoIssues() throws {
        let grid = UnstructuredGrid(points: points, cells: [(.tetrahedron, [0, 1, 2, 3]), (.vertex, [2])])
        #expect(messages(.unstructured(grid)).isEmpty)
        try Dataset.unstructured(grid).requireValid()
        #expect(messages(.image(ImageData(extent: .empty))).isEmpty)
        #expect(messages(.poly(PolyData())).isEmpty)
    }

    @Test(.timeLimit(.minutes(1)))
    func everyInconsistencyIsFound() {
        let outside = UnstructuredGrid(points: points, cells: [(.tetrahedron, [0, 1, 2, 4])])
        expect(.unstructured(outside), contains: "name points that do not exist")
        expect(.unstructured(UnstructuredGrid(points: points, cells: [(.tetrahedron, [0, 1, 2])])), contains: "with 3 points, not 4")
        let falling = CellArray(offsets: Buffer([0, 3, 2, 4] as [Int32]), connectivity: Buffer([0, 1, 2, 3] as [Int32]))
        expect(.poly(PolyData(points: points, polygons: falling)), contains: "fall at cell 1")
        let short = CellArray(offsets: Buffer([0, 3, 5] as [Int32]), connectivity: Buffer([0, 1, 2] as [Int32]))
        expect(.poly(PolyData(points: points, polygons: short)), contains: "end at 5")
        var poly = PolyData(points: points, vertices: CellArray([[0], [1]]))
        poly.attributes.pointData.append(FieldArray(name: "a", Buffer<Float>([1, 2, 3])))
        poly.attributes.cellData.append(FieldArray(name: "b", Buffer<Float>([1, 2, 3])))
        poly.attributes.cellData.append(FieldArray(name: "b", Buffer<Float>([1, 2])))
        poly.attributes.cellData.active[.scalars] = "gone"
        for text in ["array a has 3 tuples", "array b has 3 tuples", "two cell arrays are named b", "names gone as its Scalars"] {
            expect(.poly(poly), contains: text)
        }
        expect(.unstructured(UnstructuredGrid(points: Points([Vector3(.nan, 0, 0)]))), contains: "warning: 1 coordinates are not finite")
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesAreChecked() {
        var grid = UnstructuredGrid(points: points, cells: [(.vertex, [0]), (.vertex, [1]), (.vertex, [2])])
        var piece = PieceInfo(piece: 2, pieceCount: 2)
        piece.cellKeys = Buffer([4, 9, 9] as [UInt64])
        piece.cellGhostLevels = Buffer([0, 1] as [UInt8])
        piece.cellOwners = Buffer([0, 1, 7] as [Int32])
        grid.attributes.piece = piece
        for text in ["piece 2 of 2", "keys do not rise at cell 2", "2 ghost levels of cells for 3", "belongs to piece 7"] {
            expect(.unstructured(grid), contains: text)
        }
        #expect(throws: DatasetError.self) { try Dataset.unstructured(grid).requireValid() }
        var image = ImageData(extent: Extent(0, 4, 0, 4, 0, 4))
        image.attributes.piece = PieceInfo(piece: 0, pieceCount: 1, wholeExtent: Extent(0, 3, 0, 4, 0, 4))
        expect(.image(image), contains: "is not part of the whole")
    }

    @Test(.timeLimit(.minutes(1)))
    func tablesAndBlocksAreChecked() {
        let table = Table(columns: FieldCollection([FieldArray(name: "x", Buffer<Float>([1, 2])), FieldArray(name: "y", Buffer<Float>([1]))]))
        expect(.table(table), contains: "column y has 1 rows")
        let blocks = BlockCollection(blocks: [.init(name: "a", dataset: nil), .init(name: "b", dataset: .table(table))])
        expect(.blocks(blocks), contains: "block b: column y has 1 rows")
    }

    @Test(.timeLimit(.minutes(1)))
    func summariesAreJSON() throws {
        var grid = UnstructuredGrid(points: points, cells: [(.tetrahedron, [0, 1, 2, 3]), (.vertex, [2])])
        grid.attributes.pointData.append(FieldArray(name: "quote \" \n", Buffer<Double>([.nan, 1, 2, .infinity])))
        grid.attributes.cellData.append(FieldArray(name: "t", strings: ["a", "a"]))
        let summary = try DatasetSummary(of: .unstructured(grid), isMeasured: true, context: ExecutionContext(threads: 1))
        let text = summary.json.text()
        #expect(text.hasPrefix(#"{"type":"UnstructuredGrid","points":4,"cells":2,"bounds":[0.0,1.0,0.0,1.0,0.0,1.0]"#))
        #expect(text.contains(#""cell_types":{"1":1,"10":1},"connectivity":{"size":5,"weighted_sum":22}"#))
        #expect(text.contains(#""name":"quote \" \n","association":"point","type":"float64","components":1,"tuples":4,"nan_count":1,"min":[1.0],"max":[2.0]"#))
        #expect(text.contains(#""unique":1,"first":["a","a"]"#))
        #expect(summary.json["measure"]?["volume"]?.double.map { abs($0 - 1.0 / 6) < 1e-12 } == true)
        #expect(JSONValue.array([.number(.nan), .number(-.infinity), .number(1e-5), .null, .bool(true)]).text() == #"["nan","-inf",1e-05,null,true]"#)
        #expect(summary.json.text(isPretty: true).contains("\n  \"points\": 4,"))
    }
}
