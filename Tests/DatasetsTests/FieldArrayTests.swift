import Datasets
import Execution
import Testing

@Suite struct FieldArrayTests {
    private let context = ExecutionContext(threads: 2)

    @Test(.timeLimit(.minutes(1)))
    func bitsAndTextsArePickedAndSliced() throws {
        // 1 0 1 1 0 0 1 0 | 1 1
        let bits = FieldArray(name: "b", values: .bits(Buffer([0b1011_0010, 0b1100_0000]), count: 10))
        #expect((0..<10).map { bits.value($0) } == [1, 0, 1, 1, 0, 0, 1, 0, 1, 1])
        let picked = try bits.gathered(Buffer([9, 1, 2] as [Int32]), context: context)
        #expect((0..<3).map { picked.value($0) } == [1, 0, 1] && picked.typeName == "bit")
        let sliced = bits.sliced(6..<9)
        #expect((0..<3).map { sliced.value($0) } == [1, 0, 1])
        let texts = FieldArray(name: "t", components: 2, strings: ["a", "b", "c", "d"])
        guard case .strings(let found) = texts.sliced(1..<2).values else { throw DatasetError("no texts") }
        #expect(found == ["c", "d"])
    }

    @Test(.timeLimit(.minutes(1)))
    func statisticsLeaveOutWhatIsNotFinite() throws {
        let array = FieldArray(name: "s", components: 2, Buffer<Double>([1, .nan, -.infinity, 2, -0.0, 4, 3, -5]))
        let found = try #require(try array.statistics(context: context))
        #expect(found.nanCount == 1)
        #expect(found.components[0].minimum == 0 && found.components[0].maximum == 3 && found.components[0].sum == 4)
        #expect(found.components[0].minimum.sign == .plus)
        #expect(found.components[1].minimum == -5 && found.components[1].maximum == 4 && found.components[1].finiteCount == 3)
        #expect(found.components[1].sumOfAbsolutes == 11)
        #expect(found.magnitudes == 4...(34.0).squareRoot())
        #expect(try array.range(of: .index(0), context: context) == 0...3)
        #expect(try FieldArray(name: "n", Buffer<Float>([.nan])).range(context: context) == nil)
        #expect(try FieldArray(name: "t", strings: ["x"]).statistics(context: context) == nil)
        #expect(throws: DatasetError.self) { try array.range(of: .index(2), context: context) }
    }

    @Test(.timeLimit(.minutes(1)))
    func sumsDoNotDependOnThreads() throws {
        let array = FieldArray(name: "s", Buffer((0..<200_000).map { 1 / Float($0 + 1) }))
        let serial = try array.statistics(context: ExecutionContext(threads: 1))
        for threads in 2...4 { #expect(try array.statistics(context: ExecutionContext(threads: threads)) == serial) }
    }

    @Test(.timeLimit(.minutes(1)))
    func clampingConversions() {
        #expect(UInt8(clampingDouble: 300) == 255 && UInt8(clampingDouble: -3) == 0 && UInt8(clampingDouble: .nan) == 0)
        #expect(Int64(clampingDouble: 1e300) == .max && Int64(clampingDouble: -1e300) == .min)
        #expect(Int16(clampingDouble: 2.5) == 2 && Int16(clampingDouble: 3.5) == 4)
    }

    @Test(.timeLimit(.minutes(1)))
    func selectorsAreReadAndResolved() throws {
        #expect(ArraySelector(parsing: "point:V:magnitude") == ArraySelector("V", association: .point, component: .magnitude))
        #expect(ArraySelector(parsing: "cell:stress:3") == ArraySelector("stress", association: .cell, component: .index(3)))
        #expect(ArraySelector(parsing: "Temp") == ArraySelector("Temp"))
        var attributes = DatasetAttributes()
        attributes.pointData.append(FieldArray(name: "Temp", Buffer<Float>([1])))
        attributes.cellData.append(FieldArray(name: "Temp", Buffer<Float>([2])))
        #expect(try ArraySelector("Temp").resolve(in: attributes).association == .point)
        #expect(try ArraySelector("Temp", association: .cell).resolve(in: attributes).association == .cell)
        #expect(throws: DatasetError.self) { try ArraySelector("temp").resolve(in: attributes) }
    }
}
