import Datasets
import Geometry

/// Contours cells: looks up the ranks of their points, skips cells whose points do not differ, writes pieces of the others.
///
/// Pointers belong to the caller.
struct ContourKernel {
    /// One a point, as in `PointRanks`.
    let ranks: UnsafePointer<UInt8>
    /// For each value number the greatest rank below the value.
    let thresholds: UnsafePointer<UInt8>
    let valueCount: Int
    /// Whether pieces note the cell that they come from.
    let keepsSources: Bool
    /// Not zero for cells to leave out; nil: none.
    let skippedCells: UnsafePointer<UInt8>?
    /// Whether each point's number equals each value: one byte a point, value after value; nil where there are no vertex cells.
    let equalities: UnsafePointer<UInt8>?
    let pointCount: Int
    /// For polygons that have to be cut into triangles.
    let points: Points
    let polyhedronFaces: PolyhedronFaces?
    /// Whether flat, convex polygons are cut straight from one crossed edge to the other: a plane's cut. Others lose ears first, as in VTK.
    let cutsPolygonsStraight: Bool
    /// Where on an edge the point of a value lies; asked for cells without a table only.
    let position: (_ edge: UInt64, _ value: Int) -> Vector3

    private static let blockSize = 1024

    /// What cells without a table need while they are contoured.
    private struct Scratch {
        var triangles = GrowingBuffer<Int32>(capacity: 64)
        var tracer = LoopTracer()
    }

    func contour(_ segment: MeshSegment, _ cells: Range<Int>, into out: ContourChunk) {
        if segment.offsets == nil, let table = ContourTable.of(segment.type) {
            tabulated(segment, cells, table, into: out)
        } else {
            var scratch = Scratch()
            for cell in cells { various(segment, cell, &scratch, into: out) }
            scratch.triangles.release()
        }
    }

    // MARK: Cells of one type and size

    private func tabulated(_ segment: MeshSegment, _ cells: Range<Int>, _ table: ContourTable, into out: ContourChunk) {
        let capacity = ContourKernel.blockSize * valueCount + 1
        let active = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        defer { active.deallocate() }
        var first = cells.lowerBound
        while first < cells.upperBound {
            let end = min(cells.upperBound, first + ContourKernel.blockSize)
            var count = 0
            if valueCount == 1 {
                count = findCrossed(segment, first..<end, active)
            } else {
                count = findCrossedByAny(segment, first..<end, active)
            }
            if let skippedCells {
                var kept = 0
                for index in 0..<count where skippedCells[segment.cells.lowerBound &+ Int(active[index] &>> 32)] == 0 {
                    active[kept] = active[index]
                    kept &+= 1
                }
                count = kept
            }
            if count > 0 {
                switch table.corners {
                case 3: emit(segment, table, active, count, &out.triangles, out)
                case 2: emit(segment, table, active, count, &out.lines, out)
                default: emit(segment, table, active, count, &out.points, out)
                }
            }
            first = end
        }
    }

    /// Writes the cells of a block that the only value crosses: cell (from the segment's first) · 2³² + case.
    @inline(__always) private func findCrossed(
        _ segment: MeshSegment, _ cells: Range<Int>, _ active: UnsafeMutablePointer<UInt64>
    ) -> Int {
        let size = segment.size
        var entries = segment.connectivity + (segment.firstEntry &+ cells.lowerBound &* size)
        let ranks = ranks
        var count = 0
        @inline(__always) func rank(_ index: Int) -> UInt32 { UInt32(ranks[Int(entries[index])]) }
        if size == 8 {
            for cell in cells {
                var number = rank(7)
                number = number &* 2 &+ rank(6)
                number = number &* 2 &+ rank(5)
                number = number &* 2 &+ rank(4)
                number = number &* 2 &+ rank(3)
                number = number &* 2 &+ rank(2)
                number = number &* 2 &+ rank(1)
                number = number &* 2 &+ rank(0)
                active[count] = UInt64(truncatingIfNeeded: cell) &<< 32 | UInt64(number)
                count &+= (number &+ 1) & 0xFE == 0 ? 0 : 1
                entries += 8
            }
        } else if size == 4 {
            for cell in cells {
                var number = rank(3)
                number = number &* 2 &+ rank(2)
                number = number &* 2 &+ rank(1)
                number = number &* 2 &+ rank(0)
                active[count] = UInt64(truncatingIfNeeded: cell) &<< 32 | UInt64(number)
                count &+= (number &+ 1) & 0xE == 0 ? 0 : 1
                entries += 4
            }
        } else {
            let all = UInt32(1) &<< UInt32(truncatingIfNeeded: size) &- 1
            for cell in cells {
                var number: UInt32 = 0
                var index = size &- 1
                while index >= 0 {
                    number = number &* 2 &+ rank(index)
                    index &-= 1
                }
                active[count] = UInt64(truncatingIfNeeded: cell) &<< 32 | UInt64(number)
                count &+= number == 0 || number == all ? 0 : 1
                entries += size
            }
        }
        return count
    }

    /// The same for several values: cell · 2³² + value number · 2¹⁶ + case.
    private func findCrossedByAny(_ segment: MeshSegment, _ cells: Range<Int>, _ active: UnsafeMutablePointer<UInt64>) -> Int {
        let size = segment.size
        let all = UInt32(1) &<< UInt32(truncatingIfNeeded: size) &- 1
        var entries = segment.connectivity + (segment.firstEntry &+ cells.lowerBound &* size)
        let ranks = ranks
        var count = 0
        for cell in cells {
            let first = ranks[Int(entries[0])]
            var differences: UInt8 = 0
            for index in 1..<max(1, size) { differences |= ranks[Int(entries[index])] ^ first }
            if differences != 0 {
                for value in 0..<valueCount {
                    let number = caseNumber(entries, size, thresholds[value])
                    active[count] = UInt64(truncatingIfNeeded: cell) &<< 32 | UInt64(truncatingIfNeeded: value) &<< 16 | UInt64(number)
                    count &+= number == 0 || number == all ? 0 : 1
                }
            }
            entries += size
        }
        return count
    }

    @inline(__always) private func caseNumber(_ entries: UnsafePointer<Int32>, _ size: Int, _ threshold: UInt8) -> UInt32 {
        var number: UInt32 = 0
        for index in 0..<size {
            number |= (ranks[Int(entries[index])] > threshold ? 1 : 0) &<< UInt32(truncatingIfNeeded: index)
        }
        return number
    }

    /// Writes the pieces of crossed cells.
    @inline(__always) private func emit(
        _ segment: MeshSegment, _ table: ContourTable, _ active: UnsafePointer<UInt64>, _ count: Int, _ pieces: inout ContourChunk.Pieces,
        _ out: ContourChunk
    ) {
        var edges = out.edges
        edges.reserve(count * table.maximumEdges)
        pieces.corners.reserve(count * table.maximumPieces * table.corners)
        if keepsSources { pieces.sources.reserve(count * table.maximumPieces) }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 32) { places in
            let place = places.baseAddress!
            let records = table.records.pointer
            let base = segment.connectivity + segment.firstEntry
            let corners = pieces.corners.pointer
            var sources = pieces.sources
            var cornerCount = pieces.corners.count
            for index in 0..<count {
                let entry = active[index]
                let cell = Int(entry &>> 32)
                let value = Int32(truncatingIfNeeded: entry &>> 16 & 0xFFFF)
                var record = records + Int(entry & 0xFFFF) &* table.stride
                let edgeCount = Int(record[0])
                let pieceCount = Int(record[1])
                record += 2
                let entries = base + cell &* segment.size
                for edge in 0..<edgeCount {
                    let a = entries[Int(record[2 &* edge])]
                    let b = entries[Int(record[2 &* edge &+ 1])]
                    place[edge] = edges.place(of: EdgeNumbering.candidate(a, b), value: value)
                }
                record += 2 &* edgeCount
                let cornersHere = pieceCount &* table.corners
                for corner in 0..<cornersHere { corners[cornerCount &+ corner] = place[Int(record[corner])] }
                cornerCount &+= cornersHere
                if keepsSources {
                    let source = Int32(truncatingIfNeeded: segment.cells.lowerBound &+ cell)
                    for _ in 0..<pieceCount { sources.write(source) }
                }
            }
            pieces.corners.count = cornerCount
            pieces.sources = sources
        }
        out.edges = edges
        withExtendedLifetime(table) {}
    }

    // MARK: Cells of different sizes

    /// Contours one cell of variable size through the simple cells that it consists of.
    private func various(_ segment: MeshSegment, _ cell: Int, _ scratch: inout Scratch, into out: ContourChunk) {
        let source = segment.cells.lowerBound + cell
        if let skippedCells, skippedCells[source] != 0 { return }
        let points = segment.points(cell)
        guard let base = points.baseAddress, !points.isEmpty else { return }
        let count = points.count
        var made = 0
        switch segment.type {
        case .vertex, .polyVertex:
            guard let equalities else { return }
            for value in 0..<valueCount {
                for point in points where equalities[value * pointCount + Int(point)] != 0 {
                    out.points.corners.append(~point)
                    if keepsSources { out.points.sources.append(Int32(source)) }
                    made += 1
                }
            }
        case .line, .polyLine:
            for value in 0..<valueCount {
                for first in 0..<max(0, count - 1) {
                    made += simple(base + first, ContourTable.line, value, source, &out.points, out)
                }
            }
        case .triangleStrip:
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3) { corner in
                for value in 0..<valueCount {
                    for first in 0..<max(0, count - 2) {
                        let odd = first & 1
                        corner[0] = base[first + odd]
                        corner[1] = base[first + 1 - odd]
                        corner[2] = base[first + 2]
                        made += simple(corner.baseAddress!, ContourTable.triangle, value, source, &out.lines, out)
                    }
                }
            }
        case .polygon where count == 3, .triangle:
            for value in 0..<valueCount { made += simple(base, ContourTable.triangle, value, source, &out.lines, out) }
        case .polygon where count == 4 && segment.hasQuads, .quad where count == 4:
            for value in 0..<valueCount { made += simple(base, ContourTable.quad, value, source, &out.lines, out) }
        case .polygon where count > 3:
            guard isCrossed(points) else { return }
            if cutsPolygonsStraight, isFlatAndConvex(points.map { self.points[Int($0)] }), let made = straight(points, source, out) {
                out.greatestFan = max(out.greatestFan, made)
                return
            }
            scratch.triangles.count = 0
            triangulatePolygon(points, of: self.points, into: &scratch.triangles)
            for value in 0..<valueCount {
                for first in stride(from: 0, to: scratch.triangles.count, by: 3) {
                    made += simple(scratch.triangles.pointer + first, ContourTable.triangle, value, source, &out.lines, out)
                }
            }
        case .pentagonalPrism, .hexagonalPrism:
            guard isCrossed(points), let topology = CellTopology.of(segment.type) else { return }
            for value in 0..<valueCount {
                let threshold = thresholds[value]
                scratch.tracer.begin()
                for face in topology.faces {
                    scratch.tracer.addTriangulated(face.map { base[$0] }) { ranks[Int($0)] > threshold }
                }
                made += loops(&scratch, value, source, out)
            }
        case .polyhedron:
            guard isCrossed(points), let polyhedronFaces, source < polyhedronFaces.facesOfCells.count else { return }
            for value in 0..<valueCount {
                let threshold = thresholds[value]
                scratch.tracer.begin()
                for face in polyhedronFaces.facesOfCells.points(of: source) {
                    scratch.tracer.add(polyhedronFaces.faces.points(of: Int(face))) { ranks[Int($0)] > threshold }
                }
                made += loops(&scratch, value, source, out)
            }
        default: return
        }
        out.greatestFan = max(out.greatestFan, made)
    }

    /// Cuts a polygon that is crossed on two edges straight from one to the other; nil where more are.
    private func straight(_ polygon: UnsafeBufferPointer<Int32>, _ source: Int, _ out: ContourChunk) -> Int? {
        var crossed: (Int, Int) = (-1, -1)
        var number = 0
        for corner in 0..<polygon.count {
            let next = corner + 1 < polygon.count ? corner + 1 : 0
            guard (ranks[Int(polygon[corner])] > thresholds[0]) != (ranks[Int(polygon[next])] > thresholds[0]) else { continue }
            if number == 0 { crossed.0 = corner } else { crossed.1 = corner }
            number += 1
        }
        guard number == 2 else { return nil }
        let (first, second) = crossed
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { corners in
            // The two crossed edges are the opposite sides of a quadrilateral; where they share a corner, sides of a triangle.
            corners[0] = polygon[first]
            corners[1] = polygon[first + 1]
            if second == first + 1 {
                corners[2] = polygon[second + 1 < polygon.count ? second + 1 : 0]
                return simple(corners.baseAddress!, ContourTable.triangle, 0, source, &out.lines, out)
            }
            corners[2] = polygon[second]
            if second + 1 == polygon.count && first == 0 {
                return simple(corners.baseAddress!, ContourTable.triangle, 0, source, &out.lines, out)
            }
            corners[3] = polygon[second + 1 < polygon.count ? second + 1 : 0]
            return simple(corners.baseAddress!, ContourTable.quad, 0, source, &out.lines, out)
        }
    }

    /// Writes the loops of a cell, cut into triangles that do not overlap where the loop is flat; returns the number of triangles.
    private func loops(_ scratch: inout Scratch, _ value: Int, _ source: Int, _ out: ContourChunk) -> Int {
        var made = 0
        while scratch.tracer.findLoop() {
            let edges = scratch.tracer.loop
            let corners = Points.float64(Buffer(edges.flatMap { edge -> [Double] in
                let place = position(edge, value)
                return [place.x, place.y, place.z]
            }))
            scratch.triangles.count = 0
            let numbers = (0..<edges.count).map { Int32($0) }
            numbers.withUnsafeBufferPointer { triangulatePolygon($0, of: corners, into: &scratch.triangles) }
            out.edges.reserve(edges.count)
            let places = edges.map { out.edges.place(of: $0, value: Int32(value)) }
            out.triangles.corners.reserve(scratch.triangles.count)
            for corner in 0..<scratch.triangles.count { out.triangles.corners.write(places[Int(scratch.triangles.pointer[corner])]) }
            let count = scratch.triangles.count / 3
            if keepsSources { for _ in 0..<count { out.triangles.sources.append(Int32(source)) } }
            made += count
        }
        return made
    }

    private func isCrossed(_ points: UnsafeBufferPointer<Int32>) -> Bool {
        let first = ranks[Int(points[0])]
        return points.contains { ranks[Int($0)] != first }
    }

    /// Contours one line, triangle or quad; returns how many pieces it made.
    private func simple(
        _ entries: UnsafePointer<Int32>, _ table: ContourTable, _ value: Int, _ source: Int, _ pieces: inout ContourChunk.Pieces,
        _ out: ContourChunk
    ) -> Int {
        let number = caseNumber(entries, table.pointCount, thresholds[value])
        var record = table.records.pointer + Int(number) &* table.stride
        let edgeCount = Int(record[0])
        let pieceCount = Int(record[1])
        if pieceCount == 0 { return 0 }
        out.edges.reserve(edgeCount)
        record += 2
        let cornersHere = pieceCount &* table.corners
        pieces.corners.reserve(cornersHere)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { place in
            for edge in 0..<edgeCount {
                let candidate = EdgeNumbering.candidate(entries[Int(record[2 &* edge])], entries[Int(record[2 &* edge &+ 1])])
                place[edge] = out.edges.place(of: candidate, value: Int32(value))
            }
            record += 2 &* edgeCount
            for corner in 0..<cornersHere { pieces.corners.write(place[Int(record[corner])]) }
        }
        if keepsSources { for _ in 0..<pieceCount { pieces.sources.append(Int32(source)) } }
        return pieceCount
    }
}
