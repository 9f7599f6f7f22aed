import Datasets

/// What becomes of a cell, decided by the states of its points: those that all have, and those that some have.
protocol CellDecision {
    /// 0: goes, 1: stays whole, 2: is cut.
    static func decide(all: UInt8, some: UInt8, own: UInt8) -> UInt8
    static var usesOwnState: Bool { get }
    /// Whether cells are cut at all.
    static var cuts: Bool { get }
}

extension CellDecision {
    static var usesOwnState: Bool { false }
    static var cuts: Bool { false }
}

enum AllPoints: CellDecision {
    @inline(__always) static func decide(all: UInt8, some: UInt8, own: UInt8) -> UInt8 { all & ~(some &>> 2) & 1 }
}

enum AnyPoint: CellDecision {
    @inline(__always) static func decide(all: UInt8, some: UInt8, own: UInt8) -> UInt8 { some & ~(some &>> 2) & 1 }
}

enum OwnState: CellDecision {
    static var usesOwnState: Bool { true }
    @inline(__always) static func decide(all: UInt8, some: UInt8, own: UInt8) -> UInt8 { own & ~(some &>> 2) & 1 }
}

enum Cutting: CellDecision {
    static var cuts: Bool { true }
    @inline(__always) static func decide(all: UInt8, some: UInt8, own: UInt8) -> UInt8 {
        // Strict without invalid means cut, unless all points are kept.
        let whole = all & 1
        let cut = (some &>> 1) & ~(some &>> 2) & ~whole & 1
        return whole | cut &<< 1
    }
}

/// What the first pass found of a chunk of cells.
struct ScannedCells: Sendable {
    let range: Range<Int>
    /// A bit a cell of the range: stays whole.
    private(set) var whole: [UInt64]
    /// A bit a cell of the range: is cut. Empty where none is.
    private(set) var cut: [UInt64]
    private(set) var wholeCells = 0
    private(set) var wholeEntries = 0
    private(set) var atoms = CellAtoms()

    /// - Parameters:
    ///   - states: those of points that stay become used.
    ///   - hidden: flags of all cells, or nil.
    ///   - own: states of all cells, or nil.
    init<Decision: CellDecision>(
        _ cells: CellBlocks, _ range: Range<Int>, _ states: UnsafeMutablePointer<UInt8>, _ hidden: UnsafePointer<UInt8>?,
        _ own: UnsafePointer<UInt8>?, _ tables: ClipTables, _ positions: PointPositions, _ decision: Decision.Type
    ) {
        self.range = range
        var whole = [UInt64](repeating: 0, count: (range.count + 63) / 64)
        var cut = whole
        var atoms = CellAtoms()
        var wholeCells = 0
        var wholeEntries = 0
        let splits = cells.isPoly
        let faces = cells.polyhedronFaces
        whole.withUnsafeMutableBufferPointer { wholeBits in
            cut.withUnsafeMutableBufferPointer { cutBits in
                let wholeBits = wholeBits.baseAddress!
                let cutBits = cutBits.baseAddress!
                cells.forEach(in: range) { block in
                    let base = block.first - range.lowerBound
                    var wholeInBlock = 0
                    var entriesInBlock = 0
                    for index in 0..<block.count {
                        let start = block.start(index)
                        let points = block.points + start
                        let size = block.size(index)
                        var all: UInt8 = size > 0 ? 255 : 0
                        var some: UInt8 = 0
                        if size == 8 {
                            for corner in 0..<8 {
                                let state = states[Int(points[corner])]
                                all &= state
                                some |= state
                            }
                        } else if size == 4 {
                            for corner in 0..<4 {
                                let state = states[Int(points[corner])]
                                all &= state
                                some |= state
                            }
                        } else {
                            for corner in 0..<size {
                                let state = states[Int(points[corner])]
                                all &= state
                                some |= state
                            }
                        }
                        let cell = block.first &+ index
                        if let hidden, hidden[cell] & 32 != 0 { continue }
                        var found = Decision.decide(all: all, some: some, own: Decision.usesOwnState ? own![cell] : 0)
                        if Decision.cuts && splits && found == 1 && size > 4 && block.type == .polygon {
                            if !isFlatAndConvex((0..<size).map { positions[Int(points[$0])] }) { found = 2 }
                        }
                        if found == 0 { continue }
                        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: (base &+ index) & 63)
                        if found == 1 {
                            wholeBits[(base &+ index) &>> 6] |= bit
                            for corner in 0..<size { states[Int(points[corner])] |= PointState.used }
                            wholeInBlock &+= 1
                            entriesInBlock &+= size
                        } else {
                            cutBits[(base &+ index) &>> 6] |= bit
                            atoms.add(block.type, cell, points, size, states, tables, positions, faces)
                        }
                    }
                    wholeCells &+= wholeInBlock
                    wholeEntries &+= entriesInBlock
                }
            }
        }
        self.whole = whole
        self.cut = atoms.count > 0 ? cut : []
        self.wholeCells = wholeCells
        self.wholeEntries = wholeEntries
        self.atoms = atoms
    }
}
