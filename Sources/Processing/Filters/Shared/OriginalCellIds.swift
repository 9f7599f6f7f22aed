import Dataflow
import Datasets
import Execution

/// Gives every cell its number, in a cell array that filters carry along: so a cell of a result can be traced to the cell it was made of.
///
/// Cells of a piece have the numbers of the whole dataset's. Blocks are numbered each by itself. Memory: 8 bytes a cell.
public struct OriginalCellIds: Filter {
    /// The array's name.
    public static let arrayName = "vtkOriginalCellIds"

    public init() {}

    public var name: String { "number cells" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = input
        result.arrays.append(ArrayDescription(name: OriginalCellIds.arrayName, association: .cell, type: .int64))
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        if case .blocks(var blocks) = input {
            blocks.blocks = try blocks.blocks.map { block in
                var block = block
                block.dataset = try block.dataset.map { try apply(to: $0, request: request, context: context) }
                return block
            }
            return .blocks(blocks)
        }
        if case .table = input { return input }
        let count = input.cellCount
        let keys = Numbering(of: input)?.cellKeys
        let ids = Buffer<Int64>(count: count) { out in
            for cell in 0..<count { out[cell] = keys.map { Int64(truncatingIfNeeded: $0[cell]) } ?? Int64(cell) }
        }
        var result = input
        result.attributes.cellData.set(FieldArray(name: OriginalCellIds.arrayName, ids))
        return result
    }
}
