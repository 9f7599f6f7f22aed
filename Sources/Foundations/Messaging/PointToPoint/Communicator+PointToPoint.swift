import Execution

extension Communicator {
    // MARK: Sending

    /// Sends the values of a buffer; returns when the buffer may be used again.
    ///
    /// Messages between two ranks with one tag arrive in the order sent. A message to oneself is copied and waits.
    ///
    /// - Parameter tag: 0 … 32767.
    /// - Throws: `DeadlineError` if a long message is not received in time; `RankFailedError`; `MessagingError` for a rank that is not there.
    @inlinable public func send<Element: Transferable>(
        _ values: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try send(raw: UnsafeRawBufferPointer(values), to: destination, tag: tag, CallSite(file, line))
    }

    /// Sends an array.
    @inlinable public func send<Element: Transferable>(
        _ values: [Element], to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try values.withUnsafeBytes { try send(raw: $0, to: destination, tag: tag, CallSite(file, line)) }
    }

    /// Sends one value.
    @inlinable public func send<Value: Transferable>(
        _ value: Value, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try withUnsafeBytes(of: value) { try send(raw: $0, to: destination, tag: tag, CallSite(file, line)) }
    }

    /// Sends bytes.
    @inlinable public func sendBytes(
        _ bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try send(raw: bytes, to: destination, tag: tag, CallSite(file, line))
    }

    // What is described is so outside of the ways that every message goes: a closure that knows this object would be counted for each.
    @usableFromInline func send(raw bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, _ site: CallSite) throws {
        try call {
            try checkRank(destination, .send, site)
            let tag = try checkedTag(tag, .send, site)
            counts.pointee.add(bytes.count)
            if destination == rank { return try sendToSelf(bytes, tag: tag) }
            let unfinished: Operation?
            do {
                unfinished = try transport.send(bytes, to: destination, tag: tag, in: .user, seconds: Self.slice)
            } catch {
                throw located(error, sending: bytes.count, to: destination, tag, site)
            }
            if let unfinished { try finish(unfinished, sending: bytes.count, to: destination, tag, site) }
        }
    }

    @inline(never) private func finish(_ operation: Operation, sending byteCount: Int, to destination: Int, _ tag: Int32, _ site: CallSite) throws {
        var operation = operation
        _ = try completeSlowly(&operation, peer: destination) { describeSend(byteCount, destination, tag, site) }
    }

    @inline(never) private func located(_ error: any Error, sending byteCount: Int, to destination: Int, _ tag: Int32, _ site: CallSite) -> any Error {
        located(error) { describeSend(byteCount, destination, tag, site) }
    }

    private func sendToSelf(_ bytes: UnsafeRawBufferPointer, tag: Int32) throws {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyMemory(from: bytes)
        do {
            watch.owe(copy, try transport.startSend(UnsafeRawBufferPointer(copy), to: rank, tag: tag, in: .user), on: transport)
        } catch {
            copy.deallocate()
            throw error
        }
    }

    // MARK: Receiving

    /// Receives into a buffer; the message may be shorter than it.
    ///
    /// - Parameters:
    ///   - source: nil for any rank.
    ///   - tag: nil for any tag.
    /// - Returns: who sent it, its tag and its length.
    /// - Throws: `MessagingError` if the message is longer than the buffer; `DeadlineError`; `RankFailedError`.
    @inlinable @discardableResult public func receive<Element: Transferable>(
        into values: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int? = 0, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> Envelope {
        let envelope = try receive(raw: UnsafeMutableRawBufferPointer(values), from: source, tag: tag, CallSite(file, line))
        try checkWhole(envelope, MemoryLayout<Element>.stride, CallSite(file, line))
        return envelope
    }

    /// Receives an array of any length.
    @inlinable public func receive<Element: Transferable>(
        _ type: Element.Type, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element] {
        try receiveWithEnvelope(type, from: source, tag: tag, file: file, line: line).values
    }

    /// Receives an array of any length, and says who sent it.
    @inlinable public func receiveWithEnvelope<Element: Transferable>(
        _ type: Element.Type, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> (values: [Element], envelope: Envelope) {
        let site = CallSite(file, line)
        let envelope = try waitForMessage(from: source, tag: tag, site, .receive)
        try checkWhole(envelope, MemoryLayout<Element>.stride, site)
        let values = try [Element](unsafeUninitializedCapacity: envelope.byteCount / MemoryLayout<Element>.stride) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: envelope.byteCount)
            _ = try receive(raw: bytes, from: envelope.rank, tag: Int(envelope.tag), site)
            count = envelope.byteCount / MemoryLayout<Element>.stride
        }
        return (values, envelope)
    }

    /// Receives one value.
    @inlinable public func receiveValue<Value: Transferable>(
        _ type: Value.Type, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        try withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { place in
            let envelope = try receive(raw: UnsafeMutableRawBufferPointer(place), from: source, tag: tag, CallSite(file, line))
            try checkLength(envelope, MemoryLayout<Value>.size...MemoryLayout<Value>.stride, CallSite(file, line))
            return place.baseAddress!.move()
        }
    }

    /// Receives bytes of any length into memory of their own, 64-byte aligned.
    public func receiveBytes(
        from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> (bytes: Storage, envelope: Envelope) {
        let site = CallSite(file, line)
        let envelope = try waitForMessage(from: source, tag: tag, site, .receive)
        let storage = Storage(byteCount: envelope.byteCount)
        let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: envelope.byteCount)
        return (storage, try receive(raw: bytes, from: envelope.rank, tag: Int(envelope.tag), site))
    }

    @discardableResult @usableFromInline func receive(raw bytes: UnsafeMutableRawBufferPointer, from source: Int?, tag: Int?, _ site: CallSite) throws -> Envelope {
        try call {
            if let source { try checkRank(source, .receive, site) }
            let tag = try tag.map { try checkedTag($0, .receive, site) }
            var operation = Operation(handle: 0)
            do {
                if let envelope = try transport.receive(
                    into: bytes, from: source, tag: tag, in: .user, seconds: Self.slice, unfinished: &operation)
                {
                    return envelope
                }
            } catch {
                throw located(error, receivingFrom: source, tag, site)
            }
            return try finish(operation, receivingFrom: source, tag, site)
        }
    }

    @inline(never) private func finish(_ operation: Operation, receivingFrom source: Int?, _ tag: Int32?, _ site: CallSite) throws -> Envelope {
        var operation = operation
        return try completeSlowly(&operation, peer: source) { describeReceive(.receive, source, tag, site) }
    }

    @inline(never) private func located(_ error: any Error, receivingFrom source: Int?, _ tag: Int32?, _ site: CallSite) -> any Error {
        located(error) { describeReceive(.receive, source, tag, site) }
    }

    // MARK: Probing

    /// The envelope of a message that could be received now; nil if there is none.
    public func probe(from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line) throws -> Envelope? {
        let site = CallSite(file, line)
        return try call {
            if let source { try checkRank(source, .probe, site) }
            let tag = try tag.map { try checkedTag($0, .probe, site) }
            if watch.options.cancellation.isCancelled { throw concerningAll(CancelledError()) }
            do {
                if let envelope = try transport.probe(from: source, tag: tag, in: .user) { return envelope }
                if !isAdopted {
                    try watch.poll()
                    if let failure = watch.failure { throw failure }
                }
                return nil
            } catch {
                throw located(error) { self.describeReceive(.probe, source, tag, site) }
            }
        }
    }

    /// Waits for a message, which stays, and says what it is.
    public func waitForMessage(
        from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Envelope {
        try waitForMessage(from: source, tag: tag, CallSite(file, line), .probe)
    }

    @usableFromInline func waitForMessage(from source: Int?, tag: Int?, _ site: CallSite, _ kind: CallKind) throws -> Envelope {
        try call {
            if let source { try checkRank(source, kind, site) }
            let tag = try tag.map { try checkedTag($0, kind, site) }
            let describe: Describe = { self.describeReceive(kind, source, tag, site) }
            return try waitUntil(peer: source, describe) {
                do { return try transport.probe(from: source, tag: tag, in: .user) } catch { throw located(error, describe) }
            }
        }
    }

    // MARK: Checks

    private func describeSend(_ byteCount: Int, _ destination: Int, _ tag: Int32, _ site: CallSite) -> CallDescription {
        describe(.send, "\(byteCount) bytes to rank \(destination), tag \(tag)", site)
    }

    private func describeReceive(_ kind: CallKind, _ source: Int?, _ tag: Int32?, _ site: CallSite) -> CallDescription {
        describe(kind, "from \(source.map { "rank \($0)" } ?? "any rank"), \(tag.map { "tag \($0)" } ?? "any tag")", site)
    }

    @inline(__always) func checkedTag(_ tag: Int, _ kind: CallKind, _ site: CallSite) throws -> Int32 {
        guard tag >= 0, tag <= 32767 else { throw argumentError(kind, "a tag is 0 … 32767, not \(tag)", site) }
        return Int32(truncatingIfNeeded: tag)
    }

    @inlinable func checkWhole(_ envelope: Envelope, _ stride: Int, _ site: CallSite) throws {
        // Nothing is left of any length where elements are bytes.
        if stride > 1, envelope.byteCount % stride != 0 { throw partialElement(envelope, stride, site) }
    }

    @usableFromInline func partialElement(_ envelope: Envelope, _ stride: Int, _ site: CallSite) -> any Error {
        argumentError(
            .receive, "a message of \(envelope.byteCount) bytes from rank \(envelope.rank) has no whole number of elements of \(stride)", site)
    }

    @usableFromInline func checkLength(_ envelope: Envelope, _ expected: ClosedRange<Int>, _ site: CallSite) throws {
        if !expected.contains(envelope.byteCount) {
            throw argumentError(
                .receive, "a message of \(envelope.byteCount) bytes from rank \(envelope.rank) is not one value of \(expected.lowerBound)", site)
        }
    }
}
