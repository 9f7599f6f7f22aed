import Datasets

/// What a cell of one type contributes to a contour, for every combination of points at or above the value.
///
/// The tables are made by rule. On every face of a cell the crossing points are joined around the points above, so that these are
/// separated where a face is ambiguous: both cells of a face join them alike, whatever their types, and surfaces close. The joins of
/// a cell's faces form loops; each loop is cut into triangles by a fixed choice. The choices are those of VTK's cell classes, so
/// that triangles, counts and areas are VTK's. Prisms of five and six sides and polyhedra have no table: see `LoopTracer`.
///
/// Memory: one record of `stride` bytes a case: the number of edges, of pieces (triangles, lines or points), then two points of the
/// cell for each edge, then `corners` edges (places in the record's list) for each piece.
final class ContourTable: Sendable {
    /// Points of the cell.
    let pointCount: Int
    /// Corners of a piece: 3 for triangles, 2 for lines, 1 for points.
    let corners: Int
    let stride: Int
    /// The greatest number of pieces that a case has.
    let maximumPieces: Int
    /// The greatest number of crossed edges that a case has.
    let maximumEdges: Int
    let records: Buffer<UInt8>

    /// The table of a linear cell type of fixed size; nil for other types.
    static func of(_ type: CellType) -> ContourTable? {
        switch type {
        case .line: line
        case .triangle: triangle
        case .quad: quad
        case .pixel: pixel
        case .tetrahedron: tetrahedron
        case .hexahedron: hexahedron
        case .voxel: voxel
        case .wedge: wedge
        case .pyramid: pyramid
        default: nil
        }
    }

    static let line = ContourTable(pointCount: 2, corners: 1, cases: [Case(), Case.crossing, Case.crossing, Case()])
    static let triangle = ContourTable(ring: [0, 1, 2])
    static let quad = ContourTable(ring: [0, 1, 2, 3])
    static let pixel = ContourTable(ring: [0, 1, 3, 2])
    static let tetrahedron = ContourTable(.tetrahedron, choices: "AABBBB")
    static let hexahedron = ContourTable(.hexahedron, choices: hexahedronChoices)
    static let voxel = ContourTable(.hexahedron, choices: hexahedronChoices, order: CellTopology.voxelOrder)
    static let wedge = ContourTable(.wedge, choices: "BAAAEBABAEABAABABBHIBBBAAAABJEAABBAIEEAAAB")
    static let pyramid = ContourTable(.pyramid, choices: "BACACACBAABAADFAEAJB")

    private static let hexahedronChoices =
        "BACBCACBBAEAALABACDDBAAKBBCAALAABCAADCDACAEABppBBBBDLBAALIAACBAAEXBBBXIEBBELCAAEBABCpCNCABLBCLAEBDUBNXNBAABE"
        + "BLDDLAADACAEABNEACDLEABBBBKBCBAXEKUGBMLBDIXELCNBSNBBBBAECCpCCANADAABLDcCSSFBBEBBGCACUDKBHLccEEABADADABDAEB"

    /// One case while the table is made.
    private struct Case {
        var edges: [(Int, Int)] = []
        /// Places in `edges`, `corners` a piece.
        var pieces: [Int] = []

        /// The only interesting case of a line.
        static let crossing = Case(edges: [(0, 1)], pieces: [0])
    }

    private init(pointCount: Int, corners: Int, cases: [Case]) {
        self.pointCount = pointCount
        self.corners = corners
        var mostPieces = 0
        var mostEdges = 0
        for entry in cases {
            mostPieces = max(mostPieces, entry.pieces.count / corners)
            mostEdges = max(mostEdges, entry.edges.count)
        }
        maximumPieces = mostPieces
        maximumEdges = mostEdges
        let stride = 2 + 2 * mostEdges + corners * mostPieces
        self.stride = stride
        records = Buffer(count: cases.count * stride) { out in
            for (number, entry) in cases.enumerated() {
                let record = out + number * stride
                record.initialize(repeating: 0, count: stride)
                record[0] = UInt8(entry.edges.count)
                record[1] = UInt8(entry.pieces.count / corners)
                for (place, edge) in entry.edges.enumerated() {
                    record[2 + 2 * place] = UInt8(edge.0)
                    record[3 + 2 * place] = UInt8(edge.1)
                }
                for (place, edge) in entry.pieces.enumerated() { record[2 + 2 * entry.edges.count + place] = UInt8(edge) }
            }
        }
    }

    /// A flat cell whose points go round as `ring` says: a line around every stretch of points above, from the edge where the ring
    /// leaves it to the edge where the ring entered it.
    private convenience init(ring: [Int]) {
        let size = ring.count
        var cases = [Case](repeating: Case(), count: 1 << size)
        for number in 0..<1 << size {
            let above = ring.map { number >> $0 & 1 == 1 }
            var result = Case()
            // Stretches in the order of their first point in the cell's own numbering.
            let entries = (0..<size).filter { above[$0] && !above[($0 + size - 1) % size] }.sorted { ring[$0] < ring[$1] }
            for first in entries {
                var last = first
                while above[(last + 1) % size] { last = (last + 1) % size }
                for (a, b) in [(ring[last], ring[(last + 1) % size]), (ring[(first + size - 1) % size], ring[first])] {
                    result.pieces.append(result.edges.count)
                    result.edges.append((a, b))
                }
            }
            cases[number] = result
        }
        self.init(pointCount: size, corners: 2, cases: cases)
    }

    /// A solid cell.
    ///
    /// - Parameters:
    ///   - choices: one letter for each loop of four or more points, in the order of cases and loops: which of the loop's
    ///     triangulations, counted as `triangulate` does.
    ///   - order: the cell's point that is each point of the topology.
    private convenience init(_ topology: CellTopology, choices: String, order: [Int]? = nil) {
        let order = order ?? Array(0..<topology.pointCount)
        let letters = Array(choices.utf8)
        var used = 0
        var cases = [Case](repeating: Case(), count: 1 << topology.pointCount)
        for number in 0..<1 << topology.pointCount {
            var result = Case()
            var places = [Int](repeating: -1, count: topology.edges.count)
            for loop in ContourTable.loops(topology, isAbove: { number >> $0 & 1 == 1 }) {
                for edge in loop {
                    places[edge] = result.edges.count
                    result.edges.append((order[topology.edges[edge].0], order[topology.edges[edge].1]))
                }
                var choice = 0
                if loop.count >= 4 && used < letters.count {
                    let letter = Int(letters[used])
                    choice = letter >= 97 ? letter - 97 + 26 : letter - 65
                    used += 1
                }
                ContourTable.triangulate(0, loop.count - 1, choice) { a, b, c in
                    result.pieces += [places[loop[a]], places[loop[b]], places[loop[c]]]
                }
            }
            var target = 0
            for (point, own) in order.enumerated() where number >> point & 1 == 1 { target |= 1 << own }
            cases[target] = result
        }
        self.init(pointCount: topology.pointCount, corners: 3, cases: cases)
    }

    /// The loops of edges that separate points above from points below: each begins at its lowest edge, loops rise by it.
    static func loops(_ topology: CellTopology, isAbove: (Int) -> Bool) -> [[Int]] {
        var number: [SIMD2<Int>: Int] = [:]
        for (index, edge) in topology.edges.enumerated() { number[SIMD2(min(edge.0, edge.1), max(edge.0, edge.1))] = index }
        func edge(_ a: Int, _ b: Int) -> Int { number[SIMD2(min(a, b), max(a, b))]! }
        // On each face, from where the boundary enters a stretch of points above to where it leaves it.
        var next = [Int](repeating: -1, count: topology.edges.count)
        for face in topology.faces {
            let size = face.count
            for first in 0..<size where isAbove(face[first]) && !isAbove(face[(first + size - 1) % size]) {
                var last = first
                while isAbove(face[(last + 1) % size]) { last = (last + 1) % size }
                next[edge(face[(first + size - 1) % size], face[first])] = edge(face[last], face[(last + 1) % size])
            }
        }
        var loops: [[Int]] = []
        for start in next.indices where next[start] >= 0 {
            var loop: [Int] = []
            var current = start
            while next[current] >= 0 {
                loop.append(current)
                (current, next[current]) = (next[current], -1)
            }
            loops.append(loop)
        }
        return loops
    }

    /// Ways to cut a polygon of `size` points into triangles without new points (the Catalan numbers).
    static func triangulations(_ size: Int) -> Int {
        if size <= 3 { return 1 }
        var sum = 0
        for apex in 1..<size - 1 { sum += triangulations(apex + 1) * triangulations(size - apex) }
        return sum
    }

    /// Cuts the polygon `low…high` into triangles in way `choice`: ways are counted by the apex over the side (low, high), then by the
    /// ways of the part before the apex, then by those of the part behind it. Way 0 of every polygon is the fan around `high`.
    static func triangulate(_ low: Int, _ high: Int, _ choice: Int, _ body: (Int, Int, Int) -> Void) {
        if high - low < 2 { return }
        var rest = choice
        for apex in low + 1..<high {
            let after = triangulations(high - apex + 1)
            let ways = triangulations(apex - low + 1) * after
            if rest < ways {
                body(low, apex, high)
                triangulate(low, apex, rest / after, body)
                triangulate(apex, high, rest % after, body)
                return
            }
            rest -= ways
        }
    }
}
