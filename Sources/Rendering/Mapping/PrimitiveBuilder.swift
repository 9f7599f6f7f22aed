import Datasets
import Execution
import Geometry

/// Primitives with the cell that each belongs to.
struct PrimitiveList {
    var indices: Buffer<Int32>
    /// Nil where primitive and cell have the same number.
    var cells: Buffer<Int32>?
    /// Bit i: the edge from corner i is one of the cell; nil where all are.
    var edges: Buffer<UInt8>?
}

/// Turns cells into primitives: counts, sums, then fills, in parallel; the order is that of the cells.
struct PrimitiveBuilder {
    let points: Points
    let context: ExecutionContext

    private static let grain = 1 << 14

    func vertices(_ cells: CellArray, _ hidden: Buffer<UInt8>?) throws -> PrimitiveList? {
        if cells.count == 0 { return nil }
        if hidden == nil && cells.uniformSize == 1 { return PrimitiveList(indices: cells.connectivity) }
        return try build(cells, hidden, corners: 1) { $0 } fill: { cell, out, _ in
            for place in 0..<cell.count { out[place] = cell[place] }
        }
    }

    func segments(_ cells: CellArray, _ hidden: Buffer<UInt8>?) throws -> PrimitiveList? {
        if cells.count == 0 { return nil }
        if hidden == nil && cells.uniformSize == 2 { return PrimitiveList(indices: cells.connectivity) }
        return try build(cells, hidden, corners: 2) { max(0, $0 - 1) } fill: { cell, out, _ in
            for place in 0..<max(0, cell.count - 1) {
                out[2 * place] = cell[place]
                out[2 * place + 1] = cell[place + 1]
            }
        }
    }

    func triangles(_ cells: CellArray, _ hidden: Buffer<UInt8>?) throws -> PrimitiveList? {
        if cells.count == 0 { return nil }
        if hidden == nil && cells.uniformSize == 3 { return PrimitiveList(indices: cells.connectivity) }
        let triangulation = PolygonTriangulation(points)
        return try build(cells, hidden, corners: 3, withEdges: true) { max(0, $0 - 2) } fill: { cell, out, edges in
            triangulation.triangulate(cell, out, edges!)
        }
    }

    func strips(_ cells: CellArray, _ hidden: Buffer<UInt8>?) throws -> PrimitiveList? {
        if cells.count == 0 { return nil }
        return try build(cells, hidden, corners: 3) { max(0, $0 - 2) } fill: { cell, out, _ in
            for place in 0..<max(0, cell.count - 2) {
                // Every other triangle is turned so that all wind alike.
                out[3 * place] = cell[place]
                out[3 * place + 1] = cell[place + 1 + (place & 1)]
                out[3 * place + 2] = cell[place + 2 - (place & 1)]
            }
        }
    }

    /// - Parameters:
    ///   - count: primitives of a cell with so many points.
    ///   - fill: writes the indices, and the edge bits, of one cell's primitives.
    private func build(
        _ cells: CellArray, _ hidden: Buffer<UInt8>?, corners: Int, withEdges: Bool = false, count: (Int) -> Int,
        fill: (UnsafeBufferPointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<UInt8>?) -> Void
    ) throws -> PrimitiveList {
        let limit = points.count
        return try withoutActuallyEscaping(count) { count in
            nonisolated(unsafe) let count = count
            nonisolated(unsafe) var starts = try context.parallelMap(cells.count, grain: Self.grain) { range in
                var sum = 0
                for cell in range where hidden.map({ $0.pointer[cell] == 0 }) ?? true { sum += count(cells.size(of: cell)) }
                return sum
            }
            let total = exclusivePrefixSum(&starts)
            guard total * corners <= Int(Int32.max) else {
                throw DatasetError("a dataset draws at most \(Int32.max) corners, found \(total * corners); use more pieces")
            }
            let indices = Buffer<Int32>(uninitializedCount: total * corners)
            let numbers = Buffer<Int32>(uninitializedCount: total)
            let edges = withEdges ? Buffer<UInt8>(uninitializedCount: total) : nil
            nonisolated(unsafe) let indexBase = UnsafeMutablePointer(mutating: indices.pointer)
            nonisolated(unsafe) let numberBase = UnsafeMutablePointer(mutating: numbers.pointer)
            nonisolated(unsafe) let edgeBase = edges.map { UnsafeMutablePointer(mutating: $0.pointer) }
            let chunkStarts = starts
            try withoutActuallyEscaping(fill) { fill in
                nonisolated(unsafe) let fill = fill
                try context.parallelChunks(cells.count, grain: Self.grain) { chunk, range in
                    var next = chunkStarts[chunk]
                    for cell in range where hidden.map({ $0.pointer[cell] == 0 }) ?? true {
                        let corner = cells.points(of: cell)
                        for index in corner where index < 0 || Int(index) >= limit {
                            throw DatasetError("cell \(cell): expected points under \(limit), found \(index)")
                        }
                        let made = count(corner.count)
                        fill(corner, indexBase + next * corners, edgeBase.map { $0 + next })
                        for place in next..<next + made { numberBase[place] = Int32(truncatingIfNeeded: cell) }
                        next += made
                    }
                }
            }
            return PrimitiveList(indices: indices, cells: numbers, edges: edges)
        }
    }
}

/// Cuts polygons into triangles: a fan where that covers the polygon, else ears.
struct PolygonTriangulation: Sendable {
    private let points: Points

    init(_ points: Points) { self.points = points }

    /// Writes `count − 2` triangles and the bits of their edges that are edges of the polygon.
    func triangulate(_ polygon: UnsafeBufferPointer<Int32>, _ out: UnsafeMutablePointer<Int32>, _ edges: UnsafeMutablePointer<UInt8>) {
        let count = polygon.count
        if count < 3 { return }
        if count == 3 || isFan(polygon) {
            for place in 0..<count - 2 {
                out[3 * place] = polygon[0]
                out[3 * place + 1] = polygon[place + 1]
                out[3 * place + 2] = polygon[place + 2]
                edges[place] = 2 | (place == 0 ? 1 : 0) | (place == count - 3 ? 4 : 0)
            }
            return
        }
        cutEars(polygon, out, edges)
    }

    /// Whether all triangles of the fan around the first point face the polygon's way.
    private func isFan(_ polygon: UnsafeBufferPointer<Int32>) -> Bool {
        let origin = points[Int(polygon[0])]
        var sum = Vector3()
        var arm = points[Int(polygon[1])] - origin
        for place in 2..<polygon.count {
            let next = points[Int(polygon[place])] - origin
            sum += arm.cross(next)
            arm = next
        }
        arm = points[Int(polygon[1])] - origin
        for place in 2..<polygon.count {
            let next = points[Int(polygon[place])] - origin
            if arm.cross(next).dot(sum) < 0 { return false }
            arm = next
        }
        return true
    }

    private func cutEars(_ polygon: UnsafeBufferPointer<Int32>, _ out: UnsafeMutablePointer<Int32>, _ edges: UnsafeMutablePointer<UInt8>) {
        let count = polygon.count
        let corners = polygon.map { points[Int($0)] }
        var normal = Vector3()
        for place in 2..<count { normal += (corners[place - 1] - corners[0]).cross(corners[place] - corners[0]) }
        var rest = Array(0..<count)
        var made = 0
        func side(_ a: Int, _ b: Int, _ c: Int) -> Double { (corners[b] - corners[a]).cross(corners[c] - corners[a]).dot(normal) }
        func isEar(_ place: Int) -> Bool {
            let (a, b, c) = (rest[(place + rest.count - 1) % rest.count], rest[place], rest[(place + 1) % rest.count])
            if side(a, b, c) <= 0 { return false }
            return !rest.contains { p in
                p != a && p != b && p != c && side(a, b, p) >= 0 && side(b, c, p) >= 0 && side(c, a, p) >= 0
            }
        }
        func isEdge(_ a: Int, _ b: Int) -> UInt8 { (a + 1) % count == b ? 1 : 0 }
        while rest.count >= 3 {
            // A polygon that crosses itself may have no ear left: any corner then.
            let place = rest.indices.first(where: isEar) ?? 0
            let (a, b, c) = (rest[(place + rest.count - 1) % rest.count], rest[place], rest[(place + 1) % rest.count])
            out[3 * made] = polygon[a]
            out[3 * made + 1] = polygon[b]
            out[3 * made + 2] = polygon[c]
            edges[made] = isEdge(a, b) | isEdge(b, c) << 1 | isEdge(c, a) << 2
            made += 1
            rest.remove(at: place)
        }
    }
}

extension Points {
    /// The box of all points, found in parallel; coordinates that are not finite are ignored.
    func bounds(in context: ExecutionContext) throws -> Bounds {
        let parts = try context.parallelMap(count, grain: 1 << 17) { range in
            switch self {
            case .float32(let buffer): Points.float32(buffer.slice(3 * range.lowerBound..<3 * range.upperBound)).bounds
            case .float64(let buffer): Points.float64(buffer.slice(3 * range.lowerBound..<3 * range.upperBound)).bounds
            }
        }
        return parts.reduce(into: Bounds()) { $0.add($1) }
    }
}
