import Datasets
import Geometry
import Scenes

/// Drawables of one actor in the order in which one rank that has everything would draw them.
///
/// Those whose cells lie one behind the other stay as they are; those whose cells are mixed are merged, cell by cell.
enum DrawableMerging {
    static func ordered(_ drawables: [Drawable]) -> [Drawable] {
        let entries = drawables.enumerated().map { Entry($1, $0) }
            .sorted { a, b in
                if a.order != b.order { return a.order < b.order }
                return a.first != b.first ? a.first < b.first : a.place < b.place
            }
        var result: [Drawable] = []
        var chain: [Entry] = []
        func finish() {
            if chain.count == 1 { result.append(chain[0].drawable) } else { result += merged(chain.map(\.drawable)) }
            chain = []
        }
        for entry in entries {
            if let last = chain.last, entry.order != last.order || !chain.contains(where: { entry.first <= $0.last }) { finish() }
            chain.append(entry)
        }
        if !chain.isEmpty { finish() }
        return result
    }

    private struct Entry {
        let drawable: Drawable
        let place: Int
        let order: Int
        var first = CellPlace(rank: .max, key: .max)
        var last = CellPlace(rank: 0, key: 0)

        init(_ drawable: Drawable, _ place: Int) {
            self.drawable = drawable
            self.place = place
            order = drawable.order ?? place
            if drawable.instances != nil { return }
            for primitive in 0..<drawable.count {
                let cell = drawable.cellPlace(primitive)
                first = min(first, cell)
                last = max(last, cell)
            }
        }
    }

    /// Those that can be one, as one, in the order of cells.
    private static func merged(_ drawables: [Drawable]) -> [Drawable] {
        var groups: [[Drawable]] = []
        for drawable in drawables.map({ $0.packed() }) {
            if let group = groups.firstIndex(where: { $0[0].isLike(drawable) }) { groups[group].append(drawable) } else { groups.append([drawable]) }
        }
        return groups.map { $0.count == 1 ? $0[0] : merge($0) }
    }

    private static func merge(_ parts: [Drawable]) -> Drawable {
        var whole = parts[0]
        let pointStarts = starts(parts.map(\.points.count))
        let cellStarts = starts(parts.map { $0.cellKeys?.count ?? 0 })
        if parts.allSatisfy({ if case .float32 = $0.points { true } else { false } }) {
            whole.points = .float32(joined(parts) { if case .float32(let values) = $0.points { values } else { Buffer() } })
        } else {
            whole.points = .float64(
                joined(parts) {
                    switch $0.points {
                    case .float32(let values): Buffer(values.elements.map { Double($0) })
                    case .float64(let values): values
                    }
                })
        }
        if whole.normals != nil { whole.normals = joined(parts) { $0.normals ?? Buffer() } }
        whole.cellKeys = joined(parts) { $0.cellKeys ?? Buffer() }
        whole.cellRanks = joined(parts) { $0.cellRanks ?? Buffer() }
        if whole.cellIds != nil { whole.cellIds = joined(parts) { $0.cellIds ?? Buffer() } }
        if whole.opacities != nil { whole.opacities?.values = joined(parts) { $0.opacities?.values ?? Buffer() } }
        whole.colors = colors(parts)
        whole.pointBounds = parts.reduce(into: Bounds()) { $0.add($1.pointBounds) }
        // Primitives by cell; those of one cell stay together.
        var entries: [(cell: CellPlace, part: Int, primitive: Int)] = []
        entries.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for (number, part) in parts.enumerated() {
            for primitive in 0..<part.count { entries.append((part.cellPlace(primitive), number, primitive)) }
        }
        entries.sort { a, b in
            if a.cell != b.cell { return a.cell < b.cell }
            return a.part != b.part ? a.part < b.part : a.primitive < b.primitive
        }
        let each = whole.cornerCount
        let lists = parts.map { $0.corners ?? Buffer() }
        let corners = Buffer<Int32>(count: entries.count * each) { out in
            for (place, entry) in entries.enumerated() {
                for corner in 0..<each {
                    out[place * each + corner] = lists[entry.part].pointer[entry.primitive * each + corner] + pointStarts[entry.part]
                }
            }
        }
        withExtendedLifetime(lists) {}
        switch whole.primitives {
        case .triangles: whole.primitives = .triangles(corners)
        case .lines: whole.primitives = .lines(corners)
        case .points: whole.primitives = .points(corners)
        case .spheres(_, let radius, let radii):
            let all = radii.map { _ in joined(parts) { part -> Buffer<Float> in if case .spheres(_, _, let own?) = part.primitives { own } else { Buffer() } } }
            whole.primitives = .spheres(corners, radius: radius, radii: all)
        }
        whole.cells = Buffer(entries.map { (parts[$0.part].cells?[$0.primitive] ?? 0) + cellStarts[$0.part] })
        if parts.contains(where: { $0.cellEdges != nil }) {
            whole.cellEdges = Buffer(entries.map { parts[$0.part].cellEdges?[$0.primitive] ?? 7 })
        }
        return whole
    }

    private static func colors(_ parts: [Drawable]) -> Drawable.Colors {
        func floats(_ part: Drawable) -> Buffer<Float> {
            switch part.colors {
            case .pointScalars(let values), .cellScalars(let values): values
            default: Buffer()
            }
        }
        func bytes(_ part: Drawable) -> Buffer<UInt8> {
            switch part.colors {
            case .pointColors(let values, _), .cellColors(let values, _): values
            default: Buffer()
            }
        }
        return switch parts[0].colors {
        case .material: .material
        case .pointScalars: .pointScalars(joined(parts, floats))
        case .cellScalars: .cellScalars(joined(parts, floats))
        case .pointColors(_, let components): .pointColors(joined(parts, bytes), components: components)
        case .cellColors(_, let components): .cellColors(joined(parts, bytes), components: components)
        }
    }

    private static func starts(_ counts: [Int]) -> [Int32] {
        var sum: Int32 = 0
        return counts.map { count in
            defer { sum += Int32(count) }
            return sum
        }
    }

    private static func joined<Element>(_ parts: [Drawable], _ buffer: (Drawable) -> Buffer<Element>) -> Buffer<Element> {
        let buffers = parts.map(buffer)
        return Buffer(count: buffers.reduce(0) { $0 + $1.count }) { out in
            var place = 0
            for buffer in buffers {
                for index in 0..<buffer.count { out[place + index] = buffer.pointer[index] }
                place += buffer.count
            }
            withExtendedLifetime(buffers) {}
        }
    }
}

extension Drawable {
    /// Whether both, packed, can be one drawable.
    fileprivate func isLike(_ other: Drawable) -> Bool {
        guard instances == nil, other.instances == nil, origin == other.origin, (normals == nil) == (other.normals == nil),
            (cellIds == nil) == (other.cellIds == nil), opacities?.isByCell == other.opacities?.isByCell,
            opacities?.points == other.opacities?.points
        else { return false }
        switch (primitives, other.primitives) {
        case (.triangles, .triangles), (.lines, .lines), (.points, .points): break
        case (.spheres(_, let r, let radii), .spheres(_, let s, let others)): if r != s || (radii == nil) != (others == nil) { return false }
        default: return false
        }
        switch (colors, other.colors) {
        case (.material, .material), (.pointScalars, .pointScalars), (.cellScalars, .cellScalars): return true
        case (.pointColors(_, let m), .pointColors(_, let n)), (.cellColors(_, let m), .cellColors(_, let n)): return m == n
        default: return false
        }
    }
}
