import Datasets

extension FilterEntry {
    static let mask = FilterEntry(
        option: Option("mask", .value("N[:OFFSET] or random:COUNT[:SEED]"), example: "10") { text in
            let parts = try text.parts(count: 1...3)
            if parts[0].text == "random" {
                guard parts.count >= 2 else { throw text.problem() }
                var values: FilterValues = ["random": .integer(try parts[1].integer(0...Int(Int32.max)))]
                if parts.count == 3 { values["seed"] = .integer(try parts[2].integer(0...Int(Int32.max))) }
                return values
            }
            guard parts.count <= 2 else { throw text.problem() }
            var values: FilterValues = ["n": .integer(try parts[0].integer(1...Int(Int32.max)))]
            if parts.count == 2 { values["offset"] = .integer(try parts[1].integer(0...Int(Int32.max))) }
            return values
        },
        operation: "mask_points", help: "every Nth point, or COUNT random ones, without cells",
        keys: [
            Key("n", .integer, required: false, "every how many points"), Key("offset", .integer, required: false, "the first point; 0 by default"),
            Key("random", .integer, required: false, "so many random points instead"), Key("seed", .integer, required: false, "other points for other numbers"),
        ]
    ) { values in
        if values["random"] != nil {
            return [
                .filter(
                    MaskPoints(
                        .random(
                            count: try values.integer("random", in: 0...Int(Int32.max)),
                            seed: UInt64(try values.integer("seed", in: 0...Int(Int32.max), default: 0)))))
            ]
        }
        return [
            .filter(
                MaskPoints(
                    .every(
                        step: try values.integer("n", in: 1...Int(Int32.max)),
                        offset: try values.integer("offset", in: 0...Int(Int32.max), default: 0))))
        ]
    }

    static let everyNthPoint = FilterEntry(
        operation: "every_nth_point", help: "every nth point, without cells", keys: [Key("n", .integer, "every how many points")]
    ) { [.filter(MaskPoints(.every(step: try $0.integer("n", in: 1...Int(Int32.max)), offset: 0)))] }

    static let keepIf = FilterEntry(
        operation: "keep_if", help: "points whose value lies in the closed range, without cells",
        keys: [
            Key("array", .array, "the values"), Key("lower", .number, required: false, "the least value; none by default"),
            Key("upper", .number, required: false, "the greatest value"),
        ]
    ) { [.filter(MaskPoints(.values(try $0.array(), try $0.range())))] }
}
