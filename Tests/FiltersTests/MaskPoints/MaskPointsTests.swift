import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct MaskPointsTests {
    private func image(_ count: Int, _ values: [Float]? = nil) -> Dataset {
        let values = values ?? (0..<count).map { Float($0) }
        return .image(
            ImageData(
                extent: Extent(0, count - 1, 0, 0, 0, 0),
                attributes: DatasetAttributes(
                    pointData: FieldCollection([FieldArray(name: "s", Buffer(values)), FieldArray(name: "t", strings: values.map { "\($0)" })]),
                    cellData: FieldCollection([FieldArray(name: "c", Buffer((0..<count - 1).map { Int32($0) }))]))))
    }

    private func values(_ dataset: Dataset) -> [Int] { dataset.pointData["s"]!.doubles()!.array.map { Int($0) } }

    @Test func everyNthPoint() throws {
        let made = try MaskPoints(.every(step: 4, offset: 1))(image(11))
        #expect(values(made) == [1, 5, 9])
        guard case .poly(let poly) = made else { return }
        #expect(poly.cellCount == 0 && poly.attributes.cellData.isEmpty)
        #expect((0..<3).map { poly.points[$0].x } == [1, 5, 9])
        if case .strings(let text) = poly.attributes.pointData["t"]!.values { #expect(text == ["1.0", "5.0", "9.0"]) }
        #expect(try MaskPoints(.every(step: 1, offset: 0))(image(11)).pointCount == 11)
        #expect(try MaskPoints(.every(step: 3, offset: 11))(image(11)).pointCount == 0)
        #expect(throws: DatasetError.self) { try MaskPoints(.every(step: 0, offset: 0))(image(3)) }
    }

    @Test(arguments: [0, 1, 7, 500, 999, 1000, 5000]) func randomPoints(count: Int) throws {
        let first = try values(MaskPoints(.random(count: count, seed: 1))(image(1000)))
        #expect(first.count == min(count, 1000))
        #expect(zip(first, first.dropFirst()).allSatisfy { $0 < $1 })
        let other = try values(MaskPoints(.random(count: count, seed: 2))(image(1000)))
        #expect((first == other) == (count == 0 || count >= 1000))
    }

    /// Each point is chosen about as often as another.
    @Test func choicesAreEven() throws {
        var hits = [Int](repeating: 0, count: 40)
        for seed in 0..<400 { for point in try values(MaskPoints(.random(count: 10, seed: UInt64(seed)))(image(40))) { hits[point] += 1 } }
        #expect(hits.allSatisfy { abs($0 - 100) < 45 }, "\(hits)")
    }

    @Test func valuesInARange() throws {
        let data = image(6, [0, .nan, 2, 3, .infinity, 5])
        #expect(try values(MaskPoints(.values(ArraySelector("s"), 2...5))(data)) == [2, 3, 5])
        #expect(try MaskPoints(.values(ArraySelector("s"), -.infinity ... .infinity))(data).pointCount == 5, "NaN lies outside of every range")
        #expect(throws: DatasetError.self) { try MaskPoints(.values(ArraySelector("x"), 0...1))(data) }
        #expect(throws: DatasetError.self) { try MaskPoints(.values(ArraySelector("c"), 0...1))(data) }
    }

    @Test func rowsOfTables() throws {
        let columns = FieldCollection([FieldArray(name: "a", Buffer<Int32>([5, 1, 4, 7])), FieldArray(name: "b", strings: ["x", "y", "z", "w"])])
        guard case .table(let table) = try MaskPoints(.every(step: 2, offset: 1))(.table(Table(columns: columns))) else { return }
        #expect(table.columns["a"]!.doubles()!.array == [1, 7])
        if case .strings(let text) = table.columns["b"]!.values { #expect(text == ["y", "w"]) }
    }
}
