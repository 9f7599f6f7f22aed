import Dataflow
import Datasets
import Execution

/// Adds which piece owns each cell, which rank made it, and its ghost level, so that pictures can be coloured by them.
///
/// | array | of | what |
/// |---|---|---|
/// | `PieceId` | cells, points, rows | the piece that owns it; of points: the piece that holds it |
/// | `Rank` | cells, points, rows | the rank that made the piece, 0 where there is one rank |
/// | `GhostLevel` | cells | 0 for cells of the piece, k for layer k around it |
///
/// Its result says how the work was split, so it alone differs between splits. Where pieces are put together the arrays of owned cells stay.
public struct PieceIds: Filter {
    public init() {}

    public var name: String { "piece ids" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = input
        let added: [(String, Association)] = input.kind == .table
            ? [("PieceId", .row), ("Rank", .row)]
            : [("PieceId", .point), ("Rank", .point), ("PieceId", .cell), ("Rank", .cell), ("GhostLevel", .cell)]
        result.arrays.removeAll { array in added.contains { $0.0 == array.name && $0.1 == array.association } }
        result.arrays += added.map { ArrayDescription(name: $0.0, association: $0.1, type: $0.0 == "GhostLevel" ? .uint8 : .int32) }
        result.byteCount = input.byteCount.map { $0 + 8 * (input.pointCount ?? 0) + 9 * (input.cellCount ?? 0) }
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let piece = Int32(truncatingIfNeeded: request.piece)
        let rank = Int32(truncatingIfNeeded: context.rank)
        func constant(_ name: String, _ value: Int32, _ count: Int) -> FieldArray {
            FieldArray(name: name, Buffer(repeating: value, count: count))
        }
        if case .table(var table) = input {
            table.columns.set(constant("PieceId", piece, table.rowCount))
            table.columns.set(constant("Rank", rank, table.rowCount))
            return .table(table)
        }
        var result = input
        let (points, cells) = (input.pointCount, input.cellCount)
        result.attributes.pointData.set(constant("PieceId", piece, points))
        result.attributes.pointData.set(constant("Rank", rank, points))
        result.attributes.cellData.set(input.piece?.cellOwners.map { FieldArray(name: "PieceId", $0) } ?? constant("PieceId", piece, cells))
        result.attributes.cellData.set(constant("Rank", rank, cells))
        let levels = input.piece?.cellGhostLevels ?? Buffer<UInt8>(repeating: 0, count: cells)
        result.attributes.cellData.set(FieldArray(name: "GhostLevel", levels))
        return result
    }
}
