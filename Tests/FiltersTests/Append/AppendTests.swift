import Dataflow
import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

/// Several datasets as one.
@Suite(.timeLimit(.minutes(1))) struct AppendTests {
    private func append(_ inputs: [Dataset]) throws -> Dataset {
        let result = try Append().produce(UpdateRequest(), from: inputs, context: ExecutionContext(threads: 2))
        #expect(result.validate().filter { $0.severity == .error }.isEmpty)
        return result
    }

    private func poly(_ base: Int, names: [String]) -> PolyData {
        var poly = PolyData(
            points: Points((0..<4).map { Vector3(Double($0 + base), 0, 0) }), vertices: CellArray([[3]]), lines: CellArray([[0, 1, 2]]),
            polygons: CellArray([[0, 1, 2], [1, 2, 3]]))
        for name in names { poly.attributes.cellData.set(FieldArray(name: name, Buffer((0..<4).map { Int32(base + $0) }))) }
        return poly
    }

    @Test func listsFollowEachOther() throws {
        let result = try append([.poly(poly(0, names: ["a", "b"])), .poly(PolyData()), .poly(poly(10, names: ["b", "c"]))])
        guard case .poly(let joined) = result else { return #expect(Bool(false), "\(result.kind)") }
        #expect(joined.cellData(["b"]) == [0, 10, 1, 11, 2, 3, 12, 13] && joined.attributes.cellData.names == ["b"])
        #expect((0..<joined.polygons.count).map { joined.polygons.points(of: $0).map(Int.init) } == [[0, 1, 2], [1, 2, 3], [4, 5, 6], [5, 6, 7]])
        #expect(joined.points[6].x == 12)
    }

    @Test func kindsBecomeAGrid() throws {
        var image = ImageData(extent: Extent(0, 1, 0, 1, 0, 1))
        image.attributes.cellData.set(FieldArray(name: "b", Buffer<Int32>([99])))
        let tetrahedron = UnstructuredGrid(
            points: .float64(Buffer([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1e-12])), cells: [(.tetrahedron, [0, 1, 2, 3])],
            attributes: DatasetAttributes(cellData: FieldCollection([FieldArray(name: "b", Buffer<Int32>([7]))])))
        let result = try append([
            .poly(poly(0, names: ["b"])), .image(image), .blocks(BlockCollection(blocks: [.init(name: "t", dataset: .unstructured(tetrahedron))])),
        ])
        guard case .unstructured(let grid) = result else { return #expect(Bool(false), "\(result.kind)") }
        #expect(grid.explicitTypes().array == [1, 4, 5, 5, 11, 10])
        #expect(grid.cells.points(of: 4).map(Int.init) == Array(4..<12) && grid.cells.points(of: 5).map(Int.init) == Array(12..<16))
        #expect(grid.points.scalarType == .float64 && grid.points[15].z == 1e-12 && grid.points[11] == Vector3(1, 1, 1))
        #expect((0..<6).map { grid.attributes.cellData["b"]!.value($0) } == [0, 1, 2, 3, 99, 7])
    }

    @Test func onlyArraysOfOneTypeStay() throws {
        var (a, b) = (poly(0, names: []), poly(4, names: []))
        a.attributes.pointData = FieldCollection([
            FieldArray(name: "same", components: 2, Buffer((0..<8).map { Float($0) })), FieldArray(name: "other", Buffer<Float>([1, 2, 3, 4])),
            FieldArray(name: "word", strings: ["a", "b", "c", "d"]),
        ])
        a.attributes.pointData.active = [.scalars: "same", .vectors: "other"]
        b.attributes.pointData = FieldCollection([
            FieldArray(name: "word", strings: ["e", "f", "g", "h"]), FieldArray(name: "other", Buffer<Double>([1, 2, 3, 4])),
            FieldArray(name: "same", components: 2, Buffer((0..<8).map { Float($0 + 8) })),
        ])
        let result = try append([.poly(a), .poly(b)])
        #expect(result.pointData.names == ["same", "word"] && result.pointData.active == [.scalars: "same"])
        #expect((0..<8).allSatisfy { result.pointData["same"]!.value($0, 1) == Double(2 * $0 + 1) })
        guard case .strings(let words)? = result.pointData["word"]?.values else { return #expect(Bool(false)) }
        #expect(words == ["a", "b", "c", "d", "e", "f", "g", "h"])
    }

    @Test func tablesRowAfterRow() throws {
        let a = Table(columns: FieldCollection([FieldArray(name: "x", Buffer<Float>([1, 2]))]))
        let b = Table(columns: FieldCollection([FieldArray(name: "x", Buffer<Float>([3])), FieldArray(name: "y", Buffer<Float>([3]))]))
        guard case .table(let joined) = try append([.table(a), .table(b)]) else { return #expect(Bool(false)) }
        #expect(joined.rowCount == 3 && joined.columns.names == ["x"] && joined.columns["x"]!.value(2) == 3)
        #expect(throws: DatasetError.self) { try append([.table(a), .poly(poly(0, names: []))]) }
        #expect(try append([.poly(PolyData()), .poly(PolyData())]).pointCount == 0)
    }

    @Test func whatIsKnownBefore() throws {
        let inputs = [DatasetDescription(of: .poly(poly(0, names: ["a", "b"]))), DatasetDescription(of: .poly(poly(0, names: ["b"])))]
        let description = try Append().describe(inputs)
        #expect(description.kind == .poly && description.pointCount == 8 && description.cellCount == 8 && description.arrays.map(\.name) == ["b"])
        #expect(try Append().describe(inputs + [DatasetDescription(kind: .image)]).kind == .unstructured)
        #expect(throws: DatasetError.self) { try Append().describe([]) }
    }
}

extension PolyData {
    fileprivate func cellData(_ names: [String]) -> [Int] {
        names.flatMap { name in (0..<cellCount).map { Int(attributes.cellData[name]?.value($0) ?? -1) } }
    }
}
