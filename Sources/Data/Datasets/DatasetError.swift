/// Data that cannot be what it says it is, or an operation that does not fit it.
public struct DatasetError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, with the place, what was expected and what was found.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
