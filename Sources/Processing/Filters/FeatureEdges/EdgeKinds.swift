import Datasets
import Execution
import Geometry

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Of which kind the edge is that starts at each corner, told at the first corner of the edge only.
struct EdgeKinds {
    /// The edge is another corner's, or not wanted.
    static let none: UInt8 = 0
    static let boundary: UInt8 = 1
    static let nonManifold: UInt8 = 2
    static let feature: UInt8 = 3
    static let manifold: UInt8 = 4

    private var kinds: Buffer<UInt8>

    init(_ corners: EdgeCorners, points: Points, featureAngle: Double?, context: ExecutionContext) throws {
        let result = Buffer<UInt8>(repeating: EdgeKinds.none, count: corners.points.count)
        nonisolated(unsafe) let kind = UnsafeMutablePointer(mutating: result.pointer)
        let faces = try EdgeKinds.faces(of: corners, context: context)
        let face = faces.pointer
        let edges = try EdgeUses(corners, pointCount: points.count, context: context)
        let use = edges.uses.pointer
        let limit = featureAngle.map { cos($0 * Double.pi / 180) }
        let normals = try limit.map { _ in try EdgeKinds.normals(of: corners, points, context: context) }
        let normal = normals?.pointer
        try context.parallelFor(edges.bucketCount, grain: max(1, edges.bucketCount / 128)) { range in
            for bucket in range {
                var first = edges.starts[bucket]
                let last = edges.starts[bucket + 1]
                while first < last {
                    var end = first &+ 1
                    while end < last && use[end].ends == use[first].ends { end &+= 1 }
                    if edges.isLoop(use[first], in: bucket) {
                        first = end
                        continue
                    }
                    // Faces that have the edge: one that runs along it twice counts once, at its first corner.
                    var (different, second) = (1, -1)
                    let one = face[Int(use[first].corner)]
                    var before = one
                    for place in first &+ 1..<max(first &+ 1, end) {
                        let other = face[Int(use[place].corner)]
                        if other != before {
                            if different == 1 { second = Int(other) }
                            different &+= 1
                            before = other
                        }
                    }
                    let corner = Int(use[first].corner)
                    switch different {
                    case 1:
                        for place in first..<end { kind[Int(use[place].corner)] = EdgeKinds.boundary }
                    case 2:
                        kind[corner] = EdgeKinds.manifold
                        if let limit, let normal {
                            let (a, b) = (normal + 3 &* Int(one), normal + 3 &* second)
                            let dot = Double(b[0]) * Double(a[0]) + Double(b[1]) * Double(a[1]) + Double(b[2]) * Double(a[2])
                            if dot <= limit { kind[corner] = EdgeKinds.feature }
                        }
                    default: kind[corner] = EdgeKinds.nonManifold
                    }
                    first = end
                }
            }
        }
        withExtendedLifetime((faces, edges, normals)) {}
        kinds = result
    }

    /// Forgets edges of kinds that are not wanted, and of cells beyond the wanted ghost levels.
    mutating func keep(
        boundary: Bool, nonManifold: Bool, manifold: Bool, levels: Buffer<UInt8>?, ghostLevels: Int, _ corners: EdgeCorners,
        context: ExecutionContext
    ) throws {
        let wanted: [Bool] = [false, boundary, nonManifold, true, manifold]
        nonisolated(unsafe) let kind = UnsafeMutablePointer(mutating: kinds.pointer)
        let (offset, cell, level) = (corners.offsets.pointer, corners.cells.pointer, levels?.pointer)
        try context.parallelFor(corners.faceCount, grain: 1 << 14) { range in
            wanted.withUnsafeBufferPointer { wanted in
                for face in range {
                    let isGhost = level != nil && Int(level![Int(cell[face])]) > ghostLevels
                    for corner in Int(offset[face])..<Int(offset[face &+ 1]) where isGhost || !wanted[Int(kind[corner])] {
                        kind[corner] = EdgeKinds.none
                    }
                }
            }
        }
        withExtendedLifetime((corners, levels)) {}
    }

    /// The edges that are left, in the order of their corners: pairs of points, the cell of each, and what `Edge Types` says.
    func lines(
        _ corners: EdgeCorners, context: ExecutionContext
    ) throws -> (connectivity: Buffer<Int32>, sources: Buffer<Int32>, types: Buffer<Float>) {
        let kind = kinds.pointer
        let (point, offset, cell) = (corners.points.pointer, corners.offsets.pointer, corners.cells.pointer)
        let grain = 1 << 14
        var starts = try context.parallelMap(corners.faceCount, grain: grain) { range in
            var count = 0
            for corner in Int(offset[range.lowerBound])..<Int(offset[range.upperBound]) { count &+= kind[corner] == EdgeKinds.none ? 0 : 1 }
            return count
        }
        let total = exclusivePrefixSum(&starts)
        let firsts = starts
        let connectivity = Buffer<Int32>(uninitializedCount: 2 * total)
        let sources = Buffer<Int32>(uninitializedCount: total)
        let types = Buffer<Float>(uninitializedCount: total)
        nonisolated(unsafe) let line = UnsafeMutablePointer(mutating: connectivity.pointer)
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: sources.pointer)
        nonisolated(unsafe) let type = UnsafeMutablePointer(mutating: types.pointer)
        try context.parallelChunks(corners.faceCount, grain: grain) { chunk, range in
            var place = firsts[chunk]
            for face in range {
                let (first, end) = (Int(offset[face]), Int(offset[face &+ 1]))
                for corner in first..<end where kind[corner] != EdgeKinds.none {
                    line[2 &* place] = point[corner]
                    line[2 &* place &+ 1] = point[corner &+ 1 < end ? corner &+ 1 : first]
                    source[place] = cell[face]
                    switch kind[corner] {
                    case EdgeKinds.boundary: type[place] = 0
                    case EdgeKinds.nonManifold: type[place] = 0.222222
                    case EdgeKinds.feature: type[place] = 0.444444
                    default: type[place] = 0.666667
                    }
                    place &+= 1
                }
            }
        }
        withExtendedLifetime((self, corners)) {}
        return (connectivity, sources, types)
    }

    /// The face of every corner.
    private static func faces(of corners: EdgeCorners, context: ExecutionContext) throws -> Buffer<Int32> {
        let offset = corners.offsets.pointer
        defer { withExtendedLifetime(corners) {} }
        return try Buffer<Int32>(count: corners.points.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(corners.faceCount, grain: 1 << 14) { range in
                for face in range {
                    for corner in Int(offset[face])..<Int(offset[face &+ 1]) { out[corner] = Int32(truncatingIfNeeded: face) }
                }
            }
        }
    }

    /// The unit normal of every face, in Float as VTK keeps it; zero where there is none.
    private static func normals(of corners: EdgeCorners, _ points: Points, context: ExecutionContext) throws -> Buffer<Float> {
        switch points {
        case .float32(let buffer): return try normals(of: corners, buffer, context: context)
        case .float64(let buffer): return try normals(of: corners, buffer, context: context)
        }
    }

    private static func normals<Value: MeanValue>(
        of corners: EdgeCorners, _ coordinates: Buffer<Value>, context: ExecutionContext
    ) throws -> Buffer<Float> {
        let position = coordinates.pointer
        let (point, offset) = (corners.points.pointer, corners.offsets.pointer)
        defer { withExtendedLifetime((corners, coordinates)) {} }
        @inline(__always) func at(_ corner: Int) -> Vector3 {
            let p = position + 3 &* Int(point[corner])
            return Vector3(p[0].wide, p[1].wide, p[2].wide)
        }
        return try Buffer<Float>(count: 3 * corners.faceCount) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(corners.faceCount, grain: 1 << 13) { range in
                for face in range {
                    let (first, end) = (Int(offset[face]), Int(offset[face &+ 1]))
                    var normal = Vector3()
                    // From the first corner on: thin triangles keep a normal where their other corners are near each other or far.
                    if end &- first >= 3 {
                        let a = at(first)
                        var before = at(first &+ 1) - a
                        for corner in first &+ 2..<end {
                            let edge = at(corner) - a
                            normal += before.cross(edge)
                            before = edge
                        }
                    }
                    let length = normal.length
                    if length > 0 { normal = normal / length }
                    for axis in 0..<3 { out[3 &* face &+ axis] = Float(normal[axis]) }
                }
            }
        }
    }
}
