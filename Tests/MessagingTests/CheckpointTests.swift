import Execution
import Foundation
import Messaging
import Serialization
import Synchronization
import Testing

/// A job that is interrupted and started again.
struct CheckpointTests {
    struct Interruption: Error {}

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/checkpoint-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func bytes(_ values: [UInt8]) -> SerializedBytes {
        let storage = Storage(byteCount: values.count)
        values.withUnsafeBytes { if $0.count > 0 { storage.address.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
        return SerializedBytes([.init(storage: storage, byteOffset: 0, byteCount: values.count)])
    }

    private func values(_ storage: Storage?) -> [UInt8]? {
        storage.map { Array(UnsafeRawBufferPointer(start: $0.address, count: $0.byteCount)) }
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesAreWholeOrNotThere() throws {
        try withFolder { folder in
            let checkpoint = try Checkpoint(folder: folder, signature: "disk.vtu, clip, version 1")
            #expect(try checkpoint.load(3) == nil)
            for piece in [3, 0, 11] { try checkpoint.store(bytes([UInt8(piece), 1, 2]), as: piece) }
            try checkpoint.store(bytes([]), as: 4)
            #expect(try checkpoint.pieces() == [0, 3, 4, 11])
            #expect(values(try checkpoint.load(11)) == [11, 1, 2])
            #expect(values(try checkpoint.load(4)) == [])
            try checkpoint.store(bytes([7]), as: 0)
            #expect(values(try Checkpoint(folder: folder, signature: "disk.vtu, clip, version 1").load(0)) == [7])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".part") })

            // Every damage makes a piece one that has to be made again.
            let path = folder + "/piece-3.bin"
            let whole = [UInt8](FileManager.default.contents(atPath: path)!)
            for length in 0..<whole.count {
                _ = FileManager.default.createFile(atPath: path, contents: Data(whole.prefix(length)))
                #expect(try checkpoint.load(3) == nil)
            }
            for place in whole.indices {
                var damaged = whole
                damaged[place] ^= 0x10
                _ = FileManager.default.createFile(atPath: path, contents: Data(damaged))
                #expect(try checkpoint.load(3) == nil, "byte \(place)")
            }
            try checkpoint.remove()
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func foldersOfOtherJobsAreRefused() throws {
        try withFolder { folder in
            try Checkpoint(folder: folder, signature: "clip at 1").store(bytes([1]), as: 0)
            #expect(throws: CheckpointError.self) { try Checkpoint(folder: folder, signature: "clip at 2") }
            try FileManager.default.removeItem(atPath: folder + "/signature.txt")
            #expect(throws: CheckpointError.self) { try Checkpoint(folder: folder, signature: "clip at 1") }
            #expect(throws: CheckpointError.self) { try Checkpoint(folder: "/dev/null/x", signature: "") }
            let outcomes = try outcomesOfThreadRanks(3) { try Checkpoint.open(folder: folder, signature: "clip at 2", on: $0) }
            for outcome in outcomes { #expect(throws: CheckpointError.self) { _ = try outcome.get() } }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 4])
    func aRestartedJobGoesOn(ranks: Int) throws {
        try withFolder { folder in
            let made = Mutex<[Int]>([])
            func run(failingAt bad: Int?) throws -> [[UInt8]] {
                let delivered = Mutex([[UInt8]](repeating: [], count: 30))
                _ = try withThreadRanks(ranks, options: CommunicatorOptions(deadline: 5)) { world in
                    let checkpoint = try Checkpoint.open(folder: folder, signature: "job", on: world)
                    try world.mapBytes(30, checkpoint: checkpoint) { index in
                        if index == bad { throw Interruption() }
                        made.withLock { $0.append(index) }
                        return self.bytes([UInt8(index), UInt8(index * 2)])
                    } deliver: { index, storage in delivered.withLock { $0[index] = self.values(storage)! } }
                }
                return delivered.withLock { $0 }
            }
            #expect(throws: Interruption.self) { _ = try run(failingAt: 17) }
            let before = made.withLock { $0 }
            let finished = try run(failingAt: nil)
            let expected = (0..<30).map { [UInt8($0), UInt8($0 * 2)] }
            #expect(finished == expected)
            #expect(made.withLock { $0.sorted() } == Array(0..<30), "nothing is made twice")
            #expect(!before.isEmpty && before.count < 30)
        }
    }
}
