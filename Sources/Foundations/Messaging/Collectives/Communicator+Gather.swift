import Execution

extension Communicator {
    /// Collects every rank's array on the root, in the order of ranks; any lengths.
    ///
    /// - Returns: nil on other ranks than the root.
    public func gather<Element: Transferable>(
        _ values: [Element], to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]]? {
        try call {
            if isAdopted, let native = transport.native { return try adoptedGather(values, to: root, native) }
            let stride = MemoryLayout<Element>.stride
            let header = try begin(.gather, elementSize: stride, count: values.count, countMatters: false, root: root, CallSite(file, line))
            if rank != root {
                try values.withUnsafeBytes { try sendPacket(header, $0, to: root) }
                return nil
            }
            return try (0..<size).map { $0 == rank ? values : try receiveArray(header, from: $0) }
        }
    }

    /// Collects one value of every rank on the root.
    public func gather<Value: Transferable>(
        _ value: Value, to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Value]? {
        try gather([value], to: root, file: file, line: line)?.map { $0[0] }
    }

    /// Hands each rank its part of the root's; any lengths.
    ///
    /// - Parameter parts: one for each rank; looked at on the root only.
    public func scatter<Element: Transferable>(
        _ parts: [[Element]]?, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element] {
        try call {
            let site = CallSite(file, line)
            if isAdopted, let native = transport.native { return try adoptedScatter(parts, from: root, native, site) }
            let header = try begin(
                .scatter, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, root: root, site)
            guard rank == root else { return try receiveArray(header, from: root) }
            guard let parts, parts.count == size else {
                throw concerningAll(argumentError(.scatter, "the root has \(parts?.count ?? 0) parts for \(size) ranks", site))
            }
            try withParts(parts) { part in try spread(header, isCommon: false, part: part) {} }
            return parts[rank]
        }
    }

    /// Receives a packet of any length as an array.
    func receiveArray<Element: Transferable>(_ header: CollectiveHeader, from source: Int) throws -> [Element] {
        let count = Int(try receiveHeader(header, from: source).count)
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            try receivePayload(
                header, from: source,
                into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride))
            initialized = count
        }
    }

    /// Calls `body` with a function that gives the bytes of part i, in place as long as `body` runs.
    func withParts<Element: Transferable, Result>(
        _ parts: [[Element]], _ body: ((Int) -> UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        // The arrays are immutable and alive until the end of this function, so their buffers stay in place.
        let buffers = parts.map { part in part.withUnsafeBytes { $0 } }
        return try withExtendedLifetime(parts) { try body { buffers[$0] } }
    }
}
