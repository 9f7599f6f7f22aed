import Datasets
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct MagnitudeTests {
    @Test func lengthsBesideTheArray() throws {
        var poly = PolyData(points: Points([Vector3(), Vector3(), Vector3()]), vertices: CellArray([[0], [1]]))
        poly.attributes.pointData.set(FieldArray(name: "V", components: 3, Buffer<Float>([3, 4, 0, 1e30, 0, 0, .nan, 0, 0])))
        poly.attributes.pointData.set(FieldArray(name: "W", components: 2, Buffer<Int16>([-6, 8, 0, 0, 5, 12])))
        poly.attributes.cellData.set(FieldArray(name: "C", Buffer<Double>([-2, 7])))
        let made = try Magnitude(array: ArraySelector("V"))(.poly(poly))
        let lengths = made.pointData["V_magnitude"]!
        #expect(lengths.scalarType == .float64)
        #expect(lengths.value(0) == 5 && lengths.value(1) == Double(Float(1e30)) && lengths.value(2).isNaN)
        #expect(try Magnitude(array: ArraySelector("W"))(made).pointData["W_magnitude"]!.doubles()!.array == [10, 0, 13])
        #expect(try Magnitude(array: ArraySelector("C"))(made).cellData["C_magnitude"]!.doubles()!.array == [2, 7])
        #expect(throws: DatasetError.self) { try Magnitude(array: ArraySelector("X"))(made) }
        let text = Table(columns: FieldCollection([FieldArray(name: "T", strings: ["a"]), FieldArray(name: "N", Buffer<Double>([-3]))]))
        #expect(throws: DatasetError.self) { try Magnitude(array: ArraySelector("T"))(.table(text)) }
        guard case .table(let table) = try Magnitude(array: ArraySelector("N"))(.table(text)) else { return }
        #expect(table.columns["N_magnitude"]!.value(0) == 3)
    }
}
