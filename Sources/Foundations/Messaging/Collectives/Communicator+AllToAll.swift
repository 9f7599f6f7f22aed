import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Communicator {
    /// Sends part i to rank i, from every rank to every rank; any lengths.
    ///
    /// - Returns: what came from each rank.
    public func allToAll<Element: Transferable>(
        _ parts: [[Element]], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]] {
        try call {
            let site = CallSite(file, line)
            if isAdopted, let native = transport.native { return try adoptedAllToAll(parts, native, site) }
            let header = try beginAllToAll(parts.count, MemoryLayout<Element>.stride, site)
            var result = [[Element]](repeating: [], count: size)
            result[rank] = parts[rank]
            try withParts(parts) { part in
                try spread(header, isCommon: false, part: part) {
                    for peer in peersInTurn { result[peer] = try receiveArray(header, from: peer) }
                }
            }
            return result
        }
    }

    /// `allToAll` of bytes that are somewhere already: no copies but the one into the receivers' memory.
    ///
    /// - Parameter parts: stay in place until this returns.
    /// - Returns: what came from each rank, 64-byte aligned.
    public func allToAllBytes(
        _ parts: [UnsafeRawBufferPointer], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Storage] {
        try call {
            let header = try beginAllToAll(parts.count, 1, CallSite(file, line))
            let own = Storage(byteCount: parts[rank].count)
            if let source = parts[rank].baseAddress { memcpy(own.address, source, parts[rank].count) }
            var result = [Storage](repeating: own, count: size)
            try spread(header, isCommon: false, part: { parts[$0] }) {
                for peer in peersInTurn {
                    let storage = Storage(byteCount: Int(try receiveHeader(header, from: peer).count))
                    try receivePayload(
                        header, from: peer, into: UnsafeMutableRawBufferPointer(start: storage.address, count: storage.byteCount))
                    result[peer] = storage
                }
            }
            return result
        }
    }

    private func beginAllToAll(_ partCount: Int, _ elementSize: Int, _ site: CallSite) throws -> CollectiveHeader {
        let header = try begin(.allToAll, elementSize: elementSize, count: 0, countMatters: false, site)
        if partCount != size { throw concerningAll(argumentError(.allToAll, "\(partCount) parts for \(size) ranks", site)) }
        return header
    }
}
