import Datasets
import Execution

/// Rows of tables in equal runs.
struct TableSpread {
    private let tables: [Table]
    private let exchange: PartExchange

    init(_ pieces: [Dataset], _ exchange: PartExchange) {
        tables = pieces.map { if case .table(let table) = $0 { table } else { Table(columns: FieldCollection()) } }
        self.exchange = exchange
    }

    /// Piece i of n gets the rows from `rows · i / n` up to those of piece i + 1. Collective.
    func spread(into count: Int, context: ExecutionContext) throws -> [Dataset] {
        let counts = try exchange.allGather(tables.map { Int64($0.rowCount) }).map { Int($0) }
        let total = counts.reduce(0, +)
        func begin(_ part: Int) -> Int { part >= count ? total : total * part / count }
        let outgoing = tables.indices.map { index -> [(part: Int, dataset: Dataset)] in
            let number = exchange.held.lowerBound + index
            let first = counts[..<number].reduce(0, +)
            return (0..<count).compactMap { part in
                let rows = (begin(part)..<begin(part + 1)).clamped(to: first..<first + counts[number])
                if rows.isEmpty { return nil }
                let local = rows.lowerBound - first..<rows.upperBound - first
                return (part, .table(Table(columns: tables[index].columns.map { $0.sliced(local) }, fieldData: tables[index].fieldData)))
            }
        }
        let incoming = try exchange.exchangeDatasets(outgoing, context: context)
        return try tables.indices.map { index in
            let part = exchange.held.lowerBound + index
            let parts = incoming[index].compactMap { if case .table(let table) = $0 { table } else { nil } }
            let model = parts.first ?? Table(columns: tables[index].columns.map { $0.sliced(0..<0) }, fieldData: tables[index].fieldData)
            let columns = try model.columns.map { array in
                let found = try parts.map { table -> FieldArray in
                    guard let found = table.columns[array.name], found.typeName == array.typeName, found.components == array.components else {
                        throw DatasetError("pieces do not fit together: column \(array.name) is missing in one, or of another type")
                    }
                    return found
                }
                return found.isEmpty ? array : FieldArray.joining(found, like: array)
            }
            let rows = begin(min(part, count))..<begin(min(part + 1, count))
            var info = PieceInfo(piece: part, pieceCount: count)
            info.cellKeys = Buffer(rows.map { UInt64($0) })
            info.pointIdentities = Buffer(rows.map { PointIdentity(sourceIndex: $0) })
            return .table(Table(columns: columns, fieldData: model.fieldData, piece: info))
        }
    }
}
