import Execution

extension Communicator {
    /// Sends the part of an array that a layout describes.
    public func send<Element: Transferable>(
        _ values: [Element], _ layout: MessageLayout, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try values.withUnsafeBytes { try send($0, layout, to: destination, tag: tag, file: file, line: line) }
    }

    /// Sends the part of a value that a layout describes.
    public func send<Value: Transferable>(
        _ value: Value, _ layout: MessageLayout, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try withUnsafeBytes(of: value) { try send($0, layout, to: destination, tag: tag, file: file, line: line) }
    }

    /// Sends the part of a buffer that a layout describes: in place if it is one run of bytes, else collected first.
    public func send(
        _ bytes: UnsafeRawBufferPointer, _ layout: MessageLayout, to destination: Int, tag: Int = 0, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws {
        let site = CallSite(file, line)
        try check(layout, bytes.count, .send, site)
        if let range = layout.contiguousRange { return try send(raw: UnsafeRawBufferPointer(rebasing: bytes[range]), to: destination, tag: tag, site) }
        try withUnsafeTemporaryAllocation(byteCount: layout.byteCount, alignment: 64) { packed in
            layout.pack(bytes, into: packed.baseAddress!)
            try send(raw: UnsafeRawBufferPointer(packed), to: destination, tag: tag, site)
        }
    }

    /// Starts to send the part of an array that a layout describes.
    public func startSend<Element: Transferable>(
        _ values: [Element], _ layout: MessageLayout, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingMessage {
        let site = CallSite(file, line)
        let packed = Storage(byteCount: layout.byteCount)
        try values.withUnsafeBytes { bytes in
            try check(layout, bytes.count, .send, site)
            layout.pack(bytes, into: packed.address)
        }
        let bytes = UnsafeRawBufferPointer(start: packed.address, count: packed.byteCount)
        return try startSend(raw: bytes, to: destination, tag: tag, keeping: packed, site)
    }

    /// Receives into the part of an array that a layout describes; the rest of it does not change.
    @discardableResult public func receive<Element: Transferable>(
        into values: inout [Element], _ layout: MessageLayout, from source: Int?, tag: Int? = 0, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> Envelope {
        try values.withUnsafeMutableBytes { try receive(into: $0, layout, from: source, tag: tag, file: file, line: line) }
    }

    /// Receives into the part of a value that a layout describes; the rest of it does not change.
    @discardableResult public func receive<Value: Transferable>(
        into value: inout Value, _ layout: MessageLayout, from source: Int?, tag: Int? = 0, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> Envelope {
        try withUnsafeMutableBytes(of: &value) { try receive(into: $0, layout, from: source, tag: tag, file: file, line: line) }
    }

    /// Receives into the part of a buffer that a layout describes.
    ///
    /// - Throws: `MessagingError` if the message has another length than the layout.
    @discardableResult public func receive(
        into bytes: UnsafeMutableRawBufferPointer, _ layout: MessageLayout, from source: Int?, tag: Int? = 0, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> Envelope {
        let site = CallSite(file, line)
        try check(layout, bytes.count, .receive, site)
        if let range = layout.contiguousRange {
            let envelope = try receive(raw: UnsafeMutableRawBufferPointer(rebasing: bytes[range]), from: source, tag: tag, site)
            try checkLength(envelope, layout.byteCount...layout.byteCount, site)
            return envelope
        }
        return try withUnsafeTemporaryAllocation(byteCount: layout.byteCount, alignment: 64) { packed in
            let envelope = try receive(raw: packed, from: source, tag: tag, site)
            try checkLength(envelope, layout.byteCount...layout.byteCount, site)
            layout.unpack(packed.baseAddress!, into: bytes)
            return envelope
        }
    }

    /// Gives every rank the part of the root's value that a layout describes; the rest of each rank's value does not change.
    public func broadcast<Value: Transferable>(
        _ value: inout Value, _ layout: MessageLayout, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try withUnsafeMutableBytes(of: &value) { bytes in
            let site = CallSite(file, line)
            try check(layout, bytes.count, .broadcast, site)
            try withUnsafeTemporaryAllocation(byteCount: max(1, layout.byteCount), alignment: 64) { packed in
                layout.pack(UnsafeRawBufferPointer(bytes), into: packed.baseAddress!)
                let part = UnsafeMutableRawBufferPointer(rebasing: packed[0..<layout.byteCount])
                try broadcast(raw: part, elementSize: layout.byteCount, from: root, site)
                layout.unpack(packed.baseAddress!, into: bytes)
            }
        }
    }

    private func check(_ layout: MessageLayout, _ byteCount: Int, _ kind: CallKind, _ site: CallSite) throws {
        if layout.extent > byteCount {
            throw argumentError(kind, "the layout reaches to byte \(layout.extent) of a buffer of \(byteCount)", site)
        }
    }
}
