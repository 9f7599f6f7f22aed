import Dataflow
import Datasets
import Execution
import Foundation
import Geometry
import Testing

@testable import Files

@Suite("Blocks and time series") struct CompositeTests {
    private let context = ExecutionContext(threads: 2)

    /// Writes a row of points with some arrays as `name`.
    private func write(_ folder: ScratchFolder, _ name: String, points count: Int, value: Double = 0, arrays: [String] = ["a"]) throws {
        var poly = PolyData(points: Points((0..<count).map { Vector3(Double($0) + value, 0, 0) }), vertices: CellArray((0..<count).map { [$0] }))
        for array in arrays { poly.attributes.pointData.set(FieldArray(name: array, Buffer((0..<count).map { Double($0) + value }))) }
        try XMLWriter().write(.poly(poly), to: folder.path + "/" + name, context: context)
    }

    private func file(_ type: String, _ body: String) -> String {
        "<VTKFile type=\"\(type)\" version=\"1.0\" byte_order=\"LittleEndian\"><\(type)>\(body)</\(type)></VTKFile>"
    }

    private func blocks(_ reader: any DatasetReader, _ time: Double? = nil) throws -> BlockCollection {
        var request = UpdateRequest()
        request.time = time
        guard case .blocks(let collection) = try reader.read(request, context: context) else { throw DatasetError("no blocks") }
        return collection
    }

    @Test(.timeLimit(.minutes(1)))
    func blocksKeepNamesNestingAndGaps() throws {
        let folder = try ScratchFolder()
        try write(folder, "a.vtp", points: 2)
        try write(folder, "b.vtp", points: 3, arrays: ["b"])
        let text = """
            <DataSet index="0" name="first &amp; last" file="a.vtp"/><Block index="2" name="inner"><DataSet index="1" file="./b.vtp"/></Block>
            <DataSet index="3" name="nothing"/><Piece index="4"><DataSet index="0" file="a.vtp"/><DataSet index="1" file="b.vtp"/></Piece>
            """
        let reader = try CompositeReader(path: folder.write("m.vtm", file("vtkMultiBlockDataSet", text)))
        let collection = try blocks(reader)
        #expect(collection.blocks.map(\.name) == ["first & last", "1", "inner", "nothing", "4"])
        #expect(collection.leaves.map(\.path) == ["first & last", "inner/1", "4/0", "4/1"])
        #expect(collection.leaves.map(\.dataset.pointCount) == [2, 3, 2, 3])
        #expect(collection.blocks[3].dataset == nil && collection.typeName == "MultiBlockDataSet")
        let description = try reader.describe()
        #expect(description.kind == .blocks && description.leafKinds == [.poly] && description.pointCount == 10)
        #expect(description.arrays.map(\.name) == ["a", "b"])
        // Inside another file, and by the older form.
        let outer = try blocks(CompositeReader(path: folder.write("o.vtmb", file("vtkMultiBlockDataSet", "<DataSet index=\"0\" file=\"m.vtm\"/>"))))
        #expect(outer.leaves.map(\.path) == ["0/first & last", "0/inner/1", "0/4/0", "0/4/1"])
        let old = "<DataSet group=\"1\" dataset=\"0\" file=\"a.vtp\"/><DataSet group=\"1\" dataset=\"2\" file=\"b.vtp\"/>"
        #expect(try blocks(CompositeReader(path: folder.write("g.vtm", file("vtkMultiBlockDataSet", old)))).leaves.map(\.path) == ["1/0", "1/2"])
    }

    @Test(.timeLimit(.minutes(1)))
    func partitionedCollectionsPassOverTheirAssembly() throws {
        let folder = try ScratchFolder()
        try write(folder, "a.vtp", points: 2)
        let text = """
            <Partitions index="0" name="wall"><DataSet index="0" file="a.vtp"/><DataSet index="2" file="a.vtp"/></Partitions>
            <DataAssembly encoding="base64">PD94bWw+</DataAssembly>
            """
        let collection = try blocks(CompositeReader(path: folder.write("c.vtpc", file("vtkPartitionedDataSetCollection", text))))
        #expect(collection.leaves.map(\.path) == ["wall/0", "wall/2"] && collection.typeName == "PartitionedDataSetCollection")
        let one = try blocks(CompositeReader(path: folder.write("p.vtpd", file("vtkPartitionedDataSet", "<DataSet index=\"0\" file=\"a.vtp\"/>"))))
        #expect(one.typeName == "PartitionedDataSet" && one.leaves.count == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func missingLoopedAndHugeListsEndWell() throws {
        let folder = try ScratchFolder()
        try write(folder, "a.vtp", points: 2)
        let missing = try CompositeReader(
            path: folder.write("x.vtm", file("vtkMultiBlockDataSet", "<DataSet index=\"0\" file=\"no.vtp\"/><DataSet index=\"1\" file=\"a.vtp\"/>")))
        #expect(try blocks(missing).leaves.map(\.path) == ["1"])
        #expect(context.trace.warnings.contains { $0.contains("no.vtp") })
        func fails(_ body: String, _ expected: String) throws {
            let error = #expect(throws: FileError.self) { try CompositeReader(path: folder.write("l.vtm", file("vtkMultiBlockDataSet", body))) }
            #expect(error?.expected.contains(expected) == true, "\(String(describing: error))")
        }
        try fails("<DataSet index=\"0\" file=\"l.vtm\"/>", "list themselves")
        try fails("<DataSet index=\"0\" file=\"no.vtp\"/>", "at least one")
        try fails("<DataSet index=\"1000000000000\" file=\"a.vtp\"/>", "2^20")
        try fails("<DataSet index=\"-1\" file=\"a.vtp\"/>", "2^20")
        // Each level may ask for many places, all together not for more than there is room for.
        try fails((0..<5).map { "<Block index=\"\($0)\"><DataSet index=\"400000\"/></Block>" }.joined(), "2^20")
        for level in 0..<20 {
            try folder.write("d\(level).vtm", file("vtkMultiBlockDataSet", "<DataSet index=\"0\" file=\"d\(level + 1).vtm\"/>"))
        }
        #expect(throws: FileError.self) { try CompositeReader(path: folder.path + "/d0.vtm") }
    }

    @Test(.timeLimit(.minutes(1)))
    func timeSeriesAnswerWithTheNearestStep() throws {
        let folder = try ScratchFolder()
        for step in 0..<3 { for part in 0..<2 { try write(folder, "s\(step)p\(part).vtp", points: 2 + part, value: Double(step)) } }
        func entry(_ time: Double, _ part: Int, _ file: String) -> String { "<DataSet timestep=\"\(time)\" part=\"\(part)\" file=\"\(file)\"/>" }
        // Not in the order of time.
        let parts = [2, 0, 1].flatMap { step in (0..<2).map { entry(Double(step) * 0.5, $0, "s\(step)p\($0).vtp") } }.joined()
        let reader = try TimeSeriesReader(path: folder.write("t.pvd", file("Collection", parts)))
        #expect(try reader.describe().timeSteps == [0, 0.5, 1])
        for (time, step) in [(nil, 0.0), (0.2, 0), (0.25, 0), (0.26, 1), (0.5, 1), (7, 2), (-3, 0)] {
            let collection = try blocks(reader, time)
            #expect(collection.blocks.map(\.name) == ["0", "1"])
            #expect(collection.leaves[0].dataset.pointData["a"]?.value(0) == step, "\(String(describing: time))")
        }
        // One part a step is the dataset itself.
        let single = try TimeSeriesReader(path: folder.write("u.pvd", file("Collection", entry(1, 0, "s1p0.vtp") + entry(2, 0, "s2p0.vtp"))))
        #expect(try single.describe().kind == .poly && single.describe().timeSteps == [1, 2])
        #expect(try single.read(UpdateRequest(), context: context).pointCount == 2)
        let empty = try TimeSeriesReader(path: folder.write("e.pvd", file("Collection", "")))
        #expect(try blocks(empty).blocks.isEmpty && empty.describe().timeSteps.isEmpty)
        let absent = try TimeSeriesReader(path: folder.write("n.pvd", file("Collection", entry(1, 0, "none.vtp"))))
        #expect(throws: FileError.self) { try absent.read(UpdateRequest(), context: context) }
        #expect(throws: FileError.self) { try TimeSeriesReader(path: folder.write("b.pvd", file("Collection", "<DataSet timestep=\"x\" file=\"a\"/>"))) }
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesKeepTheArraysThatAllHave() throws {
        let folder = try ScratchFolder()
        try write(folder, "0.vtp", points: 2, arrays: ["a", "b"])
        try write(folder, "1.vtp", points: 3, value: 10, arrays: ["c", "b"])
        try write(folder, "empty.vtp", points: 0, arrays: [])
        func read(_ pieces: [String]) throws -> (dataset: Dataset, warnings: [String]) {
            let sources = pieces.map { $0.isEmpty ? "<Piece/>" : "<Piece Source=\"\($0)\"/>" }.joined()
            let arrays = ["a", "b", "c"].map { "<PDataArray type=\"Float64\" Name=\"\($0)\"/>" }.joined()
            let text = file("PPolyData", "<PPointData>\(arrays)</PPointData><PPoints><PDataArray type=\"Float32\" NumberOfComponents=\"3\"/></PPoints>\(sources)")
            let context = ExecutionContext(threads: 2)
            return (try XMLReader(path: folder.write("p.pvtp", text)).read(UpdateRequest(), context: context), context.trace.warnings)
        }
        let both = try read(["0.vtp", "./1.vtp", folder.path + "/empty.vtp"])
        #expect(both.dataset.pointCount == 5 && both.dataset.pointData.names == ["b"])
        #expect(both.warnings.count == 1 && both.warnings[0].contains("a, c"))
        #expect(try read(["0.vtp", "empty.vtp"]).dataset.pointData.names == ["a", "b"])
        let missing = try read(["0.vtp", "none.vtp", ""])
        #expect(missing.dataset.pointCount == 2 && missing.warnings.count == 2)
        #expect(try read([]).dataset.pointCount == 0)
        #expect(throws: FileError.self) { try read(["none.vtp"]) }
        let lattice = file("PImageData", "<PPointData/>").replacingOccurrences(of: "<PImageData>", with: "<PImageData WholeExtent=\"0 4 0 4 0 4\">")
        #expect(try XMLReader(path: folder.write("i.pvti", lattice)).read(UpdateRequest(), context: context).pointCount == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func tablesAreRead() throws {
        let folder = try ScratchFolder()
        let text = """
            <Piece NumberOfRows="2"><RowData><DataArray type="Int32" Name="n" format="ascii">4 5</DataArray>
            <DataArray type="Float64" Name="v" NumberOfComponents="2" format="ascii">1 2 3 4</DataArray></RowData></Piece>
            """
        let reader = try XMLReader(path: folder.write("t.vtt", file("Table", text)))
        guard case .table(let table) = try reader.read(UpdateRequest(), context: context) else { throw DatasetError("no table") }
        #expect(table.rowCount == 2 && table.columns.names == ["n", "v"] && table.columns["v"]!.value(1, 1) == 4)
        #expect(try reader.describe().arrays.count == 2)
    }

    /// A filter that needs an array.
    private struct Doubling: Filter {
        var name: String { "double" }
        func describe(_ input: DatasetDescription) throws -> DatasetDescription {
            if input.kind == .image { throw DatasetError("no images") }
            return input
        }
        func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest { request.addingGhostLevels(2) }
        func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
            guard let values = input.pointData["a"]?.doubles() else { throw DatasetError("no array named a") }
            var copy = input
            copy.attributes.pointData.set(FieldArray(name: "a", Buffer(values.array.map { 2 * $0 })))
            return copy
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func filtersSeeOneLeafAtATime() throws {
        func leaf(_ array: String) -> Dataset {
            var poly = PolyData(points: Points([Vector3(1, 2, 3)]))
            poly.attributes.pointData.set(FieldArray(name: array, Buffer([21.0])))
            return .poly(poly)
        }
        let table = Dataset.table(Table(columns: FieldCollection([FieldArray(name: "t", Buffer([1.0]))])))
        func collection(_ second: Dataset) -> Dataset {
            let inner = BlockCollection(blocks: [.init(name: "deep", dataset: leaf("a")), .init(name: "gap", dataset: nil), .init(name: "rows", dataset: table)])
            return .blocks(BlockCollection(blocks: [.init(name: "inner", dataset: .blocks(inner)), .init(name: "other", dataset: second)]))
        }
        let context = ExecutionContext(threads: 1)
        guard case .blocks(let result) = try Doubling()(collection(leaf("b")), context: context) else { throw DatasetError("no blocks") }
        #expect(result.leaves.map(\.path) == ["inner/deep", "inner/rows", "other"])
        #expect(result.leaves[0].dataset.pointData["a"]?.value(0) == 42 && result.leaves[2].dataset.pointCount == 0)
        #expect(context.trace.warnings.count == 1 && context.trace.warnings[0].contains("1 of 2") && context.trace.warnings[0].contains("other"))
        // None of the leaves: an error. Kinds that do not fit are passed over where others do.
        let neither = Dataset.blocks(BlockCollection(blocks: [.init(name: "x", dataset: leaf("b")), .init(name: "y", dataset: leaf("b"))]))
        #expect(throws: DatasetError.self) { try Doubling()(neither, context: context) }
        var description = DatasetDescription(of: collection(leaf("b")))
        #expect(description.leafKinds == [.poly, .table])
        #expect(try Doubling().request(UpdateRequest(piece: 0, of: 2), from: [description])[0].ghostLevels == 2)
        description.leafKinds.insert(.image)
        #expect(try Doubling().describe([description]).kind == .blocks)
        description.leafKinds = [.image]
        #expect(throws: DatasetError.self) { try Doubling().describe([description]) }
    }
}
