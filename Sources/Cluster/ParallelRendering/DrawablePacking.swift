import Datasets
import Geometry
import Scenes
import Serialization

extension Drawable {
    /// The same primitives with only the points and cells that they use, in the same order; every cell with its key and rank.
    ///
    /// - Complexity: O(primitives + span of point numbers).
    func packed() -> Drawable {
        if instances != nil { return self }
        var packed = self
        let corners = corners ?? Buffer((0..<Int32(count)).map { $0 })
        let (kept, renumbered) = Self.renumbered(corners)
        switch points {
        case .float32(let values): packed.points = .float32(values.gathered(kept, 3))
        case .float64(let values): packed.points = .float64(values.gathered(kept, 3))
        }
        packed.normals = normals?.gathered(kept, 3)
        switch primitives {
        case .triangles: packed.primitives = .triangles(renumbered)
        case .lines: packed.primitives = .lines(renumbered)
        case .points: packed.primitives = .points(renumbered)
        case .spheres(_, let radius, let radii): packed.primitives = .spheres(renumbered, radius: radius, radii: radii?.gathered(kept, 1))
        }
        let (sources, cellOf) = cellRuns()
        packed.cells = cellOf
        packed.cellKeys = cellKeys?.gathered(sources, 1) ?? Buffer(sources.map { UInt64($0) })
        packed.cellRanks = cellRanks?.gathered(sources, 1) ?? Buffer(repeating: 0, count: sources.count)
        packed.cellIds = cellIds?.gathered(sources, 1)
        if let values = opacities { packed.opacities?.values = values.values.gathered(values.isByCell ? sources : kept, 1) }
        switch colors {
        case .material: break
        case .pointScalars(let values): packed.colors = .pointScalars(values.gathered(kept, 1))
        case .cellScalars(let values): packed.colors = .cellScalars(values.gathered(sources, 1))
        case .pointColors(let values, let components):
            packed.colors = .pointColors(values.gathered(kept, components), components: components)
        case .cellColors(let values, let components):
            packed.colors = .cellColors(values.gathered(sources, components), components: components)
        }
        packed.firstCell = 0
        return packed
    }

    /// The points in use, rising (edges are interpolated from the lower one), and each corner's place among them.
    private static func renumbered(_ corners: Buffer<Int32>) -> (kept: [Int32], corners: Buffer<Int32>) {
        defer { withExtendedLifetime(corners) {} }
        let (source, count) = (corners.pointer, corners.count)
        var low = Int32.max
        var high: Int32 = -1
        for place in 0..<count {
            let index = source[place]
            low = index < low ? index : low
            high = index > high ? index : high
        }
        let first = count == 0 ? 0 : Int(low)
        let span = count == 0 ? 0 : Int(high) - first + 1
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: span) { places in
            places.initialize(repeating: 0)
            for corner in 0..<count { places[Int(source[corner]) &- first] = 1 }
            var used = 0
            for index in 0..<span { used += Int(places[index]) }
            let kept = [Int32](unsafeUninitializedCapacity: used) { kept, made in
                for index in 0..<span where places[index] != 0 {
                    kept[made] = Int32(truncatingIfNeeded: first &+ index)
                    places[index] = Int32(truncatingIfNeeded: made)
                    made += 1
                }
            }
            let renumbered = Buffer<Int32>(count: count) { out in
                for corner in 0..<count { out[corner] = places[Int(source[corner]) &- first] }
            }
            return (kept, renumbered)
        }
    }

    /// The cells of primitives that follow each other, each run's once, and each primitive's place among them.
    private func cellRuns() -> (sources: [Int32], places: Buffer<Int32>) {
        guard let cells else { return ((0..<Int32(count)).map { $0 }, Buffer((0..<Int32(count)).map { $0 })) }
        defer { withExtendedLifetime(cells) {} }
        let source = cells.pointer
        var sources: [Int32] = []
        sources.reserveCapacity(count)
        let places = Buffer<Int32>(count: count) { out in
            var last: Int32 = -1
            for primitive in 0..<count {
                if primitive == 0 || source[primitive] != last {
                    last = source[primitive]
                    sources.append(last)
                }
                out[primitive] = Int32(truncatingIfNeeded: sources.count - 1)
            }
        }
        return (sources, places)
    }
}

extension Buffer {
    /// The entries at places, `each` elements an entry.
    func gathered(_ places: [Int32], _ each: Int) -> Buffer {
        defer { withExtendedLifetime(self) {} }
        let values = pointer
        return Buffer(count: places.count * each) { out in
            places.withUnsafeBufferPointer { places in
                for place in 0..<places.count {
                    let source = Int(places[place]) &* each
                    for part in 0..<each { out[place &* each &+ part] = values[source &+ part] }
                }
            }
        }
    }
}

/// A part of a scene on its way to another rank.
struct PackedPart: Serializable {
    /// Its number in the table of parts.
    var number: Int
    /// Packed.
    var drawable: Drawable

    static let formName = "drawable"
    static let formVersion: UInt16 = 1

    func serialize(into writer: inout ByteWriter) {
        writer.write(number)
        let d = drawable
        writer.write(d.order ?? -1)
        for value in [d.origin, d.pointBounds.lower, d.pointBounds.upper] {
            for axis in 0..<3 { writer.write(value[axis]) }
        }
        switch d.points {
        case .float32(let values):
            writer.write(UInt8(0))
            writer.write(values)
        case .float64(let values):
            writer.write(UInt8(1))
            writer.write(values)
        }
        switch d.primitives {
        case .triangles(let indices): write(0, indices, &writer)
        case .lines(let indices): write(1, indices, &writer)
        case .points(let indices): write(2, indices, &writer)
        case .spheres(let indices, let radius, let radii):
            write(3, indices, &writer)
            writer.write(radius)
            write(radii, &writer)
        }
        switch d.colors {
        case .material: writer.write(UInt8(0))
        case .pointScalars(let values):
            writer.write(UInt8(1))
            writer.write(values)
        case .cellScalars(let values):
            writer.write(UInt8(2))
            writer.write(values)
        case .pointColors(let values, let components):
            writer.write(UInt8(3))
            writer.write(values)
            writer.write(components)
        case .cellColors(let values, let components):
            writer.write(UInt8(4))
            writer.write(values)
            writer.write(components)
        }
        write(d.normals, &writer)
        write(d.cells, &writer)
        write(d.cellKeys, &writer)
        write(d.cellRanks, &writer)
        write(d.cellIds, &writer)
        write(d.cellEdges, &writer)
        write(d.opacities?.values, &writer)
        writer.write(d.opacities?.isByCell ?? false)
        write(d.opacities.map { Buffer($0.points) }, &writer)
        write(d.instances?.frames, &writer)
        write(d.instances?.sources, &writer)
    }

    init(number: Int, drawable: Drawable) {
        self.number = number
        self.drawable = drawable
    }

    init(from reader: inout ByteReader, version: UInt16) throws {
        number = try reader.readInt()
        let order = try reader.readInt()
        func vector(_ reader: inout ByteReader) throws -> Vector3 {
            Vector3(try reader.readDouble(), try reader.readDouble(), try reader.readDouble())
        }
        let origin = try vector(&reader)
        let box = Bounds(lower: try vector(&reader), upper: try vector(&reader))
        let points: Points = try reader.read(UInt8.self) == 0 ? .float32(try reader.readBuffer()) : .float64(try reader.readBuffer())
        let kind = try reader.read(UInt8.self)
        let indices: Buffer<Int32>? = try Self.optional(&reader)
        let primitives: Drawable.Primitives
        switch kind {
        case 0: primitives = .triangles(indices ?? Buffer())
        case 1: primitives = .lines(indices ?? Buffer())
        case 2: primitives = .points(indices)
        case 3: primitives = .spheres(indices, radius: try reader.readFloat(), radii: try Self.optional(&reader))
        default: throw reader.error("a kind of primitives from 0 to 3", kind, back: 1)
        }
        drawable = Drawable(points: points, primitives: primitives, bounds: box)
        drawable.origin = origin
        drawable.order = order < 0 ? nil : order
        switch try reader.read(UInt8.self) {
        case 0: drawable.colors = .material
        case 1: drawable.colors = .pointScalars(try reader.readBuffer())
        case 2: drawable.colors = .cellScalars(try reader.readBuffer())
        case 3: drawable.colors = .pointColors(try reader.readBuffer(), components: max(1, try reader.readInt()))
        case 4: drawable.colors = .cellColors(try reader.readBuffer(), components: max(1, try reader.readInt()))
        case let other: throw reader.error("a kind of colours from 0 to 4", other, back: 1)
        }
        drawable.normals = try Self.optional(&reader)
        drawable.cells = try Self.optional(&reader)
        drawable.cellKeys = try Self.optional(&reader)
        drawable.cellRanks = try Self.optional(&reader)
        drawable.cellIds = try Self.optional(&reader)
        drawable.cellEdges = try Self.optional(&reader)
        let values: Buffer<Float>? = try Self.optional(&reader)
        let isByCell = try reader.readBool()
        let stops: Buffer<SIMD2<Float>>? = try Self.optional(&reader)
        if let values, let stops { drawable.opacities = OpacityScalars(values: values, isByCell: isByCell, points: stops.array) }
        let frames: Buffer<InstanceFrame>? = try Self.optional(&reader)
        let sources: Buffer<Int32>? = try Self.optional(&reader)
        if let frames { drawable.instances = Instances(frames: frames, sources: sources) }
    }

    private func write(_ kind: UInt8, _ indices: Buffer<Int32>?, _ writer: inout ByteWriter) {
        writer.write(kind)
        write(indices, &writer)
    }

    private func write<Element>(_ buffer: Buffer<Element>?, _ writer: inout ByteWriter) {
        writer.write(buffer != nil)
        if let buffer { writer.write(buffer) }
    }

    private static func optional<Element>(_ reader: inout ByteReader) throws -> Buffer<Element>? {
        try reader.readBool() ? try reader.readBuffer() : nil
    }
}
