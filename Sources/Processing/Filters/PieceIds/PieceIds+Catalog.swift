extension FilterEntry {
    static let pieceIds = FilterEntry(
        option: Option("piece-ids"), operation: "piece_ids",
        help: "adds the arrays PieceId, Rank and GhostLevel: who made what, to colour by"
    ) { _ in [.filter(PieceIds())] }
}
