import Datasets
import Execution

/// Writes triangle files (`.stl`), binary or text. Coordinates become Float, arrays are left out. The file appears whole or not at all.
public struct STLWriter: DatasetWriter {
    public static let extensions = ["stl"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` where there are other cells than triangles, or the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let list = try PolygonList(dataset, format: "STL", path: path)
        guard list.lines.count + list.vertices.count == 0 else {
            throw FileError(file: path, expected: "triangles for STL", found: "\(list.lines.count) lines and \(list.vertices.count) vertices")
        }
        let triangles = list.polygons
        guard triangles.count == 0 || triangles.uniformSize == 3 else {
            throw FileError(file: path, expected: "triangles for STL", found: "polygons of up to \(triangles.maximumSize) points (use --triangulate)")
        }
        guard options.isText || triangles.count <= Int(UInt32.max) else {
            throw FileError(file: path, expected: "fewer than 2^32 triangles for STL", found: "\(triangles.count)")
        }
        let output = try OutputFile(path: path)
        let coordinates = list.points.array.floats() ?? Buffer<Float>()
        let (xyz, corner) = (coordinates.pointer, triangles.connectivity.pointer)
        let title = options.provenance?.title(limit: 79) ?? "written by tessera"
        if options.isText {
            try output.write("solid \(title)\n")
            try output.writeText(triangles.count, grain: 1 << 10, context) { range, text in
                for triangle in range {
                    text.append("facet normal")
                    STLWriter.append(STLWriter.normal(xyz, corner + 3 * triangle), to: &text)
                    text.append("outer loop\n")
                    for place in 0..<3 {
                        let point = xyz + 3 * Int(corner[3 * triangle + place])
                        text.append("vertex")
                        STLWriter.append(SIMD3(point[0], point[1], point[2]), to: &text)
                    }
                    text.append("endloop\nendfacet\n")
                }
            }
            try output.write("endsolid\n")
        } else {
            var header = Array(title.utf8.prefix(80))
            header += [UInt8](repeating: 0, count: 80 - header.count)
            header += (0..<4).map { UInt8(truncatingIfNeeded: triangles.count >> (8 * $0)) }
            try header.withUnsafeBytes { try output.write($0) }
            try output.writeRows(triangles.count, grain: 1 << 14, context, place: { 50 * $0 }) { range, target in
                for triangle in range {
                    let row = target + 50 * (triangle - range.lowerBound)
                    let normal = STLWriter.normal(xyz, corner + 3 * triangle)
                    for axis in 0..<3 { row.storeBytes(of: normal[axis].bitPattern.littleEndian, toByteOffset: 4 * axis, as: UInt32.self) }
                    for place in 0..<3 {
                        let point = xyz + 3 * Int(corner[3 * triangle + place])
                        for axis in 0..<3 {
                            row.storeBytes(of: point[axis].bitPattern.littleEndian, toByteOffset: 12 * (place + 1) + 4 * axis, as: UInt32.self)
                        }
                    }
                    row.storeBytes(of: 0, toByteOffset: 48, as: UInt16.self)
                }
            }
        }
        withExtendedLifetime((coordinates, triangles)) {}
        try output.commit()
    }

    private static func append(_ vector: SIMD3<Float>, to text: inout TextBuffer) {
        for axis in 0..<3 {
            text.append(byte: " ")
            text.append(vector[axis])
        }
        text.append(byte: "\n")
    }

    /// The unit normal of a triangle, counter-clockwise; zero where it has no area.
    private static func normal(_ xyz: UnsafePointer<Float>, _ corners: UnsafePointer<Int32>) -> SIMD3<Float> {
        func point(_ place: Int) -> SIMD3<Double> {
            let at = xyz + 3 * Int(corners[place])
            return SIMD3(Double(at[0]), Double(at[1]), Double(at[2]))
        }
        let (origin, u, v) = (point(0), point(1) - point(0), point(2) - point(0))
        let cross = SIMD3(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
        let length = (cross * cross).sum().squareRoot()
        guard length > 0, length.isFinite, origin.x.isFinite else { return SIMD3() }
        return SIMD3<Float>(cross / length)
    }
}
