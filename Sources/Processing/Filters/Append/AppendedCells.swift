import Datasets
import Execution

/// The cells of several datasets, one behind the other.
struct AppendedCells {
    private let parts: [Dataset]
    /// The lists of each part: four of poly data, else one.
    private let lists: [[CellArray]]
    /// The number of each part's first point.
    private let firstPoints: [Int]
    private let context: ExecutionContext

    /// - Precondition: all parts have points and cells.
    /// - Throws: `DatasetError` where there are more cells than one dataset holds.
    init(_ parts: [Dataset], context: ExecutionContext) throws {
        self.parts = parts
        self.context = context
        lists = try parts.map { part in
            if part.extent == nil { return part.explicitCells }
            return [try AppendedCells.cells(ofLattice: part, context)]
        }
        var first = 0
        var firsts: [Int] = []
        for part in parts {
            firsts.append(first)
            first += part.pointCount
        }
        firstPoints = firsts
        let entries = lists.reduce(0) { $0 + $1.reduce(0) { $0 + $1.connectivity.count } }
        guard first < Int(Int32.max), entries < Int(Int32.max) else {
            throw DatasetError("the inputs have \(first) points and \(entries) corners; one dataset holds fewer than \(Int32.max) of either")
        }
    }

    /// The cells of a lattice, written out.
    private static func cells(ofLattice dataset: Dataset, _ context: ExecutionContext) throws -> CellArray {
        guard let cells = CellBlocks(dataset), let (_, size) = cells.uniform, cells.count > 0 else { return CellArray() }
        guard cells.count < Int(Int32.max) / size else {
            throw DatasetError("\(cells.count) cells of a lattice have more corners than one dataset holds (\(Int32.max))")
        }
        let connectivity = try Buffer<Int32>(count: cells.count * size) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(cells.count, grain: 1 << 14) { range in
                cells.forEach(in: range) { block in (out + block.first &* size).update(from: block.points, count: block.count &* size) }
            }
        }
        return CellArray(uniformSize: size, connectivity: connectivity)
    }

    /// One of the four lists of all parts, where all are poly data.
    func polyList(_ list: Int) throws -> CellArray {
        try concatenated(parts.indices.map { (lists[$0][list], firstPoints[$0]) })
    }

    /// Which cells of which part come one after the other, list by list, where all are poly data.
    var polySegments: [AppendedArrays.Segment] {
        (0..<4).flatMap { list in
            parts.indices.map { part in
                let first = lists[part][..<list].reduce(0) { $0 + $1.count }
                return AppendedArrays.Segment(part: part, tuples: first..<first + lists[part][list].count)
            }
        }
    }

    /// All cells of all parts.
    func all() throws -> CellArray {
        try concatenated(parts.indices.flatMap { part in lists[part].map { ($0, firstPoints[part]) } })
    }

    /// The type of every cell of all parts.
    func types() throws -> Buffer<UInt8> {
        let total = parts.reduce(0) { $0 + $1.cellCount }
        return try Buffer<UInt8>(count: total) { out in
            var first = 0
            for part in parts {
                guard let cells = CellBlocks(part) else { continue }
                nonisolated(unsafe) let to = out + first
                try context.parallelFor(cells.count, grain: 1 << 16) { range in
                    cells.forEach(in: range) { block in (to + block.first).update(repeating: block.type.rawValue, count: block.count) }
                }
                first += cells.count
            }
        }
    }

    /// The faces of polyhedra; nil where no part has any.
    func faces() -> PolyhedronFaces? {
        let all = parts.map { part -> PolyhedronFaces? in if case .unstructured(let grid) = part { grid.polyhedronFaces } else { nil } }
        if all.allSatisfy({ $0 == nil }) { return nil }
        var (faceOffsets, faceNumbers, pointOffsets, points): ([Int32], [Int32], [Int32], [Int32]) = ([0], [], [0], [])
        for (part, faces) in all.enumerated() {
            for cell in 0..<parts[part].cellCount {
                if let faces, cell < faces.facesOfCells.count {
                    for face in faces.facesOfCells.points(of: cell) {
                        faceNumbers.append(Int32(truncatingIfNeeded: pointOffsets.count - 1))
                        for point in faces.faces.points(of: Int(face)) { points.append(point &+ Int32(truncatingIfNeeded: firstPoints[part])) }
                        pointOffsets.append(Int32(truncatingIfNeeded: points.count))
                    }
                }
                faceOffsets.append(Int32(truncatingIfNeeded: faceNumbers.count))
            }
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(faceNumbers)),
            faces: CellArray(offsets: Buffer(pointOffsets), connectivity: Buffer(points)))
    }

    private func concatenated(_ lists: [(cells: CellArray, firstPoint: Int)]) throws -> CellArray {
        let lists = lists.filter { $0.cells.count > 0 }
        guard let first = lists.first else { return CellArray() }
        if lists.count == 1 && first.firstPoint == 0 { return first.cells }
        let total = lists.reduce(0) { $0 + $1.cells.count }
        let connectivity = Buffer<Int32>(uninitializedCount: lists.reduce(0) { $0 + $1.cells.connectivity.count })
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        let isUniform = lists.allSatisfy { $0.cells.offsets == nil && $0.cells.uniformSize == first.cells.uniformSize }
        let offsets = Buffer<Int32>(uninitializedCount: isUniform ? 0 : total + 1)
        nonisolated(unsafe) let offset = UnsafeMutablePointer(mutating: offsets.pointer)
        var (firstCell, firstEntry) = (0, 0)
        for (cells, firstPoint) in lists {
            let source = cells.connectivity.pointer
            let (cellBase, entryBase) = (firstCell, firstEntry)
            let pointBase = Int32(truncatingIfNeeded: firstPoint)
            try context.parallelFor(cells.connectivity.count, grain: 1 << 17) { range in
                for index in range { entry[entryBase &+ index] = source[index] &+ pointBase }
            }
            if !isUniform {
                try context.parallelFor(cells.count, grain: 1 << 16) { range in
                    for cell in range { offset[cellBase &+ cell] = Int32(truncatingIfNeeded: entryBase &+ cells.offset(cell)) }
                }
            }
            firstCell += cells.count
            firstEntry += cells.connectivity.count
            withExtendedLifetime(cells) {}
        }
        if isUniform { return CellArray(uniformSize: first.cells.uniformSize, connectivity: connectivity) }
        offset[total] = Int32(truncatingIfNeeded: firstEntry)
        return CellArray(offsets: offsets, connectivity: connectivity)
    }
}
