import Dataflow
import Datasets
import Execution

/// Several datasets as one: input after input, in the order given.
///
/// | inputs | result |
/// |---|---|
/// | poly data only | poly data: in each list the cells of the first input, then of the second, … |
/// | tables only | a table: row after row |
/// | others | an unstructured grid; lattices give voxels (hexahedra where they are curvilinear), pixels, lines; lists of poly data follow one another |
///
/// - Arrays that all inputs have, with the same name, type and number of components; field arrays and roles of the first input.
/// - Points are not joined (see `Clean`). Coordinates are Double where those of some input are. Inputs with neither points nor cells do not count;
///   blocks are taken apart, depth first. Hidden cells stay, hidden if all inputs hide.
/// - Pieces: needs whole inputs, as later numbers follow from the sizes of those before. Its result is the same for any split.
///
/// Complexity: O(bytes). Source: `vtkAppendFilter`, `vtkAppendPolyData`.
public struct Append: Stage {
    public init() {}

    public var name: String { "append" }
    public var signature: String { "Append" }
    public var needsWhole: Bool { true }

    public func describe(_ inputs: [DatasetDescription]) throws -> DatasetDescription {
        guard let first = inputs.first else { throw DatasetError("\(name) needs at least one input") }
        let kinds = inputs.reduce(into: Set<DatasetKind>()) { $0.formUnion($1.kind == .blocks ? $1.leafKinds : [$1.kind]) }
        if kinds.contains(.table) && kinds.count > 1 { throw DatasetError("\(name) cannot join tables with datasets that have cells") }
        var result = DatasetDescription(
            kind: kinds == [.table] ? .table : (kinds.isSubset(of: [.poly]) ? .poly : .unstructured), timeSteps: first.timeSteps)
        result.arrays = first.arrays.filter { array in
            array.association == .field
                || inputs.allSatisfy {
                    $0.arrays.contains {
                        $0.name == array.name && $0.association == array.association && $0.type == array.type && $0.components == array.components
                    }
                }
        }
        for index in result.arrays.indices { result.arrays[index].ranges = nil }
        func total(_ count: (DatasetDescription) -> Int?) -> Int? {
            let counts = inputs.compactMap(count)
            return counts.count == inputs.count ? counts.reduce(0, +) : nil
        }
        result.pointCount = total { $0.pointCount }
        result.cellCount = total { $0.cellCount }
        result.byteCount = total { $0.byteCount }
        return result
    }

    public func request(_ request: UpdateRequest, from inputs: [DatasetDescription]) throws -> [UpdateRequest] {
        inputs.map { _ in request }
    }

    public func produce(_ request: UpdateRequest, from inputs: [Dataset], context: ExecutionContext) throws -> Dataset {
        let leaves = inputs.flatMap { input -> [Dataset] in
            if case .blocks(let blocks) = input { return blocks.leaves.map(\.dataset) }
            return [input]
        }
        let parts = leaves.filter { !$0.isVacant }
        guard let first = parts.first else { return leaves.first ?? .poly(PolyData()) }
        let tables = parts.compactMap { if case .table(let table) = $0 { table } else { nil } }
        if tables.count == parts.count { return .table(try joined(tables, context)) }
        if !tables.isEmpty { throw DatasetError("\(name) cannot join tables with datasets that have cells") }

        let join = AppendedArrays(context: context)
        var attributes = DatasetAttributes(fieldData: first.fieldData)
        attributes.pointData = try join.joined(
            parts.map(\.pointData), counts: parts.map(\.pointCount),
            segments: parts.indices.map { AppendedArrays.Segment(part: $0, tuples: 0..<parts[$0].pointCount) })
        let points = try join.points(parts)
        let cells = try AppendedCells(parts, context: context)
        func cellData(_ segments: [AppendedArrays.Segment]) throws -> FieldCollection {
            try join.joined(parts.map(\.cellData), counts: parts.map(\.cellCount), segments: segments)
        }
        if parts.allSatisfy({ $0.kind == .poly }) {
            attributes.cellData = try cellData(cells.polySegments)
            let lists = try (0..<4).map { try cells.polyList($0) }
            return .poly(
                PolyData(
                    points: points, vertices: lists[0], lines: lists[1], polygons: lists[2], strips: lists[3], attributes: attributes))
        }
        attributes.cellData = try cellData(parts.indices.map { AppendedArrays.Segment(part: $0, tuples: 0..<parts[$0].cellCount) })
        return .unstructured(
            UnstructuredGrid(
                points: points, types: try cells.types(), cells: try cells.all(), polyhedronFaces: cells.faces(), attributes: attributes))
    }

    private func joined(_ tables: [Table], _ context: ExecutionContext) throws -> Table {
        let columns = try AppendedArrays(context: context).joined(
            tables.map(\.columns), counts: tables.map(\.rowCount),
            segments: tables.indices.map { AppendedArrays.Segment(part: $0, tuples: 0..<tables[$0].rowCount) })
        return Table(columns: columns, fieldData: tables[0].fieldData)
    }
}
