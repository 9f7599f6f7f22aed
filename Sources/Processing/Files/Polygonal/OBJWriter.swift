import Datasets
import Execution

/// Writes Wavefront files (`.obj`): points, polygons, lines and vertices, point normals and texture coordinates.
///
/// Other arrays are left out. Numbers keep every bit. The file appears whole or not at all.
public struct OBJWriter: DatasetWriter {
    public static let extensions = ["obj"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` where there are volumes, or the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let list = try PolygonList(dataset, format: "OBJ", path: path)
        let output = try OutputFile(path: path)
        for line in options.provenance?.lines ?? [] { try output.write("# \(line)\n") }
        try vectors("v", list.points.array, output, context)
        let texture = OBJWriter.array(.textureCoordinates, "TCoords", list.pointData, components: 2...3)
        let normals = OBJWriter.array(.normals, "Normals", list.pointData, components: 3...3)
        if let texture { try vectors("vt", texture, output, context) }
        if let normals { try vectors("vn", normals, output, context) }
        try cells("p", list.vertices, false, false, output, context)
        try cells("l", list.lines, false, false, output, context)
        try cells("f", list.polygons, texture != nil, normals != nil, output, context)
        try output.commit()
    }

    private func cells(
        _ keyword: String, _ polygons: CellArray, _ hasTexture: Bool, _ hasNormals: Bool, _ output: OutputFile, _ context: ExecutionContext
    ) throws {
        try output.writeText(polygons.count, grain: 1 << 12, context) { range, text in
            for polygon in range {
                text.append(keyword)
                for point in polygons.points(of: polygon) {
                    text.append(byte: " ")
                    text.append(point &+ 1)
                    if hasTexture || hasNormals { text.append(byte: "/") }
                    if hasTexture { text.append(point &+ 1) }
                    if hasNormals {
                        text.append(byte: "/")
                        text.append(point &+ 1)
                    }
                }
                text.append(byte: "\n")
            }
        }
    }

    private func vectors(_ keyword: String, _ array: FieldArray, _ output: OutputFile, _ context: ExecutionContext) throws {
        try output.writeText(array.tupleCount, grain: 1 << 12, context) { range, text in
            for tuple in range {
                text.append(keyword)
                text.append(byte: " ")
                array.append(tuple * array.components..<(tuple + 1) * array.components, separator: " ", to: &text)
                text.append(byte: "\n")
            }
        }
    }

    /// The floating-point array that has a role, or else the usual name.
    static func array(_ role: AttributeRole, _ name: String, _ collection: FieldCollection, components: ClosedRange<Int>) -> FieldArray? {
        guard let array = collection[role] ?? collection[name], components.contains(array.components),
            array.scalarType?.isFloatingPoint == true
        else { return nil }
        return array
    }
}
