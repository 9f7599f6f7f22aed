extension LinearParts {
    /// The parts of a Lagrange or Bézier cell.
    static func higherOrder(_ type: CellType, _ count: Int, _ degrees: SIMD3<Int>?) -> LinearParts? {
        guard let shape = HigherOrderShape(type) else { return nil }
        let isBezier = type.rawValue >= 75
        if !isBezier, let special = withMiddles(shape, count) { return special }
        guard let degrees = shape.degrees(pointCount: count, stated: degrees) else { return nil }
        let nodes = HigherOrderNodes(shape, degrees: degrees)
        let cells = cells(nodes)
        let cornerCount = [.curve: 2, .triangle: 3, .quadrilateral: 4, .tetrahedron: 4, .hexahedron: 8, .wedge: 6][shape]!
        guard isBezier else { return LinearParts(pointCount: count, cornerCount: cornerCount, parts: cells) }
        // Beyond, made points would take the square of the nodes, and VTK has no such cells either.
        guard max(degrees.x, degrees.y, degrees.z) <= 10 else { return nil }
        let made = (cornerCount..<max(cornerCount, count)).map { MadePoint(BezierWeights.weights(of: $0, in: nodes)) }
        let shift = Int32(count - cornerCount)
        return LinearParts(
            pointCount: count, cornerCount: cornerCount, made: made, isBezier: true,
            parts: cells.map { ($0.0, $0.1.map { $0 < cornerCount ? $0 : $0 + shift }) })
    }

    /// Quadratic Lagrange cells with a node in the middle of triangular faces too.
    private static func withMiddles(_ shape: HigherOrderShape, _ count: Int) -> LinearParts? {
        switch (shape, count) {
        case (.triangle, 7): return LinearParts.of(CellType(rawValue: 34), pointCount: 7)
        case (.tetrahedron, 15):
            // Faces (0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3) have the nodes 10 to 13.
            let faces: [[Int32]] = [[0, 2, 1, 6, 5, 4, 10], [0, 1, 3, 4, 8, 7, 11], [1, 2, 3, 5, 9, 8, 12], [2, 0, 3, 6, 7, 9, 13]]
            return LinearParts(
                pointCount: 15, cornerCount: 4, parts: faces.flatMap { fan($0).map { (.tetrahedron, $0.reversed() + [14]) } })
        case (.wedge, 21):
            let layers = [[0, 1, 2, 6, 7, 8, 15], [12, 13, 14, 17, 18, 19, 20], [3, 4, 5, 9, 10, 11, 16]].map { fan($0.map(Int32.init)) }
            return LinearParts(
                pointCount: 21, cornerCount: 6,
                parts: (0..<2).flatMap { layer in (0..<6).map { (.wedge, layers[layer][$0] + layers[layer + 1][$0]) } })
        default: return nil
        }
    }

    private static func cells(_ nodes: HigherOrderNodes) -> [(CellType, [Int32])] {
        let (p, q, r) = (nodes.degrees.x, nodes.degrees.y, nodes.degrees.z)
        switch nodes.shape {
        case .curve: return [(.polyLine, (0...p).map { nodes.number($0) })]
        case .triangle: return triangles(p).map { (.triangle, $0.map { nodes.number($0.x, $0.y) }) }
        case .quadrilateral:
            return (0..<q).flatMap { j in
                (0..<p).map { i in
                    (.quad, [nodes.number(i, j), nodes.number(i + 1, j), nodes.number(i + 1, j + 1), nodes.number(i, j + 1)])
                }
            }
        case .tetrahedron: return tetrahedra(p).map { (.tetrahedron, $0.map { nodes.number($0.x, $0.y, $0.z) }) }
        case .hexahedron:
            let ring = [SIMD2(0, 0), SIMD2(1, 0), SIMD2(1, 1), SIMD2(0, 1)]
            return (0..<p * q * r).map { cell in
                let (i, j, k) = (cell % p, cell / p % q, cell / (p * q))
                return (.hexahedron, (0..<2).flatMap { up in ring.map { nodes.number(i + $0.x, j + $0.y, k + up) } })
            }
        case .wedge:
            let base = triangles(p)
            return (0..<r).flatMap { k in
                base.map { triangle in (.wedge, (0..<2).flatMap { up in triangle.map { nodes.number($0.x, $0.y, k + up) } }) }
            }
        }
    }

    /// The triangles of a lattice of degree `p`, all of one orientation.
    private static func triangles(_ p: Int) -> [[SIMD2<Int>]] {
        var list: [[SIMD2<Int>]] = []
        for j in 0..<p {
            for i in 0..<p - j {
                list.append([SIMD2(i, j), SIMD2(i + 1, j), SIMD2(i, j + 1)])
                if i + j + 1 < p { list.append([SIMD2(i + 1, j + 1), SIMD2(i, j + 1), SIMD2(i + 1, j)]) }
            }
        }
        return list
    }

    /// The tetrahedra of a lattice of degree `p`: upright ones, four in each octahedron, and inverted ones.
    private static func tetrahedra(_ p: Int) -> [[SIMD3<Int>]] {
        var list: [[SIMD3<Int>]] = []
        let (x, y, z) = (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))
        for k in 0..<p {
            for j in 0..<p - k {
                for i in 0..<p - k - j {
                    let o = SIMD3(i, j, k)
                    list.append([o, o &+ x, o &+ y, o &+ z])
                    if i + j + k + 1 < p {
                        // Around the diagonal from o + y to o + x + z.
                        let (a, b) = (o &+ y, o &+ x &+ z)
                        let ring = [o &+ x, o &+ x &+ y, o &+ y &+ z, o &+ z]
                        for side in 0..<4 { list.append([a, ring[side], ring[(side + 1) % 4], b]) }
                    }
                    if i + j + k + 2 < p { list.append([o &+ x &+ y, o &+ y &+ z, o &+ x &+ z, o &+ x &+ y &+ z]) }
                }
            }
        }
        return list
    }
}

/// Bernstein polynomials at the nodes of a lattice.
///
/// Numerators are whole numbers below 2⁵³, so a face's weights have the same bits seen from both its cells.
enum BezierWeights {
    /// What each control point counts at the place of node `number`; those that do not count are left out.
    static func weights(of number: Int, in nodes: HigherOrderNodes) -> [(Int32, Double)] {
        let at = nodes.positions[number]
        let (p, q, r) = (nodes.degrees.x, nodes.degrees.y, nodes.degrees.z)
        var result: [(Int32, Double)] = []
        for (index, node) in nodes.positions.enumerated() {
            let weight: Double
            switch nodes.shape {
            case .curve: weight = simplex([node.x, p - node.x], [at.x, p - at.x])
            case .quadrilateral: weight = simplex([node.x, p - node.x], [at.x, p - at.x]) * simplex([node.y, q - node.y], [at.y, q - at.y])
            case .hexahedron:
                weight =
                    simplex([node.x, p - node.x], [at.x, p - at.x]) * simplex([node.y, q - node.y], [at.y, q - at.y])
                    * simplex([node.z, r - node.z], [at.z, r - at.z])
            case .triangle: weight = simplex([node.x, node.y, p - node.x - node.y], [at.x, at.y, p - at.x - at.y])
            case .wedge:
                weight =
                    simplex([node.x, node.y, p - node.x - node.y], [at.x, at.y, p - at.x - at.y])
                    * simplex([node.z, r - node.z], [at.z, r - at.z])
            case .tetrahedron:
                let (c, d) = (p - node.x - node.y - node.z, p - at.x - at.y - at.z)
                weight = simplex([node.x, node.y, node.z, c], [at.x, at.y, at.z, d])
            }
            if weight != 0 { result.append((Int32(index), weight)) }
        }
        return result
    }

    /// The Bernstein polynomial of some exponents at a place; both in whole numbers that add up to the degree, which is at most 10.
    private static func simplex(_ exponents: [Int], _ place: [Int]) -> Double {
        let degree = exponents.reduce(0, +)
        var numerator = 1
        var placed = 0
        for exponent in exponents {
            // Choose this exponent among what is left, then its power.
            for step in 0..<exponent { numerator = numerator * (degree - placed - step) / (step + 1) }
            placed += exponent
        }
        var denominator = 1
        for _ in 0..<degree { denominator *= degree }
        for (exponent, value) in zip(exponents, place) { for _ in 0..<exponent { numerator *= value } }
        return Double(numerator) / Double(denominator)
    }
}
