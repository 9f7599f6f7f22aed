import Dataflow
import Datasets
import Execution

/// Joins pieces to one dataset: ghosts dropped, cells by key, points of one identity joined.
///
/// Points of the source come first, by index; points that filters made follow in order of first use by the joined cells. A dataset that was
/// made whole is put in the same order, so the result has the same bytes for any split; one that has only points of its source comes back
/// unchanged and uncopied. Structured pieces are put together by extent, tables row after row, blocks block by block.
public struct GatherPieces: PieceGatherer {
    public init() {}

    /// - Throws: `DatasetError` where pieces do not fit together: kinds, arrays or types differ, or names are missing.
    /// - Complexity: O(points + connectivity + cells · log pieces), of the pieces together.
    public func gather(_ pieces: [Dataset], context: ExecutionContext) throws -> Dataset {
        guard let first = pieces.first else { throw DatasetError("there are no pieces to put together") }
        if pieces.count == 1 && first.piece == nil { return try normalized(first, context: context) }
        // Empty pieces may be of any kind: filters make what is easiest of nothing.
        let filled = pieces.filter { !$0.isVacant }
        guard let model = filled.first else { return withoutPiece(first) }
        if let other = filled.first(where: { $0.kind != model.kind }) {
            throw DatasetError("pieces do not fit together: one is \(model.kind.rawValue), another \(other.kind.rawValue)")
        }
        switch model {
        case .image, .rectilinear, .structured: return try LatticeJoin(filled).joined(context: context)
        case .unstructured, .poly: return try CellJoin(filled, context: context).joined()
        case .table: return .table(try join(tables: filled))
        case .blocks(let collection): return .blocks(try join(blocks: filled, like: collection, context: context))
        }
    }

    public func accumulator(slabs: Bool, context: ExecutionContext) -> any PieceAccumulator {
        OrderedJoin(remembersAll: !slabs, context: context)
    }

    private func withoutPiece(_ dataset: Dataset) -> Dataset {
        var copy = dataset
        copy.attributes.piece = nil
        copy.attributes.firstMadePoint = nil
        return copy
    }

    private func join(tables: [Dataset]) throws -> Table {
        let parts = tables.compactMap { if case .table(let table) = $0 { table } else { nil } }
        let counts = parts.map(\.rowCount)
        let indices = Numbered(counts: counts)
        let columns = try FieldJoin(parts.map(\.columns), counts: counts, of: "column").joined(indices, context: ExecutionContext(threads: 1))
        return Table(columns: columns, fieldData: parts[0].fieldData)
    }

    private func join(blocks: [Dataset], like model: BlockCollection, context: ExecutionContext) throws -> BlockCollection {
        let collections = blocks.compactMap { if case .blocks(let collection) = $0 { collection } else { nil } }
        var result = model
        for index in model.blocks.indices {
            let parts = collections.compactMap { $0.blocks.indices.contains(index) ? $0.blocks[index].dataset : nil }
            result.blocks[index].dataset = parts.isEmpty ? nil : try gather(parts, context: context)
        }
        return result
    }
}

extension Dataset {
    /// Whether there is nothing in it.
    package var isVacant: Bool {
        switch self {
        case .table(let table): table.rowCount == 0
        case .blocks(let collection): collection.blocks.isEmpty
        default: pointCount == 0 && cellCount == 0
        }
    }

    /// Its lists of cells; none for kinds without explicit cells.
    package var explicitCells: [CellArray] {
        switch self {
        case .unstructured(let grid): [grid.cells]
        case .poly(let poly): poly.cellLists
        default: []
        }
    }

    /// Its points, where they are explicit.
    package var explicitPoints: Points? {
        switch self {
        case .unstructured(let grid): grid.points
        case .poly(let poly): poly.points
        case .structured(let grid): grid.points
        default: nil
        }
    }
}

/// Where each tuple of a joined array comes from.
package struct Numbered {
    /// The piece, and the place in it.
    package var piece: Buffer<Int32>
    package var place: Buffer<Int32>

    package init(piece: Buffer<Int32>, place: Buffer<Int32>) {
        self.piece = piece
        self.place = place
    }

    /// All of every piece, one after the other.
    init(counts: [Int]) {
        let total = counts.reduce(0, +)
        piece = Buffer(uninitializedCount: total)
        place = Buffer(uninitializedCount: total)
        piece.withUnsafeMutablePointer { piece in
            place.withUnsafeMutablePointer { place in
                var next = 0
                for (number, count) in counts.enumerated() {
                    for index in 0..<count {
                        piece[next] = Int32(truncatingIfNeeded: number)
                        place[next] = Int32(truncatingIfNeeded: index)
                        next += 1
                    }
                }
            }
        }
    }
}
