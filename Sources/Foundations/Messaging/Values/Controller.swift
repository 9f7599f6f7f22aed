import Execution
import Serialization

/// Calls by name on another rank, as VTK's controllers make them: a rank registers handlers and serves; others call them and get results.
///
///     let controller = try Controller(world)
///     controller.register("bounds") { (dataset: Dataset, caller: Int) in dataset.bounds }
///     if world.rank == 0 {
///         let bounds = try controller.call("bounds", on: 1, dataset, returning: Bounds.self)
///         try controller.endService()
///     } else {
///         try controller.serve()
///     }
///
/// A rank that waits for a result serves calls meanwhile, so ranks can call each other at the same time.
public final class Controller {
    public let communicator: Communicator
    private typealias Handler = (_ argument: Storage, _ caller: Int) throws -> SerializedBytes
    private var handlers: [String: Handler] = [:]
    private var nextCall: Int64 = 0
    private var replies: [Int64: Result<Storage, RemoteCallError>] = [:]
    private var endWasAsked = false
    private var depth = 0

    private static let requestTag = 1
    private static let replyTag = 2
    private static let depthLimit = 32

    private enum Kind: Int64 { case call = 0, notice = 1, end = 2, result = 3, failure = 4 }

    /// Every rank makes its own, together: the controller has a communicator of its own, a duplicate.
    public init(_ communicator: Communicator, file: StaticString = #fileID, line: UInt32 = #line) throws {
        self.communicator = try communicator.duplicate(file: file, line: line)
        self.communicator.name = "\(communicator.name)/controller"
    }

    public var rank: Int { communicator.rank }
    public var size: Int { communicator.size }

    // MARK: Handlers

    /// Sets what runs when another rank calls `name`; its error travels back as `RemoteCallError`.
    public func register<Argument: Serializable, Value: Serializable>(
        _ name: String, _ handler: @escaping (_ argument: Argument, _ caller: Int) throws -> Value
    ) {
        handlers[name] = { try handler(try Argument(serialized: $0), $1).serialized() }
    }

    /// The same over bytes in any form.
    public func registerBytes(_ name: String, _ handler: @escaping (_ argument: Storage, _ caller: Int) throws -> SerializedBytes) {
        handlers[name] = handler
    }

    // MARK: Calls

    /// Calls a handler on a rank and waits for its result; serves calls of others meanwhile.
    ///
    /// - Throws: `RemoteCallError` with what the handler threw.
    public func call<Value: Serializable>(
        _ name: String, on rank: Int, _ argument: some Serializable, returning type: Value.Type, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> Value {
        try Value(serialized: try callBytes(name, on: rank, argument.serialized(), file: file, line: line))
    }

    /// The same over bytes in any form.
    public func callBytes(
        _ name: String, on rank: Int, _ argument: SerializedBytes, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Storage {
        let number = nextCall
        nextCall += 1
        if rank == self.rank { return try answer(name, argument.joined(), caller: rank).joined() }
        try sendRequest(.call, number, name, argument, to: rank, file, line)
        while true {
            if let reply = replies.removeValue(forKey: number) { return try reply.get() }
            try handleOne(awaiting: rank, file, line)
        }
    }

    /// Calls a handler on a rank without waiting for a result; an error of the handler ends that rank's `serve`.
    public func notify(
        _ name: String, on rank: Int, _ argument: some Serializable, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        if rank == self.rank {
            _ = try answer(name, argument.serialized().joined(), caller: rank)
        } else {
            try sendRequest(.notice, 0, name, argument.serialized(), to: rank, file, line)
        }
    }

    /// Calls a handler on every other rank without waiting, then here, as VTK's satellites expect of their root.
    public func notifyAll(_ name: String, _ argument: some Serializable, file: StaticString = #fileID, line: UInt32 = #line) throws {
        for other in 0..<size where other != rank { try notify(name, on: other, argument, file: file, line: line) }
        try notify(name, on: rank, argument, file: file, line: line)
    }

    // MARK: Serving

    /// Answers calls until another rank calls `endService`, however long that takes. All calls that this rank made before it are answered.
    public func serve(file: StaticString = #fileID, line: UInt32 = #line) throws {
        try serve(until: { false }, file: file, line: line)
    }

    /// Answers calls until one of them makes `isDone` true, or another rank calls `endService`.
    public func serve(until isDone: () -> Bool, file: StaticString = #fileID, line: UInt32 = #line) throws {
        defer { endWasAsked = false }
        while !endWasAsked, !isDone() { try handleOne(awaiting: nil, file, line) }
    }

    /// Ends the `serve` of every other rank.
    public func endService(file: StaticString = #fileID, line: UInt32 = #line) throws {
        for other in 0..<size where other != rank { try sendRequest(.end, 0, "", SerializedBytes([]), to: other, file, line) }
    }

    /// Frees the controller's communicator; every rank calls it, when no calls are on their way.
    public func close() { communicator.release() }

    // MARK: Messages

    private func sendRequest(
        _ kind: Kind, _ number: Int64, _ name: String, _ bytes: SerializedBytes, to rank: Int, _ file: StaticString, _ line: UInt32
    ) throws {
        var head = ByteWriter()
        head.write(kind.rawValue)
        head.write(number)
        head.write(name)
        let tag = kind == .result || kind == .failure ? Self.replyTag : Self.requestTag
        try communicator.sendSegments(head.finish(), to: rank, tag: tag, file: file, line: line)
        try communicator.sendSegments(bytes, to: rank, tag: tag, file: file, line: line)
    }

    /// Waits for one message and deals with it.
    ///
    /// - Parameter awaited: the rank whose result is waited for; nil while serving, which has no deadline.
    private func handleOne(awaiting awaited: Int?, _ file: StaticString, _ line: UInt32) throws {
        let deadline = communicator.deadline
        if awaited == nil { communicator.deadline = .infinity }
        defer { communicator.deadline = deadline }
        let envelope = try communicator.call {
            try communicator.waitUntil(
                peer: awaited, { communicator.describe(.serve, awaited.map { "a call on rank \($0)" } ?? "", CallSite(file, line)) }
            ) { try communicator.transport.probe(from: nil, tag: nil, in: .user) }
        }
        communicator.deadline = deadline
        let (from, tag) = (envelope.rank, Int(envelope.tag))
        var head = ByteReader(try communicator.receiveSegments(from: from, tag: tag, file: file, line: line).bytes)
        let code = try head.read(Int64.self)
        let number = try head.read(Int64.self)
        let name = try head.readString()
        let bytes = try communicator.receiveSegments(from: from, tag: tag, file: file, line: line).bytes
        switch Kind(rawValue: code) {
        case .call: try reply(number, name, bytes, to: from, file, line)
        case .notice: _ = try answer(name, bytes, caller: from)
        case .end: endWasAsked = true
        case .result: replies[number] = .success(bytes)
        case .failure: replies[number] = .failure(RemoteCallError(name: name, rank: from, reason: Self.text(bytes)))
        case nil: throw head.error("a call", "\(code)")
        }
    }

    private func reply(_ number: Int64, _ name: String, _ bytes: Storage, to rank: Int, _ file: StaticString, _ line: UInt32) throws {
        let result: SerializedBytes
        do {
            result = try answer(name, bytes, caller: rank)
        } catch {
            var text = ByteWriter()
            text.write("\((error as? RemoteCallError)?.reason ?? "\(error)")")
            return try sendRequest(.failure, number, name, text.finish(), to: rank, file, line)
        }
        try sendRequest(.result, number, name, result, to: rank, file, line)
    }

    private func answer(_ name: String, _ argument: Storage, caller: Int) throws -> SerializedBytes {
        guard let handler = handlers[name] else { throw RemoteCallError(name: name, rank: rank, reason: "there is no handler of this name") }
        guard depth < Self.depthLimit else {
            throw RemoteCallError(name: name, rank: rank, reason: "calls inside calls are nested more than \(Self.depthLimit) deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try handler(argument, caller)
    }

    private static func text(_ bytes: Storage) -> String {
        var reader = ByteReader(bytes)
        return (try? reader.readString()) ?? "unknown"
    }
}

/// What a handler on another rank threw.
public struct RemoteCallError: Error, Sendable, Hashable, CustomStringConvertible {
    public var name: String
    public var rank: Int
    public var reason: String

    public var description: String { "the call of \(name) on rank \(rank) failed: \(reason)" }
}
