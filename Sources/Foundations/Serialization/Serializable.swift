import Execution

/// A value with a byte form: one form for the wire, the disk and caches.
///
/// A form on its own (`serialized()`) begins with a mark, the name of the form and its version, so that bytes of another kind, or of a
/// program that writes a later form, are refused with an error that says so.
public protocol Serializable {
    /// The name in the form's head: `dataset`.
    static var formName: String { get }
    /// The version that is written; readers know all up to it.
    static var formVersion: UInt16 { get }

    func serialize(into writer: inout ByteWriter)
    /// - Throws: `SerializationError` where the bytes are not such a value's.
    init(from reader: inout ByteReader, version: UInt16) throws
}

/// "TSR" and a byte that text files do not have.
private let mark: UInt32 = 0x8952_5354

extension Serializable {
    /// Head and form.
    public func serialized() -> SerializedBytes {
        var writer = ByteWriter()
        writer.write(mark)
        writer.write(Self.formName)
        writer.write(Self.formVersion)
        serialize(into: &writer)
        return writer.finish()
    }

    /// The value whose head and form fill the storage; large blocks are views of it.
    public init(serialized storage: Storage) throws {
        var reader = ByteReader(storage)
        let found = try reader.read(UInt32.self)
        if found != mark { throw reader.error("the mark of a value's byte form", "other bytes", back: 4) }
        let name = try reader.readString()
        if name != Self.formName { throw reader.error("a \(Self.formName)", "a \(name.prefix(40))") }
        let version = try reader.read(UInt16.self)
        guard version >= 1 && version <= Self.formVersion else {
            throw reader.error("a form of version 1 to \(Self.formVersion)", "version \(version)", back: 2)
        }
        try self.init(from: &reader, version: version)
        try reader.finish()
    }
}
