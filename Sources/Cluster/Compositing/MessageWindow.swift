import Messaging

/// A rank's messages of samples: up to eight of its own under way, one of another's at a time looked at. Keeps its buffers.
final class MessageWindow {
    let communicator: Communicator
    private var free: [MessageBuffer] = []
    private var pending: [(message: PendingMessage, buffer: MessageBuffer)] = []
    private let incoming = MessageBuffer()
    private(set) var bytesSent = 0
    private(set) var messagesSent = 0

    /// Messages under way at once.
    static let size = 8

    init(_ communicator: Communicator) { self.communicator = communicator }

    func resetStatistics() { (bytesSent, messagesSent) = (0, 0) }

    var isFull: Bool { pending.count >= Self.size }

    /// Memory for a message; waits for an earlier one where too many are under way.
    func takeBuffer() throws -> MessageBuffer {
        try reap()
        if isFull { try waitForOne() }
        return free.popLast() ?? MessageBuffer()
    }

    /// Starts to send the first words of a buffer, which is the window's from now on.
    func send(_ buffer: MessageBuffer, words: Int, to receiver: Int, tag: Int) throws {
        let bytes = UnsafeRawBufferPointer(start: buffer.words, count: words * 4)
        pending.append((try communicator.startSendBytes(bytes, to: receiver, tag: tag, keeping: buffer), buffer))
        bytesSent += words * 4
        messagesSent += 1
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
                free.append(pending.remove(at: index).buffer)
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
        try body(UnsafeBufferPointer(start: UnsafePointer(incoming.words), count: envelope.byteCount / 4), envelope.rank)
        try reap()
        return true
    }
}

/// Memory for one message.
final class MessageBuffer {
    /// Words of the longest message: a mebibyte.
    static let wordCount = 1 << 18

    let words: UnsafeMutablePointer<Int32>

    init() {
        words = UnsafeMutableRawPointer.allocate(byteCount: Self.wordCount * 4, alignment: 64).bindMemory(to: Int32.self, capacity: Self.wordCount)
    }

    var buffer: UnsafeMutableBufferPointer<Int32> { UnsafeMutableBufferPointer(start: words, count: Self.wordCount) }

    deinit { words.deallocate() }
}
