import Datasets
import Filters
import Geometry
import Testing

@Suite struct ClipPointsTests {
    /// Where there are no cells, points and rows stay or go by themselves.
    @Test(.timeLimit(.minutes(1))) func pointsAndRowsWithoutCells() throws {
        var poly = PolyData(points: Points((0..<6).map { Vector3(Double($0), 0, 0) }))
        poly.attributes.pointData.set(FieldArray(name: "s", Buffer<Float>([3, 1, .nan, 5, 2, .infinity])))
        func kept(_ clip: Clip) throws -> [Double] {
            guard case .poly(let made) = try clip(.poly(poly)) else { return [] }
            return (0..<made.points.count).map { made.points[$0].x }
        }
        #expect(try kept(Clip(plane: Plane(origin: Vector3(3, 9, 9), normal: Vector3(-2, 0, 0)))) == [0, 1, 2, 3])
        #expect(try kept(Clip(array: ArraySelector("s"), value: 3)) == [0, 3])
        #expect(try kept(Clip(array: ArraySelector("s"), value: 3, keepsAbove: false)) == [0, 1, 4])
        let table = Dataset.table(Table(columns: FieldCollection([FieldArray(name: "a", Buffer<Int32>([5, 1, 4])), FieldArray(name: "b", strings: ["x", "y", "z"])])))
        guard case .table(let rows) = try Clip(array: ArraySelector("a"), value: 4)(table) else { return }
        #expect(rows.columns["a"]!.doubles()!.array == [5, 4])
        #expect(throws: DatasetError.self) { try Clip(plane: Plane(origin: Vector3(), normal: Vector3(1, 0, 0)))(table) }
        #expect(throws: DatasetError.self) { try Clip(array: ArraySelector("b"), value: 4)(table) }
    }
}
