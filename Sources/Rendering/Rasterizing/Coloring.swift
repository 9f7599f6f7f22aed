import Datasets
import Scenes

/// Gives the samples of a batch their own colour: the material's, or that of their points' or cells' values.
struct ColorTable: Sendable {
    /// The entries, then the colours of values below, above, and of NaN.
    private let entries: [SIMD4<Float>]
    private let lower: Float
    private let width: Float
    private let colors: Drawable.Colors
    private let color: SIMD3<Float>

    init(_ item: DrawList.Item) {
        color = item.material.color
        var source = item.drawable.colors
        switch source {
        case .pointScalars, .cellScalars: if item.colorMap == nil { source = .material }
        default: break
        }
        colors = source
        if let map = item.colorMap {
            entries = map.table + [map.belowColor ?? map.table[0], map.aboveColor ?? map.table[map.table.count - 1], map.nanColor]
            lower = Float(map.lower)
            width = Float(map.upper) - Float(map.lower)
        } else {
            entries = []
            (lower, width) = (0, 1)
        }
    }

    func color(_ batch: Batch, _ item: PreparedItem) {
        switch colors {
        case .material:
            batch.red.update(repeating: color.x, count: batch.count)
            batch.green.update(repeating: color.y, count: batch.count)
            batch.blue.update(repeating: color.z, count: batch.count)
        case .pointScalars(let buffer):
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
            return SIMD4(grey, grey, grey, 255) / 255
        }
        return SIMD4(Float(values[0]), Float(values[1]), Float(values[2]), 255) / 255
    }

    @inline(__always) private func set(_ batch: Batch, _ place: Int, _ color: SIMD4<Float>) {
        batch.red[place] = color.x
        batch.green[place] = color.y
        batch.blue[place] = color.z
    }
}
