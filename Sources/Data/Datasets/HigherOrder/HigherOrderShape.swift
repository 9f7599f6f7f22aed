/// The shape of a Lagrange or Bézier cell, and the degrees that its points can have.
enum HigherOrderShape: Sendable {
    case curve, triangle, quadrilateral, tetrahedron, hexahedron, wedge

    /// Nil for other types, and for pyramids, whose nodes nobody has put in an order.
    init?(_ type: CellType) {
        switch type.rawValue {
        case 68, 75: self = .curve
        case 69, 76: self = .triangle
        case 70, 77: self = .quadrilateral
        case 71, 78: self = .tetrahedron
        case 72, 79: self = .hexahedron
        case 73, 80: self = .wedge
        default: return nil
        }
    }

    /// The degrees along the axes of a cell with `count` points; nil where there are none.
    ///
    /// - Parameter stated: what the file says of the cell (`HigherOrderDegrees`), needed where the axes differ.
    func degrees(pointCount count: Int, stated: SIMD3<Int>?) -> SIMD3<Int>? {
        if let stated, let found = checked(stated, count) { return found }
        var degree = 1
        // Every shape has more than `degree` points, so this ends by `count`.
        while degree < count {
            guard let points = points(SIMD3(repeating: degree)), points <= count else { return nil }
            if points == count { return checked(SIMD3(repeating: degree), count) }
            degree += 1
        }
        return nil
    }

    private func checked(_ degrees: SIMD3<Int>, _ count: Int) -> SIMD3<Int>? {
        var degrees = degrees
        switch self {
        case .curve: (degrees.y, degrees.z) = (1, 1)
        case .triangle, .tetrahedron: degrees = SIMD3(repeating: degrees.x)
        case .quadrilateral: degrees.z = 1
        case .wedge: degrees.y = degrees.x
        case .hexahedron: break
        }
        for axis in 0..<3 where degrees[axis] < 1 || degrees[axis] > count { return nil }
        return points(degrees) == count ? degrees : nil
    }

    /// Nil where the number is too large to tell.
    private func points(_ degrees: SIMD3<Int>) -> Int? {
        let limit = 1 << 20
        for axis in 0..<3 where degrees[axis] > limit { return nil }
        let (x, y, z) = (degrees.x + 1, degrees.y + 1, degrees.z + 1)
        switch self {
        case .curve: return x
        case .triangle: return x * (x + 1) / 2
        case .quadrilateral: return x * y
        case .tetrahedron: return x * (x + 1) / 2 * (x + 2) / 3
        case .hexahedron: return x * y * z
        case .wedge: return x * (x + 1) / 2 * z
        }
    }
}

/// The nodes of a Lagrange or Bézier cell on the lattice of its degrees, in VTK's order: corners, then insides of edges, of faces, of
/// the body. Those inside a triangle or tetrahedron are a smaller one of the same kind.
struct HigherOrderNodes: Sendable {
    let shape: HigherOrderShape
    let degrees: SIMD3<Int>
    /// Where each node lies: 0…degree along each axis.
    let positions: [SIMD3<Int>]
    private let numbers: [Int32]

    init(_ shape: HigherOrderShape, degrees: SIMD3<Int>) {
        self.shape = shape
        self.degrees = degrees
        var list: [SIMD3<Int>] = []
        let (p, q, r) = (degrees.x, degrees.y, degrees.z)
        switch shape {
        case .curve:
            list = [SIMD3(0, 0, 0), SIMD3(p, 0, 0)]
            for i in 1..<max(1, p) { list.append(SIMD3(i, 0, 0)) }
        case .triangle: list = HigherOrderNodes.triangle(p).map { SIMD3($0.x, $0.y, 0) }
        case .quadrilateral: list = HigherOrderNodes.quadrilateral(p, q)
        case .tetrahedron: list = HigherOrderNodes.tetrahedron(p)
        case .hexahedron: list = HigherOrderNodes.hexahedron(p, q, r)
        case .wedge: list = HigherOrderNodes.wedge(p, r)
        }
        positions = list
        let size = HigherOrderNodes.size(shape, degrees)
        var numbers = [Int32](repeating: -1, count: size.x * size.y * size.z)
        for (number, place) in list.enumerated() { numbers[(place.z * size.y + place.y) * size.x + place.x] = Int32(number) }
        self.numbers = numbers
    }

    private static func size(_ shape: HigherOrderShape, _ degrees: SIMD3<Int>) -> SIMD3<Int> {
        switch shape {
        case .curve: SIMD3(degrees.x + 1, 1, 1)
        case .triangle, .quadrilateral: SIMD3(degrees.x + 1, degrees.y + 1, 1)
        case .tetrahedron, .hexahedron, .wedge: degrees &+ SIMD3(1, 1, 1)
        }
    }

    /// The number of the node at a place of the lattice.
    func number(_ i: Int, _ j: Int = 0, _ k: Int = 0) -> Int32 {
        let size = HigherOrderNodes.size(shape, degrees)
        return numbers[(k * size.y + j) * size.x + i]
    }

    // MARK: Orders

    private static func triangle(_ degree: Int) -> [SIMD2<Int>] {
        var list: [SIMD2<Int>] = []
        var (p, base) = (degree, 0)
        while p > 0 {
            list += [SIMD2(base, base), SIMD2(base + p, base), SIMD2(base, base + p)]
            for i in 1..<max(1, p) { list.append(SIMD2(base + i, base)) }
            for j in 1..<max(1, p) { list.append(SIMD2(base + p - j, base + j)) }
            for i in 1..<max(1, p) { list.append(SIMD2(base, base + p - i)) }
            base += 1
            p -= 3
        }
        if p == 0 { list.append(SIMD2(base, base)) }
        return list
    }

    private static func quadrilateral(_ p: Int, _ q: Int) -> [SIMD3<Int>] {
        var list = [SIMD3(0, 0, 0), SIMD3(p, 0, 0), SIMD3(p, q, 0), SIMD3(0, q, 0)]
        for i in 1..<max(1, p) { list.append(SIMD3(i, 0, 0)) }
        for j in 1..<max(1, q) { list.append(SIMD3(p, j, 0)) }
        for i in 1..<max(1, p) { list.append(SIMD3(i, q, 0)) }
        for j in 1..<max(1, q) { list.append(SIMD3(0, j, 0)) }
        for j in 1..<max(1, q) { for i in 1..<max(1, p) { list.append(SIMD3(i, j, 0)) } }
        return list
    }

    private static func tetrahedron(_ degree: Int) -> [SIMD3<Int>] {
        var list: [SIMD3<Int>] = []
        var (p, base) = (degree, 0)
        let steps = [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
        while p > 0 {
            let origin = SIMD3(repeating: base)
            list += steps.map { origin &+ $0 &* p }
            for (a, b) in [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)] {
                for step in 1..<max(1, p) { list.append(origin &+ steps[a] &* (p - step) &+ steps[b] &* step) }
            }
            if p >= 3 {
                for (a, b, c) in [(0, 1, 3), (2, 3, 1), (0, 3, 2), (0, 2, 1)] {
                    for place in p == 3 ? [SIMD2(0, 0)] : triangle(p - 3) {
                        let (i, j) = (place.x + 1, place.y + 1)
                        list.append(origin &+ steps[a] &* (p - i - j) &+ steps[b] &* i &+ steps[c] &* j)
                    }
                }
            }
            base += 1
            p -= 4
        }
        if p == 0 { list.append(SIMD3(repeating: base)) }
        return list
    }

    private static func hexahedron(_ p: Int, _ q: Int, _ r: Int) -> [SIMD3<Int>] {
        var list: [SIMD3<Int>] = []
        for k in [0, r] { list += [SIMD3(0, 0, k), SIMD3(p, 0, k), SIMD3(p, q, k), SIMD3(0, q, k)] }
        for k in [0, r] {
            for i in 1..<max(1, p) { list.append(SIMD3(i, 0, k)) }
            for j in 1..<max(1, q) { list.append(SIMD3(p, j, k)) }
            for i in 1..<max(1, p) { list.append(SIMD3(i, q, k)) }
            for j in 1..<max(1, q) { list.append(SIMD3(0, j, k)) }
        }
        for (i, j) in [(0, 0), (p, 0), (p, q), (0, q)] { for k in 1..<max(1, r) { list.append(SIMD3(i, j, k)) } }
        for i in [0, p] { for k in 1..<max(1, r) { for j in 1..<max(1, q) { list.append(SIMD3(i, j, k)) } } }
        for j in [0, q] { for k in 1..<max(1, r) { for i in 1..<max(1, p) { list.append(SIMD3(i, j, k)) } } }
        for k in [0, r] { for j in 1..<max(1, q) { for i in 1..<max(1, p) { list.append(SIMD3(i, j, k)) } } }
        for k in 1..<max(1, r) { for j in 1..<max(1, q) { for i in 1..<max(1, p) { list.append(SIMD3(i, j, k)) } } }
        return list
    }

    private static func wedge(_ p: Int, _ r: Int) -> [SIMD3<Int>] {
        var list: [SIMD3<Int>] = []
        for k in [0, r] { list += [SIMD3(0, 0, k), SIMD3(p, 0, k), SIMD3(0, p, k)] }
        for k in [0, r] {
            for i in 1..<max(1, p) { list.append(SIMD3(i, 0, k)) }
            for j in 1..<max(1, p) { list.append(SIMD3(p - j, j, k)) }
            for i in 1..<max(1, p) { list.append(SIMD3(0, p - i, k)) }
        }
        for (i, j) in [(0, 0), (p, 0), (0, p)] { for k in 1..<max(1, r) { list.append(SIMD3(i, j, k)) } }
        func inside(_ k: Int) {
            for j in 1..<max(1, p) { for i in 1..<max(1, p - j) { list.append(SIMD3(i, j, k)) } }
        }
        for k in [0, r] { inside(k) }
        for k in 1..<max(1, r) { for i in 1..<max(1, p) { list.append(SIMD3(i, 0, k)) } }
        for k in 1..<max(1, r) { for j in 1..<max(1, p) { list.append(SIMD3(p - j, j, k)) } }
        for k in 1..<max(1, r) { for i in 1..<max(1, p) { list.append(SIMD3(0, p - i, k)) } }
        for k in 1..<max(1, r) { inside(k) }
        return list
    }
}
