import Messaging
import MessagingMPI

/// The messages of `Benchmarks/mpi/ping_pong.c`, over the bare transport.
func transportSpeed(_ transport: any Transport) throws {
    let rank = transport.rank
    for (count, rounds) in [(8, 2000), (64 << 10, 500), (8 << 20, 10)] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 1)
        defer { bytes.deallocate() }
        var best = Double.infinity
        for _ in 0..<20 {
            let start = ContinuousClock.now
            for _ in 0..<rounds where rank < 2 {
                if rank == 0 {
                    _ = try transport.send(UnsafeRawBufferPointer(bytes), to: 1, tag: 0, in: .user, seconds: 30)
                }
                var operation = try transport.startReceive(into: bytes, from: 1 - rank, tag: 0, in: .user)
                _ = try transport.wait(&operation, seconds: 30)
                if rank == 1 {
                    _ = try transport.send(UnsafeRawBufferPointer(bytes), to: 0, tag: 0, in: .user, seconds: 30)
                }
            }
            best = min(best, (ContinuousClock.now - start) / .microseconds(1) / Double(rounds) / 2)
        }
        if rank == 0 { say("ping-pong \(count) \(best)") }
    }
}
