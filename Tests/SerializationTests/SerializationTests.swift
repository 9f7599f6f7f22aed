import Execution
import Serialization
import Testing

@Suite struct SerializationTests {
    private struct Mixture: Serializable, Equatable {
        static let formName = "mixture"
        static let formVersion: UInt16 = 2
        var number = -7
        var small: UInt16 = 65_000
        var truth = true
        var real = -0.0
        var text = "Grüße, 世界"
        var numbers: [Double] = []

        func serialize(into writer: inout ByteWriter) {
            writer.write(number)
            writer.write(small)
            writer.write(truth)
            writer.write(real)
            writer.write(text)
            writer.writeBlock(numbers)
        }
        init() {}
        init(from reader: inout ByteReader, version: UInt16) throws {
            number = try reader.readInt()
            small = try reader.read()
            truth = try reader.readBool()
            real = try reader.readDouble()
            text = try reader.readString()
            numbers = try reader.readArray()
        }
    }

    @Test(.timeLimit(.minutes(1))) func valuesComeBack() throws {
        for count in [0, 1, 7, 5000] {
            var value = Mixture()
            value.numbers = (0..<count).map { Double($0) * 0.1 }
            let bytes = value.serialized()
            #expect(try Mixture(serialized: bytes.joined()) == value)
            #expect(bytes.byteCount == bytes.segments.reduce(0) { $0 + $1.byteCount })
        }
    }

    @Test(.timeLimit(.minutes(1))) func largeBlocksAreNeitherCopiedNorMisaligned() throws {
        let block = Storage(byteCount: 1 << 20)
        block.address.initializeMemory(as: UInt8.self, repeating: 5, count: 1 << 20)
        var writer = ByteWriter()
        writer.write("before")
        writer.writeBlock(block, byteOffset: 24, count: 1000 * 100, stride: 8)
        writer.write(true)
        writer.writeBlock([UInt16(3), 4])
        let bytes = writer.finish()
        #expect(bytes.segments.contains { $0.storage === block && $0.byteOffset == 24 })
        let joined = bytes.joined()
        var reader = ByteReader(joined)
        #expect(try reader.readString() == "before")
        let view = try reader.readBlock(stride: 8)
        #expect(view.storage === joined && view.count == 100_000 && view.byteOffset % 64 == 0)
        #expect(try reader.readBool())
        #expect(try reader.readArray(of: UInt16.self) == [3, 4])
        try reader.finish()
    }

    @Test(.timeLimit(.minutes(1))) func theDigestSeesBytesAndNotSegments() {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) }
        func segments(_ cuts: [Int], _ bytes: [UInt8]) -> SerializedBytes {
            let storage = Storage(byteCount: bytes.count)
            for (place, byte) in bytes.enumerated() { storage.address.storeBytes(of: byte, toByteOffset: place, as: UInt8.self) }
            let ends = cuts + [bytes.count]
            return SerializedBytes(zip([0] + cuts, ends).map { .init(storage: storage, byteOffset: $0, byteCount: $1 - $0) })
        }
        let digest = segments([], bytes).digest
        for _ in 0..<50 {
            let cuts = (0..<5).map { _ in Int.random(in: 0...1000, using: &random) }.sorted()
            #expect(segments(cuts, bytes).digest == digest)
        }
        for place in stride(from: 0, to: 1000, by: 37) {
            var changed = bytes
            changed[place] ^= 1
            #expect(segments([], changed).digest != digest)
        }
        #expect(segments([], bytes + [0]).digest != digest)
        #expect(digest.description.count == 32)
    }

    @Test(.timeLimit(.minutes(1))) func otherFormsAreRefusedInWords() throws {
        struct Later: Serializable {
            static let formName = "mixture"
            static let formVersion: UInt16 = 3
            init() {}
            func serialize(into writer: inout ByteWriter) {}
            init(from reader: inout ByteReader, version: UInt16) throws {}
        }
        struct Other: Serializable {
            static let formName = "other"
            static let formVersion: UInt16 = 1
            init() {}
            func serialize(into writer: inout ByteWriter) {}
            init(from reader: inout ByteReader, version: UInt16) throws {}
        }
        func message(_ bytes: SerializedBytes) -> String {
            do {
                _ = try Mixture(serialized: bytes.joined())
                return ""
            } catch { return "\(error)" }
        }
        #expect(message(Later().serialized()).contains("version 1 to 2, found version 3"))
        #expect(message(Other().serialized()).contains("expected a mixture, found a other"))
        #expect(message(SerializedBytes([])).contains("the end"))
        var writer = ByteWriter()
        writer.write(UInt32(0))
        #expect(message(writer.finish()).contains("mark"))
        let whole = Mixture().serialized().joined()
        let longer = Storage(byteCount: whole.byteCount + 1)
        longer.address.copyMemory(from: whole.address, byteCount: whole.byteCount)
        #expect(message(SerializedBytes([.init(storage: longer, byteOffset: 0, byteCount: longer.byteCount)])).contains("expected the end, found 1"))
    }

    @Test(.timeLimit(.minutes(1))) func anyCutOrCountIsAnErrorOnly() throws {
        var value = Mixture()
        value.numbers = [1, 2, 3]
        let joined = value.serialized().joined()
        let bytes = [UInt8](UnsafeRawBufferPointer(start: joined.address, count: joined.byteCount))
        for length in 0..<bytes.count {
            #expect(throws: SerializationError.self) { try Mixture(serialized: Self.storage(Array(bytes[..<length]))) }
        }
        for place in 0..<bytes.count - 8 {
            for number in [UInt64.max, 1 << 63, 1 << 62, 1 << 32, 0x1FFF_FFFF_FFFF_FFFF] {
                var damaged = bytes
                for byte in 0..<8 { damaged[place + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)) }
                _ = try? Mixture(serialized: Self.storage(damaged))
            }
        }
    }

    static func storage(_ bytes: [UInt8]) -> Storage {
        let storage = Storage(byteCount: bytes.count)
        UnsafeMutableRawBufferPointer(start: storage.address, count: bytes.count).copyBytes(from: bytes)
        return storage
    }
}
