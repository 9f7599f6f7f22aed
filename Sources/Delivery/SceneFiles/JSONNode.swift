import Datasets

/// A JSON value that knows where in its text it stands.
public struct JSONNode: Sendable {
    /// A place in a text, both counted from 1; columns are characters.
    public struct Place: Sendable, Hashable {
        public var line: Int
        public var column: Int
    }

    public struct Member: Sendable {
        public var key: String
        public var keyPlace: Place
        public var value: JSONNode
    }

    public indirect enum Value: Sendable {
        case null
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case array([JSONNode])
        /// In the order of the text; keys are different.
        case object([Member])
    }

    public var value: Value
    public var place: Place

    /// The value without places.
    public var plain: JSONValue {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .array(let nodes): .array(nodes.map(\.plain))
        case .object(let members): .object(members.map { ($0.key, $0.value.plain) })
        }
    }

    /// Integers and numbers as Double.
    public var double: Double? {
        switch value {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The numbers of an array of numbers.
    public var doubles: [Double]? {
        guard case .array(let nodes) = value else { return nil }
        let numbers = nodes.compactMap(\.double)
        return numbers.count == nodes.count ? numbers : nil
    }

    public var text: String? { if case .string(let text) = value { text } else { nil } }
}

/// A text that is no JSON.
struct JSONProblem: Error {
    var place: JSONNode.Place
    var expected: String
    var found: String
}
