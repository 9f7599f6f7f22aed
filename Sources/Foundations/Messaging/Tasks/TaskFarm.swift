import Execution
import Serialization

/// One run of `mapBytes`: rank 0 hands out ranges of tasks, which get shorter towards the end (guided self-scheduling, Polychronopoulos and Kuck
/// 1987); the others send results, each with the wish for more when they begin their last task.
struct TaskFarm {
    let communicator: Communicator
    let header: CollectiveHeader
    let count: Int
    let checkpoint: Checkpoint?

    /// Tags above those of non-blocking and neighbours' collectives.
    private static let wishTag: Int32 = 24_576
    private static let rangeTag: Int32 = 24_577
    private static let resultTag: Int32 = 24_578

    private var describe: Describe { { header.description } }

    // MARK: Rank 0

    func coordinate(_ work: (Int) throws -> SerializedBytes, _ deliver: (Int, Storage) throws -> Void) throws {
        var pending = try open(deliver)[...]
        var outstanding = pending.count
        var workers = communicator.size - 1
        while workers > 0 || outstanding > 0 {
            while try serve(&pending, &outstanding, &workers, deliver) {}
            if let index = pending.popFirst() {
                try deliver(index, try make(index, work))
                outstanding -= 1
            } else if workers > 0 || outstanding > 0 {
                try communicator.waitUntil(peer: nil, describe) {
                    try probe(Self.wishTag) != nil || probe(Self.resultTag) != nil ? () : nil
                }
            }
        }
    }

    /// The tasks that are to be done; what the checkpoint holds is delivered.
    private func open(_ deliver: (Int, Storage) throws -> Void) throws -> [Int] {
        guard let checkpoint else { return Array(0..<count) }
        return try (0..<count).filter { index in
            guard let storage = try checkpoint.load(index) else { return true }
            try deliver(index, storage)
            return false
        }
    }

    /// Deals with one message of a worker; false if there is none.
    private func serve(
        _ pending: inout ArraySlice<Int>, _ outstanding: inout Int, _ workers: inout Int, _ deliver: (Int, Storage) throws -> Void
    ) throws -> Bool {
        if let envelope = try probe(Self.resultTag) {
            let (index, storage) = try receiveResult(from: envelope.rank)
            try deliver(index, storage)
            outstanding -= 1
            return true
        }
        guard let envelope = try probe(Self.wishTag) else { return false }
        _ = try receiveNumbers(from: envelope.rank, Self.wishTag)
        let share = max(1, pending.count / (3 * communicator.size))
        let range = Array(pending.prefix(share))
        pending.removeFirst(range.count)
        if range.isEmpty { workers -= 1 }
        try send(range, to: envelope.rank, Self.rangeTag)
        return true
    }

    private func probe(_ tag: Int32) throws -> Envelope? {
        do { return try communicator.transport.probe(from: nil, tag: tag, in: .collective) } catch {
            throw communicator.located(error, describe)
        }
    }

    // MARK: Other ranks

    func work(_ work: (Int) throws -> SerializedBytes) throws {
        try send([], to: 0, Self.wishTag)
        while true {
            let indices = try receiveNumbers(from: 0, Self.rangeTag)
            if indices.isEmpty { return }
            for (place, index) in indices.enumerated() {
                if place == indices.count - 1 { try send([], to: 0, Self.wishTag) }
                try sendResult(index, try make(index, work))
            }
        }
    }

    private func make(_ index: Int, _ work: (Int) throws -> SerializedBytes) throws -> Storage {
        do {
            let bytes = try work(index)
            try checkpoint?.store(bytes, as: index)
            return bytes.joined()
        } catch {
            tellOthers("threw in task \(index): \(error)")
            throw error
        }
    }

    /// Makes an error of this rank one of the whole job, unless there is one.
    func tellOthers(_ reason: String) {
        let rank = communicator.jobRanks[communicator.rank]
        _ = communicator.concerningAll(
            RankFailedError(communicator: communicator.name, ranks: [rank], reason: reason, rank: rank, call: header.description))
    }

    // MARK: Messages

    private func sendResult(_ index: Int, _ storage: Storage) throws {
        try send([index, storage.byteCount], to: 0, Self.resultTag)
        guard storage.byteCount > 0 else { return }
        defer { withExtendedLifetime(storage) {} }
        try send(UnsafeRawBufferPointer(start: storage.address, count: storage.byteCount), to: 0, Self.resultTag)
    }

    private func receiveResult(from source: Int) throws -> (Int, Storage) {
        let numbers = try receiveNumbers(from: source, Self.resultTag)
        guard numbers.count == 2, numbers[0] >= 0, numbers[0] < count, numbers[1] >= 0 else {
            throw communicator.argumentError(.map, "a message of rank \(source) is not a result: \(numbers)", CallSite(#fileID, #line))
        }
        let storage = Storage(byteCount: numbers[1])
        if numbers[1] > 0 {
            try receive(into: UnsafeMutableRawBufferPointer(start: storage.address, count: numbers[1]), from: source, Self.resultTag)
        }
        return (numbers[0], storage)
    }

    private func send(_ numbers: [Int], to rank: Int, _ tag: Int32) throws {
        try numbers.withUnsafeBytes { try send($0, to: rank, tag) }
    }

    private func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, _ tag: Int32) throws {
        do {
            var operation = try communicator.startCollectiveSend(bytes, to: rank, tag: tag)
            _ = try communicator.complete(&operation, peer: rank, describe)
        } catch {
            throw communicator.located(error, describe)
        }
    }

    /// A message of integers of any number.
    private func receiveNumbers(from source: Int, _ tag: Int32) throws -> [Int] {
        let envelope = try communicator.waitUntil(peer: source, describe) {
            try communicator.transport.probe(from: source, tag: tag, in: .collective)
        }
        let count = envelope.byteCount / MemoryLayout<Int>.stride
        return try [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
            try receive(into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: envelope.byteCount), from: source, tag)
            initialized = count
        }
    }

    private func receive(into bytes: UnsafeMutableRawBufferPointer, from source: Int, _ tag: Int32) throws {
        do {
            var operation = try communicator.transport.startReceive(into: bytes, from: source, tag: tag, in: .collective)
            _ = try communicator.complete(&operation, peer: source, describe)
        } catch {
            throw communicator.located(error, describe)
        }
    }
}
