import Datasets
import Execution

/// The edges of polygons, and of the triangles of strips, one after the other: edge e of face f runs from corner e to the next.
struct EdgeCorners {
    /// Points of the corners, face by face; strips' triangles have the winding of the strip.
    let points: Buffer<Int32>
    /// Where each face begins; one entry more than there are faces.
    let offsets: Buffer<Int32>
    /// The cell of the input that each face belongs to, rising.
    let cells: Buffer<Int32>

    var faceCount: Int { cells.count }

    /// - Parameter hidden: nonzero for cells of the input that are not there.
    init(_ poly: PolyData, hidden: Buffer<UInt8>?, context: ExecutionContext) throws {
        let (polygons, strips) = (poly.polygons, poly.strips)
        let firstPolygon = poly.vertices.count + poly.lines.count
        let firstStrip = firstPolygon + polygons.count
        let hiding = hidden?.pointer
        defer { withExtendedLifetime((polygons, strips, hidden)) {} }
        @inline(__always) func isThere(_ cell: Int) -> Bool { hiding == nil || hiding![cell] == 0 }

        let grain = 1 << 14
        func sizes(_ list: CellArray, _ first: Int, _ isStrip: Bool) throws -> [(faces: Int, corners: Int)] {
            try context.parallelMap(list.count, grain: grain) { range in
                var (faces, corners) = (0, 0)
                for cell in range where isThere(first &+ cell) {
                    let size = list.size(of: cell)
                    if isStrip {
                        faces &+= size > 2 ? size &- 2 : 0
                        corners &+= size > 2 ? 3 &* (size &- 2) : 0
                    } else if size > 0 {
                        faces &+= 1
                        corners &+= size
                    }
                }
                return (faces, corners)
            }
        }
        var parts = try sizes(polygons, firstPolygon, false)
        let polygonParts = parts.count
        parts += try sizes(strips, firstStrip, true)
        var starts: [(face: Int, corner: Int)] = []
        var next = (face: 0, corner: 0)
        for part in parts {
            starts.append(next)
            next = (next.face + part.faces, next.corner + part.corners)
        }
        guard next.corner < Int(Int32.max) else {
            throw DatasetError("\(next.corner) edges of polygons are more than one piece can number: use more pieces")
        }
        let begins = starts
        let points = Buffer<Int32>(uninitializedCount: next.corner)
        let offsets = Buffer<Int32>(uninitializedCount: next.face + 1)
        let cells = Buffer<Int32>(uninitializedCount: next.face)
        nonisolated(unsafe) let point = UnsafeMutablePointer(mutating: points.pointer)
        nonisolated(unsafe) let offset = UnsafeMutablePointer(mutating: offsets.pointer)
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: cells.pointer)
        offset[next.face] = Int32(truncatingIfNeeded: next.corner)
        let polygonPoints = polygons.connectivity.pointer
        try context.parallelChunks(polygons.count, grain: grain) { chunk, range in
            var (face, corner) = begins[chunk]
            for cell in range where isThere(firstPolygon &+ cell) {
                let size = polygons.size(of: cell)
                if size == 0 { continue }
                let from = polygonPoints + polygons.offset(cell)
                for index in 0..<size { point[corner &+ index] = from[index] }
                offset[face] = Int32(truncatingIfNeeded: corner)
                source[face] = Int32(truncatingIfNeeded: firstPolygon &+ cell)
                face &+= 1
                corner &+= size
            }
        }
        let stripPoints = strips.connectivity.pointer
        try context.parallelChunks(strips.count, grain: grain) { chunk, range in
            var (face, corner) = begins[polygonParts + chunk]
            for cell in range where isThere(firstStrip &+ cell) {
                let from = stripPoints + strips.offset(cell)
                for triangle in 0..<max(0, strips.size(of: cell) &- 2) {
                    let odd = triangle & 1
                    point[corner] = from[triangle &+ odd]
                    point[corner &+ 1] = from[triangle &+ 1 &- odd]
                    point[corner &+ 2] = from[triangle &+ 2]
                    offset[face] = Int32(truncatingIfNeeded: corner)
                    source[face] = Int32(truncatingIfNeeded: firstStrip &+ cell)
                    face &+= 1
                    corner &+= 3
                }
            }
        }
        self.points = points
        self.offsets = offsets
        self.cells = cells
    }
}
