/// What linear cells a cell of higher order consists of: the rule by which every filter sees it.
///
/// Nodes of the cell become corners of the parts. Where a face or the body has no node in its middle, one is *made*: a sum of the
/// cell's nodes by its shape functions. Parts of neighbours agree on the face between them, as a face is cut by its own nodes only.
///
/// | cells | parts |
/// |---|---|
/// | edges, cubic lines, curves | a poly-line through the nodes |
/// | triangles with six nodes | four triangles; with a seventh in the middle, six |
/// | quadrilaterals | quads between the nodes, the middle made where it is missing |
/// | tetrahedra | tetrahedra: those at the corners, and four around a diagonal of each octahedron between them |
/// | hexahedra, wedges | hexahedra or wedges between the nodes, middles of faces and body made where they are missing |
/// | pyramids with 13 nodes | six pyramids and four tetrahedra, the middle of the base made; with 19, a cone from the middle |
/// | quadratic polygons | a polygon through all nodes |
/// | Lagrange cells of degree p | as above, p parts along an axis |
/// | Bézier cells | as Lagrange cells; every node but the corners is made, as control points do not lie on the cell |
///
/// Lagrange and Bézier pyramids, which VTK has numbers for but no cells, count as the linear ones of their corners.
///
/// Source: `vtkQuadraticTetra`, `vtkTriQuadraticHexahedron`, `vtkHigherOrderHexahedron` and their kin in VTK 9.
public struct LinearParts: Sendable {
    /// A point that is made: the sum of some of the cell's nodes, by weight. Weights add up to one.
    public struct MadePoint: Sendable {
        public var nodes: [Int32]
        public var weights: [Double]

        init(_ weights: [(Int32, Double)]) {
            nodes = weights.map(\.0)
            self.weights = weights.map(\.1)
        }
    }

    /// Nodes of the cell.
    public let pointCount: Int
    public let made: [MadePoint]
    /// The linear type of each part.
    public let types: [UInt8]
    /// Where each part begins in `corners`; one entry more at the end.
    public let offsets: [Int32]
    /// Corners of the parts: a node of the cell, or `pointCount` plus the number of a made point.
    public let corners: [Int32]
    /// Nodes that are corners of the whole cell: the first ones.
    public let cornerCount: Int
    /// Whether weights of made points are those of a Bézier cell, which may be rational.
    public let isBezier: Bool

    public var count: Int { types.count }

    init(
        pointCount: Int, cornerCount: Int, made: [MadePoint] = [], isBezier: Bool = false, parts: [(CellType, [Int32])]
    ) {
        self.pointCount = pointCount
        self.cornerCount = cornerCount
        self.made = made
        self.isBezier = isBezier
        types = parts.map { $0.0.rawValue }
        var offsets: [Int32] = [0]
        for part in parts { offsets.append(offsets.last! + Int32(part.1.count)) }
        self.offsets = offsets
        corners = parts.flatMap { $0.1 }
    }

    /// The parts of a cell of higher order.
    ///
    /// - Parameters:
    ///   - count: nodes of the cell.
    ///   - degrees: of a Lagrange or Bézier cell, where a file states them; needed where the axes differ.
    ///   - diagonal: which diagonal of the octahedron in a quadratic tetrahedron its parts lie around, 0…2; all are right, and the one
    ///     along which a field changes least disturbs it least.
    /// - Returns: nil where a cell of the type cannot have so many nodes, and for cells that are not of higher order.
    public static func of(_ type: CellType, pointCount count: Int, degrees: SIMD3<Int>? = nil, diagonal: Int = 0) -> LinearParts? {
        if let wanted = type.pointCount, wanted != count { return nil }
        switch type.rawValue {
        case 21: return LinearParts(pointCount: 3, cornerCount: 2, parts: [(.polyLine, [0, 2, 1])])
        case 35: return LinearParts(pointCount: 4, cornerCount: 2, parts: [(.polyLine, [0, 2, 3, 1])])
        case 22: return quadraticTriangle
        case 23: return quadraticQuad
        case 28: return LinearParts(pointCount: 9, cornerCount: 4, parts: quads)
        case 30: return LinearParts(pointCount: 6, cornerCount: 4, parts: [(.quad, [0, 4, 5, 3]), (.quad, [4, 1, 2, 5])])
        case 34:
            return LinearParts(
                pointCount: 7, cornerCount: 3,
                parts: [[0, 3, 6], [6, 3, 4], [6, 4, 5], [0, 6, 5], [3, 1, 4], [5, 4, 2]].map { (.triangle, $0) })
        case 36:
            guard count >= 6 && count % 2 == 0 else { return nil }
            let half = Int32(count / 2)
            return LinearParts(pointCount: count, cornerCount: count / 2, parts: [(.polygon, (0..<half).flatMap { [$0, $0 + half] })])
        case 24: return quadraticTetrahedra[min(2, max(0, diagonal))]
        case 25: return quadraticHexahedron
        case 29: return LinearParts(pointCount: 27, cornerCount: 8, parts: hexahedra)
        case 33: return biquadraticQuadraticHexahedron
        case 26: return quadraticWedge
        case 31: return quadraticLinearWedge
        case 32: return LinearParts(pointCount: 18, cornerCount: 6, parts: wedges)
        case 27: return quadraticPyramid
        case 37: return triquadraticPyramid
        case 74, 81: return count < 5 ? nil : LinearParts(pointCount: count, cornerCount: 5, parts: [(.pyramid, [0, 1, 2, 3, 4])])
        default: return higherOrder(type, count, degrees)
        }
    }

    // MARK: Quadratic cells

    /// The middle of a quadrilateral with nodes at its corners and in the middle of its edges.
    private static func middle(_ corners: [Int32], _ edges: [Int32]) -> MadePoint {
        MadePoint(corners.map { ($0, -0.25) } + edges.map { ($0, 0.5) })
    }

    private static let quads: [(CellType, [Int32])] = [[0, 4, 8, 7], [4, 1, 5, 8], [8, 5, 2, 6], [7, 8, 6, 3]].map { (.quad, $0) }

    /// Of 27 nodes.
    private static let hexahedra: [(CellType, [Int32])] = [
        [0, 8, 24, 11, 16, 22, 26, 20], [8, 1, 9, 24, 22, 17, 21, 26], [11, 24, 10, 3, 20, 26, 23, 19], [24, 9, 2, 10, 26, 21, 18, 23],
        [16, 22, 26, 20, 4, 12, 25, 15], [22, 17, 21, 26, 12, 5, 13, 25], [20, 26, 23, 19, 15, 25, 14, 7], [26, 21, 18, 23, 25, 13, 6, 14],
    ].map { (.hexahedron, $0) }

    /// Of 18 nodes.
    private static let wedges: [(CellType, [Int32])] = [
        [8, 0, 6, 17, 12, 15], [8, 6, 7, 17, 15, 16], [7, 6, 1, 16, 15, 13], [2, 8, 7, 14, 17, 16],
        [17, 12, 15, 11, 3, 9], [17, 15, 16, 11, 9, 10], [16, 15, 13, 10, 9, 4], [14, 17, 16, 5, 11, 10],
    ].map { (.wedge, $0) }

    private static let quadraticTriangle = LinearParts(
        pointCount: 6, cornerCount: 3, parts: [[0, 3, 5], [3, 1, 4], [5, 4, 2], [4, 5, 3]].map { (.triangle, $0) })

    private static let quadraticQuad = LinearParts(
        pointCount: 8, cornerCount: 4, made: [middle([0, 1, 2, 3], [4, 5, 6, 7])], parts: quads)

    /// By the diagonal: from 6 to 8, from 4 to 9, from 5 to 7.
    private static let quadraticTetrahedra: [LinearParts] = [
        [[6, 4, 5, 8], [6, 5, 9, 8], [6, 9, 7, 8], [6, 7, 4, 8]], [[4, 8, 5, 9], [4, 5, 6, 9], [4, 6, 7, 9], [4, 7, 8, 9]],
        [[5, 9, 6, 7], [5, 6, 4, 7], [5, 4, 8, 7], [5, 8, 9, 7]],
    ].map { (middle: [[Int32]]) in
        LinearParts(
            pointCount: 10, cornerCount: 4,
            parts: ([[0, 4, 6, 7], [4, 1, 5, 8], [6, 5, 2, 9], [7, 8, 9, 3]] + middle).map { (.tetrahedron, $0) })
    }

    private static let quadraticHexahedron = LinearParts(
        pointCount: 20, cornerCount: 8,
        made: [
            middle([0, 3, 4, 7], [11, 15, 16, 19]), middle([1, 2, 5, 6], [9, 13, 17, 18]), middle([0, 1, 4, 5], [8, 12, 16, 17]),
            middle([2, 3, 6, 7], [10, 14, 18, 19]), middle([0, 1, 2, 3], [8, 9, 10, 11]), middle([4, 5, 6, 7], [12, 13, 14, 15]),
            MadePoint((0..<20).map { ($0, $0 < 8 ? -0.25 : 0.25) }),
        ], parts: hexahedra)

    private static let biquadraticQuadraticHexahedron = LinearParts(
        pointCount: 24, cornerCount: 8,
        made: [
            middle([0, 1, 2, 3], [8, 9, 10, 11]), middle([4, 5, 6, 7], [12, 13, 14, 15]), middle([16, 17, 18, 19], [20, 21, 22, 23]),
        ], parts: hexahedra)

    private static let quadraticWedge = LinearParts(
        pointCount: 15, cornerCount: 6,
        made: [
            middle([0, 1, 3, 4], [6, 9, 12, 13]), middle([1, 2, 4, 5], [7, 10, 13, 14]), middle([0, 2, 3, 5], [8, 11, 12, 14]),
        ], parts: wedges)

    private static let quadraticLinearWedge = LinearParts(
        pointCount: 12, cornerCount: 6,
        parts: [[8, 0, 6, 11, 3, 9], [8, 6, 7, 11, 9, 10], [7, 6, 1, 10, 9, 4], [2, 8, 7, 5, 11, 10]].map { (.wedge, $0) })

    private static let quadraticPyramid = LinearParts(
        pointCount: 13, cornerCount: 5, made: [middle([0, 1, 2, 3], [5, 6, 7, 8])],
        parts: [[0, 5, 13, 8, 9], [5, 1, 6, 13, 10], [8, 13, 7, 3, 12], [13, 6, 2, 7, 11], [9, 10, 11, 12, 4], [9, 12, 11, 10, 13]]
            .map { (.pyramid, $0) }
            + [[5, 13, 9, 10], [6, 13, 10, 11], [7, 13, 11, 12], [8, 13, 12, 9]].map { (.tetrahedron, $0) })

    private static let triquadraticPyramid = LinearParts(
        pointCount: 19, cornerCount: 5,
        parts: [[0, 8, 13, 5], [8, 3, 7, 13], [13, 7, 2, 6], [5, 13, 6, 1]].map { (.pyramid, $0.reversed() + [18]) }
            + [[0, 1, 4, 5, 10, 9, 14], [1, 2, 4, 6, 11, 10, 15], [2, 3, 4, 7, 12, 11, 16], [3, 0, 4, 8, 9, 12, 17]]
            .flatMap { fan($0).map { (.tetrahedron, $0.reversed() + [18]) } })

    /// The six triangles around the seventh node of a triangle.
    static func fan(_ nodes: [Int32]) -> [[Int32]] {
        let ring = [nodes[0], nodes[3], nodes[1], nodes[4], nodes[2], nodes[5]]
        return (0..<6).map { [nodes[6], ring[$0], ring[($0 + 1) % 6]] }
    }
}
