import Datasets
import Geometry

/// The values of an operation by key, in the order of writing.
///
/// Read by the entry that declared the keys: values have been checked to be of their kind, so reading a key by another kind than its own
/// throws a `FilterProblem` only.
public struct FilterValues: Sendable, ExpressibleByDictionaryLiteral {
    public private(set) var members: [(key: String, value: JSONValue)]

    public init(_ members: [(key: String, value: JSONValue)] = []) { self.members = members }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { members = elements.map { (key: $0.0, value: $0.1) } }

    public subscript(key: String) -> JSONValue? {
        get { members.first { $0.key == key }?.value }
        set {
            members.removeAll { $0.key == key }
            if let newValue { members.append((key, newValue)) }
        }
    }

    public func number(_ key: String) throws -> Double {
        guard let value = self[key] else { throw problem(key, "a number") }
        guard let number = value.double else { throw problem(key, "a number") }
        return number
    }

    public func number(_ key: String, default value: Double) throws -> Double { self[key] == nil ? value : try number(key) }

    /// - Parameter range: what it may be.
    public func integer(_ key: String, in range: ClosedRange<Int>, default value: Int? = nil) throws -> Int {
        if let value, self[key] == nil { return value }
        let number = try number(key)
        guard number >= Double(range.lowerBound) && number <= Double(range.upperBound) && number == number.rounded() else {
            throw problem(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    /// True, false, 1 or 0.
    public func boolean(_ key: String, default value: Bool = false) throws -> Bool {
        switch self[key] {
        case nil: return value
        case .bool(let value)?: return value
        case .integer(let number)? where number == 0 || number == 1: return number == 1
        default: throw problem(key, "true or false")
        }
    }

    public func text(_ key: String) throws -> String {
        guard case .string(let text)? = self[key] else { throw problem(key, "a text") }
        return text
    }

    public func text(_ key: String, default value: String) throws -> String { self[key] == nil ? value : try text(key) }

    /// The array that a key names, and what of it; the key `association` says where, if there is one.
    public func array(_ key: String = "array") throws -> ArraySelector {
        var selector = ArraySelector(parsing: try text(key))
        if case .string(let word)? = self["association"] {
            guard word == "point" || word == "cell" else { throw problem("association", "point or cell") }
            selector.association = Association(rawValue: word)
        }
        return selector
    }

    public func numbers(_ key: String) throws -> [Double] {
        guard case .array(let values)? = self[key] else { throw problem(key, "a list of numbers") }
        return try values.map {
            guard let number = $0.double else { throw problem(key, "a list of numbers") }
            return number
        }
    }

    public func vector(_ key: String) throws -> Vector3 {
        let numbers = try numbers(key)
        guard numbers.count == 3 else { throw problem(key, "three numbers") }
        return Vector3(numbers[0], numbers[1], numbers[2])
    }

    /// The plane through `origin` across `normal`.
    public func plane(origin: String = "origin", normal: String = "normal") throws -> Plane {
        let direction = try vector(normal)
        guard direction.length > 0 && direction.length.isFinite else { throw problem(normal, "a vector that has a length") }
        return Plane(origin: try vector(origin), normal: direction)
    }

    /// Something is wrong with the value of a key.
    public func problem(_ key: String, _ expected: String) -> FilterProblem {
        FilterProblem(key: key, expected: expected, found: self[key]?.excerpt ?? "none")
    }
}

extension JSONValue {
    /// Three numbers.
    public init(_ vector: Vector3) { self = .array((0..<3).map { .number(vector[$0]) }) }

    public init(_ numbers: [Double]) { self = .array(numbers.map { .number($0) }) }
}
