import Datasets
import Execution

/// Texture coordinates of the corners of faces, two each.
struct PLYCornerTexture {
    var values: [Float] = []
    /// Where each face's values begin; one more than there are faces.
    var offsets = [0]

    /// Coordinates nearer than this are one, as in VTK's reader.
    private static let tolerance: Float = 1e-6

    /// Gives every point the coordinates of the first corner that it is, and makes a copy of it for every other pair that corners give it.
    ///
    /// Faces with another number of values than two a corner keep their points, with a warning; points of no other face get −1.
    func split(_ data: inout PolyData, _ context: ExecutionContext) throws {
        let faces = data.polygons
        guard offsets.count == faces.count + 1 else { return }
        let pointCount = data.points.count
        var coordinates = [Float](repeating: -1, count: 2 * pointCount)
        var isSet = [Bool](repeating: false, count: pointCount)
        // Copies of a point: a chain from each point to its next copy.
        var next = [Int32](repeating: -1, count: pointCount)
        var sources = (0..<Int32(pointCount)).map { $0 }
        var connectivity = faces.connectivity.array
        var skipped = 0
        for face in 0..<faces.count {
            if face & 0xFFFF == 0 { try context.checkCancellation() }
            let start = faces.offset(face)
            let size = faces.offset(face + 1) - start
            guard offsets[face + 1] - offsets[face] == 2 * size else {
                skipped += 1
                continue
            }
            for corner in 0..<size {
                let (u, v) = (values[offsets[face] + 2 * corner], values[offsets[face] + 2 * corner + 1])
                var point = Int(connectivity[start + corner])
                if !isSet[point] {
                    isSet[point] = true
                    (coordinates[2 * point], coordinates[2 * point + 1]) = (u, v)
                    continue
                }
                while abs(coordinates[2 * point] - u) > PLYCornerTexture.tolerance || abs(coordinates[2 * point + 1] - v) > PLYCornerTexture.tolerance {
                    if next[point] < 0 {
                        guard sources.count < Int(Int32.max) else { throw DatasetError("texture coordinates need more than 2³¹ points") }
                        next[point] = Int32(sources.count)
                        sources.append(sources[point])
                        next.append(-1)
                        isSet.append(true)
                        coordinates += [u, v]
                    }
                    point = Int(next[point])
                }
                connectivity[start + corner] = Int32(point)
            }
        }
        if skipped > 0 { context.trace.record(warning: "\(skipped) faces have another number of texture coordinates than two a corner") }
        if sources.count > pointCount {
            sources.withUnsafeBufferPointer { sources in
                data.points = Points(data.points.array.gathered(sources)) ?? data.points
                data.attributes.pointData = data.attributes.pointData.map { $0.gathered(sources) }
            }
            let entries = Buffer(connectivity)
            data.polygons = faces.offsets.map { CellArray(offsets: $0, connectivity: entries) } ?? CellArray(uniformSize: faces.uniformSize, connectivity: entries)
        }
        data.attributes.pointData.set(FieldArray(name: "TCoords", components: 2, Buffer(coordinates)))
        data.attributes.pointData.active[.textureCoordinates] = "TCoords"
    }
}
