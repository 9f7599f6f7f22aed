import Execution
import Images
import Messaging

/// Brings the pictures that ranks drew of their parts of a scene together: every sample shows what is nearest of all. One object per rank;
/// every rank makes the same calls in the same order. Keeps its memory from picture to picture.
///
/// The result does not depend on the number of ranks, on who drew what, on the schedule, or on the order in which messages arrive: equal
/// depths are settled by the order that the scene gives to what was drawn.
public final class Compositor {
    let communicator: Communicator
    let window: MessageWindow
    /// Rows while they come together: two, because a rank's rows of one round are sent while those of the next come in.
    private var rows: [SampleRows] = []
    private var orders: [RowOrder] = []
    /// Tells messages of one picture from those of the next.
    private var generation = 0
    public internal(set) var statistics = CompositingStatistics()

    /// - Parameter communicator: the ranks; a duplicate is made, so that messages of others never meet those of pictures.
    public init(_ communicator: Communicator) throws {
        self.communicator = try communicator.duplicate()
        window = try MessageWindow(self.communicator)
    }

    /// Frees what the communicator holds; every rank calls it once.
    public func close() { communicator.release() }

    public var rank: Int { communicator.rank }
    public var rankCount: Int { communicator.size }

    /// Merges the layers of all ranks.
    ///
    /// - Parameters:
    ///   - layer: this rank's samples, unchanged until this returns; all ranks' layers have one size.
    ///   - schedule: the same on all ranks, for as many ranks and rows as there are.
    ///   - order: where the sample at a place of this rank's layer comes in the order of the scene; asked only for samples that several ranks
    ///     drew at the same depth, all of which need one.
    /// - Returns: the rows that this rank owns, valid until the next call.
    /// - Throws: `ScheduleError` for a schedule or messages that do not fit; what messaging throws.
    /// - Complexity: O(samples drawn · rounds).
    public func nearest(
        _ layer: SampleLayer, _ schedule: CompositingSchedule, order: (_ x: Int, _ y: Int) -> SampleOrder?
    ) throws -> OwnedSamples {
        let owned = try merge(layer, schedule)
        try settleTies(owned, layer, order)
        return owned
    }

    /// Merges the layers of all ranks and brings the colours to one rank, over what its picture holds: what `nearest` and `deliver` do, with
    /// fewer messages, since ties are told with the rows and settled by the root.
    ///
    /// - Parameter pixels: as for `deliver`.
    public func gather(
        _ layer: SampleLayer, _ schedule: CompositingSchedule, to root: Int, over pixels: UnsafeMutablePointer<UInt32>?, stride: Int,
        order: (_ x: Int, _ y: Int) -> SampleOrder?
    ) throws {
        let owned = try merge(layer, schedule)
        let mark = monotonicSeconds()
        let open = owned.rows.openTies(in: owned.range)
        statistics.ties = open.count
        let all = try deliver(owned, ties: open, to: root, over: pixels, stride: stride)
        try settleTies(all, at: root, over: pixels, stride: stride, layer, order)
        statistics.deliverSeconds += monotonicSeconds() - mark
    }

    /// Goes through the rounds of a schedule.
    ///
    /// - Returns: the rows that this rank owns, whose ties are open.
    private func merge(_ layer: SampleLayer, _ schedule: CompositingSchedule) throws -> OwnedSamples {
        guard schedule.rankCount == rankCount, schedule.rowCount == layer.height else {
            throw ScheduleError(
                "\(schedule.name): made for \(schedule.rankCount) ranks and \(schedule.rowCount) rows, used for \(rankCount) and \(layer.height)")
        }
        begin()
        let places = rowOrder(layer.height)
        var held: (rows: SampleRows, range: Range<Int>)?
        for (number, round) in schedule.rounds.enumerated() {
            let exchange = RoundExchange(round, rank: rank, of: rankCount, tag: tag(number % 0xF0))
            if exchange.isIdle { continue }
            let kept = round.kept[rank]
            let target = takeRows(width: layer.width, empty: layer.empty, avoiding: held?.rows)
            target.reserve(kept)
            try exchange.run(from: held, or: layer, places, into: target, window, &statistics)
            held = (target, kept)
        }
        if held == nil {
            let rows = takeRows(width: layer.width, empty: layer.empty, avoiding: nil)
            let range = schedule.owned[rank]
            rows.reserve(range)
            rows.copy(range, of: layer, order: places)
            held = (rows, range)
        }
        guard let held else { throw ScheduleError("\(schedule.name) leaves rank \(rank) without rows") }
        statistics.bytesSent += window.bytesSent
        statistics.messagesSent += window.messagesSent
        return OwnedSamples(rows: held.rows, range: held.range, order: places, owners: schedule.owned, layerWidth: layer.width)
    }

    /// Begins a picture.
    func begin() {
        statistics = CompositingStatistics()
        window.resetStatistics()
        generation = (generation + 1) & 0x3F
    }

    /// Tags of messages of a picture: rounds, then what follows them.
    private func tag(_ number: Int) -> Int { generation << 8 | number }
    var deliveryTag: Int { tag(0xFF) }
    var questionTag: Int { tag(0xFE) }
    var answerTag: Int { tag(0xFD) }

    func rowOrder(_ height: Int) -> RowOrder {
        if let known = orders.first(where: { $0.height == height }) { return known }
        let made = RowOrder(height: height, hands: rankCount)
        orders = [made] + orders.prefix(3)
        return made
    }

    func takeRows(width: Int, empty: Int32, avoiding other: SampleRows?) -> SampleRows {
        if let known = rows.first(where: { $0 !== other && $0.width == width && $0.empty == empty }) { return known }
        rows.removeAll { $0 !== other && ($0.width != width || $0.empty != empty) }
        let made = SampleRows(width: width, empty: empty)
        rows.append(made)
        return made
    }
}

/// What putting one picture together took on one rank.
public struct CompositingStatistics: Sendable, Hashable, Codable {
    public var bytesSent = 0
    public var messagesSent = 0
    /// Samples of equal depth from several ranks that had to be asked for.
    public var ties = 0
    public var encodeSeconds = 0.0
    public var mergeSeconds = 0.0
    public var waitSeconds = 0.0
    public var deliverSeconds = 0.0
    /// Of the bytes and messages, those that brought finished rows to the root.
    public var deliveredBytes = 0
    public var deliveredMessages = 0

    public init() {}
}
