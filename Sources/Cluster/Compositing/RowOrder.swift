/// The order in which the rows of a picture are shared out: blocks of rows, dealt like cards, so that every range of the order has rows from
/// everywhere in the picture and whoever owns a range has its fair part of the work.
public struct RowOrder: Sendable, Hashable {
    public let height: Int
    /// The row of the picture at each place.
    public let rows: [Int32]

    /// - Parameters:
    ///   - hands: into how many ranges the order will be divided.
    ///   - block: how many neighbouring rows stay together.
    public init(height: Int, hands: Int, block: Int = 4) {
        self.height = height
        let block = max(1, block)
        let count = (height + block - 1) / block
        var rows: [Int32] = []
        rows.reserveCapacity(height)
        for hand in 0..<max(1, min(hands, max(1, count))) {
            for start in stride(from: hand, to: count, by: max(1, min(hands, max(1, count)))) {
                for row in start * block..<min(height, (start + 1) * block) { rows.append(Int32(row)) }
            }
        }
        self.rows = rows
    }
}
