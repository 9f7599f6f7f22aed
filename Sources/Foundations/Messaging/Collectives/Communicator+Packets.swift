import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What collectives are made of: packets of header and payload between two ranks.
///
/// A payload of up to 3968 bytes travels with the header in one message; a longer one follows as a message of its own, straight from the
/// caller's buffer into the receiver's.
extension Communicator {
    /// Begins a collective call: numbers it.
    @inline(__always) func begin(
        _ kind: CallKind, elementSize: Int, count: Int, countMatters: Bool = true, root: Int? = nil, reduction: UInt8 = 0, _ site: CallSite
    ) throws -> CollectiveHeader {
        if let root { try checkRank(root, kind, site) }
        let header = CollectiveHeader(
            kind, sequence: sequence, elementSize: elementSize, count: count, countMatters: countMatters, root: root,
            reduction: reduction, line: site.line, file: fileName(site))
        note(header)
        return header
    }

    /// Compares a received header with this rank's own.
    @inline(__always) func check(_ received: CollectiveHeader, _ own: CollectiveHeader, from source: Int) throws {
        if !own.matches(received), isChecked { throw mismatch(received, own, source) }
    }

    @inline(never) private func mismatch(_ received: CollectiveHeader, _ own: CollectiveHeader, _ source: Int) -> any Error {
        concerningAll(
            CollectiveMismatchError(
                communicator: name, rank: jobRanks[rank], call: own.description, otherRank: jobRanks[source],
                otherCall: received.description))
    }

    // MARK: Starting

    /// Starts a message of a collective, counting it.
    @inline(__always) func startCollectiveSend(_ bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int32 = collectiveTag) throws -> Operation {
        counts.pointee.add(bytes.count)
        return try transport.startSend(bytes, to: destination, tag: tag, in: .collective)
    }

    /// Header and, if it is short, payload in `place`; the bytes to send.
    @inline(__always) func fill(
        _ place: UnsafeMutableRawBufferPointer, _ header: CollectiveHeader, _ payload: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let address = place.baseAddress!
        address.storeBytes(of: header, as: CollectiveHeader.self)
        guard payload.count <= Self.inlineLimit else { return UnsafeRawBufferPointer(start: address, count: CollectiveHeader.byteCount) }
        if let source = payload.baseAddress, payload.count > 0 { memcpy(address + CollectiveHeader.byteCount, source, payload.count) }
        return UnsafeRawBufferPointer(start: address, count: CollectiveHeader.byteCount + payload.count)
    }

    // MARK: One way

    /// Sends a packet and waits until its buffer is free.
    func sendPacket(_ header: CollectiveHeader, _ payload: UnsafeRawBufferPointer, to destination: Int) throws {
        try sendMessage(fill(outgoing, header, payload), to: destination, header)
        if payload.count > Self.inlineLimit { try sendMessage(payload, to: destination, header) }
    }

    func sendMessage(_ bytes: UnsafeRawBufferPointer, to destination: Int, _ header: CollectiveHeader) throws {
        counts.pointee.add(bytes.count)
        let unfinished: Operation?
        do {
            unfinished = try transport.send(bytes, to: destination, tag: Self.collectiveTag, in: .collective, seconds: Self.slice)
        } catch {
            throw located(error, header)
        }
        if let unfinished { _ = try finish(unfinished, peer: destination, header) }
    }

    func receiveMessage(into bytes: UnsafeMutableRawBufferPointer, from source: Int, _ header: CollectiveHeader) throws -> Int {
        var operation = Operation(handle: 0)
        do {
            if let envelope = try transport.receive(
                into: bytes, from: source, tag: Self.collectiveTag, in: .collective, seconds: Self.slice, unfinished: &operation)
            {
                return envelope.byteCount
            }
        } catch {
            throw located(error, header)
        }
        return try finish(operation, peer: source, header).byteCount
    }

    @inline(never) private func finish(_ operation: Operation, peer: Int, _ header: CollectiveHeader) throws -> Envelope {
        var operation = operation
        return try completeSlowly(&operation, peer: peer) { header.description }
    }

    @inline(never) private func located(_ error: any Error, _ header: CollectiveHeader) -> any Error { located(error) { header.description } }

    /// Receives the first message of a packet into `incoming` and checks it; the header says how long the payload is.
    func receiveHeader(_ own: CollectiveHeader, from source: Int) throws -> CollectiveHeader {
        let count = try receiveMessage(into: incoming, from: source, own)
        return try checkedHeader(incoming, count, own, source)
    }

    func checkedHeader(
        _ place: UnsafeMutableRawBufferPointer, _ byteCount: Int, _ own: CollectiveHeader, _ source: Int
    ) throws -> CollectiveHeader {
        guard byteCount >= CollectiveHeader.byteCount else {
            throw MessagingError(
                communicator: name, rank: jobRanks[rank], call: own.description,
                reason: "a message of \(byteCount) bytes from rank \(jobRanks[source]) has no header")
        }
        let received = place.load(as: CollectiveHeader.self)
        try check(received, own, from: source)
        return received
    }

    /// Receives a packet whose payload has the length of `place`.
    func receivePacket(_ own: CollectiveHeader, from source: Int, into place: UnsafeMutableRawBufferPointer) throws {
        _ = try receiveHeader(own, from: source)
        try receivePayload(own, from: source, into: place)
    }

    /// The payload of the packet whose header was received last.
    func receivePayload(_ own: CollectiveHeader, from source: Int, into place: UnsafeMutableRawBufferPointer) throws {
        if place.count <= Self.inlineLimit {
            if let address = place.baseAddress, place.count > 0 {
                memcpy(address, incoming.baseAddress! + CollectiveHeader.byteCount, place.count)
            }
        } else {
            _ = try receiveMessage(into: place, from: source, own)
        }
    }

    // MARK: Both ways

    /// Sends a packet to one rank while receiving one, whose payload has the length of `place`, from another.
    func exchange(
        _ header: CollectiveHeader, send payload: UnsafeRawBufferPointer, to destination: Int, receive place: UnsafeMutableRawBufferPointer,
        from source: Int
    ) throws {
        try exchangeMessages(header, send: fill(outgoing, header, payload), to: destination) {
            _ = try receiveHeader(header, from: source)
            if place.count <= Self.inlineLimit { try receivePayload(header, from: source, into: place) }
        }
        let sends = payload.count > Self.inlineLimit
        let receives = place.count > Self.inlineLimit
        if sends {
            try exchangeMessages(header, send: payload, to: destination) {
                if receives { try receivePayload(header, from: source, into: place) }
            }
        } else if receives {
            try receivePayload(header, from: source, into: place)
        }
    }

    /// Starts to send, runs `receive`, waits for the send.
    func exchangeMessages(
        _ header: CollectiveHeader, send bytes: UnsafeRawBufferPointer, to destination: Int, receive: () throws -> Void
    ) throws {
        let describe: Describe = { header.description }
        var operation: Operation
        do { operation = try startCollectiveSend(bytes, to: destination) } catch { throw located(error, describe) }
        do {
            try receive()
        } catch {
            transport.cancel(&operation)
            throw error
        }
        _ = try complete(&operation, peer: destination, describe)
    }
}
