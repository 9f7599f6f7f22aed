import Datasets
import Execution

// A filter sees one dataset at a time: of blocks each leaf goes through it, tables pass, and names and nesting stay.

extension Filter {
    public func describe(_ inputs: [DatasetDescription]) throws -> DatasetDescription {
        let input = inputs[0]
        guard input.kind == .blocks else { return try describe(input) }
        var output = input
        output.numberCells(upTo: 0)
        output.hasOrderedPoints = true
        output.leafKinds = input.leafKinds.filter { $0 == .table }
        var isFirst = true
        try forEachLeafKind(of: input) { leaf in
            let result = try describe(leaf)
            output.leafKinds.insert(result.kind)
            output.joinKeys(result)
            output.hasOrderedPoints = output.hasOrderedPoints && result.hasOrderedPoints
            if isFirst { output.arrays = result.arrays }
            isFirst = false
        }
        if isFirst { return input }
        (output.pointCount, output.cellCount, output.byteCount, output.bounds) = (nil, nil, nil, nil)
        (output.isMapped, output.splitting, output.maximumCellSize) = (false, .none, nil)
        return output
    }

    public func request(_ request: UpdateRequest, from inputs: [DatasetDescription]) throws -> [UpdateRequest] {
        let input = inputs[0]
        guard input.kind == .blocks else { return [try self.request(request, from: input)] }
        var wanted: UpdateRequest?
        try forEachLeafKind(of: input) { leaf in
            var one = try self.request(request, from: leaf)
            if let wanted {
                one.ghostLevels = max(one.ghostLevels, wanted.ghostLevels)
                one.arrays = one.arrays.union(wanted.arrays)
                if one.isWhole != wanted.isWhole { one = request.whole }
            }
            wanted = one
        }
        return [wanted ?? request]
    }

    public func produce(_ request: UpdateRequest, from inputs: [Dataset], context: ExecutionContext) throws -> Dataset {
        guard case .blocks(let collection) = inputs[0] else { return try apply(to: inputs[0], request: request, context: context) }
        var failures: [(path: String, error: DatasetError)] = []
        var count = 0
        let result = try leafByLeaf(collection, "", &count, &failures) { try apply(to: $0, request: request, context: context) }
        if let first = failures.first, failures.count == count {
            throw DatasetError(count == 1 ? "block \(first.path): \(first.error.message)" : "in none of \(count) blocks, as in \(first.path): \(first.error.message)")
        }
        if let first = failures.first {
            context.trace.record(warning: "\(name) left \(failures.count) of \(count) blocks empty, as \(first.path): \(first.error.message)")
        }
        return .blocks(result)
    }

    /// Runs the filter on a whole dataset, outside any pipeline.
    public func callAsFunction(_ input: Dataset, context: ExecutionContext = ExecutionContext()) throws -> Dataset {
        try produce(UpdateRequest(), from: [input], context: context)
    }

    /// Calls `body` with descriptions of the leaves that blocks may hold; one that fits no filter is passed over where others fit.
    private func forEachLeafKind(of input: DatasetDescription, _ body: (DatasetDescription) throws -> Void) throws {
        var failure: DatasetError?
        var hasFit = false
        for kind in DatasetKind.allCases where input.leafKinds.contains(kind) && kind != .table && kind != .blocks {
            var leaf = input
            leaf.kind = kind
            leaf.leafKinds = []
            do {
                try body(leaf)
                hasFit = true
            } catch let error as DatasetError {
                failure = failure ?? error
            }
        }
        if let failure, !hasFit { throw failure }
    }

    /// - Parameters:
    ///   - count: leaves so far; tables are none.
    ///   - failures: leaves that `body` could not work on; they become empty.
    private func leafByLeaf(
        _ collection: BlockCollection, _ prefix: String, _ count: inout Int, _ failures: inout [(path: String, error: DatasetError)],
        _ body: (Dataset) throws -> Dataset
    ) throws -> BlockCollection {
        var result = collection
        for index in collection.blocks.indices {
            guard let dataset = collection.blocks[index].dataset else { continue }
            let path = prefix + collection.blocks[index].name
            switch dataset {
            case .table: continue
            case .blocks(let inner): result.blocks[index].dataset = .blocks(try leafByLeaf(inner, path + "/", &count, &failures, body))
            default:
                count += 1
                do {
                    result.blocks[index].dataset = try body(dataset)
                } catch let error as DatasetError {
                    failures.append((path, error))
                    result.blocks[index].dataset = .poly(PolyData())
                }
            }
        }
        return result
    }
}
