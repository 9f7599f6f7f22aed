import Datasets
import Geometry

/// The cells of a chunk that are cut, taken apart into shapes that tables know, in the order of the cells.
struct CellAtoms: Sendable {
    private(set) var shapes: [UInt8] = []
    /// Kept corners as bits; unused for chains and rings.
    private(set) var masks: [UInt8] = []
    /// The cell that each is a part of.
    private(set) var sources: [Int32] = []
    private(set) var cornerCounts: [Int32] = []
    /// Corners one after the other. A chain's are the point before it, its kept points, the point behind it.
    private(set) var corners: [Int32] = []

    /// Counts of what all atoms together become.
    private(set) var parts = 0
    private(set) var entries = 0
    private(set) var candidates = 0
    private(set) var centres = 0
    private(set) var parents = 0

    /// The polyhedra among them, in order.
    private(set) var solids: [CutSolid] = []

    /// The first cell that cannot be cut, if there is one.
    private(set) var unknown: (cell: Int32, type: CellType)?

    var count: Int { shapes.count }

    /// Adds the shapes of one linear cell or polyhedron.
    ///
    /// - Parameters:
    ///   - states: of all points; kept corners become used.
    ///   - positions: needed by polygons.
    ///   - faces: needed by polyhedra.
    mutating func add(
        _ type: CellType, _ cell: Int, _ points: UnsafePointer<Int32>, _ size: Int, _ states: UnsafeMutablePointer<UInt8>,
        _ tables: ClipTables, _ positions: PointPositions, _ faces: PolyhedronFaces?
    ) {
        let source = Int32(truncatingIfNeeded: cell)
        switch type.rawValue {
        case 1: add(.vertex, source, points, 1, 0x0, states, tables)
        case 2: for index in 0..<size { add(.vertex, source, points + index, 1, 0x0, states, tables) }
        case 3: add(.line, source, points, 2, 0x10, states, tables)
        case 4: addChains(source, points, size, states)
        case 5: add(.triangle, source, points, 3, 0x210, states, tables)
        case 6:
            for index in 0..<max(0, size - 2) {
                add(.triangle, source, points + index, 3, index & 1 == 0 ? 0x210 : 0x201, states, tables)
            }
        case 7: addPolygon(source, points, size, states, tables, positions)
        case 8: add(.quad, source, points, 4, 0x2310, states, tables)
        case 9: add(.quad, source, points, 4, 0x3210, states, tables)
        case 10: add(.tetrahedron, source, points, 4, 0x3210, states, tables)
        case 11: add(.hexahedron, source, points, 8, 0x67542310, states, tables)
        case 12: add(.hexahedron, source, points, 8, 0x76543210, states, tables)
        case 13: add(.wedge, source, points, 6, 0x543210, states, tables)
        case 14: add(.pyramid, source, points, 5, 0x43210, states, tables)
        case 15:
            add(.wedge, source, points, 6, 0x765210, states, tables)
            add(.hexahedron, source, points, 8, 0x98754320, states, tables)
        case 16:
            add(.hexahedron, source, points, 8, 0x98763210, states, tables)
            add(.hexahedron, source, points, 8, 0xBA965430, states, tables)
        case 42:
            guard let faces, cell < faces.facesOfCells.count else {
                if unknown == nil { unknown = (source, type) }
                return
            }
            addSolid(source, UnsafeBufferPointer(start: points, count: size), states, tables.isJoined, faces)
        default: if unknown == nil { unknown = (source, type) }
        }
    }

    /// Adds one shape.
    ///
    /// - Parameter order: which of `points` its `count` corners are: hexadecimal digits, the first corner's lowest.
    @inline(__always) mutating func add(
        _ shape: ClipShape, _ source: Int32, _ points: UnsafePointer<Int32>, _ count: Int, _ order: UInt64,
        _ states: UnsafeMutablePointer<UInt8>, _ tables: ClipTables
    ) {
        var mask: UInt8 = 0
        for corner in 0..<count {
            let point = Int(points[Int(order &>> UInt64(4 &* corner) & 15)])
            mask |= (states[point] & PointState.kept) &<< UInt8(truncatingIfNeeded: corner)
        }
        if mask == 0 { return }
        for corner in 0..<count {
            let point = points[Int(order &>> UInt64(4 &* corner) & 15)]
            if states[Int(point)] & PointState.kept != 0 { states[Int(point)] |= PointState.used }
            corners.append(point)
        }
        shapes.append(shape.rawValue)
        masks.append(mask)
        sources.append(source)
        cornerCounts.append(Int32(truncatingIfNeeded: count))
        let found = tables[shape.rawValue].cases[Int(mask)]
        parts &+= Int(found.parts)
        entries &+= Int(found.entries)
        candidates &+= found.edges.nonzeroBitCount
        centres &+= Int(found.centres)
        parents &+= Int(found.parents)
    }

    private mutating func addRun(
        _ shape: ClipShape, _ source: Int32, before: Int32, _ run: [Int32], after: Int32, _ states: UnsafeMutablePointer<UInt8>
    ) {
        shapes.append(shape.rawValue)
        masks.append(0)
        sources.append(source)
        cornerCounts.append(Int32(run.count + 2))
        corners.append(before)
        for point in run {
            states[Int(point)] |= PointState.used
            corners.append(point)
        }
        corners.append(after)
        let cuts = (before >= 0 ? 1 : 0) + (after >= 0 ? 1 : 0)
        parts += 1
        entries += run.count + cuts
        candidates += cuts
    }

    private mutating func addChains(_ source: Int32, _ points: UnsafePointer<Int32>, _ size: Int, _ states: UnsafeMutablePointer<UInt8>) {
        var first = 0
        while first < size {
            if states[Int(points[first])] & PointState.kept == 0 {
                first += 1
                continue
            }
            var end = first + 1
            while end < size && states[Int(points[end])] & PointState.kept != 0 { end += 1 }
            let run = (first..<end).map { points[$0] }
            addRun(.chain, source, before: first > 0 ? points[first - 1] : -1, run, after: end < size ? points[end] : -1, states)
            first = end
        }
    }

    private mutating func addPolygon(
        _ source: Int32, _ points: UnsafePointer<Int32>, _ size: Int, _ states: UnsafeMutablePointer<UInt8>, _ tables: ClipTables,
        _ positions: PointPositions
    ) {
        if size < 3 { return }
        if size == 3 { return add(.triangle, source, points, 3, 0x210, states, tables) }
        if size == 4 { return add(.quad, source, points, 4, 0x3210, states, tables) }
        func isKept(_ index: Int) -> Bool { states[Int(points[index % size])] & PointState.kept != 0 }
        let starts = (0..<size).filter { isKept($0) && !isKept($0 + size - 1) }
        let corners = (0..<size).map { positions[Int(points[$0])] }
        if starts.count == 1 && isFlatAndConvex(corners) {
            var end = starts[0] + 1
            while isKept(end) { end += 1 }
            let run = (starts[0]..<end).map { points[$0 % size] }
            return addRun(.ring, source, before: points[(starts[0] + size - 1) % size], run, after: points[end % size], states)
        }
        var places = [Int32](repeating: 0, count: 3 * (size - 2))
        var cutter = PolygonCutter()
        places.withUnsafeMutableBufferPointer { cutter.cut(corners, $0.baseAddress!) }
        let triangles = places.map { points[Int($0)] }
        triangles.withUnsafeBufferPointer { triangles in
            for first in stride(from: 0, to: triangles.count, by: 3) {
                add(.triangle, source, triangles.baseAddress! + first, 3, 0x210, states, tables)
            }
        }
    }

    private mutating func addSolid(
        _ source: Int32, _ points: UnsafeBufferPointer<Int32>, _ states: UnsafeMutablePointer<UInt8>, _ isJoined: Bool,
        _ faces: PolyhedronFaces
    ) {
        let solid = CutSolid(source, faces, isJoined: isJoined, firstCandidate: candidates) {
            states[Int($0)] & PointState.kept != 0
        }
        if solid.faceSizes.isEmpty { return }
        shapes.append(ClipShape.solid.rawValue)
        masks.append(0)
        sources.append(source)
        let first = corners.count
        for point in points where states[Int(point)] & PointState.kept != 0 {
            states[Int(point)] |= PointState.used
            corners.append(point)
        }
        let kept = corners.count - first
        // What is kept comes first, then a mark, then the ends of cut edges.
        corners.append(-1)
        for (a, b) in solid.edges { corners += [a, b] }
        cornerCounts.append(Int32(truncatingIfNeeded: corners.count - first))
        parts += 1
        entries += kept + solid.edges.count
        candidates += solid.edges.count
        solids.append(solid)
    }
}
