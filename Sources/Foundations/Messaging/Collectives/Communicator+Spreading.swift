import Execution

extension Communicator {
    /// Starts a packet to every other rank; `receive` runs while they travel; then waits for all.
    ///
    /// - Parameter part: the payload for a rank; must stay in place until this returns. `commonPart` if all get the same.
    func spread(
        _ header: CollectiveHeader, isCommon: Bool, part: (Int) -> UnsafeRawBufferPointer, receive: () throws -> Void
    ) throws {
        let describe: Describe = { header.description }
        var operations: [(operation: Operation, peer: Int)] = []
        operations.reserveCapacity(2 * size)
        let packetSpace = isCommon ? 0 : CollectiveHeader.byteCount + Self.inlineLimit
        let packets = isCommon ? outgoing : UnsafeMutableRawBufferPointer.allocate(byteCount: packetSpace * max(1, size - 1), alignment: 64)
        defer { if !isCommon { packets.deallocate() } }
        do {
            for step in 1..<max(1, size) {
                let peer = (rank + step) % size
                let payload = part(peer)
                var packetHeader = header
                if header.countMatters == 0 { packetHeader.count = Int64(payload.count / max(1, Int(header.elementSize))) }
                let place = UnsafeMutableRawBufferPointer(rebasing: packets[((step - 1) * packetSpace)...])
                let packet = isCommon && step > 1 ? commonPacket(payload) : fill(place, packetHeader, payload)
                operations.append((try startCollectiveSend(packet, to: peer), peer))
                if payload.count > Self.inlineLimit { operations.append((try startCollectiveSend(payload, to: peer), peer)) }
            }
            try receive()
            for index in operations.indices { _ = try complete(&operations[index].operation, peer: operations[index].peer, describe) }
        } catch {
            for index in operations.indices where operations[index].operation.handle != 0 { transport.cancel(&operations[index].operation) }
            throw located(error, describe)
        }
    }

    private func commonPacket(_ payload: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let inline = payload.count <= Self.inlineLimit ? payload.count : 0
        return UnsafeRawBufferPointer(start: outgoing.baseAddress, count: CollectiveHeader.byteCount + inline)
    }

    /// The other ranks in the order in which their packets are best received.
    var peersInTurn: [Int] { size > 1 ? (1..<size).map { (rank + size - $0) % size } : [] }
}
