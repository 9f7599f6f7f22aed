import Datasets
import Geometry

extension FilterEntry {
    private static let form = "translate:X,Y,Z, rotate:AXIS:DEGREES, scale:S or scale:X,Y,Z, joined by ;"

    static let transform = FilterEntry(
        option: Option("transform", .value("SPEC[;SPEC…]"), example: "\"rotate:z:90;translate:1,0,0\"") { text in
            _ = try Transform(specification: FilterText(text.text.filter { $0 != "\"" }, form: form))
            return ["steps": .string(text.text.filter { $0 != "\"" })]
        },
        operation: "transform", help: "moved, turned and scaled, step by step: " + form,
        keys: [
            Key("steps", .text, required: false, form), Key("matrix", .numbers, required: false, "16 numbers, row by row, instead; the last row is 0 0 0 1"),
            Key("all_vectors", .boolean, required: false, "whether every array of three components is turned, not just the active vectors"),
        ]
    ) { values in
        var transform = Transform.identity
        if values["matrix"] != nil {
            let n = try values.numbers("matrix")
            guard n.count == 16 else { throw values.problem("matrix", "16 numbers, row by row") }
            transform = Transform(rows: (
                SIMD4(n[0], n[1], n[2], n[3]), SIMD4(n[4], n[5], n[6], n[7]), SIMD4(n[8], n[9], n[10], n[11]), SIMD4(n[12], n[13], n[14], n[15])
            ))
            guard transform.isAffine && transform.isFinite else { throw values.problem("matrix", "finite numbers and 0, 0, 0, 1 as the last row") }
        } else {
            guard values["steps"] != nil else { throw values.problem("steps", "steps or a matrix") }
            transform = try Transform(specification: FilterText(values.text("steps"), form: form))
        }
        return [.filter(Transformation(transform, transformsAllVectors: try values.boolean("all_vectors")))]
    }
}

extension Transform {
    /// The steps of a text, the first done first.
    fileprivate init(specification text: FilterText) throws {
        self = .identity
        for step in try text.parts(";", count: 1...64) {
            let parts = try step.parts(count: 2...3)
            let next: Transform
            switch (parts[0].text, parts.count) {
            case ("translate", 2): next = .translation(try parts[1].vector())
            case ("scale", 2):
                let numbers = try parts[1].numbers()
                guard numbers.count == 1 || numbers.count == 3 else { throw text.problem() }
                next = .scale(Vector3(numbers[0], numbers[numbers.count / 2], numbers[numbers.count - 1]))
            case ("rotate", 3):
                let axis: Vector3
                switch parts[1].text {
                case "x": axis = Vector3(1, 0, 0)
                case "y": axis = Vector3(0, 1, 0)
                case "z": axis = Vector3(0, 0, 1)
                default: axis = try parts[1].vector()
                }
                guard axis.length > 0 && axis.length.isFinite else { throw text.problem("an axis that has no length") }
                next = .rotation(degrees: try parts[2].number(), axis: axis)
            default: throw text.problem()
            }
            self = next * self
        }
    }
}
