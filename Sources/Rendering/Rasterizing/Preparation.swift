import Datasets
import Execution
import Geometry
import Images
import Scenes

extension Rasterizer.Memory {
    /// The items as they are drawn, checked unless they were drawn before.
    func represent(_ items: [DrawList.Item], _ context: ExecutionContext) throws -> [KnownItem] {
        // What was culled, or came into view, since the last frame must not make the others new ones.
        if knownPlaces.isEmpty { for (place, item) in known.enumerated() { knownPlaces[item.given.buffer, default: []].append(place) } }
        let made = try items.map { item in
            guard let place = knownPlaces[item.buffer]?.first(where: { known[$0].given.hasSameParts(as: item) }) else {
                return KnownItem(
                    given: item, drawn: try item.represented(), hasTranslucentColors: try item.drawable.hasTranslucentColors(in: context))
            }
            let earlier = known[place]
            var drawn = item
            drawn.drawable = earlier.drawn.drawable
            drawn.drawable.colors = item.drawable.colors
            drawn.drawable.normals = item.drawable.normals
            drawn.drawable.opacities = item.drawable.opacities
            drawn.drawable.origin = item.drawable.origin
            try drawn.drawable.validateAttributes()
            let isSame = earlier.given.drawable.hasSameColors(as: item.drawable)
            return KnownItem(
                given: item, drawn: drawn,
                hasTranslucentColors: isSame ? earlier.hasTranslucentColors : try item.drawable.hasTranslucentColors(in: context),
                runs: earlier.runs)
        }
        fresh += made
        return made
    }

    /// How many workers draw; makes their memory.
    func prepareTargets(_ items: [DrawList.Item], _ width: Int, _ height: Int, _ context: ExecutionContext) throws -> Int {
        let primitives = items.reduce(0) { $0 + $1.drawable.count }
        let each = TargetMemory.byteCount(width: width, height: height)
        let fixed = Self.vertexCount(items) * MemoryLayout<ScreenVertex>.stride + width * height * 4
        let needed = fixed + each
        if needed > context.memory.limit {
            throw MemoryExceededError(needed: needed, limit: context.memory.limit, purpose: "drawing \(width)×\(height) pixels")
        }
        // Fewer primitives than a few chunks do not pay for another target.
        let wanted = min(context.threads, Self.greatestWorkerCount, 1 + primitives / 4096 + (primitives > 1 ? 1 : 0))
        let workers = max(1, min(wanted, (context.memory.limit - fixed) / each))
        if let known = sets.first(where: { $0.width == width && $0.height == height }) {
            current = known
        } else {
            current = TargetSet(width: width, height: height)
            sets.append(current)
        }
        current.isUsed = true
        let missing = workers - current.targets.count
        if missing > 0 {
            let made = try context.parallelMap(missing, grain: 1) { _ in UncheckedBox(TargetMemory(width: width, height: height)) }
            current.targets += made.map(\.value)
        }
        return workers
    }

    /// How many vertices `transform` makes at most: items that follow each other share those of their points.
    private static func vertexCount(_ items: [DrawList.Item]) -> Int {
        var last: Drawable?
        return items.reduce(0) { count, item in
            let drawable = item.drawable
            var hasVertices = drawable.instances == nil
            if case .spheres = drawable.primitives { hasVertices = false }
            defer { last = hasVertices ? drawable : nil }
            if !hasVertices { return count }
            if let last, last.points.isIdentical(to: drawable.points), last.origin == drawable.origin { return count }
            return count + drawable.points.count
        }
    }

    /// - Parameter shown: by item, the primitives and points that may show; nil: all.
    func transform(
        _ items: [KnownItem], _ shown: [ShownPrimitives]?, _ projection: ViewProjection, _ context: ExecutionContext
    ) throws -> [PreparedItem] {
        var prepared: [PreparedItem] = []
        var used: [Storage] = []
        for (index, known) in items.enumerated() {
            let item = known.drawn
            let drawable = item.drawable
            let transform = VertexTransform(projection, origin: drawable.origin)
            var vertices: UnsafeMutablePointer<ScreenVertex>?
            if case .spheres = drawable.primitives {
            } else if drawable.instances != nil {
            } else if shown?[index].isEmpty == true {
            } else if let last = prepared.last, let shared = last.vertices, last.shape == nil,
                last.item.drawable.points.isIdentical(to: drawable.points), last.item.drawable.origin == drawable.origin
            {
                vertices = shared
                // Those before it may have needed other points.
                if let part = shown?[index] {
                    try transform.transform(drawable.points, part.points ?? [0..<drawable.points.count], into: shared, in: context)
                }
            } else {
                let bytes = drawable.points.count * MemoryLayout<ScreenVertex>.stride
                let storage = takeVertices(bytes)
                used.append(storage)
                let target = storage.address.bindMemory(to: ScreenVertex.self, capacity: drawable.points.count)
                if let points = shown?[index].points {
                    try transform.transform(drawable.points, points, into: target, in: context)
                } else {
                    try transform.transform(drawable.points, into: target, in: context)
                }
                vertices = target
            }
            prepared.append(
                PreparedItem(
                    item: item, transform: transform, vertices: vertices, count: drawable.count, reader: PointReader(drawable.points),
                    colors: ColorTable(item, hasTranslucentColors: known.hasTranslucentColors), shape: InstanceShape(drawable), shown: shown?[index].ranges))
        }
        vertices = used
        return prepared
    }

    /// Memory of an earlier frame that is large enough, or fresh memory.
    private func takeVertices(_ byteCount: Int) -> Storage {
        if let index = vertices.firstIndex(where: { $0.byteCount >= byteCount && $0.byteCount / 2 <= byteCount }) {
            return vertices.remove(at: index)
        }
        return Storage(byteCount: byteCount)
    }
}

/// Hands a value that only one thread at a time uses from one to another.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

extension Points {
    /// Where the coordinates lie.
    var address: UnsafeRawPointer {
        switch self {
        case .float32(let buffer): UnsafeRawPointer(buffer.pointer)
        case .float64(let buffer): UnsafeRawPointer(buffer.pointer)
        }
    }

    /// Whether both are the same memory.
    func isIdentical(to other: Points) -> Bool {
        switch (self, other) {
        case (.float32(let a), .float32(let b)): a.isIdentical(to: b)
        case (.float64(let a), .float64(let b)): a.isIdentical(to: b)
        default: false
        }
    }
}

extension Drawable {
    /// Whether colours that are given directly are the same memory in both.
    fileprivate func hasSameColors(as other: Drawable) -> Bool {
        switch (colors, other.colors) {
        case (.pointColors(let a, let m), .pointColors(let b, let n)), (.cellColors(let a, let m), .cellColors(let b, let n)):
            a.isIdentical(to: b) && m == n
        case (.pointColors, _), (_, .pointColors), (.cellColors, _), (_, .cellColors): false
        default: true
        }
    }
}
