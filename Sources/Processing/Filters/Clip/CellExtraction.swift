import Datasets
import Execution

/// Takes cells out of a dataset by the states of their points, whole or cut: what clip and threshold share.
///
/// Method: one pass over the cells tells those that go, that stay whole and that are cut, in chunks; sums over the chunks give every
/// cell of the result its place; a second pass writes. Cut cells are few: they are taken apart and kept with their points in between.
struct CellExtraction {
    /// Which cells stay.
    enum Rule {
        /// Whole, where all points are kept.
        case allPoints
        /// Whole, where some point is kept.
        case anyPoint
        /// Whole, where the cell's own state is kept.
        case byCell(Buffer<UInt8>)
        /// Whole where all points are kept; cut where some are, one of them strictly.
        case cut(ClipTables)
    }

    let cells: CellBlocks
    let chunks: [ScannedCells]
    /// The input points of the result.
    let kept: PointSubset
    let tables: ClipTables
    /// Cut edges; empty without cut cells.
    let edges: EdgeNumbering
    /// For each chunk where its candidates, centres and centres' parents begin.
    let firstCandidate: [Int]
    private let firstCentre: [Int]
    private let firstParent: [Int]

    private static let grain = 1 << 14

    /// - Parameter states: one a point, written to on the way; see `PointState`.
    init(
        _ dataset: Dataset, states: inout Buffer<UInt8>, rule: Rule, hidden: Buffer<UInt8>?, positions: PointPositions,
        context: ExecutionContext
    ) throws {
        guard let cells = CellBlocks(dataset) else { throw DatasetError("there are no cells in \(dataset.kind.rawValue)") }
        self.cells = cells
        var ranges: [Range<Int>] = []
        for list in cells.lists {
            for first in stride(from: list.lowerBound, to: list.upperBound, by: Self.grain) {
                ranges.append(first..<min(list.upperBound, first + Self.grain))
            }
        }
        if case .cut(let given) = rule { tables = given } else { tables = ClipTable.joined }
        let tables = tables
        let scanned: [ScannedCells] = try states.withUnsafeMutablePointer { states in
            let hiding = hidden?.pointer
            let scanned = try context.parallelMap(ranges.count, grain: 1) { chunk in
                let range = ranges[chunk.lowerBound]
                switch rule {
                case .allPoints: return ScannedCells(cells, range, states, hiding, nil, tables, positions, AllPoints.self)
                case .anyPoint: return ScannedCells(cells, range, states, hiding, nil, tables, positions, AnyPoint.self)
                case .byCell(let own):
                    return withExtendedLifetime(own) {
                        ScannedCells(cells, range, states, hiding, own.pointer, tables, positions, OwnState.self)
                    }
                case .cut: return ScannedCells(cells, range, states, hiding, nil, tables, positions, Cutting.self)
                }
            }
            withExtendedLifetime(hidden) {}
            return scanned
        }
        chunks = scanned
        kept = try PointSubset(marks: states, bit: PointState.usedBit, context: context)
        firstCandidate = Self.sums(chunks) { $0.atoms.candidates }
        firstCentre = Self.sums(chunks) { $0.atoms.centres }
        firstParent = Self.sums(chunks) { $0.atoms.parents }
        let first = firstCandidate
        let candidates = try Buffer<UInt64>(count: first[chunks.count]) { out in
            try context.parallelFor(scanned.count, grain: 4) { range in
                for chunk in range { scanned[chunk].atoms.writeCandidates(tables, out + first[chunk]) }
            }
        }
        edges = try EdgeNumbering(candidates: candidates.elements, pointCount: dataset.pointCount, context: context)
    }

    private static func sums(_ chunks: [ScannedCells], _ count: (ScannedCells) -> Int) -> [Int] {
        var result = chunks.map(count) + [0]
        _ = exclusivePrefixSum(&result)
        return result
    }

    var hasCutCells: Bool { chunks.contains { $0.atoms.count > 0 } }

    /// Some of the cells of the result, in order.
    struct Job {
        var chunk: Int
        var takesWhole = true
        var takesParts = true
    }

    /// Cells of the result.
    struct Cells {
        var cells: CellArray
        /// Nil where all cells have the type of the input's.
        var types: Buffer<UInt8>?
        /// The input's cell of each; nil where nobody asked.
        var sources: Buffer<Int32>?
    }

    /// All chunks, whole cells and parts together.
    var allJobs: [Job] { chunks.indices.map { Job(chunk: $0) } }

    /// The chunks of one of the input's lists.
    func jobs(list: Int, whole: Bool = true, parts: Bool = true) -> [Job] {
        let range = cells.lists[list]
        return chunks.indices.filter { chunks[$0].range.lowerBound >= range.lowerBound && chunks[$0].range.upperBound <= range.upperBound }
            .map { Job(chunk: $0, takesWhole: whole, takesParts: parts) }
    }

    /// Writes the cells that `jobs` name.
    func write(_ jobs: [Job], sources needsSources: Bool, context: ExecutionContext) throws -> Cells {
        var cellStarts = [Int](repeating: 0, count: jobs.count + 1)
        var entryStarts = cellStarts
        var hasParts = false
        for (index, job) in jobs.enumerated() {
            let chunk = chunks[job.chunk]
            cellStarts[index] = (job.takesWhole ? chunk.wholeCells : 0) + (job.takesParts ? chunk.atoms.parts : 0)
            entryStarts[index] = (job.takesWhole ? chunk.wholeEntries : 0) + (job.takesParts ? chunk.atoms.entries : 0)
            if job.takesParts && chunk.atoms.parts > 0 { hasParts = true }
        }
        let cellCount = exclusivePrefixSum(&cellStarts)
        let entryCount = exclusivePrefixSum(&entryStarts)
        guard entryCount <= Int(Int32.max) else {
            throw DatasetError("the result's cells have \(entryCount) corners, more than a piece can hold (2147483647): use more pieces")
        }
        let isUniform = cells.uniform != nil && !hasParts
        let connectivity = Buffer<Int32>(uninitializedCount: entryCount)
        let offsets = isUniform ? nil : Buffer<Int32>(uninitializedCount: cellCount + 1)
        let types = isUniform ? nil : Buffer<UInt8>(uninitializedCount: cellCount)
        let sources = needsSources ? Buffer<Int32>(uninitializedCount: cellCount) : nil
        let target = CellTarget(
            connectivity: UnsafeMutablePointer(mutating: connectivity.pointer),
            offsets: offsets.map { UnsafeMutablePointer(mutating: $0.pointer) }, types: types.map { UnsafeMutablePointer(mutating: $0.pointer) },
            sources: sources.map { UnsafeMutablePointer(mutating: $0.pointer) })
        let numbers = PointNumbers(
            kept: kept.ranking, edgeRanks: edges.ranks.pointer, firstEdge: Int32(truncatingIfNeeded: kept.count),
            firstCentre: Int32(truncatingIfNeeded: kept.count &+ edges.count))
        let (cells, chunks, tables) = (cells, chunks, tables)
        let (firstCandidate, firstCentre) = (firstCandidate, firstCentre)
        try context.parallelFor(jobs.count, grain: 1) { range in
            for index in range {
                let job = jobs[index]
                var writer = CellWriter(
                    target: target, numbers: numbers, cell: cellStarts[index], entry: entryStarts[index],
                    candidate: firstCandidate[job.chunk], centre: firstCentre[job.chunk])
                writer.write(chunks[job.chunk], cells, tables, whole: job.takesWhole, parts: job.takesParts)
            }
        }
        target.offsets?[cellCount] = Int32(truncatingIfNeeded: entryCount)
        withExtendedLifetime(self) {}
        if let offsets { return Cells(cells: CellArray(offsets: offsets, connectivity: connectivity), types: types, sources: sources) }
        return Cells(cells: CellArray(uniformSize: cells.uniform!.size, connectivity: connectivity), types: nil, sources: sources)
    }

    /// The centres of cut cells: parents (input points, or ~number of an edge), cells, and numbers that tell those of one cell apart.
    func centres() -> (parents: CellArray, cells: Buffer<Int32>, numbers: Buffer<UInt8>)? {
        let count = firstCentre[chunks.count]
        if count == 0 { return nil }
        let parents = Buffer<Int32>(uninitializedCount: firstParent[chunks.count])
        let offsets = Buffer<Int32>(uninitializedCount: count + 1)
        let sources = Buffer<Int32>(uninitializedCount: count)
        let numbers = Buffer<UInt8>(uninitializedCount: count)
        for (index, chunk) in chunks.enumerated() {
            chunk.atoms.writeCentres(
                tables, edgeRanks: edges.ranks.pointer + firstCandidate[index],
                parents: UnsafeMutablePointer(mutating: parents.pointer), firstParent: firstParent[index],
                offsets: UnsafeMutablePointer(mutating: offsets.pointer) + firstCentre[index],
                cells: UnsafeMutablePointer(mutating: sources.pointer) + firstCentre[index],
                numbers: UnsafeMutablePointer(mutating: numbers.pointer) + firstCentre[index])
        }
        UnsafeMutablePointer(mutating: offsets.pointer)[count] = Int32(truncatingIfNeeded: parents.count)
        withExtendedLifetime(self) {}
        return (CellArray(offsets: offsets, connectivity: parents), sources, numbers)
    }
}
