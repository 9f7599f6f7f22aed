import SeededNumbers
import Testing

@testable import Annotating

@Suite(.timeLimit(.minutes(1))) struct TicksTests {
    private func labels(_ ticks: AxisTicks) -> [String] { ticks.major.map(\.label) }

    @Test func wellKnownRanges() {
        #expect(labels(.linear(0, 1, greatestCount: 6)) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(labels(.linear(293.15, 913.15, greatestCount: 8)) == ["300", "400", "500", "600", "700", "800", "900"])
        #expect(labels(.linear(-3.57, 4.1, greatestCount: 5)) == ["−2", "0", "2", "4"])
        let pressure = AxisTicks.linear(0, 250_000, greatestCount: 6)
        #expect(labels(pressure) == ["0", "50", "100", "150", "200", "250"] && pressure.factor == "×10³")
        let small = AxisTicks.linear(0, 0.00008, greatestCount: 5)
        #expect(labels(small) == ["0", "20", "40", "60", "80"] && small.factor == "×10⁻⁶")
        // Ends that are a Float's neighbour of a round number.
        #expect(labels(.linear(Double(Float(0.1)), Double(Float(0.7)), greatestCount: 7)).first == "0.1")
        #expect(labels(.linear(5, 5, greatestCount: 5)) == ["5"])
        #expect(labels(.linear(.nan, 1, greatestCount: 5)).isEmpty)
    }

    @Test func logarithms() {
        #expect(labels(.logarithmic(0.01, 1000, greatestCount: 9)) == ["0.01", "0.1", "1", "10", "100", "1000"])
        #expect(labels(.logarithmic(1e-9, 1e6, greatestCount: 6)).allSatisfy { $0.hasPrefix("10") })
        #expect(labels(.logarithmic(1, 80, greatestCount: 9)) == ["1", "2", "5", "10", "20", "50"])
        #expect(labels(.logarithmic(2, 3, greatestCount: 6)).count >= 2)
        #expect(labels(.logarithmic(-1, 3, greatestCount: 6)).count >= 2)
        #expect(AxisTicks.logarithmic(1, 100, greatestCount: 9).major.contains { $0.label == "10" && abs($0.fraction - 0.5) < 1e-12 })
    }

    @Test(arguments: 0..<300) func propertiesOfAnyRange(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let scale = [1e-300, 1e-12, 1e-5, 1, 7, 1e4, 1e9, 1e30, 1e300][seed % 9]
        var ends = [Double.random(in: -1...1, using: &random) * scale, Double.random(in: -1...1, using: &random) * scale].sorted()
        if seed % 4 == 0 { ends[0] = ends[1] * 0.999 }
        if ends[0] > ends[1] { ends.swapAt(0, 1) }
        let count = Int.random(in: 2...12, using: &random)
        var all = [AxisTicks.linear(ends[0], ends[1], greatestCount: count)]
        if ends[0] > 0 { all.append(.logarithmic(ends[0], ends[1], greatestCount: count)) }
        for ticks in all {
            #expect(ticks.major.count <= max(count, 2), "seed \(seed)")
            #expect(zip(ticks.major, ticks.major.dropFirst()).allSatisfy { $0.fraction < $1.fraction && $0.value < $1.value })
            #expect(ticks.major.allSatisfy { $0.fraction >= 0 && $0.fraction <= 1 })
            #expect(ticks.minor.allSatisfy { $0 > 0 && $0 < 1 })
            let width = ends[1] - ends[0]
            #expect(ticks.major.allSatisfy { $0.value >= ends[0] - width * 1e-5 && $0.value <= ends[1] + width * 1e-5 }, "seed \(seed): \(ends) \(ticks.major)")
            #expect(Set(ticks.major.map(\.label)).count == ticks.major.count, "seed \(seed): \(ticks.major.map(\.label))")
        }
    }

    @Test func textOfNumbers() {
        #expect(DecimalNumber(digits: -1234, exponent: -3).text(decimals: 3) == "−1.234")
        #expect(DecimalNumber(digits: 5, exponent: -2).text(decimals: 2) == "0.05")
        #expect(DecimalNumber(digits: 5, exponent: 3).text(decimals: 0) == "5000")
        #expect(AxisTicks.shortText(0.125) == "0.125" && AxisTicks.shortText(3) == "3" && AxisTicks.shortText(-2.5e12) == "−2.5×10¹²")
        for value in [1e-310, 9.99999, 10, 1e22, 1e23, 123456789.0, 0.001] {
            let power = DecimalNumber.magnitude(of: value)
            #expect(DecimalNumber(digits: 1, exponent: power).value <= value && DecimalNumber(digits: 10, exponent: power).value > value, "\(value)")
        }
    }
}
