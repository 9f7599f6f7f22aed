import Execution

extension Communicator {
    /// Returns when every rank has come here.
    public func barrier(file: StaticString = #fileID, line: UInt32 = #line) throws {
        try call {
            if isAdopted, let native = transport.native { return try native.barrier() }
            let header = try begin(.barrier, elementSize: 0, count: 0, CallSite(file, line))
            try synchronize(header)
        }
    }

    /// Dissemination: in round k each rank hears of 2ᵏ more (Hensgen, Finkel and Manber 1988).
    func synchronize(_ header: CollectiveHeader) throws {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        var distance = 1
        while distance < size {
            try exchange(
                header, send: nothing, to: (rank + distance) % size, receive: UnsafeMutableRawBufferPointer(start: nil, count: 0),
                from: (rank + size - distance) % size)
            distance <<= 1
        }
    }

    /// Gives every rank the root's value.
    @inlinable public func broadcast<Value: Transferable>(
        _ value: inout Value, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        let scalar = isAdopted ? NativeScalar(Value.self) : nil
        try withUnsafeMutableBytes(of: &value) {
            try broadcast(raw: $0, elementSize: $0.count, scalar: scalar, from: root, CallSite(file, line))
        }
    }

    /// Fills every rank's buffer with the root's; all have the same length.
    @inlinable public func broadcast<Element: Transferable>(
        _ values: UnsafeMutableBufferPointer<Element>, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        let bytes = UnsafeMutableRawBufferPointer(values)
        let scalar = isAdopted ? NativeScalar(Element.self) : nil
        try broadcast(raw: bytes, elementSize: MemoryLayout<Element>.stride, scalar: scalar, from: root, CallSite(file, line))
    }

    /// Gives every rank the root's array, whatever the length of its own.
    @inlinable public func broadcast<Element: Transferable>(
        _ values: inout [Element], from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        let stride = MemoryLayout<Element>.stride
        if rank == root || isAdopted {
            let scalar = isAdopted ? NativeScalar(Element.self) : nil
            try values.withUnsafeMutableBytes {
                try broadcast(raw: $0, elementSize: stride, scalar: scalar, lengthIsTold: true, from: root, CallSite(file, line))
            }
            return
        }
        let told = try receiveToldLength(stride, from: root, CallSite(file, line))
        values = try [Element](unsafeUninitializedCapacity: told.count) { buffer, count in
            try forwardTold(told, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: told.count * stride))
            count = told.count
        }
    }

    /// Gives every rank the root's text.
    public func broadcast(_ text: inout String, from root: Int, file: StaticString = #fileID, line: UInt32 = #line) throws {
        var bytes = rank == root ? Array(text.utf8) : []
        if isAdopted {
            // Plain MPI knows lengths beforehand.
            var count = bytes.count
            try broadcast(&count, from: root, file: file, line: line)
            if rank != root { bytes = Array(repeating: 0, count: count) }
        }
        try broadcast(&bytes, from: root, file: file, line: line)
        text = String(decoding: bytes, as: UTF8.self)
    }

    @usableFromInline func broadcast(
        raw bytes: UnsafeMutableRawBufferPointer, elementSize: Int, scalar: NativeScalar? = nil, lengthIsTold: Bool = false, from root: Int, _ site: CallSite
    ) throws {
        try call {
            if isAdopted, let native = transport.native { return try native.broadcast(bytes, of: scalar, from: root) }
            let count = elementSize > 1 ? bytes.count / elementSize : bytes.count
            var header = try begin(.broadcast, elementSize: elementSize, count: count, countMatters: !lengthIsTold, root: root, site)
            if size == 1 { return }
            if lengthIsTold { header.count = Int64(count) }
            if rank != root { try receiveFromParent(header, into: bytes) }
            try passOn(header, UnsafeMutableRawBufferPointer(bytes))
        }
    }

    // MARK: The tree

    /// Above this a payload goes from rank to rank in chunks rather than down the tree.
    static let chainLimit = 256 << 10
    static let chunk = 128 << 10

    private func place(_ root: Int) -> Int { rank >= root ? rank - root : rank - root + size }
    private func member(_ place: Int, _ root: Int) -> Int { place + root < size ? place + root : place + root - size }

    /// A binomial tree: the parent of a place is the place without its lowest bit.
    private func parent(_ root: Int) -> Int {
        let place = place(root)
        return member(place & (place - 1), root)
    }

    private func goesByChain(_ byteCount: Int) -> Bool { byteCount > Self.chainLimit && size > 2 }

    private func receiveFromParent(_ header: CollectiveHeader, into bytes: UnsafeMutableRawBufferPointer) throws {
        let parent = parent(Int(header.root))
        _ = try receiveHeader(header, from: parent)
        if !goesByChain(bytes.count) { try receivePayload(header, from: parent, into: bytes) }
    }

    /// Sends header and payload to the children; then, where the payload is long, takes part in the chain.
    private func passOn(_ header: CollectiveHeader, _ bytes: UnsafeMutableRawBufferPointer) throws {
        let root = Int(header.root)
        let place = place(root)
        let byChain = goesByChain(bytes.count)
        var bit = 1
        while bit < size, place & bit == 0 { bit <<= 1 }
        bit >>= 1
        while bit > 0 {
            if place + bit < size {
                let child = member(place + bit, root)
                if byChain {
                    try sendMessage(fill(outgoing, header, UnsafeRawBufferPointer(bytes)), to: child, header)
                } else {
                    try sendPacket(header, UnsafeRawBufferPointer(bytes), to: child)
                }
            }
            bit >>= 1
        }
        if byChain { try chain(header, bytes, place: place) }
    }

    /// Each place receives chunk after chunk from the one before and sends it to the one after, receiving the next meanwhile.
    private func chain(_ header: CollectiveHeader, _ bytes: UnsafeMutableRawBufferPointer, place: Int) throws {
        let root = Int(header.root)
        let previous = place > 0 ? member(place - 1, root) : nil
        let next = place < size - 1 ? member(place + 1, root) : nil
        let describe: Describe = { header.description }
        var receiving = Operation(handle: 0)
        var sending = Operation(handle: 0)
        var isSending = false
        func chunk(_ start: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + Self.chunk)])
        }
        do {
            if let previous { receiving = try transport.startReceive(into: chunk(0), from: previous, tag: Self.collectiveTag, in: .collective) }
            var start = 0
            while start < bytes.count {
                let part = chunk(start)
                start += part.count
                if let previous {
                    _ = try complete(&receiving, peer: previous, describe)
                    if start < bytes.count {
                        receiving = try transport.startReceive(into: chunk(start), from: previous, tag: Self.collectiveTag, in: .collective)
                    }
                }
                guard let next else { continue }
                if isSending { _ = try complete(&sending, peer: next, describe) }
                sending = try startCollectiveSend(UnsafeRawBufferPointer(part), to: next)
                isSending = true
            }
            if isSending, let next { _ = try complete(&sending, peer: next, describe) }
        } catch {
            if receiving.handle != 0 { transport.cancel(&receiving) }
            if sending.handle != 0 { transport.cancel(&sending) }
            throw located(error, describe)
        }
    }

    // MARK: Lengths that only the root knows

    /// A header that has come, with what the receiver needs to go on.
    @usableFromInline struct ToldLength {
        @usableFromInline var count: Int
        var header: CollectiveHeader
    }

    @usableFromInline func receiveToldLength(_ elementSize: Int, from root: Int, _ site: CallSite) throws -> ToldLength {
        try call {
            var header = try begin(.broadcast, elementSize: elementSize, count: 0, countMatters: false, root: root, site)
            let received = try receiveHeader(header, from: parent(root))
            header.count = received.count
            return ToldLength(count: Int(received.count), header: header)
        }
    }

    @usableFromInline func forwardTold(_ told: ToldLength, into bytes: UnsafeMutableRawBufferPointer) throws {
        try call {
            if !goesByChain(bytes.count) { try receivePayload(told.header, from: parent(Int(told.header.root)), into: bytes) }
            try passOn(told.header, bytes)
        }
    }
}
