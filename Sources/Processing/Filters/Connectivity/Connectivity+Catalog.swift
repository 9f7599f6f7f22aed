import Datasets

extension FilterEntry {
    static let connectivity = FilterEntry(
        option: Option("connectivity", .optionalValue("largest|closest:X,Y,Z|N[,N…]"), example: "largest") { text in
            if text.isEmpty { return [:] }
            if text.text == "largest" { return ["mode": .string("largest")] }
            if text.text.hasPrefix("closest:") {
                return ["mode": .string("closest"), "point": JSONValue(try text.part(text.text.dropFirst(8)).vector())]
            }
            return ["mode": .string("regions"), "regions": JSONValue(try text.parts(",", count: 1...1 << 16).map { Double(try $0.integer(0...Int(Int32.max))) })]
        },
        operation: "connectivity",
        help: "regions of connected cells, labelled RegionId; or only the largest, the one closest to a point, those with numbers",
        keys: [
            Key("mode", .choice(["all", "largest", "closest", "regions"]), required: false, "which regions stay; all by default"),
            Key("point", .vector, required: false, "for closest: the place"),
            Key("regions", .numbers, required: false, "for regions: their numbers, from 0"),
        ]
    ) { values in
        switch try values.text("mode", default: "all") {
        case "largest": return [.filter(Connectivity(.largest))]
        case "closest": return [.filter(Connectivity(.closest(to: try values.vector("point"))))]
        case "regions":
            let numbers = try values.numbers("regions")
            guard numbers.allSatisfy({ $0 >= 0 && $0 < 2_147_483_648 && $0 == $0.rounded() }) else {
                throw values.problem("regions", "whole numbers from 0")
            }
            return [.filter(Connectivity(.regions(Set(numbers.map { Int($0) }))))]
        default: return [.filter(Connectivity())]
        }
    }
}
