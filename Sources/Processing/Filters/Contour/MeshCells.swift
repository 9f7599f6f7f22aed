import Datasets

/// Neighbouring cells of one type, ready for kernels.
struct MeshSegment {
    let type: CellType
    /// What the dataset calls the cells.
    let cells: Range<Int>
    /// The connectivity that the cells are part of, from its first entry.
    let connectivity: UnsafePointer<Int32>
    /// Entries of that connectivity.
    let entryCount: Int
    /// Points of each cell; 0 where they differ: then `offsets` says.
    let size: Int
    /// Where the first cell begins in the connectivity (fixed size).
    let firstEntry: Int
    /// Whether polygons of four points are quads, as in poly data.
    let hasQuads: Bool
    /// Where each cell of the segment begins; one more at the end.
    let offsets: UnsafePointer<Int32>?

    /// The points of a cell, counted from the segment's first.
    @inline(__always) func points(_ local: Int) -> UnsafeBufferPointer<Int32> {
        if let offsets {
            let first = Int(offsets[local])
            return UnsafeBufferPointer(start: connectivity + first, count: Int(offsets[local &+ 1]) &- first)
        }
        return UnsafeBufferPointer(start: connectivity + (firstEntry &+ local &* size), count: size)
    }
}

/// All cells of an unstructured grid or poly data as segments, in canonical order.
///
/// Pointers are valid while the dataset lives.
struct MeshCells {
    var segments: [MeshSegment] = []

    /// - Throws: `DatasetError` for cells that filters cannot cut: unknown types, or sizes that a type cannot have.
    init(_ grid: UnstructuredGrid, for filter: String) throws {
        let connectivity = grid.cells.connectivity
        for run in grid.runs where run.type != .empty {
            var size = run.size
            if let wanted = run.type.pointCount, size != wanted {
                throw DatasetError(
                    "cells \(run.cells.lowerBound)…\(run.cells.upperBound - 1) are of type \(run.type), which has \(wanted) points; some have not")
            }
            if run.type == .polyhedron && grid.polyhedronFaces == nil {
                throw DatasetError("cells \(run.cells.lowerBound)…\(run.cells.upperBound - 1) are polyhedra, and there are no faces of polyhedra")
            }
            guard run.type.isLinear || run.type == .polyhedron else {
                throw DatasetError(
                    "\(filter) cannot cut cells of type \(run.type) (cells \(run.cells.lowerBound)…\(run.cells.upperBound - 1)); triangulate them first")
            }
            var offsets: UnsafePointer<Int32>?
            if size == 0 {
                if let entries = grid.cells.offsets { offsets = entries.pointer + run.cells.lowerBound } else { size = grid.cells.uniformSize }
            }
            segments.append(
                MeshSegment(
                    type: run.type, cells: run.cells, connectivity: connectivity.pointer, entryCount: connectivity.count, size: size,
                    firstEntry: run.firstEntry, hasQuads: false, offsets: offsets))
        }
    }

    init(_ data: PolyData) {
        var first = 0
        for (list, array) in data.cellLists.enumerated() {
            defer { first += array.count }
            if array.count == 0 { continue }
            var type: CellType
            if array.offsets == nil {
                type = PolyData.cellType(list: list, size: array.uniformSize)
            } else {
                type = [.polyVertex, .polyLine, .polygon, .triangleStrip][list]
            }
            if type == .polyLine && array.uniformSize == 2 { type = .line }
            segments.append(
                MeshSegment(
                    type: type, cells: first..<first + array.count, connectivity: array.connectivity.pointer,
                    entryCount: array.connectivity.count, size: array.uniformSize, firstEntry: 0, hasQuads: true,
                    offsets: array.offsets?.pointer))
        }
    }

    /// A part of a segment: cells counted from the segment's first.
    struct Part {
        var segment: Int
        var cells: Range<Int>
    }

    /// Chunks of neighbouring cells for a parallel loop: the same for any number of threads.
    func chunks(grain: Int) -> [[Part]] {
        var chunks: [[Part]] = []
        var current: [Part] = []
        var room = grain
        for (number, segment) in segments.enumerated() {
            var first = 0
            while first < segment.cells.count {
                let end = min(segment.cells.count, first + room)
                current.append(Part(segment: number, cells: first..<end))
                room -= end - first
                first = end
                if room == 0 {
                    chunks.append(current)
                    current = []
                    room = grain
                }
            }
        }
        if !current.isEmpty { chunks.append(current) }
        return chunks
    }
}
