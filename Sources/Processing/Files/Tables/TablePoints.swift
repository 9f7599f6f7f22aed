import Dataflow
import Datasets
import Execution

extension Table {
    /// The rows as points: three columns are the coordinates, the others arrays of the points.
    ///
    /// Each point is a vertex, so that it is drawn and filtered like any cell. Coordinates are Float where all three columns are, else
    /// Double; rows are kept where a coordinate is missing (NaN).
    /// - Throws: `DatasetError` where there is no such column, or it holds text.
    public func points(x: String, y: String, z: String, vertices: Bool = true) throws -> PolyData {
        let names = [x, y, z]
        let arrays = try names.map { name -> FieldArray in
            guard let column = columns[name] else {
                throw DatasetError("the table has no column named \(name); its columns are \(columns.names.joined(separator: ", "))")
            }
            guard column.components == 1, column.doubles() != nil else {
                throw DatasetError("column \(name) holds \(column.typeName), not single numbers, so it cannot be a coordinate")
            }
            return column
        }
        let count = rowCount
        guard count <= Int(Int32.max) else { throw DatasetError("a table of \(count) rows is too long: points are numbered below 2³¹") }
        let points: Points
        if arrays.allSatisfy({ $0.scalarType == .float32 }) {
            points = .float32(Table.interleaved(arrays.map { $0.floats()! }, count))
        } else {
            points = .float64(Table.interleaved(arrays.map { $0.doubles()! }, count))
        }
        var data = PolyData(points: points)
        if vertices && count > 0 {
            data.vertices = CellArray(
                uniformSize: 1,
                connectivity: Buffer(count: count) { out in for row in 0..<count { out[row] = Int32(truncatingIfNeeded: row) } })
        }
        for column in columns.arrays where !names.contains(column.name) { data.attributes.pointData.append(column) }
        data.attributes.fieldData = fieldData
        return data
    }

    private static func interleaved<Value>(_ columns: [Buffer<Value>], _ count: Int) -> Buffer<Value> {
        defer { withExtendedLifetime(columns) {} }
        return Buffer(count: 3 * count) { out in
            for (axis, column) in columns.enumerated() {
                let source = column.pointer
                for row in 0..<count { out[3 &* row &+ axis] = source[row] }
            }
        }
    }
}

/// Reads a table and makes points of its rows.
public struct TablePointsReader: DatasetReader {
    private let table: any DatasetReader
    private let x: String
    private let y: String
    private let z: String

    /// - Parameters:
    ///   - table: reads a table.
    ///   - x: the column with the first coordinate; `y` and `z` are the others.
    /// - Throws: what `table` throws; `DatasetError` where it reads something else than a table.
    public init(_ table: any DatasetReader, x: String, y: String, z: String) throws {
        let kind = try table.describe().kind
        guard kind == .table else { throw DatasetError("only tables have columns that become points; this is \(kind.rawValue)") }
        self.table = table
        self.x = x
        self.y = y
        self.z = z
    }

    public func describe() throws -> DatasetDescription {
        let input = try table.describe()
        var output = DatasetDescription(kind: .poly)
        output.arrays = input.arrays.filter { ![x, y, z].contains($0.name) }.map {
            ArrayDescription(name: $0.name, association: $0.association == .row ? .point : $0.association, type: $0.type, components: $0.components)
        }
        output.byteCount = input.byteCount
        return output
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var whole = request.whole
        whole.arrays = .all
        guard case .table(let rows) = try table.read(whole, context: context) else {
            throw DatasetError("only tables have columns that become points")
        }
        var data = try rows.points(x: x, y: y, z: z)
        data.attributes.pointData = data.attributes.pointData.filter { request.arrays.wants($0.name, .point) }
        return .poly(data)
    }
}
