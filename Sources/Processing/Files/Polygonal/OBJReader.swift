import Dataflow
import Datasets
import Execution
import Geometry

/// Reads Wavefront files (`.obj`): points, faces, lines, vertices, normals, texture coordinates, colours, groups and materials.
///
/// Where a material library stands beside the file, cells have the diffuse colours of their materials as `MaterialColors` (UInt8, three
/// components; VTK's reader leaves them out).
///
/// As VTK's reader does: coordinates are Double; cells have `GroupIds`, and `MaterialIds` where there are materials; where normals or
/// texture coordinates have other indices than points, every corner of a face becomes a point of its own, and lines and vertices are
/// left out. Texture coordinates are arrays named by their material (`TCoords` without), −1 where a point has none there.
public struct OBJReader: DatasetReader {
    private let file: MappedFile

    /// - Throws: `FileError` for a file that is not there or empty.
    public init(path: String) throws {
        file = try MappedFile(path: path)
        _ = try TextScanner(file)
    }

    public func describe() throws -> DatasetDescription { DatasetDescription(kind: .poly, byteCount: 2 * file.count) }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var parser = try OBJParser(file)
        let content = try parser.parse(context)
        var data = content.needsCorners ? content.separatedCorners() : content.sharedPoints()
        content.addCellArrays(to: &data)
        try content.addColors(to: &data, beside: file.path, context)
        data.attributes.pointData = data.attributes.pointData.filter { request.arrays.wants($0.name, .point) }
        data.attributes.cellData = data.attributes.cellData.filter { request.arrays.wants($0.name, .cell) }
        return .poly(data)
    }
}

extension OBJContent {
    /// Whether a corner uses a normal or texture coordinate of another index than its point.
    var needsCorners: Bool {
        func differs(_ cells: Cells) -> Bool {
            for face in 0..<cells.count where !cells.range(face).isEmpty {
                let first = faces.range(face).lowerBound
                for (corner, entry) in cells.range(face).enumerated() where cells.entries[entry] != faces.entries[first + corner] {
                    return true
                }
            }
            return false
        }
        return differs(faceNormals) || differs(faceTextureCoordinates)
    }

    /// Points as in the file, with the normals and texture coordinates of the same index.
    func sharedPoints() -> PolyData {
        var data = PolyData(
            points: .float64(Buffer(points)), vertices: vertices.array, lines: lines.array, polygons: faces.array)
        let count = points.count / 3
        var arrays = FieldCollection()
        if !normals.isEmpty {
            let usesNormals = !faceNormals.entries.isEmpty
            if normals.count == points.count || usesNormals {
                let all = (0..<3 * count).map { $0 < normals.count ? normals[$0] : 0 }
                arrays.set(FieldArray(name: "Normals", components: 3, Buffer(all)))
                arrays.active[.normals] = "Normals"
            }
        }
        addColors(to: &arrays)
        for (name, uses) in zip(textureNames, textureUses).reversed() {
            var values = [Float](repeating: -1, count: 2 * count)
            for face in 0..<faceTextureCoordinates.count {
                for (corner, entry) in faceTextureCoordinates.range(face).enumerated() {
                    let coordinate = faceTextureCoordinates.entries[entry]
                    guard uses.contains(coordinate) else { continue }
                    let point = Int(faces.entries[faces.range(face).lowerBound + corner])
                    values[2 * point] = textureCoordinates[2 * Int(coordinate)]
                    values[2 * point + 1] = textureCoordinates[2 * Int(coordinate) + 1]
                }
            }
            add(texture: name, values, to: &arrays)
        }
        data.attributes.pointData = arrays
        return data
    }

    /// A point for every corner of every face.
    func separatedCorners() -> PolyData {
        let count = faces.entries.count
        let coordinates = Buffer<Double>(count: 3 * count) { out in
            for (corner, point) in faces.entries.enumerated() {
                for axis in 0..<3 { out[3 * corner + axis] = points[3 * Int(point) + axis] }
            }
        }
        let connectivity = Buffer<Int32>(count: count) { out in for corner in 0..<count { out[corner] = Int32(corner) } }
        var data = PolyData(
            points: .float64(coordinates), polygons: CellArray(offsets: Buffer(faces.offsets), connectivity: connectivity))
        var arrays = FieldCollection()
        if !normals.isEmpty {
            var values = [Float](repeating: 0, count: 3 * count)
            copy(faceNormals, from: normals, components: 3, into: &values) { _ in true }
            arrays.set(FieldArray(name: "Normals", components: 3, Buffer(values)))
            arrays.active[.normals] = "Normals"
        }
        if count == points.count / 3 { addColors(to: &arrays) }
        for (name, uses) in zip(textureNames, textureUses).reversed() {
            var values = [Float](repeating: -1, count: 2 * count)
            copy(faceTextureCoordinates, from: textureCoordinates, components: 2, into: &values) { uses.contains($0) }
            add(texture: name, values, to: &arrays)
        }
        data.attributes.pointData = arrays
        return data
    }

    private func copy(
        _ cells: Cells, from source: [Float], components: Int, into values: inout [Float], where isUsed: (Int32) -> Bool
    ) {
        for face in 0..<cells.count {
            let first = faces.range(face).lowerBound
            for (corner, entry) in cells.range(face).enumerated() where isUsed(cells.entries[entry]) {
                for component in 0..<components {
                    values[components * (first + corner) + component] = source[components * Int(cells.entries[entry]) + component]
                }
            }
        }
    }

    private func addColors(to arrays: inout FieldCollection) {
        guard colorComponents > 0 else { return }
        let name = colorComponents == 3 ? "RGB" : "RGBA"
        arrays.set(FieldArray(name: name, components: colorComponents, Buffer(colors)))
        arrays.active[.scalars] = name
    }

    private func add(texture name: String, _ values: [Float], to arrays: inout FieldCollection) {
        arrays.set(FieldArray(name: name, components: 2, Buffer(values)))
        if arrays.active[.textureCoordinates] == nil { arrays.active[.textureCoordinates] = name }
    }

    /// Groups and materials of faces; 0 for the vertices and lines before them.
    func addCellArrays(to data: inout PolyData) {
        let others = data.vertices.count + data.lines.count
        if hasGroups {
            let values = [Float](repeating: 0, count: others) + groups
            data.attributes.cellData.set(FieldArray(name: "GroupIds", Buffer(values)))
        }
        guard materials.count > 1 || (materials.count == 1 && materials[0] != OBJParser.noMaterial) else { return }
        var ids = [Int32](repeating: 0, count: others)
        var change = 0
        var material: Int32 = 0
        for face in 0..<faces.count {
            while change < materialChanges.count && materialChanges[change].face <= face {
                material = Int32(materialChanges[change].material)
                change += 1
            }
            ids.append(material)
        }
        data.attributes.cellData.set(FieldArray(name: "MaterialIds", Buffer(ids)))
        data.attributes.fieldData.set(FieldArray(name: "MaterialNames", strings: materials))
        if !libraries.isEmpty { data.attributes.fieldData.set(FieldArray(name: "MaterialLibraries", strings: libraries)) }
    }
}
