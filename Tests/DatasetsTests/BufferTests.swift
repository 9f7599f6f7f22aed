import Datasets
import Execution
import Testing

@Suite struct BufferTests {
    @Test(.timeLimit(.minutes(1)))
    func copiesAreSharedUntilOneChanges() {
        let first = Buffer([1, 2, 3] as [Int32])
        var second = first
        #expect(second.isIdentical(to: first))
        second[1] = 9
        #expect(first.array == [1, 2, 3] && second.array == [1, 9, 3])
        #expect(!second.isIdentical(to: first))
        let address = second.pointer
        second.withUnsafeMutablePointer { $0[0] = 7 }
        #expect(second.pointer == address, "a sole owner changes in place")
        #expect(first == Buffer([1, 2, 3] as [Int32]))
    }

    @Test(.timeLimit(.minutes(1)))
    func viewsAndSlicesShareMemory() {
        let storage = Storage(byteCount: 64)
        storage.address.initializeMemory(as: Float.self, repeating: 2, count: 16)
        let view = Buffer<Float>(viewing: storage, byteOffset: 16, count: 4)
        #expect(view.array == [2, 2, 2, 2])
        let slice = Buffer([10, 11, 12, 13, 14] as [Int]).slice(1..<4)
        #expect(slice.array == [11, 12, 13])
        var changed = slice
        changed[0] = 0
        #expect(slice[0] == 11)
    }

    @Test(.timeLimit(.minutes(1)))
    func borrowedMemoryIsNeverWrittenTo() {
        final class Owner: Sendable {}
        let bytes = UnsafeMutablePointer<Int32>.allocate(capacity: 4)
        defer { bytes.deallocate() }
        bytes.initialize(repeating: 5, count: 4)
        var buffer = Buffer<Int32>(viewing: Storage(borrowing: UnsafeRawPointer(bytes), byteCount: 16, owner: Owner()), count: 4)
        buffer[2] = 8
        #expect(bytes[2] == 5 && buffer.array == [5, 5, 8, 5])
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3])
    func tuplesArePickedInOrder(threads: Int) throws {
        let context = ExecutionContext(threads: threads)
        let array = FieldArray(name: "v", components: 3, Buffer((0..<300_000).map { Int32($0) }))
        let indices = Buffer((0..<100_000).map { Int32(99_999 - $0) })
        let picked = try array.gathered(indices, context: context)
        #expect(picked.tupleCount == 100_000)
        for tuple in [0, 1, 50_000, 99_999] {
            for component in 0..<3 { #expect(picked.value(tuple, component) == Double(3 * (99_999 - tuple) + component)) }
        }
    }
}
