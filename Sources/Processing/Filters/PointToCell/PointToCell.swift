import Dataflow
import Datasets
import Execution

/// Point arrays as cell arrays: each cell gets the mean of its points.
///
/// - Sums fold in Double, in the order of the cell's points (on lattices row by row). Integers become Float, as in VTK; 64-bit Float stays.
///   Text, bits, global ids and pedigree ids have no mean and are not taken.
/// - Cell arrays stay, unless a point array has the same name; point arrays go unless `keepsPointArrays`. A cell without points gets zeros.
/// - Pieces: needs no ghosts.
///
/// Complexity: O(connectivity · components). Source: `vtkPointDataToCellData`.
public struct PointToCell: Filter {
    public var keepsPointArrays: Bool

    public init(keepsPointArrays: Bool = false) { self.keepsPointArrays = keepsPointArrays }

    public var name: String { "point to cell" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("\(name) needs a dataset with cells, and this is a table") }
        var result = input
        let averaged = input.arrays.filter { $0.association == .point && $0.type != nil && $0.name != HiddenCells.arrayName }
        result.arrays = input.arrays.filter { array in
            array.association == .point
                ? keepsPointArrays || array.name == HiddenCells.arrayName
                : array.association != .cell || !averaged.contains { $0.name == array.name }
        } + averaged.map { Means.description(of: $0, as: .cell) }
        result.byteCount = nil
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request
        if case .only(let point, let cell) = request.arrays {
            wanted.arrays = .only(point: point.union(cell).union([HiddenCells.arrayName]), cell: cell)
        }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let cells = CellBlocks(input) else { throw unsupported(name, input, needs: "a dataset with cells") }
        let source = input.pointData
        let means = CellMeans(cells: cells, lattice: input.extent, context: context)
        var result = input
        for array in source.arrays where Means.exists(of: array, in: source) {
            result.attributes.cellData.set(try means.mean(of: array))
        }
        for (role, name) in source.active where Means.carries(role) && result.cellData[name] != nil {
            result.attributes.cellData.active[role] = name
        }
        if !keepsPointArrays { result.attributes.pointData = source.filter { $0.name == HiddenCells.arrayName } }
        withExtendedLifetime(input) {}
        return result
    }
}
