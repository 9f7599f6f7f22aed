import Datasets
import Execution
import Geometry

/// The middles of a part's cells (the means of their points) as whole numbers, 32 bits across the box of all points: exact to compare and to
/// count, the same wherever a cell lies.
struct CellCenters: Sendable {
    /// How coordinates become numbers.
    struct Scale: BitwiseCopyable, Sendable {
        var lower: SIMD3<Double>
        var extent: SIMD3<Double>

        /// Of the box of all parts' points; coordinates that are not finite are left out.
        init(_ boxes: [FiniteBox]) {
            var box = FiniteBox()
            for other in boxes { box.add(other) }
            if !box.isEmpty {
                lower = box.lower
                extent = box.upper - box.lower
            } else {
                lower = SIMD3()
                extent = SIMD3()
            }
        }

        static let steps = 4_294_967_296.0

        /// Numbers a unit of length.
        var factor: SIMD3<Double> {
            var factor = SIMD3<Double>()
            for axis in 0..<3 where extent[axis] > 0 && extent[axis].isFinite { factor[axis] = Scale.steps / extent[axis] }
            return factor
        }

        /// The coordinate where a number begins.
        func coordinate(_ number: UInt64, _ axis: Int) -> Double { lower[axis] + Double(number) / Scale.steps * extent[axis] }
    }

    /// One number a cell, for each axis.
    let axes: [Buffer<UInt32>]
    /// What each cell counts; nil: all the same.
    let weights: Buffer<UInt32>?

    init(_ part: Part, _ scale: Scale, weights: Buffer<UInt32>?, context: ExecutionContext) throws {
        let axes = (0..<3).map { _ in Buffer<UInt32>(uninitializedCount: part.cellCount) }
        let out = axes.map { UnsafeMutablePointer(mutating: $0.pointer) }
        switch part.dataset.explicitPoints ?? Points() {
        case .float32(let points): try CellCenters.fill(out[0], out[1], out[2], part, points, scale, context)
        case .float64(let points): try CellCenters.fill(out[0], out[1], out[2], part, points, scale, context)
        }
        self.axes = axes
        self.weights = weights
    }

    private static func fill<Value: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable & Sendable>(
        _ x: UnsafeMutablePointer<UInt32>, _ y: UnsafeMutablePointer<UInt32>, _ z: UnsafeMutablePointer<UInt32>, _ part: Part,
        _ points: Buffer<Value>, _ scale: Scale, _ context: ExecutionContext
    ) throws {
        let point = points.pointer
        let (lower, factor) = (scale.lower, scale.factor)
        @inline(__always) func number(_ sum: Value, _ inverse: Double, _ axis: Int) -> UInt32 {
            let value = (Double(sum) * inverse - lower[axis]) * factor[axis]
            // NaN is in no order, and goes to the lower end.
            let positive = value > 0 ? value : 0
            return UInt32(truncatingIfNeeded: Int64(positive < Scale.steps - 1 ? positive : Scale.steps - 1))
        }
        for (list, first) in zip(part.lists, part.firstCells) where list.count > 0 {
            let ids = list.connectivity.pointer
            let offsets = list.offsets?.pointer
            let size = list.uniformSize
            let share = 1 / Double(max(1, size))
            try context.parallelFor(list.count, grain: 1 << 14) { range in
                for cell in range {
                    let begin = offsets.map { Int($0[cell]) } ?? cell &* size
                    let count = offsets.map { Int($0[cell &+ 1]) &- begin } ?? size
                    var (a, b, c) = (Value.zero, Value.zero, Value.zero)
                    if count == 8 {
                        var plane = SIMD2<Value>()
                        for corner in 0..<8 {
                            let at = point + 3 &* Int(ids[begin &+ corner])
                            plane += UnsafeRawPointer(at).loadUnaligned(as: SIMD2<Value>.self)
                            c += at[2]
                        }
                        (a, b) = (plane.x, plane.y)
                    } else {
                        for corner in 0..<count {
                            let at = point + 3 &* Int(ids[begin &+ corner])
                            a += at[0]
                            b += at[1]
                            c += at[2]
                        }
                    }
                    let inverse = count == size ? share : 1 / Double(max(1, count))
                    x[first &+ cell] = number(a, inverse, 0)
                    y[first &+ cell] = number(b, inverse, 1)
                    z[first &+ cell] = number(c, inverse, 2)
                }
            }
        }
        withExtendedLifetime((part, points)) {}
    }
}

/// The box of the finite coordinates of points, as it travels.
struct FiniteBox: BitwiseCopyable, Sendable {
    var lower = SIMD3<Double>(repeating: .infinity)
    var upper = SIMD3<Double>(repeating: -.infinity)

    init() {}

    init(_ points: Points, context: ExecutionContext) throws {
        switch points {
        case .float32(let buffer): self = try FiniteBox.box(buffer, context)
        case .float64(let buffer): self = try FiniteBox.box(buffer, context)
        }
    }

    var isEmpty: Bool { !(lower.x <= upper.x && lower.y <= upper.y && lower.z <= upper.z) }

    mutating func add(_ other: FiniteBox) {
        for axis in 0..<3 {
            if other.lower[axis] < lower[axis] { lower[axis] = other.lower[axis] }
            if other.upper[axis] > upper[axis] { upper[axis] = other.upper[axis] }
        }
    }

    private static func box<Value: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable & Sendable>(
        _ values: Buffer<Value>, _ context: ExecutionContext
    ) throws -> FiniteBox {
        let value = values.pointer
        var result = FiniteBox()
        for part in try context.parallelMap(values.count / 3, grain: 1 << 16, { box(of: value, $0) }) { result.add(part) }
        withExtendedLifetime(values) {}
        return result
    }

    /// Four points at a time, which are three vectors of four numbers.
    private static func box<Value: BinaryFloatingPoint & SIMDScalar>(of value: UnsafePointer<Value>, _ range: Range<Int>) -> FiniteBox {
        typealias Four = SIMD4<Value>
        var low = (Four(repeating: .infinity), Four(repeating: .infinity), Four(repeating: .infinity))
        var high = (Four(repeating: -.infinity), Four(repeating: -.infinity), Four(repeating: -.infinity))
        @inline(__always) func take(_ four: Four, _ low: inout Four, _ high: inout Four) {
            low.replace(with: four, where: (four .< low) .& (four .> -Value.infinity))
            high.replace(with: four, where: (four .> high) .& (four .< Value.infinity))
        }
        var point = range.lowerBound
        while point &+ 4 <= range.upperBound {
            let at = UnsafeRawPointer(value + 3 &* point)
            take(at.loadUnaligned(as: Four.self), &low.0, &high.0)
            take(at.loadUnaligned(fromByteOffset: MemoryLayout<Four>.size, as: Four.self), &low.1, &high.1)
            take(at.loadUnaligned(fromByteOffset: 2 &* MemoryLayout<Four>.size, as: Four.self), &low.2, &high.2)
            point &+= 4
        }
        var box = FiniteBox()
        for lane in 0..<12 {
            let (least, greatest) = lane < 4 ? (low.0[lane], high.0[lane]) : lane < 8 ? (low.1[lane - 4], high.1[lane - 4]) : (low.2[lane - 8], high.2[lane - 8])
            box.lower[lane % 3] = min(box.lower[lane % 3], Double(least))
            box.upper[lane % 3] = max(box.upper[lane % 3], Double(greatest))
        }
        while point < range.upperBound {
            for axis in 0..<3 {
                let at = Double(value[3 &* point &+ axis])
                if at < box.lower[axis] && at > -.infinity { box.lower[axis] = at }
                if at > box.upper[axis] && at < .infinity { box.upper[axis] = at }
            }
            point &+= 1
        }
        return box
    }
}
