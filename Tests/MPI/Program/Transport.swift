import Messaging
import MessagingMPI

/// What a transport must do below any communicator; every rank runs it.
func checkTransport(_ transport: any Transport) throws {
    let rank = transport.rank
    let size = transport.size
    let next = (rank + 1) % size
    let previous = (rank + size - 1) % size
    // Around a ring, in all spaces at once, from nothing to more than an eager message.
    for count in [0, 1, 8, 1000, 70_000, 3_000_000] {
        var pending: [(operation: Operation, channel: Channel)] = []
        let outgoing = Channel.allCases.map { channel in
            Bytes((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ rank &+ channel.rawValue) })
        }
        let incoming = Channel.allCases.map { _ in Bytes([UInt8](repeating: 0xee, count: count + 3)) }
        for channel in Channel.allCases {
            let place = incoming[channel.rawValue].bytes
            pending.append((try transport.startReceive(into: place, from: previous, tag: nil, in: channel), channel))
        }
        for channel in Channel.allCases.reversed() {
            let values = UnsafeRawBufferPointer(outgoing[channel.rawValue].bytes)
            pending.append((try transport.startSend(values, to: next, tag: Int32(count % 1000), in: channel), channel))
        }
        for index in pending.indices {
            guard let envelope = try transport.wait(&pending[index].operation, seconds: 20) else { throw CheckFailed("late: \(count) bytes") }
            try expect(envelope.byteCount == count && envelope.tag == Int32(count % 1000), "envelope \(envelope) of \(count) bytes")
            try expect(envelope.rank == (index < Channel.allCases.count ? previous : next), "rank in \(envelope)")
        }
        for channel in Channel.allCases {
            let right = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ previous &+ channel.rawValue) } + [0xee, 0xee, 0xee]
            try expect(incoming[channel.rawValue].bytes.elementsEqual(right), "\(count) bytes in \(channel)")
        }
        withExtendedLifetime((outgoing, incoming)) {}
    }
    // Messages of one tag arrive in order; those of another can be taken first; a probe sees the size.
    let values: [Int32] = [1, 2, 3]
    let places = values.map { value in Bytes(withUnsafeBytes(of: value) { Array($0) }) }
    var sends = try places.enumerated().map { index, place in
        try transport.startSend(UnsafeRawBufferPointer(place.bytes), to: next, tag: index == 2 ? 9 : 5, in: .user)
    }
    var seen: Envelope?
    while seen == nil {
        seen = try transport.probe(from: nil, tag: 9, in: .user)
        transport.pause(seconds: 0.01)
    }
    try expect(seen == Envelope(rank: previous, tag: 9, byteCount: 4), "probe saw \(seen!)")
    for (tag, right) in [(Int32(9), Int32(3)), (5, 1), (5, 2)] {
        var value: Int32 = 0
        try withUnsafeMutableBytes(of: &value) { bytes in
            var operation = try transport.startReceive(into: bytes, from: previous, tag: tag, in: .user)
            try expect(try transport.wait(&operation, seconds: 10) != nil, "late")
        }
        try expect(value == right, "order: \(value) is not \(right)")
    }
    for index in sends.indices { try expect(try transport.wait(&sends[index], seconds: 10) != nil, "a small message was not taken") }
    withExtendedLifetime(places) {}
    // A wait that nobody answers ends in time, and can be given up.
    var place: Int64 = 0
    try withUnsafeMutableBytes(of: &place) { bytes in
        var operation = try transport.startReceive(into: bytes, from: previous, tag: 77, in: .user)
        let start = ContinuousClock.now
        try expect(try transport.wait(&operation, seconds: 0.05) == nil, "something came")
        try expect(ContinuousClock.now - start < .seconds(2), "the wait was too long")
        transport.cancel(&operation)
    }
    // A message that is longer than its place is an error.
    let long = [UInt8](repeating: 1, count: 100)
    try long.withUnsafeBytes { bytes in
        var sending = try transport.startSend(bytes, to: next, tag: 6, in: .user)
        var refused = false
        do {
            try withUnsafeMutableBytes(of: &place) { bytes in
                var operation = try transport.startReceive(into: bytes, from: previous, tag: 6, in: .user)
                _ = try transport.wait(&operation, seconds: 10)
            }
        } catch TransportError.truncated(let expected, _) {
            refused = expected == 8
        }
        try expect(refused, "100 bytes into 8 were no error")
        _ = try transport.wait(&sending, seconds: 10)
    }
}

/// Everything again in groups: the odd and the even ranks, in turned order, and every rank alone.
func checkGroups(_ transport: any Transport) throws {
    let members = (0..<transport.size).filter { $0 % 2 == transport.rank % 2 }
    let turned = Array(members.reversed())
    let group = try transport.makeGroup(turned, tag: Int32(transport.rank % 2))
    try expect(group.size == turned.count && turned[group.rank] == transport.rank, "rank \(group.rank) of \(group.size) in \(turned)")
    try checkTransport(group)
    let alone = try transport.makeGroup([transport.rank], tag: 3)
    try checkTransport(alone)
    alone.close()
    group.close()
}

/// A message of more than 2³¹ bytes between the first two ranks.
func checkLargeMessage(_ transport: any Transport) throws {
    guard transport.size > 1, transport.rank < 2 else { return }
    let count = (1 << 31) + 12345
    let place = Bytes(count: count)
    if transport.rank == 0 {
        for index in stride(from: 0, to: count, by: 4096) { place.bytes[index] = UInt8(truncatingIfNeeded: index / 4096 % 251) }
        place.bytes[count - 1] = 77
        if var rest = try transport.send(UnsafeRawBufferPointer(place.bytes), to: 1, tag: 0, in: .user, seconds: 50) {
            try expect(try transport.wait(&rest, seconds: 50) != nil, "late")
        }
    } else {
        var envelope: Envelope?
        while envelope == nil {
            envelope = try transport.probe(from: 0, tag: 0, in: .user)
            transport.pause(seconds: 0.01)
        }
        try expect(envelope!.byteCount == count, "the probe saw \(envelope!.byteCount) bytes, not \(count)")
        var operation = Operation(handle: 0)
        envelope = try transport.receive(into: place.bytes, from: 0, tag: 0, in: .user, seconds: 50, unfinished: &operation)
        try expect(envelope?.byteCount == count, "received \(String(describing: envelope))")
        for index in stride(from: 0, to: count, by: 4096) {
            try expect(place.bytes[index] == UInt8(truncatingIfNeeded: index / 4096 % 251), "byte \(index)")
        }
        try expect(place.bytes[count - 1] == 77, "the last byte")
    }
    say("ok rank \(transport.rank), \(count) bytes, \(transport.name)")
}

/// Memory that stays in place.
final class Bytes {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ values: [UInt8]) {
        bytes = .allocate(byteCount: values.count, alignment: 64)
        bytes.copyBytes(from: values)
    }

    /// Not initialized.
    init(count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }

    deinit { bytes.deallocate() }
}

struct CheckFailed: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw CheckFailed(message()) }
}
