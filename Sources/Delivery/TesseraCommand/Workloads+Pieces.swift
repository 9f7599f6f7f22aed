import Datasets
import Execution
import Partitioning

extension Workload {
    private static let pieceCount = 8

    /// One layer of ghosts for pieces that lie in one process; making the pieces does not count.
    static func ghostCells(_ bench: WorkloadRun) throws -> WorkloadFacts {
        let data = try bench.hexahedra()
        let pieces = try Redistribute()([data], into: pieceCount, context: bench.context)
        keepReleasedMemory(atMost: 2 * data.byteCount)
        let (seconds, result) = try bench.best { try GhostExchange(levels: 1)(pieces, context: bench.context) }
        return facts(seconds, data, result)
    }

    static func redistribute(_ bench: WorkloadRun) throws -> WorkloadFacts {
        let data = try bench.hexahedra()
        keepReleasedMemory(atMost: 2 * data.byteCount)
        let (seconds, result) = try bench.best { try Redistribute()([data], into: pieceCount, context: bench.context) }
        return facts(seconds, data, result)
    }

    private static func facts(_ seconds: Double, _ data: Dataset, _ pieces: [Dataset]) -> WorkloadFacts {
        var facts = WorkloadFacts(seconds: seconds, inputCells: data.cellCount)
        facts.counts.append(("points", pieces.reduce(0) { $0 + $1.pointCount }))
        facts.counts.append(("cells", pieces.reduce(0) { $0 + $1.cellCount }))
        return facts
    }
}
