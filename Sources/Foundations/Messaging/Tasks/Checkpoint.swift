import Execution
import Foundation
import Serialization
import Synchronization

/// A folder of the pieces that a job has completed, from which a restarted job goes on.
///
/// Each piece is a file that is written beside its name and renamed, so it is whole or not there. The folder holds the job's signature, a text
/// that says everything that the pieces depend on (inputs and their dates, filters, version); a folder with another one is refused. Any number
/// of ranks, threads and processes may use the same folder.
public final class Checkpoint: Sendable {
    public let folder: String
    public let signature: String
    private let written = Atomic<Int>(0)

    private static let signatureName = "signature.txt"
    private static let mark: UInt64 = 0x7465_7373_6572_6131

    /// Opens a folder, making it if it is not there.
    ///
    /// - Throws: `CheckpointError` if it belongs to a job with another signature, or cannot be written.
    public init(folder: String, signature: String) throws {
        self.folder = folder
        self.signature = signature
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(path: folder, expected: "a folder that can be written", found: "\(error.localizedDescription)")
        }
        let path = folder + "/" + Self.signatureName
        if let found = FileManager.default.contents(atPath: path) {
            let text = String(decoding: found, as: UTF8.self)
            guard text == signature else {
                throw CheckpointError(path: path, expected: "the signature \(Self.shown(signature))", found: Self.shown(text))
            }
            return
        }
        guard try pieces().isEmpty else {
            throw CheckpointError(path: path, expected: "the signature of the job whose pieces are here", found: "no such file")
        }
        try write([UnsafeRawBufferPointer](), Array(signature.utf8), to: path)
    }

    /// Opens the same folder on every rank of a communicator: rank 0 first, so that one signature counts and an error is one on every rank.
    public static func open(
        folder: String, signature: String, on communicator: Communicator, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Checkpoint {
        var first: Checkpoint?
        var complaint = ""
        if communicator.rank == 0 {
            do { first = try Checkpoint(folder: folder, signature: signature) } catch { complaint = "\(error)" }
        }
        try communicator.broadcast(&complaint, from: 0, file: file, line: line)
        guard complaint.isEmpty else {
            throw CheckpointError(path: folder, expected: "a checkpoint that rank 0 can open", found: complaint)
        }
        return try first ?? Checkpoint(folder: folder, signature: signature)
    }

    /// Whether a piece is there, whole or damaged.
    public func contains(_ piece: Int) -> Bool { FileManager.default.fileExists(atPath: path(piece)) }

    /// The numbers of the pieces that are there, in order.
    public func pieces() throws -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("piece-"), name.hasSuffix(".bin") else { return nil }
            return Int(name.dropFirst(6).dropLast(4))
        }.sorted()
    }

    /// Keeps a piece; one of this number that is there is replaced.
    public func store(_ bytes: SerializedBytes, as piece: Int) throws {
        let digest = bytes.digest
        let head: [UInt64] = [Self.mark, UInt64(bytes.byteCount), digest.high, digest.low]
        let path = path(piece)
        try withExtendedLifetime(bytes) {
            let parts = bytes.segments.map { segment in
                UnsafeRawBufferPointer(start: segment.storage.address + segment.byteOffset, count: segment.byteCount)
            }
            try write(parts, head.withUnsafeBytes { Array($0) }, to: path)
        }
    }

    /// Keeps a value.
    public func store(_ value: some Serializable, as piece: Int) throws { try store(value.serialized(), as: piece) }

    /// The bytes of a piece; nil if it is not there, or its file is damaged: then it has to be made again.
    public func load(_ piece: Int) throws -> Storage? {
        guard let data = FileManager.default.contents(atPath: path(piece)), data.count >= 32 else { return nil }
        let head = data.prefix(32).withUnsafeBytes { bytes in (0..<4).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) } }
        guard head[0] == Self.mark, head[1] == UInt64(data.count - 32) else { return nil }
        let storage = Storage(byteCount: data.count - 32)
        data.withUnsafeBytes { bytes in
            if bytes.count > 32 { storage.address.copyMemory(from: bytes.baseAddress! + 32, byteCount: bytes.count - 32) }
        }
        let digest = SerializedBytes([.init(storage: storage, byteOffset: 0, byteCount: storage.byteCount)]).digest
        return digest == Digest(high: head[2], low: head[3]) ? storage : nil
    }

    /// A value that was kept; nil if it is not there or damaged.
    public func load<Value: Serializable>(_ type: Value.Type, _ piece: Int) throws -> Value? {
        try load(piece).map { try Value(serialized: $0) }
    }

    /// Deletes the pieces and the signature: the job is done.
    public func remove() throws {
        for piece in try pieces() { try? FileManager.default.removeItem(atPath: path(piece)) }
        try? FileManager.default.removeItem(atPath: folder + "/" + Self.signatureName)
        if (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty == true {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private func path(_ piece: Int) -> String { "\(folder)/piece-\(piece).bin" }

    private static func shown(_ text: String) -> String { text.count <= 200 ? text : text.prefix(200) + "…" }

    /// Writes a file beside its name, then gives it that name.
    private func write(_ parts: [UnsafeRawBufferPointer], _ head: [UInt8], to path: String) throws {
        let number = written.wrappingAdd(1, ordering: .relaxed).newValue
        let beside = "\(path).\(ProcessInfo.processInfo.processIdentifier).\(UInt(bitPattern: ObjectIdentifier(self).hashValue)).\(number).part"
        UnfinishedFiles.add(beside)
        defer { UnfinishedFiles.remove(beside) }
        do {
            guard FileManager.default.createFile(atPath: beside, contents: nil), let file = FileHandle(forWritingAtPath: beside) else {
                throw CheckpointError(path: beside, expected: "a file that can be written", found: "no permission or no room")
            }
            defer { try? file.close() }
            try file.write(contentsOf: Data(head))
            for part in parts where part.count > 0 {
                try file.write(
                    contentsOf: Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: part.baseAddress!), count: part.count, deallocator: .none))
            }
            try file.synchronize()
            guard rename(beside, path) == 0 else {
                throw CheckpointError(path: path, expected: "a file that can be replaced", found: String(cString: strerror(errno)))
            }
        } catch {
            unlink(beside)
            if error is CheckpointError { throw error }
            throw CheckpointError(path: path, expected: "a file that can be written", found: "\(error.localizedDescription)")
        }
    }
}

/// A folder that is not the checkpoint that it should be.
public struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    public var path: String
    public var expected: String
    public var found: String

    public var description: String { "\(path): expected \(expected), found \(found)" }
}
