import Datasets
import Execution
import Geometry

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One run of `Normals`.
struct SurfaceNormals {
    private let filter: Normals
    private let context: ExecutionContext
    /// The input, its strips cut to triangles where points are split.
    private var poly: PolyData
    private let original: PolyData

    init(_ filter: Normals, _ input: PolyData, _ context: ExecutionContext) throws {
        self.filter = filter
        self.context = context
        original = input
        poly = input
        for list in input.cellLists {
            _ = try FaceSketch.pointRange(list.connectivity.pointer, list.connectivity.count, points: input.points.count)
        }
    }

    /// The strips' triangles behind the polygons, and the arrays that go with them.
    private static func withoutStrips(_ poly: PolyData, context: ExecutionContext) throws -> PolyData {
        let input = Dataset.poly(poly)
        var result = poly
        var sources: Buffer<Int32>?
        if poly.strips.count > 0 {
            let first = poly.cellCount - poly.strips.count
            var (cells, entries) = (first, 0)
            for strip in 0..<poly.strips.count { cells += max(0, poly.strips.size(of: strip) - 2) }
            entries = poly.polygons.connectivity.count + 3 * (cells - first)
            var builder = try CellListBuilder(cells: cells - first + poly.polygons.count, entries: entries)
            for polygon in 0..<poly.polygons.count {
                let points = poly.polygons.points(of: polygon)
                for corner in 0..<points.count { builder.next[corner] = points[corner] }
                builder.add(points.count, from: first - poly.polygons.count + polygon)
            }
            for strip in 0..<poly.strips.count {
                let points = poly.strips.points(of: strip)
                FlatCutter.cutStrip(points, builder.next)
                for _ in 0..<max(0, points.count - 2) { builder.add(3, from: first + strip) }
            }
            result.polygons = builder.list
            result.strips = CellArray()
            let leading = first - poly.polygons.count
            let tail = builder.sources
            sources = Buffer(count: leading + tail.count) { out in
                for cell in 0..<leading { out[cell] = Int32(cell) }
                (out + leading).update(from: tail.pointer, count: tail.count)
            }
            if poly.attributes.piece != nil { try SurfaceResult.checkFan(sources!, Normals.fanBits) }
        }
        result.attributes = try Provenance(cellSources: sources, fanBits: Normals.fanBits).attributes(of: input, context: context)
        return result
    }

    func result() throws -> PolyData {
        var poly = original
        if filter.featureAngle != nil { poly = try SurfaceNormals.withoutStrips(poly, context: context) }
        let cellNormals = try CellNormals.make(poly, context: context)
        if filter.computesCellNormals {
            let before = 3 * (poly.vertices.count + poly.lines.count)
            let values = Buffer<Float>(count: before + cellNormals.count) { out in
                out.initialize(repeating: 0, count: before)
                for index in 0..<cellNormals.count { out[before + index] = Float(cellNormals.pointer[index]) }
            }
            poly.attributes.cellData.set(FieldArray(name: "Normals", components: 3, values))
            poly.attributes.cellData.active[.normals] = "Normals"
        }
        if !filter.computesPointNormals && filter.featureAngle == nil { return poly }
        if filter.featureAngle == nil || (poly.polygons.count == 0 && poly.strips.count == 0) {
            return withNormals(poly, try sums(poly, cellNormals))
        }
        return try split(poly, cellNormals)
    }

    private func withNormals(_ poly: PolyData, _ normals: Buffer<Float>) -> PolyData {
        if !filter.computesPointNormals { return poly }
        var copy = poly
        copy.attributes.pointData.set(FieldArray(name: "Normals", components: 3, normals))
        copy.attributes.pointData.active[.normals] = "Normals"
        return copy
    }

    @inline(__always) private static func store(_ sum: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Float>) {
        let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).squareRoot()
        let scale = length > 0 ? length : 1
        out[0] = Float(sum[0] / scale)
        out[1] = Float(sum[1] / scale)
        out[2] = Float(sum[2] / scale)
    }

    /// Normals without splitting: each worker adds, in the order of the cells, what belongs to its own range of points.
    private func sums(_ poly: PolyData, _ cellNormals: Buffer<Double>) throws -> Buffer<Float> {
        let points = poly.points.count
        let workers = max(1, min(context.threads, 8))
        let list = poly.polygons
        let strips = poly.strips
        let totals = Buffer<Double>(uninitializedCount: 3 * points)
        nonisolated(unsafe) let total = UnsafeMutablePointer(mutating: totals.pointer)
        return try Buffer(count: 3 * points) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(workers, grain: 1) { range in
                for worker in range {
                    let first = points * worker / workers
                    let own = points * (worker + 1) / workers - first
                    (total + 3 * first).initialize(repeating: 0, count: 3 * own)
                    SurfaceNormals.scatter(list, cellNormals.pointer, total, Int32(first), UInt32(own))
                    // The triangles of a strip have normals of their own.
                    for strip in 0..<strips.count {
                        let ids = strips.points(of: strip)
                        for part in 0..<max(0, ids.count - 2) {
                            var normal = CellNormals.triangle(
                                poly.points[Int(ids[part])], poly.points[Int(ids[part + 1])], poly.points[Int(ids[part + 2])])
                            if part & 1 == 1 { normal = -normal }
                            for corner in part..<part + 3 where UInt32(bitPattern: ids[corner] &- Int32(first)) < UInt32(own) {
                                let place = total + 3 * Int(ids[corner])
                                place[0] += normal.x
                                place[1] += normal.y
                                place[2] += normal.z
                            }
                        }
                    }
                    for point in first..<first + own { SurfaceNormals.store(total + 3 &* point, out + 3 &* point) }
                }
            }
            withExtendedLifetime((totals, cellNormals)) {}
        }
    }

    private static func scatter(
        _ list: CellArray, _ normals: UnsafePointer<Double>, _ total: UnsafeMutablePointer<Double>, _ first: Int32, _ own: UInt32
    ) {
        let ids = list.connectivity.pointer
        let offsets = list.offsets?.pointer
        let size = list.uniformSize
        for cell in 0..<list.count {
            let start = offsets.map { Int($0[cell]) } ?? cell &* size
            let end = offsets.map { Int($0[cell &+ 1]) } ?? start &+ size
            let normal = normals + 3 &* cell
            for corner in start..<end {
                let id = ids[corner]
                if UInt32(bitPattern: id &- first) >= own { continue }
                let place = total + 3 &* Int(id)
                place[0] += normal[0]
                place[1] += normal[1]
                place[2] += normal[2]
            }
        }
    }

    /// Splits points at sharp edges; sums the normals of each group in the order of its corners.
    private func split(_ poly: PolyData, _ cellNormals: Buffer<Double>) throws -> PolyData {
        let points = poly.points.count
        let list = poly.polygons
        let links = try CornerLinks([list], points: points, context: context)
        // An angle in degrees as its cosine: a parameter, computed once.
        let cosine = cos((filter.featureAngle ?? 180) * .pi / 180)
        let groups = try PointSplit(list, links, cellNormals, points: points, cosine: cosine, context: context)
        let extras = groups.extraStarts.pointer
        let made = Int(extras[points])
        guard points + made < Int(Int32.max) else {
            throw DatasetError("\(points + made) points are more than one piece can number: use more pieces")
        }
        let origins = Buffer<Int32>(uninitializedCount: points + made)
        let lowestCells = Buffer<Int32>(uninitializedCount: made)
        let connectivity = Buffer<Int32>(uninitializedCount: list.connectivity.count)
        nonisolated(unsafe) let origin = UnsafeMutablePointer(mutating: origins.pointer)
        nonisolated(unsafe) let lowest = UnsafeMutablePointer(mutating: lowestCells.pointer)
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        let (offsets, count, size) = (list.offsets?.pointer, list.count, list.uniformSize)
        let normals = try Buffer<Float>(count: 3 * (points + made)) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(points, grain: 1 << 12) { range in
                var totals: [Double] = []
                for point in range {
                    origin[point] = Int32(truncatingIfNeeded: point)
                    let firstExtra = Int(extras[point])
                    let groupCount = Int(extras[point &+ 1]) - firstExtra + 1
                    totals.removeAll(keepingCapacity: true)
                    for _ in 0..<3 * groupCount { totals.append(0) }
                    var seen = 0
                    for link in Int(links.offsets.pointer[point])..<Int(links.offsets.pointer[point &+ 1]) {
                        let corner = Int(links.corners.pointer[link])
                        let group = Int(groups.groups.pointer[corner])
                        let cell = PointSplit.cell(of: corner, offsets, count, size)
                        let normal = cellNormals.pointer + 3 &* cell
                        totals[3 &* group] += normal[0]
                        totals[3 &* group &+ 1] += normal[1]
                        totals[3 &* group &+ 2] += normal[2]
                        let target = group == 0 ? point : points &+ firstExtra &+ group &- 1
                        entry[corner] = Int32(truncatingIfNeeded: target)
                        if group == seen {
                            if group > 0 {
                                origin[target] = Int32(truncatingIfNeeded: point)
                                lowest[target &- points] = Int32(truncatingIfNeeded: cell)
                            }
                            seen &+= 1
                        }
                    }
                    totals.withUnsafeBufferPointer { totals in
                        SurfaceNormals.store(totals.baseAddress!, out + 3 &* point)
                        for group in 1..<max(1, groupCount) {
                            SurfaceNormals.store(totals.baseAddress! + 3 &* group, out + 3 &* (points &+ firstExtra &+ group &- 1))
                        }
                    }
                }
            }
        }
        var result = poly
        result.polygons = list.replacingConnectivity(connectivity)
        if made > 0 { try copyPoints(&result, poly, origins, lowestCells) }
        return withNormals(result, normals)
    }

    /// Points and all that belongs to them, with the copies behind them.
    private func copyPoints(_ result: inout PolyData, _ poly: PolyData, _ origins: Buffer<Int32>, _ lowestCells: Buffer<Int32>) throws {
        let input = Dataset.poly(poly)
        result.points = try SurfaceResult.points(of: input, kept: origins, context: context)
        var attributes = try Provenance(keptPoints: origins).attributes(of: input, context: context)
        // Cells stay as they are, and so do their ranks: whether points are copied differs from piece to piece.
        attributes.piece?.cellRanks = poly.attributes.piece?.cellRanks
        if let names = Numbering(of: input), let identities = attributes.piece?.pointIdentities {
            let firstCell = poly.vertices.count + poly.lines.count
            attributes.piece?.pointIdentities = Buffer(count: identities.count) { out in
                for point in 0..<identities.count {
                    let copy = point - poly.points.count
                    out[point] = copy < 0
                        ? identities.pointer[point]
                        : PointIdentity(
                            madeFrom: identities.pointer[point], salt: names.cellKey(firstCell + Int(lowestCells.pointer[copy])))
                }
            }
        }
        // Kept points do not rise here, so what is made is said outright.
        if attributes.piece == nil { attributes.firstMadePoint = min(poly.attributes.firstMadePoint ?? poly.points.count, poly.points.count) }
        result.attributes = attributes
    }
}
