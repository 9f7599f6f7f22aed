import Datasets
import Execution

/// The three-dimensional cells of a grid, in batches of a few thousand that one worker takes at a time.
struct VolumeCells {
    let grid: UnstructuredGrid
    let segments: [CellSegment]
    /// Segments of each batch.
    let batches: [Range<Int>]
    /// Corners of the largest face.
    let largestFace: Int
    let hasPolyhedra: Bool

    /// - Throws: `DatasetError` where a cell has too few points, or a polyhedron's faces are not there.
    init(_ grid: UnstructuredGrid, hidden: HiddenCells?) throws {
        self.grid = grid
        segments = grid.segments(hidden: hidden, limit: 2048) { $0 == .polyhedron || CellFaces.of($0) != nil }
        var batches: [Range<Int>] = []
        var first = 0
        var cells = 0
        for (index, segment) in segments.enumerated() {
            cells += segment.count
            if cells >= 2048 || index == segments.count - 1 {
                batches.append(first..<index + 1)
                first = index + 1
                cells = 0
            }
        }
        self.batches = batches
        hasPolyhedra = segments.contains { $0.type == .polyhedron }
        largestFace = hasPolyhedra ? max(6, grid.polyhedronFaces?.faces.maximumSize ?? 0) : 6
        try check()
    }

    private func check() throws {
        for segment in segments where segment.type != .polyhedron {
            let needed = CellFaces.of(segment.type)!.cellSize
            if segment.size >= needed { continue }
            for cell in segment.firstCell..<segment.firstCell + segment.count where grid.cells.size(of: cell) < needed {
                throw DatasetError("cell \(cell) is a \(segment.type): expected \(needed) points, found \(grid.cells.size(of: cell))")
            }
        }
        if !hasPolyhedra { return }
        guard let lists = grid.polyhedronFaces, lists.facesOfCells.count == grid.cellCount else {
            throw DatasetError("this grid has polyhedra, but its cells do not say which faces they have")
        }
        for face in lists.facesOfCells.connectivity.elements where face < 0 || Int(face) >= lists.faces.count {
            throw DatasetError("a polyhedron names face \(face), and there are \(lists.faces.count)")
        }
        for point in lists.faces.connectivity.elements where point < 0 || Int(point) >= grid.points.count {
            throw DatasetError("a face of a polyhedron names point \(point), and there are \(grid.points.count)")
        }
    }

    /// Corners of a face.
    func cornerCount(of face: FaceCandidate) -> Int { face.a < 0 ? -Int(face.a) : face.d < 0 ? 3 : 4 }
}

/// Lists the points of faces, with everything that does not change looked up before.
struct FaceCursor {
    /// Offsets and corners of one cell type's faces.
    struct Corners {
        let offsets: UnsafePointer<Int32>
        let corners: UnsafePointer<Int32>
        let count: Int

        /// Tables that live as long as the program.
        static func of(_ type: CellType) -> Corners? { all[Int(type.rawValue)] }

        private nonisolated(unsafe) static let all: [Corners?] = (0..<256).map { type in
            guard let faces = CellFaces.of(CellType(rawValue: UInt8(type))) else { return nil }
            let memory = UnsafeMutablePointer<Int32>.allocate(capacity: faces.offsets.count + faces.corners.count)
            memory.initialize(from: faces.offsets, count: faces.offsets.count)
            (memory + faces.offsets.count).initialize(from: faces.corners, count: faces.corners.count)
            return Corners(offsets: memory, corners: memory + faces.offsets.count, count: faces.count)
        }
    }

    private let cells: VolumeCells
    private let ids: UnsafePointer<Int32>
    private let offsets: UnsafePointer<Int32>?
    private let uniformSize: Int
    private let onlyType: CellType?
    private let lists: (facesOfCells: Ragged, faces: Ragged)?

    /// Rows of different lengths.
    private struct Ragged {
        let array: CellArray
        let entries: UnsafePointer<Int32>
        let offsets: UnsafePointer<Int32>?
        let size: Int

        init(_ array: CellArray) {
            self.array = array
            entries = array.connectivity.pointer
            offsets = array.offsets?.pointer
            size = array.uniformSize
        }

        @inline(__always) func start(_ row: Int) -> Int { offsets.map { Int($0[row]) } ?? row &* size }
    }

    init(_ cells: VolumeCells) {
        self.cells = cells
        ids = cells.grid.cells.connectivity.pointer
        offsets = cells.grid.cells.offsets?.pointer
        uniformSize = cells.grid.cells.uniformSize
        onlyType = cells.grid.runs.count == 1 ? cells.grid.runs[0].type : nil
        lists = cells.hasPolyhedra ? cells.grid.polyhedronFaces.map { (Ragged($0.facesOfCells), Ragged($0.faces)) } : nil
    }

    @inline(__always) private func start(_ cell: Int) -> Int { offsets.map { Int($0[cell]) } ?? cell &* uniformSize }

    /// Calls `body` with every face of every cell of a segment: cell, number of the face, its points and how many they are.
    @inline(__always) func forEachFace(
        of segment: CellSegment, _ body: (Int, Int, UnsafePointer<Int32>, Int) -> Void
    ) {
        let last = segment.firstCell + segment.count
        if segment.type == .polyhedron {
            guard let lists else { return }
            for cell in segment.firstCell..<last {
                let first = lists.facesOfCells.start(cell)
                for face in 0..<lists.facesOfCells.start(cell + 1) - first {
                    let row = Int(lists.facesOfCells.entries[first + face])
                    let start = lists.faces.start(row)
                    body(cell, face, lists.faces.entries + start, lists.faces.start(row + 1) - start)
                }
            }
            return
        }
        guard let table = Corners.of(segment.type) else { return }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 8) { scratch in
            let points = scratch.baseAddress!
            for cell in segment.firstCell..<last {
                let base = ids + start(cell)
                for face in 0..<table.count {
                    let first = Int(table.offsets[face])
                    let count = Int(table.offsets[face + 1]) - first
                    for corner in 0..<count { points[corner] = base[Int(table.corners[first + corner])] }
                    body(cell, face, points, count)
                }
            }
        }
    }

    /// Writes the points of a face and returns how many there are.
    ///
    /// - Parameter out: room for `VolumeCells.largestFace` points.
    @inline(__always) func write(_ face: FaceCandidate, to out: UnsafeMutablePointer<Int32>) -> Int {
        let cell = Int(face.cell)
        let number = Int(face.face)
        let type = onlyType ?? cells.grid.type(of: cell)
        if type == .polyhedron, let lists {
            let row = Int(lists.facesOfCells.entries[lists.facesOfCells.start(cell) + number])
            let start = lists.faces.start(row)
            let count = lists.faces.start(row + 1) - start
            for corner in 0..<count { out[corner] = lists.faces.entries[start + corner] }
            return count
        }
        guard let table = Corners.of(type) else { return 0 }
        let base = ids + start(cell)
        let first = Int(table.offsets[number])
        let count = Int(table.offsets[number + 1]) - first
        for corner in 0..<count { out[corner] = base[Int(table.corners[first + corner])] }
        return count
    }
}
