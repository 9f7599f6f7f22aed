import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One packet of a non-blocking collective on its way out or in.
final class PacketFlight {
    let peer: Int
    private let communicator: Communicator
    private let header: CollectiveHeader
    private let tag: Int32
    private var operations: [Operation] = []
    private let packet = UnsafeMutableRawBufferPointer.allocate(
        byteCount: CollectiveHeader.byteCount + Communicator.inlineLimit, alignment: 64)
    private let isReceiving: Bool
    private var needsHeader: Bool
    private let owner: Any?
    /// What came, once the flight is over; nil of a packet that was sent.
    private(set) var received: Storage?

    /// Starts to send.
    ///
    /// - Parameter owner: keeps `payload` in place.
    init(
        sending payload: UnsafeRawBufferPointer, to peer: Int, _ header: CollectiveHeader, tag: Int32, keeping owner: Any?,
        on communicator: Communicator
    ) throws {
        self.peer = peer
        self.communicator = communicator
        var header = header
        if header.countMatters == 0 { header.count = Int64(payload.count / max(1, Int(header.elementSize))) }
        self.header = header
        self.tag = tag
        self.owner = owner
        isReceiving = false
        needsHeader = false
        operations.append(try communicator.startCollectiveSend(communicator.fill(packet, header, payload), to: peer, tag: tag))
        if payload.count > Communicator.inlineLimit {
            operations.append(try communicator.startCollectiveSend(payload, to: peer, tag: tag))
        }
    }

    /// Starts to receive.
    init(from peer: Int, _ header: CollectiveHeader, tag: Int32, on communicator: Communicator) throws {
        self.peer = peer
        self.communicator = communicator
        self.header = header
        self.tag = tag
        owner = nil
        isReceiving = true
        needsHeader = true
        operations.append(try communicator.transport.startReceive(into: packet, from: peer, tag: tag, in: .collective))
    }

    deinit {
        for index in operations.indices { communicator.transport.cancel(&operations[index]) }
        packet.deallocate()
    }

    /// Moves on as far as it goes without waiting; whether it is over.
    func advance() throws -> Bool {
        while !operations.isEmpty {
            guard let envelope = try communicator.transport.test(&operations[operations.count - 1]) else { return false }
            operations.removeLast()
            if isReceiving, needsHeader { try open(envelope.byteCount) }
        }
        return true
    }

    /// Looks at the header; starts to receive a payload that did not come with it.
    private func open(_ byteCount: Int) throws {
        needsHeader = false
        let found = try communicator.checkedHeader(packet, byteCount, header, peer)
        let storage = Storage(byteCount: Int(found.count) * Int(found.elementSize))
        received = storage
        if storage.byteCount <= Communicator.inlineLimit {
            memcpy(storage.address, packet.baseAddress! + CollectiveHeader.byteCount, storage.byteCount)
        } else {
            let place = UnsafeMutableRawBufferPointer(start: storage.address, count: storage.byteCount)
            operations.append(try communicator.transport.startReceive(into: place, from: peer, tag: tag, in: .collective))
        }
    }
}
