import CKernels
import Datasets
import Geometry
import Scenes

/// A shape that is drawn in copies: its points as the kernel that places them wants them.
struct InstanceShape: Sendable {
    let instances: Instances
    let pointCount: Int
    /// Of one copy.
    let primitiveCount: Int
    /// Four numbers a point, the fourth zero.
    let points: Buffer<Double>
    /// So many copies are placed and drawn together, that kernels have enough to do.
    let groupSize: Int
    /// The primitives of a group, the points of its copies one after the other.
    let groupPrimitives: Drawable.Primitives

    /// Nil for drawables that are drawn once.
    init?(_ drawable: Drawable) {
        guard let instances = drawable.instances else { return nil }
        self.instances = instances
        pointCount = drawable.points.count
        primitiveCount = drawable.countPerCopy
        let source = drawable.points
        points = Buffer(count: 4 * source.count) { out in
            for point in 0..<source.count {
                let place = source[point]
                (out[4 * point], out[4 * point + 1], out[4 * point + 2], out[4 * point + 3]) = (place.x, place.y, place.z, 0)
            }
        }
        let size = max(1, min(32, 1 << 10 / max(1, pointCount)))
        groupSize = size
        let step = Int32(truncatingIfNeeded: pointCount)
        func repeated(_ indices: Buffer<Int32>) -> Buffer<Int32> {
            Buffer(count: size * indices.count) { out in
                for copy in 0..<size {
                    let shift = Int32(truncatingIfNeeded: copy) &* step
                    for index in 0..<indices.count { out[copy * indices.count + index] = indices.pointer[index] &+ shift }
                }
                withExtendedLifetime(indices) {}
            }
        }
        switch drawable.primitives {
        case .triangles(let indices): groupPrimitives = .triangles(repeated(indices))
        case .lines(let indices): groupPrimitives = .lines(repeated(indices))
        case .points(let indices): groupPrimitives = .points(indices.map(repeated))
        case .spheres: groupPrimitives = drawable.primitives
        }
    }

    /// Places the points of some copies of a group in space, rounded to Float as those of geometry are, and in the picture.
    @inline(__always) func place(_ copies: Range<Int>, ofGroup first: Int, _ transform: VertexTransform, into target: PlacedPoints) {
        for copy in copies {
            let frame = instances.frames.pointer[copy]
            let place = (copy &- first) &* pointCount
            ck_transform_points(
                frame.xColumn, frame.yColumn, frame.zColumn, frame.origin, points.pointer, pointCount, target.points + 3 &* place)
        }
        transform.transform(target.points, into: target.vertices, (copies.lowerBound &- first) &* pointCount..<(copies.upperBound &- first) &* pointCount)
        withExtendedLifetime(self) {}
    }
}

/// Memory for the points of a group of copies.
struct PlacedPoints {
    let vertices: UnsafeMutablePointer<ScreenVertex>
    let points: UnsafeMutablePointer<Float>

    init(count: Int) {
        vertices = .allocate(capacity: count)
        points = .allocate(capacity: 3 * count)
    }

    func deallocate() {
        vertices.deallocate()
        points.deallocate()
    }
}

/// The primitives of copies that a batch's samples show, each once, as an item of its own with points and normals of its own: what
/// comes after sees no copies.
///
/// Cells of the item's primitives are numbers of copies, so that colours of cells are those of copies.
final class CopiedPrimitives {
    private(set) var item: PreparedItem
    private let vertices: UnsafeMutablePointer<ScreenVertex>

    /// Finds the primitives of a batch's samples and renumbers the samples.
    convenience init(_ item: PreparedItem, _ shape: InstanceShape, _ batch: Batch) {
        let padded = (batch.count + 7) & ~7
        self.init(item, shape, capacity: padded) { body in
            var previous = UInt32.max
            var count = 0
            for place in 0..<padded {
                let primitive = batch.primitive[place]
                if place == 0 || primitive != previous {
                    body(count, Int(primitive))
                    count &+= 1
                }
                previous = primitive
                batch.primitive[place] = UInt32(truncatingIfNeeded: count &- 1)
            }
            return count
        }
    }

    /// One primitive.
    convenience init(_ item: PreparedItem, _ shape: InstanceShape, primitive: Int) {
        self.init(item, shape, capacity: 1) { body in
            body(0, primitive)
            return 1
        }
    }

    /// - Parameter find: calls its argument with 0, 1, … and a primitive for each, and says how many there were.
    private init(_ item: PreparedItem, _ shape: InstanceShape, capacity: Int, find: ((Int, Int) -> Void) -> Int) {
        let drawable = item.item.drawable
        let indices: Buffer<Int32>?
        let corners: Int
        switch drawable.primitives {
        case .triangles(let buffer): (indices, corners) = (buffer, 3)
        case .lines(let buffer): (indices, corners) = (buffer, 2)
        case .points(let buffer), .spheres(let buffer, _, _): (indices, corners) = (buffer, 1)
        }
        let vertices = UnsafeMutablePointer<ScreenVertex>.allocate(capacity: corners * capacity)
        let points = Buffer<Float>(uninitializedCount: 3 * corners * capacity)
        let normals = drawable.normals.map { _ in Buffer<Float>(uninitializedCount: 3 * corners * capacity) }
        let copies = Buffer<Int32>(uninitializedCount: capacity)
        let edges = drawable.cellEdges.map { _ in Buffer<UInt8>(uninitializedCount: capacity) }
        let point = UnsafeMutablePointer(mutating: points.pointer)
        let normal = normals.map { UnsafeMutablePointer(mutating: $0.pointer) }
        let copy = UnsafeMutablePointer(mutating: copies.pointer)
        let edge = edges.map { UnsafeMutablePointer(mutating: $0.pointer) }
        let count = withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * corners) { gathered in
            let gathered = gathered.baseAddress!
            return find { number, primitive in
                let (instance, part) = primitive.quotientAndRemainder(dividingBy: shape.primitiveCount)
                let frame = shape.instances.frames.pointer[instance]
                let turning = frame.normals
                let first = corners &* number
                for corner in 0..<corners {
                    let index = indices.map { Int($0.pointer[corners &* part &+ corner]) } ?? part
                    (gathered + 4 &* corner).update(from: shape.points.pointer + 4 &* index, count: 4)
                    if let normal, let source = drawable.normals?.pointer {
                        let turned = turning.turned(
                            Double(source[3 &* index]), Double(source[3 &* index &+ 1]), Double(source[3 &* index &+ 2]))
                        let to = normal + 3 &* (first &+ corner)
                        (to[0], to[1], to[2]) = (turned.x, turned.y, turned.z)
                    }
                }
                ck_transform_points(
                    frame.xColumn, frame.yColumn, frame.zColumn, frame.origin, gathered, corners, point + 3 &* first)
                item.transform.transform(point, into: vertices, first..<first &+ corners)
                copy[number] = Int32(truncatingIfNeeded: instance)
                if let edge, let source = drawable.cellEdges?.pointer { edge[number] = source[part] }
            }
        }
        var own = Drawable(points: .float32(points.slice(0..<3 * corners * count)), primitives: drawable.primitives, bounds: Bounds())
        let identity = CopiedPrimitives.identity.slice(0..<corners * count)
        switch drawable.primitives {
        case .triangles: own.primitives = .triangles(identity)
        case .lines: own.primitives = .lines(identity)
        case .points, .spheres: own.primitives = .points(identity)
        }
        own.origin = drawable.origin
        own.normals = normals?.slice(0..<3 * corners * count)
        own.colors = drawable.colors
        own.opacities = drawable.opacities
        own.cells = copies
        own.cellEdges = edges
        self.item = item
        self.vertices = vertices
        self.item.item.drawable = own
        self.item.vertices = vertices
        self.item.reader = PointReader(own.points)
        self.item.shape = nil
        withExtendedLifetime((shape, drawable, indices)) {}
    }

    deinit { vertices.deallocate() }

    private static let identity = Buffer<Int32>(count: 3 * (Batch.capacity + 8)) { out in
        for index in 0..<3 * (Batch.capacity + 8) { out[index] = Int32(truncatingIfNeeded: index) }
    }
}
