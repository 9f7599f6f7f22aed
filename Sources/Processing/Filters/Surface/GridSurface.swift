import Datasets
import Execution

/// The surface of an unstructured grid.
enum GridSurface {
    /// External faces of volume cells; cells of lower dimension as they are.
    ///
    /// - Parameter ghostLevels: cells of higher ghost levels count, but give nothing.
    static func make(_ grid: UnstructuredGrid, ghostLevels: Int, context: ExecutionContext) throws -> Dataset {
        let input = Dataset.unstructured(grid)
        let hidden = HiddenCells(of: input)
        let levels = grid.attributes.piece?.cellGhostLevels
        let volume = try VolumeCells(grid, hidden: hidden)
        var faces = Buffer<FaceCandidate>()
        if !volume.segments.isEmpty {
            faces = try FaceCount.externalFaces(of: volume, context: context)
            if let levels { faces = faces.filtered { Int(levels.pointer[Int($0.cell)]) <= ghostLevels } }
        }
        let flat = grid.segments(hidden: hidden, limit: 1 << 40) { FlatCell.of($0) != nil }
        for segment in flat {
            _ = try FaceSketch.pointRange(
                grid.cells.connectivity.pointer + segment.firstEntry, segment.endEntry - segment.firstEntry, points: grid.points.count)
        }
        if flat.isEmpty {
            let (polygons, sources) = try facesAlone(volume, faces, context: context)
            return try SurfaceResult.make(
                input, lists: [CellArray(), CellArray(), polygons, CellArray()], sources: [sources], ghostLevels: ghostLevels,
                fanBits: Surface.gridFanBits, context: context)
        }
        func isWanted(_ cell: Int) -> Bool { levels.map { Int($0.pointer[cell]) <= ghostLevels } ?? true }
        var builders = try rooms(volume, faces, flat, isWanted)
        try context.checkCancellation()
        fill(&builders, volume, faces, flat, isWanted)
        return try SurfaceResult.make(
            input, lists: builders.map(\.list), sources: builders.map(\.sources), ghostLevels: ghostLevels, fanBits: Surface.gridFanBits,
            context: context)
    }

    /// The polygons of a grid that has volume cells only, and their cells.
    private static func facesAlone(
        _ volume: VolumeCells, _ faces: Buffer<FaceCandidate>, context: ExecutionContext
    ) throws -> (CellArray, Buffer<Int32>) {
        let grain = 1 << 12
        let face = faces.pointer
        var starts = try context.parallelMap(faces.count, grain: grain) { range in
            var entries = 0
            for index in range { entries &+= volume.cornerCount(of: face[index]) }
            return entries
        }
        let entries = exclusivePrefixSum(&starts)
        guard entries < Int(Int32.max) else {
            throw DatasetError("a surface of \(faces.count) faces is more than one piece can number: use more pieces")
        }
        let firsts = starts
        let connectivity = Buffer<Int32>(uninitializedCount: entries)
        let offsets = Buffer<Int32>(uninitializedCount: faces.count + 1)
        let sources = Buffer<Int32>(uninitializedCount: faces.count)
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        nonisolated(unsafe) let offset = UnsafeMutablePointer(mutating: offsets.pointer)
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: sources.pointer)
        offset[faces.count] = Int32(truncatingIfNeeded: entries)
        try context.parallelChunks(faces.count, grain: grain) { chunk, range in
            let cursor = FaceCursor(volume)
            let scratch = Buffer<Int32>(uninitializedCount: volume.largestFace)
            let corners = UnsafeMutablePointer(mutating: scratch.pointer)
            var place = firsts[chunk]
            for index in range {
                offset[index] = Int32(truncatingIfNeeded: place)
                source[index] = face[index].cell
                place &+= write(face[index], cursor, corners, entry + place)
            }
            withExtendedLifetime(scratch) {}
        }
        withExtendedLifetime(faces) {}
        return (faces.count == 0 ? CellArray() : CellArray(offsets: offsets, connectivity: connectivity), sources)
    }

    /// Writes a face from its lowest point on, as VTK lists faces, and returns how many points it has.
    @inline(__always) private static func write(
        _ face: FaceCandidate, _ cursor: FaceCursor, _ corners: UnsafeMutablePointer<Int32>, _ out: UnsafeMutablePointer<Int32>
    ) -> Int {
        let count = cursor.write(face, to: corners)
        var lowest = 0
        for corner in 1..<max(1, count) where corners[corner] < corners[lowest] { lowest = corner }
        for corner in lowest..<count { out[corner &- lowest] = corners[corner] }
        for corner in 0..<lowest { out[count &- lowest &+ corner] = corners[corner] }
        return count
    }

    /// Counts the cells of the four lists.
    private static func rooms(
        _ volume: VolumeCells, _ faces: Buffer<FaceCandidate>, _ flat: [CellSegment], _ isWanted: (Int) -> Bool
    ) throws -> [CellListBuilder] {
        var counts = [0, 0, 0, 0]
        var entries = [0, 0, 0, 0]
        counts[2] = faces.count
        for index in 0..<faces.count { entries[2] += volume.cornerCount(of: faces.pointer[index]) }
        for segment in flat {
            let kind = FlatCell.of(segment.type)!
            for cell in segment.firstCell..<segment.firstCell + segment.count where isWanted(cell) {
                let size = kind.pointCount(ofCellWith: volume.grid.cells.size(of: cell))
                if size == 0 { continue }
                counts[kind.list] += 1
                entries[kind.list] += size
            }
        }
        return try (0..<4).map { try CellListBuilder(cells: counts[$0], entries: entries[$0]) }
    }

    private static func fill(
        _ builders: inout [CellListBuilder], _ volume: VolumeCells, _ faces: Buffer<FaceCandidate>, _ flat: [CellSegment],
        _ isWanted: (Int) -> Bool
    ) {
        let grid = volume.grid
        let ids = grid.cells.connectivity.pointer
        var polygons = builders[2]
        var nextFace = 0
        let cursor = FaceCursor(volume)
        let scratch = Buffer<Int32>(uninitializedCount: volume.largestFace)
        let corners = UnsafeMutablePointer(mutating: scratch.pointer)
        defer { withExtendedLifetime(scratch) {} }
        func addFaces(before cell: Int) {
            while nextFace < faces.count && Int(faces.pointer[nextFace].cell) < cell {
                let face = faces.pointer[nextFace]
                let count = write(face, cursor, corners, polygons.next)
                polygons.add(count, from: Int(face.cell))
                nextFace += 1
            }
        }
        for segment in flat {
            let kind = FlatCell.of(segment.type)!
            if kind.list == 2 { addFaces(before: segment.firstCell) }
            var list = kind.list == 2 ? polygons : builders[kind.list]
            for cell in segment.firstCell..<segment.firstCell + segment.count where isWanted(cell) {
                let points = ids + grid.cells.offset(cell)
                let size = kind.pointCount(ofCellWith: grid.cells.size(of: cell))
                if size == 0 { continue }
                let out = list.next
                for corner in 0..<size { out[corner] = points[corner] }
                if kind.isPixel && size == 4 { swap(&out[2], &out[3]) }
                list.add(size, from: cell)
            }
            if kind.list == 2 { polygons = list } else { builders[kind.list] = list }
        }
        addFaces(before: Int.max)
        builders[2] = polygons
    }
}

extension Buffer where Element == FaceCandidate {
    /// The faces that `isIncluded` picks, in order.
    func filtered(_ isIncluded: (FaceCandidate) -> Bool) -> Buffer {
        var count = 0
        for index in 0..<self.count where isIncluded(pointer[index]) { count += 1 }
        if count == self.count { return self }
        return Buffer(count: count) { out in
            var place = 0
            for index in 0..<self.count where isIncluded(pointer[index]) {
                out[place] = pointer[index]
                place += 1
            }
        }
    }
}
