import Datasets
import Execution
import Geometry

/// Cuts of lattices with fewer than three dimensions: lines of pixels, points of lines, none of a vertex.
///
/// Pixels with two diagonal corners above are cut as VTK's contour filter does: in images always between the corner at the origin and the
/// rest, in rectilinear and structured grids so that the corners above are separated.
struct FlatLatticeCut<Field: LatticeField>: LatticeGeometryUser {
    let isImage: Bool
    let field: Field
    let extent: Extent
    let allowed: [Bool]?
    let demand: LatticeCutDemand
    let context: ExecutionContext

    /// Edges of a pixel: 0 and 1 along the first axis (second axis low, high), 2 and 3 along the second (first axis low, high).
    private var lines: [[Int]] {
        [
            [], [0, 2], [0, 3], [2, 3], [2, 1], [0, 1], isImage ? [0, 2, 3, 1] : [0, 3, 2, 1], [3, 1], [3, 1], [0, 2, 3, 1], [0, 1], [2, 1],
            [2, 3], [0, 3], [0, 2], [],
        ]
    }

    func callAsFunction<Shape: LatticeGeometry>(_ geometry: Shape) throws -> LatticeCut {
        let size = extent.dimensions
        let axes = (0..<3).filter { size[$0] > 1 }
        let cellSize = max(1, axes.count)
        if axes.isEmpty { return empty(cellSize: 1, Shape.self) }
        let shape = LatticeShape(extent)
        let (u, v) = (axes[0], axes.count > 1 ? axes[1] : -1)
        let (countU, countV) = (size[u], v >= 0 ? size[v] : 1)
        let (stepU, stepV) = (shape.step(u), v >= 0 ? shape.step(v) : 0)
        let isAbove = above(shape)

        /// Whether some allowed cell has the edge from (a, b) along the first or the second axis.
        func isUsed(_ a: Int, _ b: Int, alongU: Bool) -> Bool {
            guard let allowed else { return true }
            if v < 0 { return allowed[a] }
            let cellsU = countU - 1
            if alongU { return (b < countV - 1 && allowed[b * cellsU + a]) || (b > 0 && allowed[(b - 1) * cellsU + a]) }
            return (a < cellsU && allowed[b * cellsU + a]) || (a > 0 && allowed[b * cellsU + a - 1])
        }

        // Number the crossed edges in canonical order: by point, then axis.
        var edges: [(point: Int, a: Int, b: Int, axis: Int)] = []
        let numbers = Buffer<Int32>(repeating: -1, count: 2 * countU * countV)
        let number = UnsafeMutablePointer(mutating: numbers.pointer)
        for b in 0..<countV {
            try context.checkCancellation()
            for a in 0..<countU {
                let point = a &* stepU &+ b &* stepV
                let here = isAbove[point]
                if a + 1 < countU && here != isAbove[point &+ stepU] && isUsed(a, b, alongU: true) {
                    number[2 &* (b &* countU &+ a)] = Int32(truncatingIfNeeded: edges.count)
                    edges.append((point, a, b, u))
                }
                if b + 1 < countV && here != isAbove[point &+ stepV] && isUsed(a, b, alongU: false) {
                    number[2 &* (b &* countU &+ a) &+ 1] = Int32(truncatingIfNeeded: edges.count)
                    edges.append((point, a, b, v))
                }
            }
        }

        let buffers = LatticePointBuffers<Shape.Coordinate>(count: edges.count, normals: false, edges: demand.edges)
        let output = buffers.output(edges: demand.edges)
        for (place, edge) in edges.enumerated() {
            var at = SIMD3<Int>()
            at[u] = edge.a
            if v >= 0 { at[v] = edge.b }
            let step = shape.step(edge.axis)
            let t = field.parameter(edge.point, at.x, at.y, at.z, axis: edge.axis, step: step)
            let position = geometry.position(edge.point, at.x, at.y, at.z, axis: edge.axis, t: t)
            for axis in 0..<3 { output.positions[3 * place + axis] = Shape.Coordinate(position[axis]) }
            output.writeEdge(place, edge.point, edge.point + step, t)
        }

        var corners: [Int32] = []
        var sources: [Int32] = []
        if v < 0 {
            for a in 0..<countU - 1 where number[2 * a] >= 0 {
                corners.append(number[2 * a])
                sources.append(Int32(truncatingIfNeeded: a))
            }
        } else {
            let table = lines
            for b in 0..<countV - 1 {
                for a in 0..<countU - 1 {
                    let cell = b * (countU - 1) + a
                    if allowed?[cell] == false { continue }
                    let point = a &* stepU &+ b &* stepV
                    let key =
                        (isAbove[point] ? 1 : 0) | (isAbove[point &+ stepU] ? 2 : 0) | (isAbove[point &+ stepV] ? 4 : 0)
                        | (isAbove[point &+ stepU &+ stepV] ? 8 : 0)
                    if key == 0 || key == 15 { continue }
                    let here = 2 &* (b &* countU &+ a)
                    let edgeNumbers = (number[here], number[here &+ 2 &* countU], number[here &+ 1], number[here &+ 3])
                    for edge in table[key] {
                        corners.append(edge == 0 ? edgeNumbers.0 : (edge == 1 ? edgeNumbers.1 : (edge == 2 ? edgeNumbers.2 : edgeNumbers.3)))
                    }
                    for _ in 0..<table[key].count / 2 { sources.append(Int32(truncatingIfNeeded: cell)) }
                }
            }
        }
        withExtendedLifetime((numbers, buffers)) {}
        return LatticeCut(
            points: buffers.points, cellSize: cellSize, connectivity: Buffer(corners), lower: buffers.lower, upper: buffers.upper,
            parameter: buffers.parameter, sources: demand.sources ? Buffer(sources) : nil)
    }

    private func empty<Shape: LatticeGeometry>(cellSize: Int, _ shape: Shape.Type) -> LatticeCut {
        LatticeCut(
            points: LatticePointBuffers<Shape.Coordinate>(count: 0, normals: false, edges: false).points, cellSize: cellSize,
            connectivity: Buffer(), sources: demand.sources ? Buffer() : nil)
    }

    /// For every point whether it is at or above the value.
    private func above(_ shape: LatticeShape) -> [Bool] {
        var result: [Bool] = []
        result.reserveCapacity(shape.nx * shape.rows)
        var words = [UInt64](repeating: 0, count: shape.words)
        for row in 0..<shape.rows {
            words.withUnsafeMutableBufferPointer { field.classify(shape, row % shape.ny, row / shape.ny, into: $0.baseAddress!) }
            for i in 0..<shape.nx { result.append((words[i / 64] >> UInt64(i % 64)) & 1 == 1) }
        }
        return result
    }
}
