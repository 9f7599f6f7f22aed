import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Communicator {
    /// Gives every rank every rank's value, in the order of ranks.
    public func allGather<Value: Transferable>(
        _ value: Value, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Value] {
        try call {
            let stride = MemoryLayout<Value>.stride
            return try [Value](unsafeUninitializedCapacity: size) { buffer, count in
                buffer.baseAddress!.initialize(to: value)
                let all = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: stride * size)
                if isAdopted, let native = transport.native {
                    try withUnsafePointer(to: value) {
                        try native.allGather(UnsafeRawBufferPointer(start: $0, count: stride), of: NativeScalar(Value.self), into: all)
                    }
                } else {
                    let header = try begin(.allGather, elementSize: stride, count: 1, CallSite(file, line))
                    try withUnsafePointer(to: value) {
                        try allGatherBlocks(header, UnsafeRawBufferPointer(start: $0, count: stride), into: all)
                    }
                }
                count = size
            }
        }
    }

    /// Gives every rank every rank's array, in the order of ranks; any lengths.
    public func allGather<Element: Transferable>(
        _ values: [Element], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]] {
        try call {
            if isAdopted, let native = transport.native { return try adoptedAllGather(values, native) }
            let header = try begin(
                .allGather, elementSize: MemoryLayout<Element>.stride, count: values.count, countMatters: false, CallSite(file, line))
            return try allGatherArrays(header, values)
        }
    }

    func allGatherArrays<Element: Transferable>(_ header: CollectiveHeader, _ values: [Element]) throws -> [[Element]] {
        var result = [[Element]](repeating: [], count: size)
        result[rank] = values
        try values.withUnsafeBytes { bytes in
            try spread(header, isCommon: true, part: { _ in bytes }) {
                for peer in peersInTurn { result[peer] = try receiveArray(header, from: peer) }
            }
        }
        return result
    }

    /// All-gather of blocks of one size: by doubling while they are small (Bruck et al. 1997), else from everybody to everybody.
    func allGatherBlocks(
        _ header: CollectiveHeader, _ block: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer
    ) throws {
        let length = block.count
        if length == 0 || size == 1 {
            if let source = block.baseAddress, length > 0 { memcpy(all.baseAddress!, source, length) }
            return length == 0 ? try synchronize(header) : ()
        }
        if length * size > Self.chainLimit {
            let base = all.baseAddress!
            memcpy(base + rank * length, block.baseAddress!, length)
            let own = UnsafeRawBufferPointer(start: base + rank * length, count: length)
            return try spread(header, isCommon: true, part: { _ in own }) {
                for peer in peersInTurn {
                    try receivePacket(header, from: peer, into: UnsafeMutableRawBufferPointer(start: base + peer * length, count: length))
                }
            }
        }
        try withUnsafeTemporaryAllocation(byteCount: length * size, alignment: 64) { turned in
            let base = turned.baseAddress!
            memcpy(base, block.baseAddress!, length)
            var distance = 1
            while distance < size {
                let blocks = min(distance, size - distance)
                try exchange(
                    header, send: UnsafeRawBufferPointer(start: base, count: blocks * length), to: (rank + size - distance) % size,
                    receive: UnsafeMutableRawBufferPointer(start: base + distance * length, count: blocks * length),
                    from: (rank + distance) % size)
                distance <<= 1
            }
            let head = (size - rank) * length
            memcpy(all.baseAddress! + rank * length, base, head)
            memcpy(all.baseAddress!, base + head, rank * length)
        }
    }
}
