import Execution
import Messaging

/// One sample of one primitive, shaded and not blended: what travels where things are translucent.
public struct SampleFragment: Sendable, BitwiseCopyable {
    public var row: UInt16
    public var column: UInt16
    /// Less is nearer.
    public var depth: Int32
    /// Decides between equal depths.
    public var order: SampleOrder
    /// Red, green, blue and alpha, 0…1.
    public var color: SIMD4<Float>

    public init(row: UInt16, column: UInt16, depth: Int32, order: SampleOrder, color: SIMD4<Float>) {
        self.row = row
        self.column = column
        self.depth = depth
        self.order = order
        self.color = color
    }
}

extension Compositor {
    /// Brings the fragments of all ranks to the owners of their rows, who sort each pixel's by depth, then by order, and blend them once.
    ///
    /// Exact for any division of the scene among ranks: nothing is blended before everything of a pixel is together.
    ///
    /// - Parameters:
    ///   - fragments: this rank's, opaque ones included, in any order.
    ///   - schedule: whose owners get the rows; its rounds are not used.
    ///   - blend: the pixel that fragments, nearest first, make at a column of a row of the picture.
    /// - Returns: the rows that this rank owns, valid until the next call.
    public func blended(
        _ fragments: [SampleFragment], width: Int, _ schedule: CompositingSchedule,
        blend: (_ fragments: UnsafeBufferPointer<SampleFragment>, _ row: Int, _ column: Int) -> UInt32
    ) throws -> OwnedSamples {
        begin()
        let mark = monotonicSeconds()
        let order = rowOrder(schedule.rowCount)
        // Which rank owns a row of the picture, and its place.
        var owners = [Int32](repeating: 0, count: schedule.rowCount)
        var places = [Int32](repeating: 0, count: schedule.rowCount)
        for (rank, range) in schedule.owned.enumerated() {
            for place in range {
                owners[Int(order.rows[place])] = Int32(rank)
                places[Int(order.rows[place])] = Int32(place)
            }
        }
        var parts = [[SampleFragment]](repeating: [], count: rankCount)
        for fragment in fragments where Int(fragment.row) < schedule.rowCount && Int(fragment.column) < width {
            parts[Int(owners[Int(fragment.row)])].append(fragment)
        }
        for (rank, part) in parts.enumerated() where rank != self.rank && !part.isEmpty {
            statistics.bytesSent += part.count * MemoryLayout<SampleFragment>.stride
            statistics.messagesSent += 1
        }
        statistics.encodeSeconds += monotonicSeconds() - mark
        var all = try communicator.allToAll(parts).flatMap { $0 }
        let start = monotonicSeconds()
        all.sort { a, b in
            if a.row != b.row { return a.row < b.row }
            if a.column != b.column { return a.column < b.column }
            return a.depth != b.depth ? a.depth < b.depth : a.order < b.order
        }
        let range = schedule.owned[rank]
        let rows = takeRows(width: width, empty: .max, avoiding: nil)
        rows.reserve(range)
        all.withUnsafeBufferPointer { all in
            var first = 0
            while first < all.count {
                var end = first + 1
                while end < all.count && all[end].row == all[first].row && all[end].column == all[first].column { end += 1 }
                let (row, column) = (Int(all[first].row), Int(all[first].column))
                var depth = all[first].depth
                var color = blend(UnsafeBufferPointer(rebasing: all[first..<end]), row, column)
                rows.keep(Int(places[row]), column, &depth, &color, count: 1)
                first = end
            }
        }
        statistics.mergeSeconds += monotonicSeconds() - start
        return OwnedSamples(rows: rows, range: range, order: order, owners: schedule.owned, layerWidth: width)
    }
}
