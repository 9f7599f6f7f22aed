import Datasets
import Execution

/// Cells of one part on their way into another piece.
///
/// Within a process it names cells and points of a part that lies there; between ranks the part is a copy of what is sent, nothing else.
struct Fragment: Sendable {
    var source: Part
    /// Cells of the source, rising.
    var cells: Range32
    /// A ghost level a cell; nil: all 0.
    var levels: [UInt8]?
    /// The part that owns each cell; nil: the source.
    var owners: [Int32]?
    /// The points of these cells, and whatever else comes along, rising.
    var points: Range32
    /// For each point its place among those that the receiver shares, or -1; nil: -1 for all.
    var known: [Int32]?
    /// For each point its place in the order of the whole; nil where every point is named by its index in that order.
    var orders: [PointOrder]?
}

/// Indices, listed or a range.
enum Range32: Sendable {
    case all(Int)
    case list(Buffer<Int32>)

    init(_ indices: [Int32]) { self = .list(Buffer(indices)) }

    var count: Int {
        switch self {
        case .all(let count): count
        case .list(let indices): indices.count
        }
    }

    /// Valid while this value lives; nil where every index is its own place.
    var pointer: UnsafePointer<Int32>? {
        if case .list(let indices) = self { return indices.pointer }
        return nil
    }
}

/// The place of a point in the order of a whole dataset: points of the source by index, then points that filters made by first use.
struct PointOrder: Comparable, BitwiseCopyable, Sendable {
    var group: UInt64
    var key: UInt64
    var corner: UInt64

    init(group: UInt64, key: UInt64, corner: UInt64) {
        self.group = group
        self.key = key
        self.corner = corner
    }

    init(sourceIndex: UInt64) { self.init(group: 0, key: sourceIndex, corner: 0) }

    /// A point that a filter made, first used as a corner of a cell.
    init(madeFirstUsedBy cell: CellName, corner: UInt64) {
        self.init(group: 1 << 63 | cell.group & (1 << 63 - 1), key: cell.key, corner: corner)
    }

    static func < (a: PointOrder, b: PointOrder) -> Bool {
        a.group != b.group ? a.group < b.group : (a.key != b.key ? a.key < b.key : a.corner < b.corner)
    }
}

extension Part {
    /// Whether every point is one of the source, and their indices rise: then places need no order besides names.
    func namesItsPointsInOrder(context: ExecutionContext) throws -> Bool {
        let name = identities.pointer
        let isInOrder = try context.parallelMap(pointCount, grain: 1 << 16) { range in
            var isInOrder = true
            for point in range where !name[point].isSource || (point > 0 && name[point &- 1].low >= name[point].low) {
                isInOrder = false
                break
            }
            return isInOrder
        }
        withExtendedLifetime(self) {}
        return !isInOrder.contains(false)
    }

    /// The order of every point, as far as this part knows: made points by their first use here.
    func pointOrders() -> [PointOrder] {
        var orders = identities.elements.map { identity in
            identity.isSource
                ? PointOrder(sourceIndex: identity.low) : PointOrder(group: .max, key: identity.low, corner: identity.high)
        }
        for (number, list) in lists.enumerated() {
            for cell in 0..<list.count {
                for (corner, point) in list.points(of: cell).enumerated() where orders[Int(point)].group == .max {
                    let name = CellName(group: UInt64(number) << 32 | UInt64(ranks?[firstCells[number] + cell] ?? 0), key: keys[firstCells[number] + cell])
                    orders[Int(point)] = PointOrder(madeFirstUsedBy: name, corner: UInt64(corner))
                }
            }
        }
        return orders
    }
}
