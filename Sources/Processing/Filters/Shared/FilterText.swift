import Datasets
import Geometry

/// Why an option's text or an operation's value means nothing.
public struct FilterProblem: Error, Hashable, CustomStringConvertible {
    /// The key of the operation, where one is to blame.
    public var key: String?
    public var expected: String
    public var found: String
    /// Whether the key itself is the mistake.
    public var isUnknownKey: Bool

    public init(key: String? = nil, expected: String, found: String, isUnknownKey: Bool = false) {
        self.key = key
        self.expected = expected
        self.found = found
        self.isUnknownKey = isUnknownKey
    }

    public var description: String { (key.map { "\($0): " } ?? "") + "expected \(expected), found \(found)" }
}

/// The value of a filter's option, read part by part; what cannot be read throws a `FilterProblem`.
public struct FilterText: Sendable {
    public let text: String
    /// What the whole value looks like: `NAME=V[,V…]`.
    public let form: String

    public init(_ text: String, form: String) {
        self.text = text
        self.form = form
    }

    public var isEmpty: Bool { text.isEmpty }

    /// A part of the value, read in the same way.
    public func part(_ text: some StringProtocol) -> FilterText { FilterText(String(text), form: form) }

    /// The text before and after the last `=`.
    public func assignment() throws -> (name: String, value: FilterText) {
        guard let equals = text.lastIndex(of: "="), equals != text.startIndex else { throw problem() }
        return (String(text[..<equals]), part(text[text.index(after: equals)...]))
    }

    /// The parts between separators, empty ones too.
    ///
    /// - Parameter count: how many there may be.
    public func parts(_ separator: Character = ":", count: ClosedRange<Int>) throws -> [FilterText] {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard count.contains(parts.count) else { throw problem() }
        return parts.map { part($0) }
    }

    /// A finite number.
    public func number() throws -> Double {
        guard let value = Double(text), value.isFinite else { throw problem("\"\(text)\", which is not a number") }
        return value
    }

    public func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw FilterProblem(expected: "a whole number from \(range.lowerBound) to \(range.upperBound) in \(form)", found: "\"\(text)\"")
        }
        return value
    }

    /// Numbers between commas; one or more.
    public func numbers() throws -> [Double] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { try part($0).number() }
    }

    /// Three numbers between commas.
    public func vector() throws -> Vector3 {
        let numbers = try numbers()
        guard numbers.count == 3 else { throw problem("\"\(text)\", which is not three numbers") }
        return Vector3(numbers[0], numbers[1], numbers[2])
    }

    /// The text does not look like the form.
    public func problem(_ found: String? = nil) -> FilterProblem {
        FilterProblem(expected: form, found: found ?? (text.isEmpty ? "nothing" : "\"\(text)\""))
    }
}
