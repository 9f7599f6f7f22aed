import Execution
import Messaging
import Synchronization

/// Buffers of ranks that share a node: a rank writes into its own, and the others read them where they are, so that samples are not copied
/// on their way. Which buffer was filled is said by a message; that it has been read, by a word in the buffer.
final class NodeBuffers {
    private let own: SharedMemory?
    /// Those of the other ranks that can be read here.
    private let others: [SharedMemory?]
    /// The ranks that can read this one's.
    private let readers: [Bool]
    /// Buffers of this rank by number, made when they are first used.
    private var buffers: [MessageBuffer?]

    /// Buffers of one rank. Where all are in use, messages travel as others do.
    static let count = 16
    /// Words before a buffer's samples: whether it is in use; what the message that names it says.
    private static let spare = 32
    private static let stride = (MessageBuffer.wordCount + spare) * 4
    private static let byteCount = count * stride

    /// All ranks call this together.
    init(_ communicator: Communicator) throws {
        let memory = communicator.size > 1 ? SharedMemory(byteCount: Self.byteCount) : nil
        let handles = communicator.size > 1 ? try communicator.allGather(memory?.handle ?? .none) : []
        let others = handles.enumerated().map { rank, handle in
            rank == communicator.rank ? nil : SharedMemory(handle, byteCount: Self.byteCount)
        }
        // The writer must know as well.
        readers = communicator.size > 1 ? try communicator.allToAll(others.map { [$0 != nil] }).map { $0.first ?? false } : [false]
        memory?.hide()
        self.others = others
        own = memory
        buffers = Array(repeating: nil, count: Self.count)
    }

    /// A buffer that a rank can read and nobody uses.
    func take(for receiver: Int) -> MessageBuffer? {
        guard readers[receiver], let own else { return nil }
        for number in 0..<Self.count {
            if buffers[number] == nil {
                let start = own.address + number * Self.stride
                let words = (start + Self.spare * 4).bindMemory(to: Int32.self, capacity: MessageBuffer.wordCount)
                buffers[number] = MessageBuffer(words, number: number, of: own)
            }
            if let buffer = buffers[number], !buffer.isTaken, state(own, number).pointee.load(ordering: .acquiring) == 0 {
                buffer.isTaken = true
                return buffer
            }
        }
        return nil
    }

    /// Gives a buffer back that was not sent, or whose message has been.
    func give(_ buffer: MessageBuffer) { buffer.isTaken = false }

    /// Marks a buffer as one that somebody reads.
    ///
    /// - Returns: the message that says so.
    func lend(_ buffer: MessageBuffer, words: Int) -> UnsafeRawBufferPointer? {
        guard let own, let number = buffer.number else { return nil }
        state(own, number).pointee.store(1, ordering: .relaxed)
        let note = buffer.words - RunCoding.headerWords
        note[0] = Int32(truncatingIfNeeded: number)
        note[1] = Int32(truncatingIfNeeded: words)
        note[2] = RunCoding.elsewhereFlag
        note[3] = 0
        return UnsafeRawBufferPointer(start: note, count: RunCoding.headerWords * 4)
    }

    /// Reads the buffer that a message names.
    ///
    /// - Throws: `ScheduleError` for a buffer that is not there.
    func read(
        _ note: UnsafeBufferPointer<Int32>, from sender: Int, _ body: (UnsafeBufferPointer<Int32>) throws -> Void
    ) throws {
        let (number, words) = (Int(note[0]), Int(note[1]))
        guard others.indices.contains(sender), let memory = others[sender], (0..<Self.count).contains(number),
            (0...MessageBuffer.wordCount).contains(words)
        else { throw ScheduleError("rank \(sender) names \(words) words of a buffer \(number) that is not there") }
        let start = memory.address + (number * Self.stride + Self.spare * 4)
        defer { state(memory, number).pointee.store(0, ordering: .releasing) }
        try body(UnsafeBufferPointer(start: start.assumingMemoryBound(to: Int32.self), count: words))
    }

    /// Not zero while somebody reads a buffer.
    private func state(_ memory: SharedMemory, _ number: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        (memory.address + number * Self.stride).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}
