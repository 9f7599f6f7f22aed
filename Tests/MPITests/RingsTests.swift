import CMPI
import SeededNumbers
import Testing

/// Ranks of one process that have rings and no library.
private final class Ranks {
    let ports: [OpaquePointer]
    private let memory: UnsafeMutableRawPointer

    init(_ count: Int, threadsMeet: Bool = false) {
        let byteCount = Int(cmpi_rings_byte_count(Int32(count)))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 128)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        self.memory = memory
        ports = (0..<count).map { rank in
            let port = cmpi_port_make(0, 0, 0, true)
            cmpi_port_use_rings(port, memory, Int32(rank), Int32(count), threadsMeet)
            return port
        }
    }

    deinit {
        for port in ports { cmpi_port_free(port) }
        memory.deallocate()
    }
}

/// Bytes that stay where they are.
private final class Place {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ count: Int) { bytes = .allocate(byteCount: max(1, count), alignment: 8) }
    deinit { bytes.deallocate() }
}

private struct Sent {
    var source: Int
    var channel: Int32
    var tag: Int32
    var byteCount: Int
    /// The receive that got it, by its number.
    var receive: Int?
}

private struct Wanted {
    var rank: Int
    var channel: Int32
    var source: Int32
    var tag: Int32

    func matches(_ message: Sent) -> Bool {
        channel == message.channel && (source < 0 || Int(source) == message.source) && (tag < 0 || tag == message.tag)
    }
}

@Suite("Rings", .serialized, .timeLimit(.minutes(2))) struct RingsTests {
    /// Random sends and receives of all kinds between three ranks that take turns, one of which hardly looks: every message comes once, whole, and
    /// in the order in which one rank sent it to another, among those that a receive could have had.
    @Test(arguments: 1..<25) func order(seed: UInt64) throws {
        let count = 3
        let ranks = Ranks(count, threadsMeet: seed % 2 == 0)
        var random = SplitMix64(seed: seed)
        let lengths = [4, 8, 40, 41, 104, 105, 700, 4031, 4032]
        // By destination. Each message begins with its number.
        var sent = [[Sent]](repeating: [], count: count)
        var receives: [Wanted] = []
        var pendingSends: [(port: OpaquePointer, slot: OpaquePointer, place: Place)] = []
        var pendingReceives: [(number: Int, slot: OpaquePointer, place: Place)] = []

        func fill(_ bytes: UnsafeMutableRawBufferPointer, _ destination: Int, _ number: Int, _ byteCount: Int) {
            for i in 4..<byteCount { bytes[i] = UInt8(truncatingIfNeeded: number &+ destination &+ i &* 13 &+ i >> 8) }
            bytes.storeBytes(of: UInt32(number), as: UInt32.self)
        }

        func take(_ number: Int, _ envelope: CMPIEnvelope, _ place: Place) throws {
            let wanted = receives[number]
            let message = Int(place.bytes.load(as: UInt32.self))
            try #require(message < sent[wanted.rank].count, "receive \(number) of \(wanted) got what nobody sent")
            let found = sent[wanted.rank][message]
            try #require(found.receive == nil && wanted.matches(found) && found.source == Int(envelope.rank) && found.tag == envelope.tag)
            try #require(found.byteCount == Int(envelope.byteCount))
            let expected = Place(found.byteCount)
            fill(expected.bytes, wanted.rank, message, found.byteCount)
            #expect(expected.bytes.elementsEqual(place.bytes.prefix(found.byteCount)))
            sent[wanted.rank][message].receive = number
        }

        func settle() throws {
            for (number, slot, place) in pendingReceives {
                var envelope = CMPIEnvelope()
                let code = cmpi_test(ranks.ports[receives[number].rank], slot, &envelope)
                guard code != Int32(CMPI_PENDING) else { continue }
                try #require(code == 0)
                try take(number, envelope, place)
                pendingReceives.removeAll { $0.number == number }
            }
            for (port, slot, place) in pendingSends {
                var envelope = CMPIEnvelope()
                let code = cmpi_test(port, slot, &envelope)
                guard code != Int32(CMPI_PENDING) else { continue }
                try #require(code == 0 && envelope.byteCount <= Int64(place.bytes.count))
                pendingSends.removeAll { $0.slot == slot }
            }
        }

        for _ in 0..<1500 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<6:
                let source = Int.random(in: 0..<count, using: &random)
                // Mostly to one rank, so that its rings fill.
                let destination = Int.random(in: 0..<4, using: &random) > 0 ? 2 : Int.random(in: 0..<count, using: &random)
                let message = Sent(
                    source: source, channel: Int32.random(in: 0..<2, using: &random), tag: Int32.random(in: 0..<3, using: &random),
                    byteCount: lengths.randomElement(using: &random)!)
                let place = Place(message.byteCount)
                fill(place.bytes, destination, sent[destination].count, message.byteCount)
                sent[destination].append(message)
                var slot: OpaquePointer?
                let port = ranks.ports[source]
                if Bool.random(using: &random) {
                    let code = cmpi_send(
                        port, message.channel, place.bytes.baseAddress, Int64(message.byteCount), Int32(destination), message.tag, 0, &slot)
                    if code == 0 { continue }
                    try #require(code == Int32(CMPI_PENDING))
                } else {
                    let code = cmpi_start_send(
                        port, message.channel, place.bytes.baseAddress, Int64(message.byteCount), Int32(destination), message.tag, &slot)
                    try #require(code == 0)
                }
                pendingSends.append((port, try #require(slot), place))
            case 6..<10:
                let rank = Int.random(in: 0..<count, using: &random)
                let wanted = Wanted(
                    rank: rank, channel: Int32.random(in: 0..<2, using: &random), source: Int32.random(in: -1..<Int32(count), using: &random),
                    tag: Int32.random(in: -1..<3, using: &random))
                let place = Place(4032)
                var slot: OpaquePointer?
                receives.append(wanted)
                if Bool.random(using: &random) {
                    var envelope = CMPIEnvelope()
                    let code = cmpi_receive(
                        ranks.ports[rank], wanted.channel, place.bytes.baseAddress, 4032, wanted.source, wanted.tag, 0, &slot, &envelope)
                    if code == 0 {
                        try take(receives.count - 1, envelope, place)
                        continue
                    }
                    try #require(code == Int32(CMPI_PENDING))
                } else {
                    try #require(
                        cmpi_start_receive(ranks.ports[rank], wanted.channel, place.bytes.baseAddress, 4032, wanted.source, wanted.tag, &slot) == 0)
                }
                pendingReceives.append((receives.count - 1, try #require(slot), place))
            case 10:
                // Given up: it may have got its message meanwhile.
                guard let index = pendingReceives.indices.randomElement(using: &random) else { continue }
                let (number, slot, place) = pendingReceives.remove(at: index)
                var envelope = CMPIEnvelope()
                if cmpi_test(ranks.ports[receives[number].rank], slot, &envelope) == 0 {
                    try take(number, envelope, place)
                } else {
                    #expect(cmpi_cancel(ranks.ports[receives[number].rank], slot))
                    receives[number].tag = 99
                }
            default: try settle()
            }
        }
        // Whatever is left is received by anybody's receives.
        var rounds = 0
        while sent.contains(where: { $0.contains { $0.receive == nil } }) {
            rounds += 1
            try #require(rounds < 100_000, "messages are lost")
            try settle()
            let rank = rounds % count
            var envelope = CMPIEnvelope()
            for channel in Int32(0)..<2 where cmpi_probe(ranks.ports[rank], channel, -1, -1, &envelope) == 0 {
                let place = Place(4032)
                var slot: OpaquePointer?
                receives.append(Wanted(rank: rank, channel: channel, source: -1, tag: -1))
                let code = cmpi_receive(ranks.ports[rank], channel, place.bytes.baseAddress, 4032, -1, -1, 0, &slot, &envelope)
                try #require(code == 0)
                try take(receives.count - 1, envelope, place)
            }
        }
        try settle()
        #expect(pendingSends.isEmpty)
        for (number, slot, _) in pendingReceives { #expect(cmpi_cancel(ranks.ports[receives[number].rank], slot)) }

        for messages in sent {
            for (place, message) in messages.enumerated() {
                for earlier in messages[..<place] where earlier.source == message.source && receives[message.receive!].matches(earlier) {
                    #expect(earlier.receive! < message.receive!, "\(message) overtook \(earlier)")
                }
            }
        }
    }

    /// Bytes that look like the first word of the record that comes next in their place are not taken for it.
    @Test func bytesThatLookLikeRecords() throws {
        let ranks = Ranks(2)
        let place = Place(4032)
        let words = place.bytes.bindMemory(to: UInt64.self)
        var line: UInt64 = 0
        for round in 0..<40 {
            // Three words of the first line are the record's own; a ring has 256 lines.
            for index in words.indices { words[index] = line + UInt64((index + 3) / 8) + 256 + 1 }
            var slot: OpaquePointer?
            var envelope = CMPIEnvelope()
            try #require(cmpi_send(ranks.ports[0], 0, place.bytes.baseAddress, 4032, 1, 7, 0, &slot) == 0)
            line += 64
            let got = Place(4032)
            try #require(cmpi_receive(ranks.ports[1], 0, got.bytes.baseAddress, 4032, 0, 7, 0, &slot, &envelope) == 0)
            try #require(envelope.byteCount == 4032 && got.bytes.elementsEqual(place.bytes))
            // A short one makes the next begin where a line within the last one was.
            try #require(cmpi_send(ranks.ports[0], 0, place.bytes.baseAddress, 8, 1, 7, 0, &slot) == 0)
            line += 1
            try #require(cmpi_receive(ranks.ports[1], 0, got.bytes.baseAddress, 4032, 0, 7, 0, &slot, &envelope) == 0)
            #expect(envelope.byteCount == 8, "round \(round)")
            #expect(cmpi_probe(ranks.ports[1], 0, -1, -1, &envelope) == Int32(CMPI_PENDING))
        }
    }

    /// A message that is longer than its place is an error that tells both lengths, and is gone.
    @Test func tooLong() throws {
        let ranks = Ranks(2)
        let place = Place(64)
        var slot: OpaquePointer?
        var envelope = CMPIEnvelope()
        for isPosted in [false, true] {
            if isPosted { try #require(cmpi_start_receive(ranks.ports[1], 1, place.bytes.baseAddress, 8, 0, 3, &slot) == 0) }
            var sending: OpaquePointer?
            try #require(cmpi_send(ranks.ports[0], 1, place.bytes.baseAddress, 64, 1, 3, 0, &sending) == 0)
            let code =
                isPosted
                ? cmpi_wait(ranks.ports[1], slot!, 1, &envelope) : cmpi_receive(ranks.ports[1], 1, place.bytes.baseAddress, 8, 0, 3, 1, &slot, &envelope)
            #expect(code == Int32(CMPI_TRUNCATED))
            #expect(envelope.byteCount == 64)
            #expect(cmpi_probe(ranks.ports[1], 1, 0, 3, &envelope) == Int32(CMPI_PENDING))
        }
    }
}
