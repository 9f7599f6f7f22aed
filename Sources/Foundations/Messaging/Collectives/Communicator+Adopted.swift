/// Collectives of communicators that were adopted: the engine's own, with the meaning that plain MPI gives them. Lengths are those that MPI
/// expects: equal on all ranks.
extension Communicator {
    func adoptedGather<Element: Transferable>(
        _ values: [Element], to root: Int, _ native: any NativeCollectives
    ) throws -> [[Element]]? {
        var all = [Element]()
        if rank == root, let first = values.first { all = Array(repeating: first, count: values.count * size) }
        try values.withUnsafeBytes { bytes in
            try all.withUnsafeMutableBytes { try native.gather(bytes, of: NativeScalar(Element.self), into: rank == root ? $0 : nil, to: root) }
        }
        return rank == root ? cut(all, into: values.count) : nil
    }

    func adoptedAllGather<Element: Transferable>(_ values: [Element], _ native: any NativeCollectives) throws -> [[Element]] {
        var all = values.first.map { Array(repeating: $0, count: values.count * size) } ?? []
        try values.withUnsafeBytes { bytes in try all.withUnsafeMutableBytes { try native.allGather(bytes, of: NativeScalar(Element.self), into: $0) } }
        return cut(all, into: values.count)
    }

    func adoptedScatter<Element: Transferable>(
        _ parts: [[Element]]?, from root: Int, _ native: any NativeCollectives, _ site: CallSite
    ) throws -> [Element] {
        // Plain MPI wants equal lengths that every rank knows; the root's word is the first element count.
        var count = parts?.first?.count ?? 0
        if rank == root, let parts, parts.count != size || parts.contains(where: { $0.count != count }) {
            throw argumentError(.scatter, "parts for ranks of another program must be one for each rank, of equal length", site)
        }
        try withUnsafeMutableBytes(of: &count) { try native.broadcast($0, of: .int64, from: root) }
        let all = rank == root ? Array((parts ?? []).joined()) : nil
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let place = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride)
            if let all {
                try all.withUnsafeBytes { try native.scatter($0, into: place, of: NativeScalar(Element.self), from: root) }
            } else {
                try native.scatter(nil, into: place, of: NativeScalar(Element.self), from: root)
            }
            initialized = count
        }
    }

    /// nil if the communicator is our own.
    func adoptedReduce<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, to root: Int?
    ) throws -> [Element]? {
        guard isAdopted, let native = transport.native else { return nil }
        var values = values
        if let kind = operation.native, let scalar = NativeScalar(Element.self) {
            try values.withUnsafeMutableBytes { try native.reduce($0, of: scalar, kind, to: root) }
            return values
        }
        return foldInOrder(try adoptedAllGather(values, native), operation)
    }

    func adoptedAllToAll<Element: Transferable>(
        _ parts: [[Element]], _ native: any NativeCollectives, _ site: CallSite
    ) throws -> [[Element]] {
        let count = parts.first?.count ?? 0
        guard parts.count == size, parts.allSatisfy({ $0.count == count }) else {
            throw argumentError(.allToAll, "parts for ranks of another program must be one for each rank, of equal length", site)
        }
        let sent = Array(parts.joined())
        var received = sent
        try sent.withUnsafeBytes { bytes in try received.withUnsafeMutableBytes { try native.allToAll(bytes, of: NativeScalar(Element.self), into: $0) } }
        return cut(received, into: count)
    }

    private func cut<Element>(_ all: [Element], into count: Int) -> [[Element]] {
        (0..<size).map { count == 0 ? [] : Array(all[$0 * count..<($0 + 1) * count]) }
    }
}

extension NativeScalar {
    /// The engine's type for a Swift type; nil if it has none.
    @usableFromInline init?<Element>(_ type: Element.Type) {
        switch type {
        case is Int8.Type: self = .int8
        case is Int16.Type: self = .int16
        case is Int32.Type: self = .int32
        case is Int64.Type, is Int.Type: self = .int64
        case is UInt8.Type: self = .uint8
        case is UInt16.Type: self = .uint16
        case is UInt32.Type: self = .uint32
        case is UInt64.Type, is UInt.Type: self = .uint64
        case is Float.Type: self = .float
        case is Double.Type: self = .double
        default: return nil
        }
    }
}
