import Datasets
import Execution
import Scenes

/// Gives the samples of a batch their own colour: the material's, or that of their points' or cells' values.
struct ColorTable: Sendable {
    /// The entries, then the colours of values below, above, and of NaN.
    private let entries: [SIMD4<Float>]
    private let lower: Float
    private let width: Float
    private let colors: Drawable.Colors
    private let color: SIMD3<Float>
    private let backColor: SIMD3<Float>?
    private let opacity: Float
    /// For logarithmic and categorical maps.
    private let lookup: ColorLookup?
    /// Whether samples may be seen through.
    let isTranslucent: Bool
    /// Whether colours come from data.
    let hasOwnColors: Bool

    /// - Parameter hasTranslucentColors: whether the drawable's own colours have some alpha below 255.
    init(_ item: DrawList.Item, hasTranslucentColors: Bool) {
        color = item.material.color
        backColor = item.material.backColor
        opacity = min(max(item.material.opacity, 0), 1)
        var source = item.drawable.colors
        switch source {
        case .pointScalars, .cellScalars: if item.colorMap == nil { source = .material }
        default: break
        }
        colors = source
        if case .material = source { hasOwnColors = false } else { hasOwnColors = true }
        lookup = item.colorMap.flatMap { $0.scale == .linear ? nil : ColorLookup($0) }
        if let map = item.colorMap {
            entries = map.table + [map.belowColor ?? map.table[0], map.aboveColor ?? map.table[map.table.count - 1], map.nanColor]
            lower = Float(map.lower)
            width = Float(map.upper) - Float(map.lower)
        } else {
            entries = []
            (lower, width) = (0, 1)
        }
        if item.drawable.opacities != nil {
            isTranslucent = true
            return
        }
        switch source {
        case .material: isTranslucent = opacity < 1
        case .pointScalars, .cellScalars: isTranslucent = opacity < 1 || entries.contains { $0.w < 1 }
        case .pointColors, .cellColors: isTranslucent = opacity < 1 || hasTranslucentColors
        }
    }

    /// Gives the samples their alpha: 1 for drawables that hide what is behind.
    func scaleAlpha(_ batch: Batch, _ item: PreparedItem) {
        scaleAlpha(batch)
        guard let opacities = item.item.drawable.opacities else { return }
        let values = opacities.values.pointer
        let cells = item.item.drawable.cells
        for place in 0..<batch.count {
            let value: Float
            if opacities.isByCell {
                let primitive = Int(batch.primitive[place])
                value = values[cells.map { Int($0.pointer[primitive]) } ?? primitive]
            } else {
                let corners = batch.corners + 3 &* place
                let v0 = values[Int(corners[0])]
                value = v0 + (values[Int(corners[1])] - v0) * batch.weight1[place] + (values[Int(corners[2])] - v0) * batch.weight2[place]
            }
            batch.alpha[place] *= opacities.opacity(of: value)
        }
        withExtendedLifetime(opacities) {}
    }

    private func scaleAlpha(_ batch: Batch) {
        if !isTranslucent || !hasOwnColors {
            batch.alpha.update(repeating: isTranslucent ? opacity : 1, count: batch.count)
            return
        }
        for place in 0..<batch.count {
            let alpha = batch.alpha[place] * opacity
            batch.alpha[place] = alpha < 1 ? (alpha > 0 ? alpha : 0) : 1
        }
    }

    func color(_ batch: Batch, _ item: PreparedItem) {
        switch colors {
        case .material:
            batch.red.update(repeating: color.x, count: batch.count)
            batch.green.update(repeating: color.y, count: batch.count)
            batch.blue.update(repeating: color.z, count: batch.count)
            if let backColor { setBack(batch, backColor) }
        case .pointScalars(let buffer):
            if let lookup { return color(batch, points: buffer, lookup) }
            let values = buffer.pointer
            entries.withUnsafeBufferPointer { entries in
                for place in 0..<batch.count {
                    let corners = batch.corners + 3 &* place
                    let v0 = values[Int(corners[0])]
                    let v1 = values[Int(corners[1])]
                    let v2 = values[Int(corners[2])]
                    let value = v0 + (v1 - v0) * batch.weight1[place] + (v2 - v0) * batch.weight2[place]
                    set(batch, place, entries[index(value, entries.count)])
                }
            }
            withExtendedLifetime(buffer) {}
        case .cellScalars(let buffer):
            if let lookup { return color(batch, cells: buffer, item, lookup) }
            let values = buffer.pointer
            let cells = item.item.drawable.cells
            entries.withUnsafeBufferPointer { entries in
                for place in 0..<batch.count {
                    let primitive = Int(batch.primitive[place])
                    let cell = cells.map { Int($0.pointer[primitive]) } ?? primitive
                    set(batch, place, entries[index(values[cell], entries.count)])
                }
            }
            withExtendedLifetime(buffer) {}
        case .pointColors(let buffer, let components):
            let values = buffer.pointer
            for place in 0..<batch.count {
                let corners = batch.corners + 3 &* place
                let c0 = Self.direct(values + Int(corners[0]) &* components, components)
                let c1 = Self.direct(values + Int(corners[1]) &* components, components)
                let c2 = Self.direct(values + Int(corners[2]) &* components, components)
                set(batch, place, c0 + (c1 - c0) * batch.weight1[place] + (c2 - c0) * batch.weight2[place])
            }
            withExtendedLifetime(buffer) {}
        case .cellColors(let buffer, let components):
            let values = buffer.pointer
            let cells = item.item.drawable.cells
            for place in 0..<batch.count {
                let primitive = Int(batch.primitive[place])
                let cell = cells.map { Int($0.pointer[primitive]) } ?? primitive
                set(batch, place, Self.direct(values + cell &* components, components))
            }
            withExtendedLifetime(buffer) {}
        }
    }

    /// By the logarithm of the interpolated value, or by the category of the nearest corner.
    private func color(_ batch: Batch, points buffer: Buffer<Float>, _ lookup: ColorLookup) {
        let values = buffer.pointer
        lookup.withBounds { bounds in
            entries.withUnsafeBufferPointer { entries in
                for place in 0..<batch.count {
                    let corners = batch.corners + 3 &* place
                    let (w1, w2) = (batch.weight1[place], batch.weight2[place])
                    let v0 = values[Int(corners[0])]
                    let v1 = values[Int(corners[1])]
                    let v2 = values[Int(corners[2])]
                    if lookup.scale == .logarithmic {
                        set(batch, place, entries[lookup.logarithmicIndex(v0 + (v1 - v0) * w1 + (v2 - v0) * w2, bounds)])
                    } else {
                        let w0 = 1 - w1 - w2
                        let value = w0 >= w1 && w0 >= w2 ? v0 : w1 >= w2 ? v1 : v2
                        set(batch, place, entries[lookup.categoryIndex(value, bounds)])
                    }
                }
            }
        }
        withExtendedLifetime(buffer) {}
    }

    private func color(_ batch: Batch, cells buffer: Buffer<Float>, _ item: PreparedItem, _ lookup: ColorLookup) {
        let values = buffer.pointer
        let cells = item.item.drawable.cells
        lookup.withBounds { bounds in
            entries.withUnsafeBufferPointer { entries in
                for place in 0..<batch.count {
                    let primitive = Int(batch.primitive[place])
                    let value = values[cells.map { Int($0.pointer[primitive]) } ?? primitive]
                    let entry = lookup.scale == .logarithmic ? lookup.logarithmicIndex(value, bounds) : lookup.categoryIndex(value, bounds)
                    set(batch, place, entries[entry])
                }
            }
        }
        withExtendedLifetime(buffer) {}
    }

    private func setBack(_ batch: Batch, _ color: SIMD3<Float>) {
        for place in 0..<batch.count where batch.facing[place] < 0 { set(batch, place, SIMD4(color, 1)) }
    }

    @inline(__always) private func index(_ value: Float, _ count: Int) -> Int {
        let last = count &- 4
        // The order matters: comparisons with NaN are false.
        if value >= lower {
            if value <= lower + width {
                let position = (value - lower) / width * Float(last &+ 1)
                return position < Float(last) ? Int(position) : last
            }
            return last &+ 2
        }
        return value < lower ? last &+ 1 : last &+ 3
    }

    @inline(__always) private static func direct(_ values: UnsafePointer<UInt8>, _ components: Int) -> SIMD4<Float> {
        if components < 3 {
            let grey = Float(values[0])
            return SIMD4(grey, grey, grey, components == 2 ? Float(values[1]) : 255) / 255
        }
        return SIMD4(Float(values[0]), Float(values[1]), Float(values[2]), components > 3 ? Float(values[3]) : 255) / 255
    }

    @inline(__always) private func set(_ batch: Batch, _ place: Int, _ color: SIMD4<Float>) {
        batch.red[place] = color.x
        batch.green[place] = color.y
        batch.blue[place] = color.z
        batch.alpha[place] = color.w
    }
}

extension Drawable {
    /// Whether colours that are given directly have some alpha below 255.
    ///
    /// - Complexity: O(points or cells).
    func hasTranslucentColors(in context: ExecutionContext) throws -> Bool {
        switch colors {
        case .pointColors(let values, let components), .cellColors(let values, let components):
            guard components == 2 || components == 4 else { return false }
            let source = values.elements
            let parts = try context.parallelMap(values.count / components, grain: 1 << 18) { range in
                var least: UInt8 = 255
                for index in range {
                    let alpha = source[index &* components &+ components &- 1]
                    least = alpha < least ? alpha : least
                }
                return least < 255
            }
            withExtendedLifetime(values) {}
            return parts.contains(true)
        default: return false
        }
    }
}
