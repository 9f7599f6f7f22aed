import Datasets

/// Where cells of a result are written.
struct CellTarget: @unchecked Sendable {
    // Unchecked: writers keep to places of their own.
    let connectivity: UnsafeMutablePointer<Int32>
    let offsets: UnsafeMutablePointer<Int32>?
    let types: UnsafeMutablePointer<UInt8>?
    let sources: UnsafeMutablePointer<Int32>?
}

/// The numbers of the result's points.
struct PointNumbers: @unchecked Sendable {
    // Unchecked: only read.
    let kept: PointRanking
    /// Of each candidate.
    let edgeRanks: UnsafePointer<Int32>
    let firstEdge: Int32
    let firstCentre: Int32
}

/// Writes the cells of one chunk.
struct CellWriter {
    let target: CellTarget
    let numbers: PointNumbers
    /// Next places.
    var cell: Int
    var entry: Int
    var candidate: Int
    var centre: Int

    /// The chunk's whole cells and parts, or either.
    mutating func write(_ chunk: ScannedCells, _ cells: CellBlocks, _ tables: ClipTables, whole: Bool, parts: Bool) {
        if (whole ? chunk.wholeCells : 0) + chunk.atoms.count == 0 { return }
        var cursor = CellAtoms.Cursor()
        let hasCut = !chunk.cut.isEmpty
        chunk.whole.withUnsafeBufferPointer { wholeBits in
            chunk.cut.withUnsafeBufferPointer { cutBits in
                chunk.atoms.withCursorBase { atoms in
                    cells.forEach(in: chunk.range) { block in
                        let base = block.first - chunk.range.lowerBound
                        var index = 0
                        while index < block.count {
                            // The next cells, up to a word of bits.
                            let place = base &+ index
                            let shift = UInt64(truncatingIfNeeded: place & 63)
                            let count = min(64 &- (place & 63), block.count &- index)
                            let mask: UInt64 = count == 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: count)) &- 1
                            let wholes = (wholeBits[place &>> 6] &>> shift) & mask
                            let cuts = hasCut ? (cutBits[place &>> 6] &>> shift) & mask : 0
                            if cuts == 0 && whole && wholes == mask {
                                copy(block, index, count)
                            } else {
                                var bits = (whole ? wholes : 0) | cuts
                                while bits != 0 {
                                    let step = bits.trailingZeroBitCount
                                    bits &= bits &- 1
                                    if cuts &>> UInt64(truncatingIfNeeded: step) & 1 == 0 {
                                        copy(block, index &+ step, 1)
                                    } else {
                                        let source = Int32(truncatingIfNeeded: block.first &+ index &+ step)
                                        while cursor.atom < atoms.count && atoms.sources[cursor.atom] == source {
                                            if parts { cut(atoms, &cursor, tables) } else { skip(atoms, &cursor, tables) }
                                        }
                                    }
                                }
                            }
                            index &+= count
                        }
                    }
                }
            }
        }
    }

    /// Copies whole cells.
    @inline(__always) private mutating func copy(_ block: CellBlock, _ first: Int, _ count: Int) {
        let from = block.points + block.start(first)
        let entries = block.size > 0 ? count &* block.size : block.start(first &+ count) &- block.start(first)
        let to = target.connectivity + entry
        let kept = numbers.kept
        for index in 0..<entries { to[index] = kept[from[index]] }
        if let offsets = target.offsets {
            let begin = block.start(first)
            for index in 0..<count {
                offsets[cell &+ index] = Int32(truncatingIfNeeded: entry &+ block.start(first &+ index) &- begin)
            }
        }
        if let types = target.types {
            for index in 0..<count { types[cell &+ index] = block.type.rawValue }
        }
        if let sources = target.sources {
            for index in 0..<count { sources[cell &+ index] = Int32(truncatingIfNeeded: block.first &+ first &+ index) }
        }
        cell &+= count
        entry &+= entries
    }

    private mutating func skip(_ atoms: CellAtoms.Base, _ cursor: inout CellAtoms.Cursor, _ tables: ClipTables) {
        let shape = atoms.shapes[cursor.atom]
        let corners = Int(atoms.cornerCounts[cursor.atom])
        if shape == ClipShape.solid.rawValue {
            candidate &+= CellAtoms.edges(ofSolid: atoms.corners + cursor.corner, corners).count / 2
        } else if shape >= UInt8(ClipShape.tableCount) {
            candidate &+= (atoms.corners[cursor.corner] >= 0 ? 1 : 0) &+ (atoms.corners[cursor.corner &+ corners &- 1] >= 0 ? 1 : 0)
        } else {
            let found = tables[shape].cases[Int(atoms.masks[cursor.atom])]
            candidate &+= found.edges.nonzeroBitCount
            centre &+= Int(found.centres)
        }
        cursor.atom &+= 1
        cursor.corner &+= corners
    }

    /// Writes the parts of one shape.
    private mutating func cut(_ atoms: CellAtoms.Base, _ cursor: inout CellAtoms.Cursor, _ tables: ClipTables) {
        let shape = atoms.shapes[cursor.atom]
        let source = atoms.sources[cursor.atom]
        let cornerCount = Int(atoms.cornerCounts[cursor.atom])
        let corners = atoms.corners + cursor.corner
        if shape == ClipShape.solid.rawValue {
            writeSolid(source, corners, cornerCount)
        } else if shape >= UInt8(ClipShape.tableCount) {
            writeRun(shape, source, corners, cornerCount)
        } else {
            let mask = atoms.masks[cursor.atom]
            let table = tables[shape]
            let found = table.cases[Int(mask)]
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 36) { numbered in
                let reference = numbered.baseAddress!
                for corner in 0..<cornerCount where mask &>> UInt8(truncatingIfNeeded: corner) & 1 == 1 {
                    reference[corner] = numbers.kept[corners[corner]]
                }
                var edges = found.edges
                while edges != 0 {
                    reference[ClipTable.firstEdge &+ edges.trailingZeroBitCount] = numbers.firstEdge &+ numbers.edgeRanks[candidate]
                    candidate &+= 1
                    edges &= edges &- 1
                }
                var program = table.program + Int(found.program)
                for number in 0..<Int(found.centres) {
                    reference[ClipTable.firstCentre &+ number] = numbers.firstCentre &+ Int32(truncatingIfNeeded: centre)
                    centre &+= 1
                    program += 1 &+ Int(program[0])
                }
                for _ in 0..<found.parts {
                    let size = Int(program[1])
                    begin(program[0], source)
                    for index in 0..<size { target.connectivity[entry &+ index] = reference[Int(program[2 &+ index])] }
                    entry &+= size
                    program += 2 &+ size
                }
            }
        }
        cursor.atom &+= 1
        cursor.corner &+= cornerCount
    }

    /// Notes type, place and source of the next cell.
    @inline(__always) private mutating func begin(_ type: UInt8, _ source: Int32) {
        target.offsets?[cell] = Int32(truncatingIfNeeded: entry)
        target.types?[cell] = type
        target.sources?[cell] = source
        cell &+= 1
    }

    /// Writes the points of a polyhedron: kept ones, then those on its edges.
    private mutating func writeSolid(_ source: Int32, _ corners: UnsafePointer<Int32>, _ count: Int) {
        begin(CellType.polyhedron.rawValue, source)
        let edges = CellAtoms.edges(ofSolid: corners, count).count / 2
        for index in 0..<count &- 1 &- 2 &* edges { target.connectivity[entry &+ index] = numbers.kept[corners[index]] }
        entry &+= count &- 1 &- 2 &* edges
        for _ in 0..<edges {
            target.connectivity[entry] = numbers.firstEdge &+ numbers.edgeRanks[candidate]
            candidate &+= 1
            entry &+= 1
        }
    }

    /// Writes a chain or a ring.
    private mutating func writeRun(_ shape: UInt8, _ source: Int32, _ corners: UnsafePointer<Int32>, _ count: Int) {
        let isCutBefore = corners[0] >= 0
        let isCutBehind = corners[count &- 1] >= 0
        let size = count &- 2 &+ (isCutBefore ? 1 : 0) &+ (isCutBehind ? 1 : 0)
        let type: CellType
        if shape == ClipShape.chain.rawValue {
            type = size == 2 ? .line : .polyLine
        } else {
            type = size == 3 ? .triangle : (size == 4 ? .quad : .polygon)
        }
        begin(type.rawValue, source)
        if isCutBefore {
            target.connectivity[entry] = numbers.firstEdge &+ numbers.edgeRanks[candidate]
            candidate &+= 1
            entry &+= 1
        }
        for index in 1..<count &- 1 {
            target.connectivity[entry] = numbers.kept[corners[index]]
            entry &+= 1
        }
        if isCutBehind {
            target.connectivity[entry] = numbers.firstEdge &+ numbers.edgeRanks[candidate]
            candidate &+= 1
            entry &+= 1
        }
    }
}
