import CKernels
import Datasets
import Execution
import Geometry
import Scenes

extension DatasetMapper {
    /// The drawables that show copies of a shape, each of one colour.
    ///
    /// - Parameters:
    ///   - shape: its own arrays besides normals are not used.
    ///   - points: what the copies stand for, one point a copy; a point array gives the colours.
    ///   - sources: the number of each of these points in the dataset, for picking; nil: its place.
    /// - Throws: `DatasetError` for an array that is not there, or that belongs to cells.
    /// - Complexity: O(copies · points of the shape), for the box around all.
    public func drawables(
        of shape: PolyData, at frames: Buffer<InstanceFrame>, points: PolyData, sources: Buffer<Int32>? = nil, context: ExecutionContext
    ) throws -> [Drawable] {
        if frames.count == 0 { return [] }
        let colors: Drawable.Colors
        switch try ColorValues(colorBy, .poly(points)).pointColors {
        case .pointScalars(let values): colors = .cellScalars(values)
        case .pointColors(let values, let components): colors = .cellColors(values, components: components)
        case .material, .cellScalars, .cellColors: colors = .material
        }
        var opacities = try opacities(of: .poly(points))
        opacities?.isByCell = true
        let bounds = try DatasetMapper.bounds(of: shape.points, at: frames, context: context)
        return try DatasetMapper().drawables(of: .poly(shape), context: context).map { drawable in
            var drawable = drawable
            drawable.instances = Instances(frames: frames, sources: sources)
            drawable.colors = colors
            drawable.opacities = opacities
            drawable.pointBounds = bounds
            return drawable
        }
    }

    /// The box of all points of all copies, rounded to Float as they are when drawn.
    private static func bounds(of points: Points, at frames: Buffer<InstanceFrame>, context: ExecutionContext) throws -> Bounds {
        let count = points.count
        let padded = Buffer<Double>(count: 4 * count) { out in
            for point in 0..<count {
                let place = points[point]
                (out[4 * point], out[4 * point + 1], out[4 * point + 2], out[4 * point + 3]) = (place.x, place.y, place.z, 0)
            }
        }
        let boxes = try context.parallelMap(frames.count, grain: max(1, 1 << 14 / max(1, count))) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { placed in
                let placed = placed.baseAddress!
                var lower = SIMD3<Float>(repeating: .infinity)
                var upper = -lower
                for copy in range {
                    let frame = frames.pointer[copy]
                    ck_transform_points(frame.xColumn, frame.yColumn, frame.zColumn, frame.origin, padded.pointer, count, placed)
                    for point in 0..<count {
                        for axis in 0..<3 {
                            let value = placed[3 &* point &+ axis]
                            if value.isFinite {
                                lower[axis] = value < lower[axis] ? value : lower[axis]
                                upper[axis] = value > upper[axis] ? value : upper[axis]
                            }
                        }
                    }
                }
                return Bounds(lower: Vector3(lower), upper: Vector3(upper))
            }
        }
        withExtendedLifetime((padded, frames)) {}
        return boxes.reduce(into: Bounds()) { $0.add($1) }
    }
}
