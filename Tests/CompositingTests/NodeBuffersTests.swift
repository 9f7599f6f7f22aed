import Messaging
import Testing

@testable import Compositing

@Suite struct NodeBuffersTests {
    @Test(.timeLimit(.minutes(1))) func aBufferIsFreeAgainOnceItWasRead() throws {
        let words = try withThreadRanks(2) { world -> [Int32] in
            let buffers = try NodeBuffers(world)
            if world.rank == 0 {
                guard let buffer = buffers.take(for: 1) else {
                    try world.send([Int32](), to: 1)
                    return [5, 6]
                }
                (buffer.words[0], buffer.words[1]) = (5, 6)
                let note = try #require(buffers.lend(buffer, words: 2))
                try world.sendBytes(note, to: 1)
                buffers.give(buffer)
                // All others can be taken, this one only when it was read.
                for _ in 1..<NodeBuffers.count { #expect(buffers.take(for: 1) != nil) }
                #expect(buffers.take(for: 1) == nil)
                try world.barrier()
                try world.barrier()
                #expect(buffers.take(for: 1) === buffer)
                return [5, 6]
            }
            let note = try world.receive(Int32.self, from: 0)
            if note.isEmpty { return [5, 6] }
            try world.barrier()
            var found: [Int32] = []
            try note.withUnsafeBufferPointer { note in
                #expect(RunCoding.isElsewhere(note))
                try buffers.read(note, from: 0) { found = Array($0) }
            }
            for wrong: [Int32] in [[-1, 2, 2, 0], [Int32(NodeBuffers.count), 2, 2, 0], [0, -1, 2, 0], [0, .max, 2, 0]] {
                _ = wrong.withUnsafeBufferPointer { wrong in
                    #expect(throws: ScheduleError.self) { try buffers.read(wrong, from: 0) { _ in } }
                }
            }
            try world.barrier()
            return found
        }
        #expect(words == [[5, 6], [5, 6]])
    }
}
