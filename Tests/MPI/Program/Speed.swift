import Messaging
import MessagingMPI

private let workloads = [(count: 8, rounds: 2000, batches: 100), (64 << 10, 500, 20), (8 << 20, 10, 20)]

private func best(_ rounds: Int, _ batches: Int, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<batches {
        let start = ContinuousClock.now
        for _ in 0..<rounds { try body() }
        best = min(best, (ContinuousClock.now - start) / .microseconds(1) / Double(rounds))
    }
    return best
}

/// The messages of `Benchmarks/mpi/ping_pong.c` by a communicator, with its checks and deadlines; the same lines. Only those of `bytes` bytes
/// where that is given.
func speed(_ world: Communicator, of bytes: Int?) throws {
    let rank = world.rank
    let last = world.size - 1
    for (count, rounds, batches) in workloads where bytes == nil || bytes == count {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
        bytes.initialize(repeating: 1)
        defer { bytes.deallocate() }
        let answer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1)
        answer.initialize(repeating: 0)
        defer { answer.deallocate() }
        try world.barrier()
        let pingPong = try best(rounds, batches) {
            if rank == 0 {
                try world.send(UnsafeBufferPointer(bytes), to: 1)
                try world.receive(into: bytes, from: 1)
            } else if rank == 1 {
                try world.receive(into: bytes, from: 0)
                try world.send(UnsafeBufferPointer(bytes), to: 0)
            }
        }
        try world.barrier()
        let broadcast = try best(rounds, batches) {
            try world.broadcast(bytes, from: 0)
            if last > 0, rank == last { try world.send(UnsafeBufferPointer(answer), to: 0, tag: 1) }
            if last > 0, rank == 0 { try world.receive(into: answer, from: last, tag: 1) }
        }
        if rank == 0 { say("ping-pong \(count) \(pingPong / 2)\nbroadcast \(count) \(broadcast)") }
    }
}

/// The ping-pong over the bare transport.
func transportSpeed(_ transport: any Transport, of bytes: Int?) throws {
    let rank = transport.rank
    for (count, rounds, batches) in workloads where bytes == nil || bytes == count {
        let place = Bytes([UInt8](repeating: 1, count: count))
        func send() throws {
            if var rest = try transport.send(UnsafeRawBufferPointer(place.bytes), to: 1 - rank, tag: 0, in: .user, seconds: 30) {
                _ = try transport.wait(&rest, seconds: 30)
            }
        }
        let time = try best(rounds, batches) {
            guard rank < 2 else { return }
            if rank == 0 { try send() }
            var operation = Operation(handle: 0)
            _ = try transport.receive(into: place.bytes, from: 1 - rank, tag: 0, in: .user, seconds: 30, unfinished: &operation)
            if rank == 1 { try send() }
        }
        if rank == 0 { say("ping-pong \(count) \(time / 2)") }
    }
}
