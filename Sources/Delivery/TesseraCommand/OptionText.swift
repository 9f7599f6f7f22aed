import Geometry

/// The value of an option of the look, read part by part; what cannot be read is a `UsageError` with an example.
struct OptionText {
    let option: String
    let text: String
    let example: String

    init(_ option: String, _ text: String, example: String) {
        self.option = option
        self.text = text
        self.example = example
    }

    func problem(_ what: String) -> UsageError { UsageError("--\(option) \(text): \(what), such as --\(option) \(example)") }

    func number(_ part: String? = nil, in range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude) throws -> Double {
        let part = part ?? text
        guard let value = Double(part), value.isFinite else { throw problem("\"\(part)\" is not a number; expected numbers") }
        guard range.contains(value) else { throw problem("expected a number from \(range.lowerBound) to \(range.upperBound)") }
        return value
    }

    /// The parts between separators.
    func parts(_ separator: Character, _ count: ClosedRange<Int>, form: String) throws -> [String] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard count.contains(parts.count) else { throw problem("expected \(form)") }
        return parts
    }

    /// `X,Y,Z`.
    func vector(_ part: String? = nil) throws -> Vector3 {
        let numbers = try (part ?? text).split(separator: ",", omittingEmptySubsequences: false).map { try number(String($0)) }
        guard numbers.count == 3 else { throw problem("\"\(part ?? text)\" is not three numbers; expected X,Y,Z") }
        return Vector3(numbers[0], numbers[1], numbers[2])
    }

    /// `R,G,B`, each 0…1.
    func color(_ part: String? = nil) throws -> SIMD3<Double> {
        let vector = try vector(part)
        guard (0..<3).allSatisfy({ vector[$0] >= 0 && vector[$0] <= 1 }) else { throw problem("red, green and blue lie between 0 and 1") }
        return SIMD3(vector.x, vector.y, vector.z)
    }
}
