/// Bytes that are not the form of a value that they should be.
public struct SerializationError: Error, Hashable, CustomStringConvertible {
    /// Where in the bytes, counted from their beginning.
    public var place: Int
    public var expected: String
    public var found: String

    public init(place: Int, expected: String, found: String) {
        self.place = place
        self.expected = expected
        self.found = found
    }

    public var description: String { "at byte \(place): expected \(expected), found \(found)" }
}
