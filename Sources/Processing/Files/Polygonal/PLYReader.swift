import Dataflow
import Datasets
import Execution
import Geometry

/// Reads polygon files (`.ply`), text and binary of both byte orders.
///
/// Arrays are those of VTK's reader: points `RGB` or `RGBA` (UInt8), `Normals`, `TCoords`; cells `intensity`, `RGB` or `RGBA`. Other
/// properties and elements are passed over. Coordinates stay Double where the file has Double. Where faces have texture coordinates for
/// their corners (`texcoord`), a point with several of them becomes several points, the new ones behind the others. Triangle strips are
/// read where there are no faces.
public struct PLYReader: DatasetReader {
    private let file: MappedFile
    private let header: PLYHeader
    private let dataStart: Int

    /// - Throws: `FileError` for a file that is not there or whose header is not well formed.
    public init(path: String) throws {
        file = try MappedFile(path: path)
        var scanner = try TextScanner(file)
        header = try PLYHeader(&scanner)
        dataStart = scanner.position
        guard let vertex = header.elements.first(where: { $0.name == "vertex" }),
            let axes = ["x", "y", "z"].map({ vertex.index(of: $0) }) as? [Int],
            axes.allSatisfy({ vertex.properties[$0].lengthType == nil })
        else { throw scanner.error(expected: "an element vertex with properties x, y and z", found: "none") }
        var least = 0
        for element in header.elements {
            let size = header.encoding == .text ? max(2 * element.properties.count, 1) : max(element.leastByteCount, 1)
            least = least.addingReportingOverflow(element.count.multipliedReportingOverflow(by: size).partialValue).partialValue
            // The last word of a text needs no space behind it.
            guard element.count <= (scanner.remaining + 1) / size, least <= scanner.remaining + 1 else {
                throw scanner.error(
                    expected: "\(element.count) × \(element.name), at least \(size) bytes each",
                    found: "\(scanner.remaining) bytes until the end of the file")
            }
        }
    }

    public func describe() throws -> DatasetDescription {
        var description = DatasetDescription(kind: .poly)
        for element in header.elements {
            let association: Association = element.name == "vertex" ? .point : .cell
            guard element.name == "vertex" || element.name == "face" else { continue }
            if association == .point { description.pointCount = element.count } else { description.cellCount = element.count }
            description.arrays += ElementPlan(element).outputs.map {
                ArrayDescription(name: $0.name, association: association, type: $0.isBytes ? .uint8 : .float32, components: $0.sources.count)
            }
        }
        description.byteCount = 3 * file.count
        return description
    }

    /// What becomes of the properties of an element.
    struct ElementPlan {
        struct Output {
            var name: String
            var role: AttributeRole?
            /// Properties, one a component.
            var sources: [Int]
            var isBytes: Bool
        }

        var outputs: [Output] = []
        var list: Int?
        /// The list of texture coordinates of a face's corners.
        var texture: Int?

        init(_ element: PLYHeader.Element) {
            func add(_ name: String, _ role: AttributeRole?, isBytes: Bool, _ sources: [Int?]) -> Bool {
                guard let found = sources as? [Int], found.allSatisfy({ element.properties[$0].lengthType == nil }) else { return false }
                outputs.append(Output(name: name, role: role, sources: found, isBytes: isBytes))
                return true
            }
            let colors = ["red", "green", "blue"].map { element.index(of: $0) }
            let alpha = element.index(of: "alpha")
            if element.name == "vertex" {
                let diffuse = ["diffuse_red", "diffuse_green", "diffuse_blue"].map { element.index(of: $0) }
                for triple in [colors, diffuse] {
                    let all = alpha == nil ? triple : triple + [alpha]
                    if add(alpha == nil ? "RGB" : "RGBA", .scalars, isBytes: true, all) { break }
                }
                _ = add("Normals", .normals, isBytes: false, ["nx", "ny", "nz"].map { element.index(of: $0) })
                for names in [("u", "v"), ("texture_u", "texture_v"), ("s", "t")] {
                    if add("TCoords", .textureCoordinates, isBytes: false, [element.index(of: names.0), element.index(of: names.1)]) { break }
                }
            } else {
                let hasIntensity = add("intensity", .scalars, isBytes: true, [element.index(of: "intensity")])
                if add(alpha == nil ? "RGB" : "RGBA", .scalars, isBytes: true, alpha == nil ? colors : colors + [alpha]), hasIntensity {
                    outputs[0].role = nil
                }
                func list(_ names: String...) -> Int? {
                    element.properties.firstIndex { names.contains($0.name) && $0.lengthType != nil }
                }
                self.list = list("vertex_indices", "vertex_index")
                texture = list("texcoord")
            }
        }
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var scanner = try TextScanner(file)
        scanner.position = dataStart
        var cursor = PLYCursor(scanner, encoding: header.encoding)
        var data = PolyData()
        let pointCount = header.elements.first { $0.name == "vertex" }?.count ?? 0
        var texture: PLYCornerTexture?
        for element in header.elements {
            try context.checkCancellation()
            switch element.name {
            case "vertex": try readVertices(element, &cursor, &data, context)
            case "face": texture = try readFaces(element, &cursor, &data, pointCount, context)
            case "tristrips" where !header.elements.contains { $0.name == "face" }: try readStrips(element, &cursor, &data, pointCount, context)
            default: try skip(element, &cursor, context)
            }
        }
        if data.attributes.pointData["TCoords"] == nil { try texture?.split(&data, context) }
        data.attributes.pointData = data.attributes.pointData.filter { request.arrays.wants($0.name, .point) }
        data.attributes.cellData = data.attributes.cellData.filter { request.arrays.wants($0.name, .cell) }
        return .poly(data)
    }

    private func skip(_ element: PLYHeader.Element, _ cursor: inout PLYCursor, _ context: ExecutionContext) throws {
        if element.isFixedSize && header.encoding != .text {
            return try cursor.scanner.skipBytes(element.count * element.leastByteCount, of: element.name)
        }
        for index in 0..<element.count {
            if index & 0xFFFF == 0 { try context.checkCancellation() }
            for property in element.properties { try cursor.skip(property) }
        }
    }

    private func readVertices(
        _ element: PLYHeader.Element, _ cursor: inout PLYCursor, _ data: inout PolyData, _ context: ExecutionContext
    ) throws {
        let axes = ["x", "y", "z"].map { element.index(of: $0)! }
        let isDouble = axes.contains { element.properties[$0].type == .float64 }
        let plan = ElementPlan(element)
        var rows = RowReader(element, plan, also: axes)
        if isDouble {
            let buffer = try Buffer<Double>(count: 3 * element.count) { out in
                try rows.read(&cursor, context) { index, row in
                    for axis in 0..<3 { out[3 * index + axis] = row[axes[axis]] }
                }
            }
            data.points = .float64(buffer)
        } else {
            let buffer = try Buffer<Float>(count: 3 * element.count) { out in
                try rows.read(&cursor, context) { index, row in
                    for axis in 0..<3 { out[3 * index + axis] = Float(row[axes[axis]]) }
                }
            }
            data.points = .float32(buffer)
        }
        data.attributes.pointData = rows.collection()
    }

    private func readFaces(
        _ element: PLYHeader.Element, _ cursor: inout PLYCursor, _ data: inout PolyData, _ pointCount: Int, _ context: ExecutionContext
    ) throws -> PLYCornerTexture? {
        let plan = ElementPlan(element)
        guard let list = plan.list else { throw cursor.scanner.error(expected: "a list vertex_indices of the element face", found: "none") }
        let property = element.properties[list]
        var rows = RowReader(element, plan, also: [])
        var connectivity: [Int32] = []
        connectivity.reserveCapacity(min(3 * element.count, file.count))
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(element.count + 1)
        var texture = PLYCornerTexture()
        try rows.read(&cursor, context, list: { cursor, at in
            if at == plan.texture {
                let count = try cursor.length(element.properties[at], "texture coordinates of a face")
                for _ in 0..<count { texture.values.append(Float(try cursor.value(element.properties[at].type, "a texture coordinate"))) }
                texture.offsets.append(texture.values.count)
                return
            }
            guard at == list else { return try cursor.skip(element.properties[at]) }
            let cell = offsets.count - 1
            let place = cursor.scanner.position
            let size = try cursor.length(property, "face \(cell)")
            guard size > 0, connectivity.count + size <= Int(Int32.max) else {
                throw cursor.scanner.error(expected: "at least one point of face \(cell)", found: "\(size)", at: place)
            }
            for _ in 0..<size {
                let place = cursor.scanner.position
                let point = try cursor.value(property.type, "face \(cell)")
                guard point >= 0, point < Double(pointCount), point == point.rounded() else {
                    throw cursor.scanner.error(expected: "a point of face \(cell) from 0 to \(pointCount - 1)", found: "\(point)", at: place)
                }
                connectivity.append(Int32(point))
            }
            offsets.append(Int32(connectivity.count))
        }) { _, _ in }
        data.polygons = CellArray(offsets: Buffer(offsets), connectivity: Buffer(connectivity))
        data.attributes.cellData = rows.collection()
        return plan.texture == nil ? nil : texture
    }

    /// Reads triangle strips: lists of points, −1 between one strip and the next.
    private func readStrips(
        _ element: PLYHeader.Element, _ cursor: inout PLYCursor, _ data: inout PolyData, _ pointCount: Int, _ context: ExecutionContext
    ) throws {
        guard let list = ElementPlan(element).list else { return try skip(element, &cursor, context) }
        var strips = (offsets: [Int32(0)], entries: [Int32]())
        func end() {
            let start = Int(strips.offsets[strips.offsets.count - 1])
            if strips.entries.count - start >= 3 {
                strips.offsets.append(Int32(strips.entries.count))
            } else {
                strips.entries.removeLast(strips.entries.count - start)
            }
        }
        for row in 0..<element.count {
            for (place, property) in element.properties.enumerated() {
                guard place == list else {
                    try cursor.skip(property)
                    continue
                }
                for index in 0..<(try cursor.length(property, "strip \(row)")) {
                    if index & 0xFFFF == 0 { try context.checkCancellation() }
                    let start = cursor.scanner.position
                    let point = try cursor.value(property.type, "strip \(row)")
                    if point == -1 {
                        end()
                        continue
                    }
                    guard point >= 0, point < Double(pointCount), point == point.rounded(), strips.entries.count < Int(Int32.max) else {
                        throw cursor.scanner.error(expected: "a point of strip \(row) from 0 to \(pointCount - 1), or -1", found: "\(point)", at: start)
                    }
                    strips.entries.append(Int32(point))
                }
                end()
            }
        }
        data.strips = CellArray(offsets: Buffer(strips.offsets), connectivity: Buffer(strips.entries))
    }
}
