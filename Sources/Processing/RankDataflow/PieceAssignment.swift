/// Which rank makes which pieces.
struct PieceAssignment {
    /// The communicator's rank for each piece.
    let ranks: [Int]

    /// Neighbouring pieces go to one rank, as evenly as can be; those of ranks that are gone to the survivors in turn.
    ///
    /// - Parameters:
    ///   - jobSize: ranks that the job began with.
    ///   - survivors: of these, in the order of their ranks now.
    init(pieces: Int, jobSize: Int, survivors: [Int]) {
        var rank = [Int?](repeating: nil, count: jobSize)
        for (now, original) in survivors.enumerated() where original < jobSize { rank[original] = now }
        var next = 0
        ranks = (0..<pieces).map { piece in
            // The rank r with floor(r·P/n) ≤ piece < floor((r + 1)·P/n).
            let original = ((piece + 1) * jobSize - 1) / pieces
            if let now = rank[original] { return now }
            defer { next += 1 }
            return next % survivors.count
        }
    }

    func pieces(of rank: Int) -> [Int] { ranks.indices.filter { ranks[$0] == rank } }
}
