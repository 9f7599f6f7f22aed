import Dataflow
import Datasets
import Execution

/// Cell arrays as point arrays: each point gets the mean of the cells that use it, all with the same weight, whatever their dimension.
///
/// - Sums fold in Double, in the order of the cells (on lattices row by row). Integers keep their type on lattices (halves are rounded
///   away from zero) and become Float elsewhere, as in VTK; 64-bit Float stays. Text, bits, global ids and pedigree ids are not taken.
/// - Point arrays stay, unless a cell array has the same name; cell arrays go unless `keepsCellArrays`. A point without cells gets zeros.
/// - Hidden cells count for nothing.
/// - Pieces: asks for one ghost level more, so that all cells around the points of the piece are there.
///
/// Complexity: O(connectivity · components); memory 8 bytes a value besides the result.
/// Source: `vtkCellDataToPointData` with all cells contributing.
public struct CellToPoint: Filter {
    public var keepsCellArrays: Bool

    public init(keepsCellArrays: Bool = false) { self.keepsCellArrays = keepsCellArrays }

    public var name: String { "cell to point" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("\(name) needs a dataset with cells, and this is a table") }
        var result = input
        let averaged = input.arrays.filter { $0.association == .cell && $0.type != nil && $0.name != HiddenCells.arrayName }
        result.arrays = input.arrays.filter { array in
            array.association == .cell
                ? keepsCellArrays || array.name == HiddenCells.arrayName
                : array.association != .point || !averaged.contains { $0.name == array.name }
        }
        for array in averaged {
            var mean = Means.description(of: array, as: .point)
            if input.kind.isStructured { mean.type = array.type }
            result.arrays.append(mean)
        }
        result.byteCount = nil
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request.pieceCount > 1 ? request.addingGhostLevels(1) : request
        if case .only(let point, let cell) = request.arrays {
            wanted.arrays = .only(
                point: point.union([HiddenCells.arrayName]), cell: cell.union(point).union([HiddenCells.arrayName]))
        }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let cells = CellBlocks(input) else { throw unsupported(name, input, needs: "a dataset with cells") }
        let source = input.cellData
        let averaged = source.arrays.filter { Means.exists(of: $0, in: source) }
        var result = input
        if !averaged.isEmpty {
            let hidden = HiddenCells(of: input)
            let lattice = input.extent
            let means = try lattice == nil ? PointMeans(cells, pointCount: input.pointCount, hidden: hidden?.flags, context: context) : nil
            for array in averaged {
                let mean: FieldArray
                if let lattice {
                    mean = try LatticePointMeans(extent: lattice, hidden: hidden?.flags, context: context).mean(of: array)
                } else {
                    mean = try means!.mean(of: array)
                }
                result.attributes.pointData.set(mean)
            }
        }
        for (role, name) in source.active where Means.carries(role) && result.pointData[name] != nil {
            result.attributes.pointData.active[role] = name
        }
        if !keepsCellArrays { result.attributes.cellData = source.filter { $0.name == HiddenCells.arrayName } }
        withExtendedLifetime(input) {}
        return result
    }
}
