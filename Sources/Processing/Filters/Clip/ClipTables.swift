import Datasets

/// A cell that tables can cut, by itself or as a part of a larger one.
enum ClipShape: UInt8 {
    case vertex, line, triangle, quad, tetrahedron, hexahedron, wedge, pyramid
    /// Neighbouring kept points of a poly-line, or of the border of a polygon, between two points that are not kept (−1: none).
    case chain, ring
    /// A polyhedron: its points that are kept, then the two ends of each edge that is cut. Its faces are kept beside it: `CutSolid`.
    case solid

    static let tableCount = 8
}

/// How one shape is cut for one set of kept corners.
struct ClipCase {
    /// Where its parts are described in the table's program: for each centre the number of its parents and these; then for each part
    /// its cell type, the number of its points and these.
    var program: Int32
    var parts: UInt8
    /// Points of all parts together.
    var entries: UInt8
    var centres: UInt8
    /// Parents of all centres together.
    var parents: UInt8
    /// Which edges are cut, as bits.
    var edges: UInt16
}

/// All cases of one shape. Its memory is never freed.
struct ClipTable: @unchecked Sendable {
    // Unchecked: written once, before anybody sees it.
    let cornerCount: Int
    let edgeCount: Int
    /// Two corners an edge.
    let ends: UnsafePointer<UInt8>
    /// One a set of kept corners, corner i being bit i.
    let cases: UnsafePointer<ClipCase>
    let program: UnsafePointer<UInt8>

    /// References: a corner, or one of these plus the number of an edge or of a centre.
    static let firstEdge = 8
    static let firstCentre = 20
    static let referenceCount = 24

    /// The tables by shape: where a face has two opposite kept corners, the parts at them are joined.
    static let joined: ClipTables = ClipTables(isJoined: true)
    /// The tables that are the complement: parts at opposite kept corners of a face are separate.
    static let separated: ClipTables = ClipTables(isJoined: false)

    init(edges: [(UInt8, UInt8)], corners: Int, text: StaticString) {
        cornerCount = corners
        edgeCount = edges.count
        ends = ClipTable.immortal(edges.flatMap { [$0.0, $0.1] })
        var cases: [ClipCase] = []
        var program: [UInt8] = []
        text.withUTF8Buffer { digits in
            var at = 0
            func next() -> UInt8 {
                let digit = digits[at]
                at += 1
                return digit >= 65 ? digit - 55 : digit - 48
            }
            for mask in 0..<1 << corners {
                while at < digits.count && digits[at] <= 32 { at += 1 }
                var found = ClipCase(program: Int32(program.count), parts: next(), entries: 0, centres: next(), parents: 0, edges: 0)
                for _ in 0..<found.centres {
                    let count = next()
                    found.parents += count
                    program.append(count)
                    for _ in 0..<count { program.append(next()) }
                }
                for _ in 0..<found.parts {
                    let type = CellType(rawValue: next())
                    let count = UInt8(type.pointCount ?? 0)
                    found.entries += count
                    program.append(type.rawValue)
                    program.append(count)
                    for _ in 0..<count { program.append(next()) }
                }
                for (number, edge) in edges.enumerated() where mask >> Int(edge.0) & 1 != mask >> Int(edge.1) & 1 {
                    found.edges |= 1 << UInt16(number)
                }
                cases.append(found)
            }
        }
        self.cases = ClipTable.immortal(cases)
        self.program = ClipTable.immortal(program)
    }

    private static func immortal<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, values.count))
        memory.initialize(from: values, count: values.count)
        return UnsafePointer(memory)
    }
}

/// The tables of all shapes.
struct ClipTables: @unchecked Sendable {
    // Unchecked: never changed, never freed.
    let byShape: UnsafePointer<ClipTable>
    let isJoined: Bool

    init(isJoined: Bool) {
        self.isJoined = isJoined
        let square: [(UInt8, UInt8)] = [(0, 1), (1, 2), (2, 3), (3, 0)]
        let tables = [
            ClipTable(edges: [], corners: 1, text: "00 1010"),
            ClipTable(edges: [(0, 1)], corners: 2, text: "00 10308 10381 10301"),
            ClipTable(edges: [(0, 1), (1, 2), (2, 0)], corners: 3, text: ClipTableData.triangle),
            ClipTable(edges: square, corners: 4, text: isJoined ? ClipTableData.quad : ClipTableData.quadSeparated),
            ClipTable(
                edges: [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)], corners: 4, text: ClipTableData.tetrahedron),
            ClipTable(
                edges: square + [(4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)], corners: 8,
                text: isJoined ? ClipTableData.hexahedron : ClipTableData.hexahedronSeparated),
            ClipTable(
                edges: [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)], corners: 6,
                text: isJoined ? ClipTableData.wedge : ClipTableData.wedgeSeparated),
            ClipTable(
                edges: square + [(0, 4), (1, 4), (2, 4), (3, 4)], corners: 5,
                text: isJoined ? ClipTableData.pyramid : ClipTableData.pyramidSeparated),
        ]
        let memory = UnsafeMutablePointer<ClipTable>.allocate(capacity: tables.count)
        memory.initialize(from: tables, count: tables.count)
        byShape = UnsafePointer(memory)
    }

    @inline(__always) subscript(shape: UInt8) -> ClipTable { byShape[Int(shape)] }
}
