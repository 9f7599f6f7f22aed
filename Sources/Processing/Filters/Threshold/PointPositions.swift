import Datasets
import Execution
import Geometry

/// Where the points of any dataset are, lattices included.
enum PointPositions {
    case float32(Buffer<Float>)
    case float64(Buffer<Double>)
    case image(ImageData)
    /// Coordinates on each axis, and points on each axis.
    case rectilinear(x: Buffer<Double>, y: Buffer<Double>, z: Buffer<Double>, SIMD3<Int>)

    /// Nil for tables and blocks.
    init?(_ dataset: Dataset) {
        switch dataset {
        case .image(let d): self = .image(d)
        case .rectilinear(let d):
            guard let x = d.coordinates.x.doubles(), let y = d.coordinates.y.doubles(), let z = d.coordinates.z.doubles() else { return nil }
            self = .rectilinear(x: x, y: y, z: z, d.extent.dimensions)
        case .structured(let d): self.init(d.points)
        case .unstructured(let d): self.init(d.points)
        case .poly(let d): self.init(d.points)
        case .table, .blocks: return nil
        }
    }

    init(_ points: Points) {
        switch points {
        case .float32(let buffer): self = .float32(buffer)
        case .float64(let buffer): self = .float64(buffer)
        }
    }

    subscript(point: Int) -> Vector3 {
        switch self {
        case .float32(let b):
            let p = b.pointer + 3 &* point
            return Vector3(Double(p[0]), Double(p[1]), Double(p[2]))
        case .float64(let b):
            let p = b.pointer + 3 &* point
            return Vector3(p[0], p[1], p[2])
        case .image(let d): return d.position(d.extent.point(at: point))
        case .rectilinear(let x, let y, let z, let size):
            return Vector3(x[point % size.x], y[point / size.x % size.y], z[point / (size.x * size.y)])
        }
    }

    /// The points of a result in its order: Double where the input's are, else Float (as for images and rectilinear grids).
    func points(of provenance: Provenance, context: ExecutionContext) throws -> Points {
        switch self {
        case .float32(let b):
            return Points(try provenance.interpolate(FieldArray(name: "Points", components: 3, b), context: context))!
        case .float64(let b):
            return Points(try provenance.interpolate(FieldArray(name: "Points", components: 3, b), context: context))!
        case .image, .rectilinear: break
        }
        guard let kept = provenance.keptPoints else { preconditionFailure("points of a lattice are picked one by one") }
        let edges = provenance.edgeLower.count
        let total = provenance.pointCount(inputPoints: 0)
        let lower = provenance.edgeLower.pointer
        let upper = provenance.edgeUpper.pointer
        let parameter = provenance.edgeParameter.pointer
        func edge(_ index: Int) -> Vector3 {
            let start = self[Int(lower[index])]
            return start + parameter[index] * (self[Int(upper[index])] - start)
        }
        let buffer = try Buffer<Float>(count: total * 3) { out in
            func set(_ place: Int, _ position: Vector3) {
                out[3 &* place] = Float(position.x)
                out[3 &* place &+ 1] = Float(position.y)
                out[3 &* place &+ 2] = Float(position.z)
            }
            let index = kept.pointer
            try context.parallelFor(kept.count, grain: 1 << 14) { range in
                writeKept(index, range, out)
            }
            try context.parallelFor(edges, grain: 1 << 12) { range in
                for number in range { set(kept.count + number, edge(number)) }
            }
            if let interior = provenance.interior {
                for cell in 0..<interior.count {
                    let parents = interior.points(of: cell)
                    var sum = Vector3()
                    for parent in parents { sum += parent >= 0 ? self[Int(parent)] : edge(Int(~parent)) }
                    set(kept.count + edges + cell, sum / Double(parents.count))
                }
            }
        }
        withExtendedLifetime(provenance) {}
        return .float32(buffer)
    }

    /// Positions of kept points of a lattice, whose numbers rise: a row at a time.
    private func writeKept(_ kept: UnsafePointer<Int32>, _ range: Range<Int>, _ out: UnsafeMutablePointer<Float>) {
        let size: SIMD3<Int>
        switch self {
        case .image(let d): size = d.extent.dimensions
        case .rectilinear(_, _, _, let dimensions): size = dimensions
        default: return
        }
        var row = -1
        var rowEnd = 0
        var j = 0
        var k = 0
        for place in range {
            let point = Int(kept[place])
            if point >= rowEnd {
                let line = point / size.x
                row = line * size.x
                rowEnd = row + size.x
                j = line % size.y
                k = line / size.y
            }
            let position: Vector3
            switch self {
            case .image(let d): position = d.position(d.extent.lower &+ SIMD3(point &- row, j, k))
            case .rectilinear(let x, let y, let z, _): position = Vector3(x[point &- row], y[j], z[k])
            default: position = Vector3()
            }
            out[3 &* place] = Float(position.x)
            out[3 &* place &+ 1] = Float(position.y)
            out[3 &* place &+ 2] = Float(position.z)
        }
    }
}
