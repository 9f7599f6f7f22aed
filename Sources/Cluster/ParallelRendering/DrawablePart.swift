import Datasets
import Geometry
import Scenes

extension Drawable {
    /// Bytes of points, primitives and what is known at them.
    var byteCount: Int {
        var sum = points.byteCount + (normals?.byteCount ?? 0) + (cells?.byteCount ?? 0) + (cellKeys?.byteCount ?? 0)
        sum += (cellRanks?.byteCount ?? 0) + (cellEdges?.byteCount ?? 0) + (cellIds?.byteCount ?? 0) + (opacities?.values.byteCount ?? 0)
        switch primitives {
        case .triangles(let indices), .lines(let indices): sum += indices.byteCount
        case .points(let indices): sum += indices?.byteCount ?? 0
        case .spheres(let indices, _, let radii): sum += (indices?.byteCount ?? 0) + (radii?.byteCount ?? 0)
        }
        switch colors {
        case .material: return sum
        case .pointScalars(let values), .cellScalars(let values): return sum + values.byteCount
        case .pointColors(let values, _), .cellColors(let values, _): return sum + values.byteCount
        }
    }

    /// Points of a primitive.
    var cornerCount: Int {
        switch primitives {
        case .triangles: 3
        case .lines: 2
        case .points, .spheres: 1
        }
    }

    /// The points of primitives, one after the other; nil: their own numbers.
    var corners: Buffer<Int32>? {
        switch primitives {
        case .triangles(let indices), .lines(let indices): indices
        case .points(let indices), .spheres(let indices, _, _): indices
        }
    }

    /// Runs of at least `size` primitives that end with a cell.
    func cuts(_ size: Int) -> [Range<Int>] {
        if instances != nil || count <= size { return count > 0 ? [0..<count] : [] }
        var runs: [Range<Int>] = []
        var first = 0
        while first < count {
            var end = min(count, first + size)
            if let cells { while end < count && cells[end] == cells[end - 1] { end += 1 } }
            runs.append(first..<end)
            first = end
        }
        return runs
    }

    /// A run of the primitives, whole cells: shares the memory of this one as far as it can.
    ///
    /// - Parameter place: of the drawable in its actor.
    func part(_ range: Range<Int>, place: Int) -> Drawable {
        var part = self
        part.order = order ?? place
        part.wholePointBounds = nil
        if range.count == count { return part }
        let corners = corners
        let each = cornerCount
        let own = corners.map { $0.slice(each * range.lowerBound..<each * range.upperBound) }
        switch primitives {
        case .triangles: part.primitives = .triangles(own ?? Buffer())
        case .lines: part.primitives = .lines(own ?? Buffer())
        case .points: part.primitives = .points(own ?? Buffer(range.map { Int32($0) }))
        case .spheres(_, let radius, let radii):
            part.primitives = .spheres(own ?? Buffer(range.map { Int32($0) }), radius: radius, radii: radii)
        }
        part.cellEdges = cellEdges?.slice(range)
        part.pointBounds = box(of: part)
        if let cells {
            part.cells = cells.slice(range)
            return part
        }
        part.cellKeys = cellKeys?.slice(range) ?? Buffer(range.map { UInt64($0) })
        part.cellRanks = cellRanks?.slice(range)
        part.cellIds = cellIds?.slice(range)
        if var values = opacities, values.isByCell {
            values.values = values.values.slice(range)
            part.opacities = values
        }
        switch colors {
        case .cellScalars(let values): part.colors = .cellScalars(values.slice(range))
        case .cellColors(let values, let components):
            part.colors = .cellColors(values.slice(components * range.lowerBound..<components * range.upperBound), components: components)
        case .material, .pointScalars, .pointColors: break
        }
        return part
    }

    /// The box of the points that a part uses.
    private func box(of part: Drawable) -> Bounds {
        var box = Bounds()
        guard let corners = part.corners else { return pointBounds }
        for index in corners.elements {
            let point = points[Int(index)]
            if point.x.isFinite && point.y.isFinite && point.z.isFinite { box.add(point) }
        }
        withExtendedLifetime(corners) {}
        return box
    }

    /// Where the cell of a primitive comes among all of its actor's, after the drawable's own place.
    func cellPlace(_ primitive: Int) -> CellPlace {
        let cell = cells.map { Int($0[primitive]) } ?? primitive
        return CellPlace(rank: cellRanks.map { $0[cell] } ?? 0, key: cellKeys.map { $0[cell] } ?? UInt64(truncatingIfNeeded: cell))
    }

    /// Whether all buffers are the same memory.
    func isIdentical(to other: Drawable) -> Bool {
        func same<E>(_ a: Buffer<E>?, _ b: Buffer<E>?) -> Bool {
            guard let a, let b else { return a == nil && b == nil }
            return a.isIdentical(to: b)
        }
        switch (points, other.points) {
        case (.float32(let a), .float32(let b)): if !a.isIdentical(to: b) { return false }
        case (.float64(let a), .float64(let b)): if !a.isIdentical(to: b) { return false }
        default: return false
        }
        switch (primitives, other.primitives) {
        case (.triangles(let a), .triangles(let b)), (.lines(let a), .lines(let b)): if !a.isIdentical(to: b) { return false }
        case (.points(let a), .points(let b)): if !same(a, b) { return false }
        case (.spheres(let a, let r, let radii), .spheres(let b, let s, let others)):
            if !same(a, b) || r != s || !same(radii, others) { return false }
        default: return false
        }
        switch (colors, other.colors) {
        case (.material, .material): break
        case (.pointScalars(let a), .pointScalars(let b)), (.cellScalars(let a), .cellScalars(let b)): if !a.isIdentical(to: b) { return false }
        case (.pointColors(let a, let m), .pointColors(let b, let n)), (.cellColors(let a, let m), .cellColors(let b, let n)):
            if !a.isIdentical(to: b) || m != n { return false }
        default: return false
        }
        return origin == other.origin && order == other.order && same(normals, other.normals) && same(cells, other.cells)
            && same(cellKeys, other.cellKeys) && same(cellRanks, other.cellRanks) && same(cellEdges, other.cellEdges)
            && same(opacities?.values, other.opacities?.values) && opacities?.points == other.opacities?.points
            && same(instances?.frames, other.instances?.frames)
    }
}

/// Where a cell comes in the order of a dataset's cells.
struct CellPlace: Comparable, Hashable, Sendable {
    var rank: UInt32
    var key: UInt64

    static func < (a: CellPlace, b: CellPlace) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.key < b.key }
}
