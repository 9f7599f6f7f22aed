import Execution
import Messaging

/// The rows of a picture that a rank owns once all pictures are together. Valid until the compositor's next call.
public struct OwnedSamples {
    let rows: SampleRows
    let range: Range<Int>
    let order: RowOrder
    /// The rows of every rank.
    let owners: [Range<Int>]
    public let layerWidth: Int

    /// How many rows there are.
    public var count: Int { range.count }

    /// The row of the picture that the `index`-th is.
    public func row(_ index: Int) -> Int { Int(order.rows[range.lowerBound + index]) }

    /// Depths and colours of the `index`-th row, and the columns outside of which nothing was drawn.
    public func samples(_ index: Int) -> (depths: UnsafePointer<Int32>, colors: UnsafePointer<UInt32>, columns: Range<Int>) {
        let line = rows.line(range.lowerBound + index)
        return (line.depths, line.colors, line.columns)
    }
}

extension Compositor {
    /// Brings the colours of all owners' rows to one rank, over what its picture holds.
    ///
    /// - Parameters:
    ///   - pixels: on the root: where the rows of the picture begin, `stride` pixels from one to the next; samples that show nothing are left as they are.
    /// - Throws: `ScheduleError` for messages that cannot be read; what messaging throws.
    public func deliver(_ owned: OwnedSamples, to root: Int, over pixels: UnsafeMutablePointer<UInt32>?, stride: Int) throws {
        let mark = monotonicSeconds()
        _ = try deliver(owned, ties: [], to: root, over: pixels, stride: stride)
        statistics.deliverSeconds += monotonicSeconds() - mark
    }

    /// - Parameter ties: of the rows that this rank owns, told to the root.
    /// - Returns: on the root: the ties of all ranks.
    func deliver(
        _ owned: OwnedSamples, ties: [TiedSample], to root: Int, over pixels: UnsafeMutablePointer<UInt32>?, stride: Int
    ) throws -> [TiedSample] {
        if rank != root {
            try send(owned, ties, to: root)
            return []
        }
        guard let pixels else { throw ScheduleError("rank \(root) gets the picture, and has no place for it") }
        for index in 0..<owned.count {
            let (depths, colors, columns) = owned.samples(index)
            let line = pixels + owned.row(index) * stride
            for x in columns where depths[x] < owned.rows.empty { line[x] = colors[x] }
        }
        var all = ties
        var missing = Set((0..<rankCount).filter { $0 != root && !owned.owners[$0].isEmpty })
        while !missing.isEmpty {
            _ = try window.receive(tag: deliveryTag, waiting: true) { words, sender in
                guard missing.contains(sender) else { throw ScheduleError("rank \(sender) sends rows that are not due") }
                let isLast = try RunCoding.read(
                    words, rows: owned.owners[sender], width: owned.layerWidth, hasDepths: false, tie: { all.append($0) }
                ) { place, column, _, colors, count in
                    (pixels + (Int(owned.order.rows[place]) * stride + column)).update(from: colors, count: count)
                }
                if isLast { missing.remove(sender) }
            }
        }
        return all
    }

    private func send(_ owned: OwnedSamples, _ ties: [TiedSample], to root: Int) throws {
        if owned.range.isEmpty { return }
        let before = (window.bytesSent, window.messagesSent)
        var rest = owned.range
        var untold = ties[...]
        repeat {
            let buffer = try window.takeBuffer(for: root)
            let used = RunCoding.write(
                &rest, ties: &untold, empty: owned.rows.empty, hasDepths: false, width: owned.layerWidth, into: buffer.words,
                room: MessageBuffer.wordCount, line: owned.rows.line)
            try window.send(buffer, words: used, to: root, tag: deliveryTag)
        } while !rest.isEmpty || !untold.isEmpty
        statistics.deliveredBytes = window.bytesSent - before.0
        statistics.deliveredMessages = window.messagesSent - before.1
        statistics.bytesSent += statistics.deliveredBytes
        statistics.messagesSent += statistics.deliveredMessages
        try window.finish()
    }
}
