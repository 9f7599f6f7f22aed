import Execution
import Images
import Messaging

extension Compositor {
    /// Brings the fragments of all ranks to the owners of their rows, who sort each pixel's by depth, then by order, and blend them once.
    ///
    /// Exact for any division of the scene among ranks: nothing is blended before everything of a pixel is together.
    ///
    /// - Parameters:
    ///   - fragments: lists of this rank's, opaque ones included, in any order.
    ///   - schedule: whose owners get the rows; its rounds are not used.
    ///   - blend: the pixel that fragments, nearest first, make at a column of a row of the picture.
    /// - Returns: the rows that this rank owns, valid until the next call.
    /// - Throws: `ScheduleError` for fragments that are not due; what messaging throws.
    /// - Complexity: O(fragments + pixels owned), as long as few fragments share a pixel.
    public func blended(
        _ fragments: [[SampleFragment]], width: Int, _ schedule: CompositingSchedule,
        blend: (_ fragments: UnsafeBufferPointer<SampleFragment>, _ row: Int, _ column: Int) -> UInt32
    ) throws -> OwnedSamples {
        begin()
        let mark = monotonicSeconds()
        let order = rowOrder(schedule.rowCount)
        let range = schedule.owned[rank]
        let parts = divide(fragments, width: width, schedule, order)
        for (rank, part) in parts.enumerated() where rank != self.rank && !part.isEmpty {
            statistics.bytesSent += part.count * MemoryLayout<SampleFragment>.stride
            statistics.messagesSent += 1
        }
        statistics.encodeSeconds += monotonicSeconds() - mark
        let lists = try communicator.allToAll(parts)
        let start = monotonicSeconds()
        let sorted = try SortedFragments(lists, rows: range, order, width: width)
        let rows = takeRows(width: width, empty: .max, avoiding: nil)
        rows.reserve(range)
        sorted.forEachPixel { fragments, place, column in
            var depth = fragments[0].depth
            var color = blend(fragments, Int(order.rows[place]), column)
            rows.keep(place, column, &depth, &color, count: 1)
        }
        statistics.mergeSeconds += monotonicSeconds() - start
        return OwnedSamples(rows: rows, range: range, order: order, owners: schedule.owned, layerWidth: width)
    }

    /// The fragments that each rank gets: those of the rows that it owns.
    private func divide(
        _ fragments: [[SampleFragment]], width: Int, _ schedule: CompositingSchedule, _ order: RowOrder
    ) -> [[SampleFragment]] {
        var owners = [Int](repeating: 0, count: schedule.rowCount)
        for (rank, range) in schedule.owned.enumerated() {
            for place in range { owners[Int(order.rows[place])] = rank }
        }
        var counts = [Int](repeating: 0, count: rankCount)
        for list in fragments {
            for fragment in list where Int(fragment.row) < schedule.rowCount { counts[owners[Int(fragment.row)]] += 1 }
        }
        var parts = counts.map { count in
            var part: [SampleFragment] = []
            part.reserveCapacity(count)
            return part
        }
        for list in fragments {
            for fragment in list where Int(fragment.row) < schedule.rowCount && Int(fragment.column) < width {
                parts[owners[Int(fragment.row)]].append(fragment)
            }
        }
        return parts
    }
}
