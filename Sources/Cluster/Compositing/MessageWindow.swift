import Messaging

/// A rank's messages of samples: up to eight of its own under way, one of another's at a time looked at. Keeps its buffers.
///
/// Samples for ranks of the same node stay where they were written (`NodeBuffers`); the message only says where.
final class MessageWindow {
    let communicator: Communicator
    private let node: NodeBuffers
    private var free: [MessageBuffer] = []
    private var pending: [(message: PendingMessage, buffer: MessageBuffer)] = []
    private let incoming = MessageBuffer()
    private(set) var bytesSent = 0
    private(set) var messagesSent = 0

    /// Messages under way at once.
    static let size = 8
    /// Messages of so many words travel themselves: naming a buffer would cost as much.
    private static let short = 960

    /// All ranks call this together.
    init(_ communicator: Communicator) throws {
        self.communicator = communicator
        node = try NodeBuffers(communicator)
    }

    func resetStatistics() { (bytesSent, messagesSent) = (0, 0) }

    var isFull: Bool { pending.count >= Self.size }

    /// Memory for a message to a rank; waits for an earlier one where too many are under way.
    func takeBuffer(for receiver: Int) throws -> MessageBuffer {
        try reap()
        if isFull { try waitForOne() }
        return node.take(for: receiver) ?? free.popLast() ?? MessageBuffer()
    }

    /// Starts to send the first words of a buffer, which is the window's from now on.
    func send(_ buffer: MessageBuffer, words: Int, to receiver: Int, tag: Int) throws {
        var bytes = UnsafeRawBufferPointer(start: buffer.words, count: words * 4)
        bytesSent += bytes.count
        messagesSent += 1
        if words > Self.short, let note = node.lend(buffer, words: words) { bytes = note }
        pending.append((try communicator.startSendBytes(bytes, to: receiver, tag: tag, keeping: buffer), buffer))
    }

    /// Waits until nothing is under way.
    func finish() throws {
        while !pending.isEmpty { try waitForOne() }
    }

    private func waitForOne() throws {
        guard let first = pending.first else { return }
        try first.message.wait()
        try reap()
    }

    private func reap() throws {
        var index = 0
        while index < pending.count {
            if try pending[index].message.isComplete() {
                let buffer = pending.remove(at: index).buffer
                if buffer.number == nil { free.append(buffer) } else { node.give(buffer) }
            } else {
                index += 1
            }
        }
    }

    /// Looks at the next message of anybody.
    ///
    /// - Parameters:
    ///   - waiting: whether to wait for one.
    ///   - came: told when the message is there, before it is looked at.
    /// - Returns: false where there was none.
    func receive(
        tag: Int, waiting: Bool, came: () -> Void = {}, _ body: (_ words: UnsafeBufferPointer<Int32>, _ sender: Int) throws -> Void
    ) throws -> Bool {
        if !waiting, try communicator.probe(from: nil, tag: tag) == nil { return false }
        let envelope = try communicator.receive(into: incoming.buffer, from: nil, tag: tag)
        came()
        let words = UnsafeBufferPointer(start: UnsafePointer(incoming.words), count: envelope.byteCount / 4)
        if RunCoding.isElsewhere(words) {
            try node.read(words, from: envelope.rank) { try body($0, envelope.rank) }
        } else {
            try body(words, envelope.rank)
        }
        try reap()
        return true
    }
}

/// Memory for one message.
final class MessageBuffer {
    /// Words of the longest message: a mebibyte.
    static let wordCount = 1 << 18

    let words: UnsafeMutablePointer<Int32>
    /// Which of the rank's buffers that others can read it is; nil: none of them.
    let number: Int?
    /// Whether it is being filled or sent, of such a buffer.
    var isTaken = false
    private let owner: AnyObject?

    init() {
        words = UnsafeMutableRawPointer.allocate(byteCount: Self.wordCount * 4, alignment: 64).bindMemory(to: Int32.self, capacity: Self.wordCount)
        number = nil
        owner = nil
    }

    /// A part of memory that `owner` keeps.
    init(_ words: UnsafeMutablePointer<Int32>, number: Int, of owner: AnyObject) {
        self.words = words
        self.number = number
        self.owner = owner
    }

    var buffer: UnsafeMutableBufferPointer<Int32> { UnsafeMutableBufferPointer(start: words, count: Self.wordCount) }

    deinit { if owner == nil { words.deallocate() } }
}
