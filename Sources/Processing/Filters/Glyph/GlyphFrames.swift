import CKernels
import Datasets
import Execution
import Geometry

/// Where glyphs stand and how they are turned and sized.
struct GlyphFrames {
    let count: Int
    /// Three numbers a glyph.
    private let centers: Buffer<Double>
    /// Three numbers a glyph: those that turn it, or, where none do, that size it. Nil: neither.
    let vectors: Buffer<Double>?
    private let turns: Bool
    /// One size a glyph, or three; nil: `factor` alone.
    private let sizes: Buffer<Double>?
    private let sizesPerGlyph: Int
    private let factor: Double
    private let clamping: ClosedRange<Double>?

    /// The frames of the points that get a glyph, and these points (rising; nil: all).
    static func make(_ glyph: Glyph, _ input: Dataset, context: ExecutionContext) throws -> (frames: GlyphFrames, chosen: Buffer<Int32>?) {
        let points = try SurfaceResult.positions(of: input, context: context)
        let orientation = try glyph.orientation.map { try vectors($0, input, "orientation") }
        var sizing: Buffer<Double>?
        var sizesPerGlyph = 1
        switch glyph.scaling {
        case .none: break
        case .scalar(let array):
            let (values, _) = try pointArray(array, input)
            sizing = try array.scalars(of: values).doubles()
        case .vectorMagnitude(let array):
            sizing = lengths(try vectors(array, input, "scaling"))
        case .vectorComponents(let array):
            sizing = try vectors(array, input, "scaling")
            sizesPerGlyph = 3
        }
        let chosen = try choose(
            input, [(points, 3)] + (orientation.map { [($0, 3)] } ?? []) + (sizing.map { [($0, sizesPerGlyph)] } ?? []), context: context)
        func picked(_ values: Buffer<Double>, _ components: Int) throws -> Buffer<Double> {
            try chosen.map { try values.gathered($0, components: components, context: context) } ?? values
        }
        let centers = try picked(points, 3)
        var shown = orientation
        if shown == nil, case .vectorMagnitude(let array) = glyph.scaling { shown = try vectors(array, input, "scaling") }
        if shown == nil, sizesPerGlyph == 3 { shown = sizing }
        let frames = GlyphFrames(
            count: centers.count / 3, centers: centers, vectors: try shown.map { try picked($0, 3) }, turns: orientation != nil,
            sizes: try sizing.map { try picked($0, sizesPerGlyph) }, sizesPerGlyph: sizesPerGlyph, factor: glyph.scaleFactor,
            clamping: glyph.clamping)
        return (frames, chosen)
    }

    private static func pointArray(_ array: ArraySelector, _ input: Dataset) throws -> (array: FieldArray, association: Association) {
        try array.resolve(in: DatasetAttributes(pointData: input.pointData))
    }

    private static func vectors(_ selector: ArraySelector, _ input: Dataset, _ purpose: String) throws -> Buffer<Double> {
        let (array, _) = try pointArray(selector, input)
        guard array.components == 3, let values = array.doubles() else {
            throw DatasetError("glyph: the \(purpose) array \(array.name) has \(array.components) components; vectors have three numbers")
        }
        return values
    }

    private static func lengths(_ vectors: Buffer<Double>) -> Buffer<Double> {
        let vector = vectors.pointer
        let result = Buffer<Double>(count: vectors.count / 3) { out in
            for point in 0..<vectors.count / 3 {
                let (x, y, z) = (vector[3 &* point], vector[3 &* point &+ 1], vector[3 &* point &+ 2])
                out[point] = (x * x + y * y + z * z).squareRoot()
            }
        }
        withExtendedLifetime(vectors) {}
        return result
    }

    /// The points that are owned, not hidden and finite in all of the arrays; nil: all.
    private static func choose(
        _ input: Dataset, _ arrays: [(values: Buffer<Double>, components: Int)], context: ExecutionContext
    ) throws -> Buffer<Int32>? {
        let count = input.pointCount
        let levels = input.piece?.pointGhostLevels
        let hidden = HiddenElements(of: input.attributes).points
        let marks = try Buffer<UInt8>(count: count) { out in
            try context.parallelFor(count, grain: 1 << 15) { range in
                for point in range { out[point] = 1 }
                for (values, components) in arrays {
                    let value = values.pointer
                    for point in range {
                        for component in 0..<components where !value[components &* point &+ component].isFinite { out[point] = 0 }
                    }
                }
                if let level = levels?.pointer { for point in range where level[point] != 0 { out[point] = 0 } }
                if let hidden, hidden.count == count { for point in range where hidden.pointer[point] & 2 != 0 { out[point] = 0 } }
            }
        }
        let subset = try PointSubset(marks: marks, bit: 0, context: context)
        return subset.count == count ? nil : try subset.indices(context: context)
    }

    @inline(__always) private func frame(
        _ glyph: Int, _ center: UnsafePointer<Double>, _ vector: UnsafePointer<Double>?, _ size: UnsafePointer<Double>?
    ) -> InstanceFrame {
        var frame = InstanceFrame(origin: Vector3(center[3 &* glyph], center[3 &* glyph &+ 1], center[3 &* glyph &+ 2]))
        if turns, let vector {
            let (a, b, c) = (vector[3 &* glyph], vector[3 &* glyph &+ 1], vector[3 &* glyph &+ 2])
            if b == 0 && c == 0 {
                if a < 0 {
                    frame.x.x = -1
                    frame.z.z = -1
                }
            } else {
                // Half a turn about the unit bisector h of the x axis and the vector: 2 h hᵀ − 1.
                let length = (a * a + b * b + c * c).squareRoot()
                let bisector = SIMD3(a + length, b, c)
                let h = bisector / bisector.length
                let doubled = SIMD4(h, 0) * 2
                frame.x = doubled * h.x - frame.x
                frame.y = doubled * h.y - frame.y
                frame.z = doubled * h.z - frame.z
            }
        }
        var scale = SIMD3<Double>(repeating: 1)
        if let size {
            scale = sizesPerGlyph == 3
                ? SIMD3(size[3 &* glyph], size[3 &* glyph &+ 1], size[3 &* glyph &+ 2]) : SIMD3(repeating: size[glyph])
            if let clamping {
                let width = clamping.upperBound - clamping.lowerBound
                for axis in 0..<3 {
                    let value = scale[axis]
                    let inside = value < clamping.lowerBound ? clamping.lowerBound : value > clamping.upperBound ? clamping.upperBound : value
                    scale[axis] = width > 0 ? (inside - clamping.lowerBound) / width : inside - clamping.lowerBound
                }
            }
        }
        scale *= factor
        for axis in 0..<3 where scale[axis] == 0 { scale[axis] = 1e-10 }
        frame.size = scale
        return frame
    }

    /// The frames of all glyphs: 160 bytes each.
    func all(context: ExecutionContext) throws -> Buffer<InstanceFrame> {
        let (center, vector, size) = (centers.pointer, vectors?.pointer, sizes?.pointer)
        let result = try Buffer<InstanceFrame>(count: count) { out in
            try context.parallelFor(count, grain: 1 << 12) { range in
                for glyph in range { out[glyph] = frame(glyph, center, vector, size) }
            }
        }
        withExtendedLifetime(self) {}
        return result
    }

    /// Where the glyphs stand, three numbers each.
    var places: Points { .float64(centers) }

    /// The points of all glyphs.
    func points(_ shape: Points, context: ExecutionContext) throws -> Buffer<Float> {
        let perGlyph = shape.count
        let padded = Buffer<Double>(count: 4 * perGlyph) { out in
            for point in 0..<perGlyph {
                let place = shape[point]
                (out[4 * point], out[4 * point + 1], out[4 * point + 2], out[4 * point + 3]) = (place.x, place.y, place.z, 0)
            }
        }
        let source = padded.pointer
        let center = centers.pointer
        let vector = vectors?.pointer
        let size = sizes?.pointer
        let result = try Buffer<Float>(count: 3 * count * perGlyph) { out in
            try context.parallelFor(count, grain: max(1, 1 << 14 / max(1, perGlyph))) { range in
                for glyph in range {
                    let frame = frame(glyph, center, vector, size)
                    ck_transform_points(
                        frame.xColumn, frame.yColumn, frame.zColumn, frame.origin, source, perGlyph, out + 3 &* glyph &* perGlyph)
                }
            }
        }
        withExtendedLifetime((self, padded)) {}
        return result
    }

    /// The normals of all glyphs, from three numbers for each of the shape's points.
    func normals(_ shape: Buffer<Double>, context: ExecutionContext) throws -> Buffer<Float> {
        let perGlyph = shape.count / 3
        let source = shape.pointer
        let (center, vector, size) = (centers.pointer, vectors?.pointer, sizes?.pointer)
        let result = try Buffer<Float>(count: count * shape.count) { out in
            try context.parallelFor(count, grain: max(1, 1 << 14 / max(1, perGlyph))) { range in
                for glyph in range {
                    let normals = frame(glyph, center, vector, size).normals
                    var to = out + glyph &* shape.count
                    var from = source
                    for _ in 0..<perGlyph {
                        let turned = normals.turned(from[0], from[1], from[2])
                        (to[0], to[1], to[2]) = (turned.x, turned.y, turned.z)
                        to += 3
                        from += 3
                    }
                }
            }
        }
        withExtendedLifetime((self, shape)) {}
        return result
    }
}

extension SurfaceResult {
    /// The coordinates of all points in Double, x y z one after the other.
    static func positions(of input: Dataset, context: ExecutionContext) throws -> Buffer<Double> {
        guard let positions = PointPositions(input) else { throw unsupported("glyph", input, needs: "points") }
        switch positions {
        case .float64(let buffer): return buffer
        case .float32(let buffer): return FieldArray(name: "", components: 3, buffer).doubles()!
        case .image, .rectilinear:
            return try Buffer(count: 3 * input.pointCount) { out in
                try context.parallelFor(input.pointCount, grain: 1 << 14) { range in
                    for point in range {
                        let place = positions[point]
                        (out[3 &* point], out[3 &* point &+ 1], out[3 &* point &+ 2]) = (place.x, place.y, place.z)
                    }
                }
            }
        }
    }
}
