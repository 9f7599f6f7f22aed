import Datasets

extension FilterEntry {
    private static let rangeKeys = [
        Key("array", .array, "the values"), Key("association", .choice(["point", "cell"]), required: false, "whose values, where both have the array"),
        Key("lower", .number, required: false, "the least value; none by default"), Key("upper", .number, required: false, "the greatest value"),
    ]

    static let threshold = FilterEntry(
        option: Option("threshold", .value("NAME=LO:HI"), example: "Temp=300:500") { text in
            let (name, range) = try text.assignment()
            let ends = try range.parts(count: 2...2)
            var values: FilterValues = ["array": .string(name)]
            if !ends[0].isEmpty { values["lower"] = .number(try ends[0].number()) }
            if !ends[1].isEmpty { values["upper"] = .number(try ends[1].number()) }
            return values
        },
        operation: "threshold", help: "cells whose values all lie in the closed range; either end may be empty", keys: rangeKeys
    ) { [.filter(Threshold(array: try $0.array(), range: try $0.range()))] }
}

extension FilterValues {
    /// From `lower` to `upper`; either may be missing.
    func range() throws -> ClosedRange<Double> {
        let lower = try number("lower", default: -.infinity)
        let upper = try number("upper", default: .infinity)
        guard lower <= upper else { throw problem("lower", "at most the upper end, \(upper)") }
        return lower...upper
    }
}
