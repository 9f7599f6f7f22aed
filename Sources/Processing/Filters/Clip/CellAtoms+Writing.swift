import Datasets

extension CellAtoms {
    /// Where a reader of the atoms stands.
    struct Cursor {
        var atom = 0
        var corner = 0
    }

    /// The arrays, for readers.
    struct Base {
        let count: Int
        let shapes: UnsafePointer<UInt8>
        let masks: UnsafePointer<UInt8>
        let sources: UnsafePointer<Int32>
        let cornerCounts: UnsafePointer<Int32>
        let corners: UnsafePointer<Int32>
    }

    /// Lends the arrays; not called where there are no atoms would leave nothing to point to, so an empty base has count 0.
    func withCursorBase<Result>(_ body: (Base) throws -> Result) rethrows -> Result {
        try shapes.withUnsafeBufferPointer { shapes in
            try masks.withUnsafeBufferPointer { masks in
                try sources.withUnsafeBufferPointer { sources in
                    try cornerCounts.withUnsafeBufferPointer { cornerCounts in
                        try corners.withUnsafeBufferPointer { corners in
                            let nothing = UnsafeRawPointer(bitPattern: 64)!
                            return try body(
                                Base(
                                    count: shapes.count,
                                    shapes: shapes.baseAddress ?? nothing.assumingMemoryBound(to: UInt8.self),
                                    masks: masks.baseAddress ?? nothing.assumingMemoryBound(to: UInt8.self),
                                    sources: sources.baseAddress ?? nothing.assumingMemoryBound(to: Int32.self),
                                    cornerCounts: cornerCounts.baseAddress ?? nothing.assumingMemoryBound(to: Int32.self),
                                    corners: corners.baseAddress ?? nothing.assumingMemoryBound(to: Int32.self)))
                        }
                    }
                }
            }
        }
    }

    /// The ends of a polyhedron's cut edges, which stand behind its kept points and a mark.
    static func edges(ofSolid corners: UnsafePointer<Int32>, _ count: Int) -> UnsafeBufferPointer<Int32> {
        var first = 0
        while corners[first] >= 0 { first &+= 1 }
        return UnsafeBufferPointer(start: corners + first + 1, count: count &- first &- 1)
    }

    /// Writes the cut edges of all atoms: `candidates` of them.
    func writeCandidates(_ tables: ClipTables, _ out: UnsafeMutablePointer<UInt64>) {
        withCursorBase { base in
            var place = 0
            var corner = 0
            for atom in 0..<base.count {
                let count = Int(base.cornerCounts[atom])
                let corners = base.corners + corner
                if base.shapes[atom] == ClipShape.solid.rawValue {
                    let edges = CellAtoms.edges(ofSolid: corners, count)
                    for edge in 0..<edges.count / 2 {
                        out[place] = EdgeNumbering.candidate(edges[2 &* edge], edges[2 &* edge &+ 1])
                        place &+= 1
                    }
                } else if base.shapes[atom] >= UInt8(ClipShape.tableCount) {
                    if corners[0] >= 0 {
                        out[place] = EdgeNumbering.candidate(corners[0], corners[1])
                        place &+= 1
                    }
                    if corners[count &- 1] >= 0 {
                        out[place] = EdgeNumbering.candidate(corners[count &- 2], corners[count &- 1])
                        place &+= 1
                    }
                } else {
                    let table = tables[base.shapes[atom]]
                    var edges = table.cases[Int(base.masks[atom])].edges
                    while edges != 0 {
                        let edge = edges.trailingZeroBitCount
                        out[place] = EdgeNumbering.candidate(
                            corners[Int(table.ends[2 &* edge])], corners[Int(table.ends[2 &* edge &+ 1])])
                        place &+= 1
                        edges &= edges &- 1
                    }
                }
                corner &+= count
            }
        }
    }

    /// Writes the centres of all atoms: `centres` of them, with `parents` parents.
    ///
    /// - Parameters:
    ///   - edgeRanks: of these atoms' candidates.
    ///   - firstParent: where this chunk's parents begin.
    func writeCentres(
        _ tables: ClipTables, edgeRanks: UnsafePointer<Int32>, parents: UnsafeMutablePointer<Int32>, firstParent: Int,
        offsets: UnsafeMutablePointer<Int32>, cells: UnsafeMutablePointer<Int32>, numbers: UnsafeMutablePointer<UInt8>
    ) {
        withCursorBase { base in
            var (corner, candidate, centre, parent) = (0, 0, 0, firstParent)
            var previous: Int32 = -1
            var number: UInt8 = 0
            for atom in 0..<base.count {
                let count = Int(base.cornerCounts[atom])
                let corners = base.corners + corner
                corner &+= count
                if base.shapes[atom] == ClipShape.solid.rawValue {
                    candidate &+= CellAtoms.edges(ofSolid: corners, count).count / 2
                    continue
                }
                if base.shapes[atom] >= UInt8(ClipShape.tableCount) {
                    candidate &+= (corners[0] >= 0 ? 1 : 0) &+ (corners[count &- 1] >= 0 ? 1 : 0)
                    continue
                }
                let table = tables[base.shapes[atom]]
                let found = table.cases[Int(base.masks[atom])]
                if base.sources[atom] != previous { number = 0 }
                previous = base.sources[atom]
                var program = table.program + Int(found.program)
                for _ in 0..<found.centres {
                    offsets[centre] = Int32(truncatingIfNeeded: parent)
                    cells[centre] = base.sources[atom]
                    numbers[centre] = number
                    number &+= 1
                    centre &+= 1
                    for index in 0..<Int(program[0]) {
                        let reference = Int(program[1 &+ index])
                        if reference < ClipTable.firstEdge {
                            parents[parent] = corners[reference]
                        } else {
                            // The candidate's place: how many cut edges come before this one.
                            let below = found.edges & ((1 &<< UInt16(truncatingIfNeeded: reference &- ClipTable.firstEdge)) &- 1)
                            parents[parent] = ~edgeRanks[candidate &+ below.nonzeroBitCount]
                        }
                        parent &+= 1
                    }
                    program += 1 &+ Int(program[0])
                }
                candidate &+= found.edges.nonzeroBitCount
            }
        }
    }
}
