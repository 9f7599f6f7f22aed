import Datasets

extension FilterEntry {
    static let extractExtent = FilterEntry(
        option: Option("extract", .value("I0,I1,J0,J1,K0,K1[:RATE]"), example: "0,10,0,10,0,10:2") { text in
            let parts = try text.parts(count: 1...2)
            var values: FilterValues = ["extent": JSONValue(try parts[0].numbers())]
            if parts.count == 2 { values["rate"] = JSONValue(try parts[1].numbers()) }
            return values
        },
        operation: "extract_extent", help: "a box of the points of structured data, every RATE-th (RATE or I,J,K)",
        keys: [
            Key("extent", .numbers, "first and last index on each axis"), Key("rate", .numbers, required: false, "every how many points; one number or three"),
            Key("boundary", .boolean, required: false, "whether the last points come where the rate jumps over them"),
        ]
    ) { values in
        let ends = try values.wholeNumbers("extent", -(1 << 31)...1 << 31)
        guard ends.count == 6, ends[0] <= ends[1], ends[2] <= ends[3], ends[4] <= ends[5] else {
            throw values.problem("extent", "six whole numbers, first and last on each axis")
        }
        let rate = values["rate"] == nil ? [1] : try values.wholeNumbers("rate", 1...1 << 31)
        guard rate.count == 1 || rate.count == 3 else { throw values.problem("rate", "one whole number or three, at least 1") }
        return [
            .filter(
                ExtractExtent(
                    extent: Extent(ends[0], ends[1], ends[2], ends[3], ends[4], ends[5]),
                    rate: SIMD3(rate[0], rate[rate.count / 2], rate[rate.count - 1]), includesBoundary: try values.boolean("boundary")))
        ]
    }
}

extension FilterValues {
    /// Numbers that are whole and lie in the range.
    fileprivate func wholeNumbers(_ key: String, _ range: ClosedRange<Int>) throws -> [Int] {
        try numbers(key).map {
            guard $0 == $0.rounded(), $0 >= Double(range.lowerBound), $0 <= Double(range.upperBound) else {
                throw problem(key, "whole numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            return Int($0)
        }
    }
}
