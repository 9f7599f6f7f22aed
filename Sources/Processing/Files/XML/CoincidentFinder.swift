import Datasets
import Dataflow
import Execution

/// Finds, for the points that a rank reads of a file of several pieces, where in the whole file the first point at each place is.
///
/// The pieces' coordinates are looked at in order, a block at a time, up to the rank's own last point; nothing of them is kept.
/// - Complexity: O(points of the file up to there); memory: 20 bytes for each own point.
struct CoincidentFinder {
    let pieces: [XMLPiece]
    /// Points in the pieces before each one.
    let firstPoints: [Int]
    /// Of all coordinates when they are compared.
    let pointType: ScalarType
    /// Whether only points count that a cell which is no duplicate uses.
    let hasGhosts: Bool

    /// Points that were read of a piece of the file, and their places in it.
    struct Part {
        var item: Int
        var points: Points
        var places: Buffer<Int32>
    }

    private static let block = 1 << 18

    /// For each piece of the file, in order, the places of first points that were not read.
    func pointsToAdd(to parts: [Part], context: ExecutionContext) throws -> [(item: Int, places: Buffer<Int32>)] {
        let table = PlaceTable(parts.map(\.points))
        guard table.count > 0 else { return [] }
        // The number, in the order of all points, of the first point at each place.
        var firsts: [Int] = []
        for part in parts { for place in part.places.elements { firsts.append(firstPoints[part.item] + Int(place)) } }
        let own = firsts
        let last = firsts.max() ?? 0
        for item in pieces.indices where firstPoints[item] < last {
            try context.checkCancellation()
            let found = try matches(item, below: last, table, firsts, context)
            if found.isEmpty { continue }
            let marks = hasGhosts ? try usedPoints(item, context) : nil
            for (point, place) in found where marks.map({ $0.word(Int(place) / 64) >> UInt64(place % 64) & 1 != 0 }) ?? true {
                firsts[point] = min(firsts[point], firstPoints[item] + Int(place))
            }
        }
        var result: [(item: Int, places: Buffer<Int32>)] = []
        var wanted = Set(firsts.indices.lazy.filter { firsts[$0] < own[$0] }.map { firsts[$0] })
        wanted.subtract(own)
        var rising = wanted.sorted()[...]
        for item in pieces.indices {
            let end = item + 1 < pieces.count ? firstPoints[item + 1] : Int.max
            let mine = rising.prefix { $0 < end }
            if !mine.isEmpty { result.append((item, Buffer(mine.map { Int32(truncatingIfNeeded: $0 - firstPoints[item]) }))) }
            rising = rising.dropFirst(mine.count)
        }
        return result
    }

    /// Points of a piece of the file at places that the rank has, and that come before those known: the rank's point and the piece's.
    private func matches(
        _ item: Int, below last: Int, _ table: PlaceTable, _ firsts: [Int], _ context: ExecutionContext
    ) throws -> [(Int, Int32)] {
        let piece = pieces[item]
        return try piece.loader.file.at(piece.element.place) {
            let total = try piece.counts().points
            let count = min(total, last - firstPoints[item])
            var found: [(Int, Int32)] = []
            for begin in stride(from: 0, to: count, by: CoincidentFinder.block) {
                let range = begin..<min(count, begin + CoincidentFinder.block)
                let points = try piece.points(total, .range(range), context: context).converted(to: pointType)
                let chunks = try context.parallelMap(range.count, grain: 1 << 14) { part in
                    table.matches(points, part).filter { firstPoints[item] + begin + $0.1 < firsts[$0.0] }
                }
                for chunk in chunks { for (point, place) in chunk { found.append((point, Int32(truncatingIfNeeded: begin + place))) } }
                if let entry = try piece.onlyArray(in: "Points") { try piece.loader.release(entry, tuples: range) }
            }
            return found
        }
    }

    /// Points that cells of a piece of the file use which are no duplicates.
    private func usedPoints(_ item: Int, _ context: ExecutionContext) throws -> PointMarks {
        let piece = pieces[item]
        return try piece.loader.file.at(piece.element.place) {
            let marks = PointMarks(0..<(try piece.counts().points))
            let isPoly = piece.loader.file.kind == .poly
            let count = try piece.cellCount()
            for begin in stride(from: 0, to: count, by: CoincidentFinder.block) {
                let cells = begin..<min(count, begin + CoincidentFinder.block)
                let request = CellRangeRequest(
                    cells: cells, dropsGhosts: true, takesUnusedPoints: false, arrays: .only(point: [], cell: []))
                let places = try isPoly ? piece.polyData(request, context: context).points : piece.unstructuredGrid(request, context: context).points
                for place in places.elements { marks.mark(Int(place)) }
            }
            return marks
        }
    }
}

/// Points by where they are: an open-addressing table of the first point at each place, and the box around all.
private struct PlaceTable: @unchecked Sendable {
    // Unchecked: written by its initializer only.
    let count: Int
    private let coordinates: Buffer<UInt64>
    private let slots: Buffer<Int32>
    private let mask: Int
    private var low: SIMD3<Double>
    private var high: SIMD3<Double>

    init(_ parts: [Points]) {
        count = parts.reduce(0) { $0 + $1.count }
        low = SIMD3(repeating: .infinity)
        high = SIMD3(repeating: -.infinity)
        var next = 0
        var (low, high) = (low, high)
        coordinates = Buffer(count: 3 * count) { out in
            for points in parts {
                for index in 0..<points.count {
                    let point = points.position(index)
                    for axis in 0..<3 {
                        out[next] = PlaceTable.bits(point[axis])
                        next += 1
                        if point[axis] < low[axis] { low[axis] = point[axis] }
                        if point[axis] > high[axis] { high[axis] = point[axis] }
                    }
                }
            }
        }
        (self.low, self.high) = (low, high)
        var capacity = 16
        while capacity < 2 * count { capacity *= 2 }
        mask = capacity - 1
        var table = Buffer<Int32>(repeating: -1, count: capacity)
        let (total, mask, bits) = (count, mask, coordinates.pointer)
        table.withUnsafeMutablePointer { table in
            for point in 0..<total {
                let key = (bits[3 * point], bits[3 * point + 1], bits[3 * point + 2])
                var slot = PlaceTable.hash(key) & mask
                while table[slot] >= 0 {
                    let other = 3 * Int(table[slot])
                    if bits[other] == key.0 && bits[other + 1] == key.1 && bits[other + 2] == key.2 { break }
                    slot = (slot + 1) & mask
                }
                if table[slot] < 0 { table[slot] = Int32(truncatingIfNeeded: point) }
            }
        }
        slots = table
    }

    /// Pairs of a point of the table and one of `points` at the same place.
    func matches(_ points: Points, _ range: Range<Int>) -> [(Int, Int)] {
        var found: [(Int, Int)] = []
        let (bits, table) = (coordinates.pointer, slots.pointer)
        for index in range {
            let point = points.position(index)
            // Not a number is nowhere, so it is looked for everywhere.
            let isOutside =
                point.x < low.x || point.x > high.x || point.y < low.y || point.y > high.y || point.z < low.z || point.z > high.z
            if isOutside { continue }
            let key = (PlaceTable.bits(point.x), PlaceTable.bits(point.y), PlaceTable.bits(point.z))
            var slot = PlaceTable.hash(key) & mask
            while table[slot] >= 0 {
                let other = 3 &* Int(table[slot])
                if bits[other] == key.0 && bits[other &+ 1] == key.1 && bits[other &+ 2] == key.2 {
                    found.append((Int(table[slot]), index))
                    break
                }
                slot = (slot &+ 1) & mask
            }
        }
        withExtendedLifetime((coordinates, slots)) {}
        return found
    }

    /// −0 equals 0; not a number equals itself with the same bits.
    @inline(__always) private static func bits(_ value: Double) -> UInt64 { value == 0 ? 0 : value.bitPattern }

    @inline(__always) private static func hash(_ key: (UInt64, UInt64, UInt64)) -> Int {
        var hash = key.0 &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash &>> 32 ^ key.1) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash &>> 29 ^ key.2) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (hash ^ hash &>> 31) &>> 16)
    }
}

extension Points {
    /// A point, without checks.
    @inline(__always) fileprivate func position(_ index: Int) -> SIMD3<Double> {
        switch self {
        case .float32(let buffer):
            let at = buffer.pointer + 3 &* index
            return SIMD3(Double(at[0]), Double(at[1]), Double(at[2]))
        case .float64(let buffer):
            let at = buffer.pointer + 3 &* index
            return SIMD3(at[0], at[1], at[2])
        }
    }

    /// The same points in Float or Double.
    func converted(to type: ScalarType) -> Points {
        switch (type, self) {
        case (.float32, .float64): return array.floats().map { .float32($0) } ?? self
        case (.float64, .float32): return array.doubles().map { .float64($0) } ?? self
        default: return self
        }
    }
}

/// Cells of any kind over points.
protocol PointGrid: Sendable {
    var points: Points { get set }
    var attributes: DatasetAttributes { get set }
    /// Puts other numbers of points into all cells and faces.
    mutating func renumber(_ numbers: Buffer<Int32>)
}

extension UnstructuredGrid: PointGrid {
    mutating func renumber(_ numbers: Buffer<Int32>) {
        let faces = polyhedronFaces.map { PolyhedronFaces(facesOfCells: $0.facesOfCells, faces: $0.faces.renumbered(numbers)) }
        self = UnstructuredGrid(
            points: points, types: explicitTypes(), cells: cells.renumbered(numbers), polyhedronFaces: faces, attributes: attributes)
    }
}

extension PolyData: PointGrid {
    mutating func renumber(_ numbers: Buffer<Int32>) {
        (vertices, lines) = (vertices.renumbered(numbers), lines.renumbered(numbers))
        (polygons, strips) = (polygons.renumbered(numbers), strips.renumbered(numbers))
    }
}

extension CellArray {
    fileprivate func renumbered(_ numbers: Buffer<Int32>) -> CellArray {
        let entries = Buffer<Int32>(count: connectivity.count) { out in
            for entry in 0..<connectivity.count { out[entry] = numbers.pointer[Int(connectivity.pointer[entry])] }
        }
        withExtendedLifetime((self, numbers)) {}
        return replacingConnectivity(entries)
    }
}

extension XMLPiece {
    /// Adds points of the piece to some that were read, in the piece's order.
    ///
    /// - Parameter places: rising, none of `part`.
    func add<Grid: PointGrid>(
        _ places: Buffer<Int32>, to part: inout CellRange<Grid>, pointType: ScalarType, demand: ArrayDemand, context: ExecutionContext
    ) throws {
        try loader.file.at(element.place) {
            let count = try counts().points
            let choice = TupleChoice(places)
            let points = try self.points(count, choice, context: context).converted(to: pointType)
            let arrays = try attributes(count, choice, try cellCount(), .range(0..<0), demand: demand, context: context).pointData
            let own = part.points
            // For each point of both together its place among the own ones, or behind them among the new ones.
            var order: [Int32] = []
            var numbers = [Int32](repeating: 0, count: own.count)
            var (next, new) = (0, 0)
            while next < own.count || new < places.count {
                if new == places.count || next < own.count && own[next] < places[new] {
                    numbers[next] = Int32(truncatingIfNeeded: order.count)
                    order.append(Int32(truncatingIfNeeded: next))
                    next += 1
                } else {
                    order.append(Int32(truncatingIfNeeded: own.count + new))
                    new += 1
                }
            }
            let source = Buffer(order)
            func both(_ array: FieldArray, _ other: FieldArray) throws -> FieldArray {
                try FieldArray.joining([array, other], like: array.tupleCount > 0 ? array : other).gathered(source, context: context)
            }
            if let joined = Points(try both(part.grid.points.array, points.array)) { part.grid.points = joined }
            part.grid.attributes.pointData = try part.grid.attributes.pointData.map { array in
                try arrays[array.name].map { try both(array, $0) } ?? array
            }
            part.points = Buffer(order.map { $0 < own.count ? own[Int($0)] : places[Int($0) - own.count] })
            part.grid.renumber(Buffer(numbers))
        }
    }
}

extension XMLArrayLoader {
    /// Lets go of the file's memory that holds some tuples.
    func release(_ entry: XMLArrayEntry, tuples range: Range<Int>) throws {
        if case .ascii = entry.location { return }
        let width = entry.components * entry.valueWidth
        try file.payload(entry).release(range.lowerBound * width..<range.upperBound * width)
    }
}
