import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import Geometry
import Images
import Mapping
import Rasterizing
import Scenes
import Visibility

/// The settings of one benchmark, and its inputs.
struct WorkloadRun {
    let size: Int
    let repetitions: Int
    let input: String?
    let context: ExecutionContext

    /// The least time of several runs of `body`, in seconds.
    func best<Result>(_ body: () throws -> Result) throws -> (seconds: Double, last: Result) {
        var least = Double.infinity
        var last: Result?
        for _ in 0..<repetitions {
            last = nil
            let start = monotonicSeconds()
            last = try body()
            least = min(least, monotonicSeconds() - start)
        }
        return (least, last!)
    }

    func dataset(_ specification: String) throws -> Dataset {
        guard let source = try proceduralSource(parsing: specification) else { throw UsageError("\(specification) is not a source") }
        return try source.produce(UpdateRequest(), context: context)
    }

    func wavelet() throws -> Dataset { try dataset("wavelet:\(size)") }
    func hexahedra() throws -> Dataset { try dataset("hexes:\(size)") }
    func tetrahedra() throws -> Dataset { try dataset("tets:\(size)") }

    /// The isosurface 157 with normals.
    func isosurface() throws -> Dataset {
        try Contour(array: ArraySelector("RTData"), values: [157], computesNormals: true)(try wavelet(), context: context)
    }

    /// The plane through the middle that all cuts use.
    func plane(_ dataset: Dataset) -> Plane { Plane(origin: dataset.bounds.center, normal: Vector3(1, 0.5, 0.25)) }
}

/// Something to time.
struct Workload: Sendable {
    let name: String
    let purpose: String
    let run: @Sendable (WorkloadRun) throws -> WorkloadFacts

    private static func filter(
        _ name: String, _ purpose: String, _ input: @escaping @Sendable (WorkloadRun) throws -> Dataset,
        _ filter: @escaping @Sendable (WorkloadRun, Dataset) -> any Filter
    ) -> Workload {
        Workload(name: name, purpose: purpose) { bench in
            let data = try input(bench)
            let stage = filter(bench, data)
            let (seconds, result) = try bench.best { try stage(data, context: bench.context) }
            return WorkloadFacts(seconds: seconds, inputCells: data.cellCount, result: result)
        }
    }

    static let all: [Workload] = [
        filter("contour-image", "isosurface 157 of the wavelet, with normals", { try $0.wavelet() }) { _, _ in
            Contour(array: ArraySelector("RTData"), values: [157], computesNormals: true)
        },
        filter("contour-hexes", "isosurface 157 of voxel cells", { try $0.hexahedra() }) { _, _ in
            Contour(array: ArraySelector("RTData"), values: [157])
        },
        filter("contour-tets", "isosurface 157 of tetrahedra", { try $0.tetrahedra() }) { _, _ in
            Contour(array: ArraySelector("RTData"), values: [157])
        },
        filter("slice-image", "plane cut of the wavelet", { try $0.wavelet() }) { Slice(plane: $0.plane($1)) },
        filter("slice-hexes", "plane cut of voxel cells", { try $0.hexahedra() }) { Slice(plane: $0.plane($1)) },
        filter("threshold-hexes", "voxel cells between 100 and 180", { try $0.hexahedra() }) { _, _ in
            Threshold(array: ArraySelector("RTData"), range: 100...180)
        },
        filter("clip-hexes", "half of the voxel cells, cut by a plane", { try $0.hexahedra() }) { Clip(plane: $0.plane($1)) },
        filter("clip-tets", "half of the tetrahedra, cut by a plane", { try $0.tetrahedra() }) { Clip(plane: $0.plane($1)) },
        filter("surface-hexes", "external faces of voxel cells", { try $0.hexahedra() }) { _, _ in Surface() },
        filter("surface-tets", "external faces of tetrahedra", { try $0.tetrahedra() }) { _, _ in Surface() },
        filter("normals-surface", "point normals of the isosurface", { try $0.isosurface().withoutNormals }) { _, _ in
            Normals(featureAngle: nil)
        },
        Workload(name: "ghost-cells", purpose: "a layer of ghosts around 8 pieces of voxel cells in space", run: ghostCells),
        Workload(name: "redistribute", purpose: "voxel cells into 8 pieces in space", run: redistribute),
        Workload(name: "render-surface", purpose: "a frame of the isosurface, 1920x1080, in orbit") { try renderSurface($0, colored: false) },
        Workload(name: "render-surface-colored", purpose: "the same, coloured by height") { try renderSurface($0, colored: true) },
        Workload(name: "render-translucent", purpose: "a frame of the isosurface at opacity 0.4, 1024x768, every layer blended", run: renderTranslucent),
        Workload(name: "render-sphere-impostors", purpose: "a frame of a million spheres") { try renderSpheres($0, count: 1_000_000) },
        Workload(name: "render-glyph-spheres", purpose: "a frame of 100 000 spheres") { try renderSpheres($0, count: 100_000) },
        Workload(name: "read-vtu-raw", purpose: "an uncompressed .vtu of voxel cells") { try read($0, compression: "none") },
        Workload(name: "read-vtu-zlib", purpose: "a compressed .vtu of voxel cells") { try read($0, compression: "zlib") },
        Workload(name: "write-vtu-zlib", purpose: "voxel cells into a compressed .vtu", run: write),
    ]

    private static func renderSurface(_ bench: WorkloadRun, colored: Bool) throws -> WorkloadFacts {
        var surface = try bench.isosurface()
        var selector: ArraySelector?
        var map: ColorMap?
        if colored, case .poly(var poly) = surface {
            let points = poly.points
            let heights = Buffer<Float>(count: points.count) { out in
                for point in 0..<points.count { out[point] = Float(points[point].z) }
            }
            poly.attributes.pointData.set(FieldArray(name: "z", heights))
            surface = .poly(poly)
            selector = ArraySelector("z")
            let range = try DatasetMapper.range(of: selector!, in: surface, context: bench.context)
            map = ColorMap(.rainbow, range: range.map { ($0.lowerBound, $0.upperBound) } ?? (0, 1))
        }
        let drawables = try DatasetMapper(colorBy: selector).drawables(of: surface, context: bench.context)
        var facts = try orbit(bench, Actor(drawables, colorMap: map))
        facts.inputCells = surface.cellCount
        facts.counts.append(("triangles", surface.cellCount))
        return facts
    }

    private static func renderTranslucent(_ bench: WorkloadRun) throws -> WorkloadFacts {
        let surface = try bench.isosurface()
        var material = Material()
        material.opacity = 0.4
        let drawables = try DatasetMapper().drawables(of: surface, context: bench.context)
        var facts = try orbit(bench, Actor(drawables, material: material), width: 1024, height: 768)
        facts.inputCells = surface.cellCount
        facts.counts.append(("triangles", surface.cellCount))
        return facts
    }

    private static func renderSpheres(_ bench: WorkloadRun, count: Int) throws -> WorkloadFacts {
        var points: Dataset
        if let input = bench.input {
            points = try FileSource(path: input).produce(UpdateRequest(), context: bench.context)
        } else {
            points = .poly(PolyData(points: gaussianPoints(count)))
        }
        if case .poly(let poly) = points { points = .poly(PolyData(points: poly.points)) }
        let drawables = try DatasetMapper(sphereRadius: 0.3).drawables(of: points, context: bench.context)
        var facts = try orbit(bench, Actor(drawables))
        facts.counts.append(("points", points.pointCount))
        return facts
    }

    /// The median frame of an orbit, pixels in memory, as VTK's side of the race takes it.
    private static func orbit(_ bench: WorkloadRun, _ actor: Actor, width: Int = 1920, height: Int = 1080) throws -> WorkloadFacts {
        var scene = Scene(actors: [actor], background: SIMD3(0.1, 0.1, 0.1), width: width, height: height)
        scene.resetCamera()
        let renderer = Rasterizer()
        _ = try renderer.render(try scene.makeDrawList(), in: bench.context)
        var times: [Double] = []
        var checksum: UInt64 = 0
        var brightness: Double?
        for _ in 0..<4 + bench.repetitions {
            scene.camera.turn(azimuth: 7)
            let start = monotonicSeconds()
            let frame = try renderer.render(try scene.makeDrawList(), in: bench.context)
            times.append(monotonicSeconds() - start)
            brightness = brightness ?? meanBrightness(frame.image)
            checksum = frame.image.withPixels { pixels in
                var sum = checksum
                for pixel in pixels {
                    let color = UInt64(pixel.red) | UInt64(pixel.green) << 8 | UInt64(pixel.blue) << 16
                    sum = sum &* 31 &+ color
                }
                return sum
            }
        }
        times.sort()
        var facts = WorkloadFacts(seconds: times[times.count / 2])
        facts.words.append(("checksum", String(checksum, radix: 16)))
        facts.measures.append(("brightness", brightness ?? 0))
        return facts
    }

    /// The mean of all channels of all pixels, 0…255.
    private static func meanBrightness(_ image: ColorImage) -> Double {
        let sum = image.withPixels { $0.reduce(0) { $0 + Int($1.red) + Int($1.green) + Int($1.blue) } }
        return Double(sum) / Double(3 * image.width * image.height)
    }

    /// Points of a normal distribution with standard deviation 50, the same for every run.
    private static func gaussianPoints(_ count: Int) -> Points {
        var state: UInt64 = 7
        func uniform() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var x = state
            x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
            x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
            return (Double((x ^ (x >> 31)) >> 11) + 0.5) / 9_007_199_254_740_992
        }
        return .float32(
            Buffer(count: 3 * count) { out in
                for index in 0..<3 * count {
                    out[index] = Float(50 * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()))
                }
            })
    }

    private static func read(_ bench: WorkloadRun, compression: String) throws -> WorkloadFacts {
        var path = bench.input
        if path == nil {
            let file = NSTemporaryDirectory() + "tessera-bench-\(compression)-\(bench.size).vtu"
            try FileFormat.write(
                try bench.hexahedra(), to: file, options: WriterOptions(xml: XMLWriterOptions(compression: compression == "none" ? .none : .zlib)),
                context: bench.context)
            path = file
        }
        // Ends when every array is in its final form and every byte has been touched.
        let (seconds, result) = try bench.best {
            let dataset = try FileSource(path: path!).produce(UpdateRequest(), context: bench.context)
            return (dataset, try checksum(dataset, bench.context))
        }
        var facts = WorkloadFacts(seconds: seconds, inputCells: result.0.cellCount)
        facts.counts.append(("points", result.0.pointCount))
        facts.counts.append(("cells", result.0.cellCount))
        facts.words.append(("checksum", String(result.1, radix: 16)))
        return facts
    }

    private static func write(_ bench: WorkloadRun) throws -> WorkloadFacts {
        let data = try bench.hexahedra()
        let path = NSTemporaryDirectory() + "tessera-bench-write.vtu"
        let (seconds, _) = try bench.best {
            try FileFormat.write(data, to: path, context: bench.context)
        }
        var facts = WorkloadFacts(seconds: seconds, inputCells: data.cellCount)
        facts.counts.append(("points", data.pointCount))
        facts.counts.append(("cells", data.cellCount))
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        facts.counts.append(("bytes", size ?? 0))
        return facts
    }

    /// A sum over the bytes of points, cells and arrays: it touches all of them.
    private static func checksum(_ dataset: Dataset, _ context: ExecutionContext) throws -> UInt64 {
        guard case .unstructured(let grid) = dataset else { return 0 }
        var total = try sum(grid.cells.connectivity, context)
        if let offsets = grid.cells.offsets { total &+= try sum(offsets, context) }
        switch grid.points {
        case .float32(let buffer): total &+= try sum(buffer, context)
        case .float64(let buffer): total &+= try sum(buffer, context)
        }
        for array in grid.attributes.pointData.arrays + grid.attributes.cellData.arrays {
            var visitor = Sum(context: context)
            total &+= try array.visit(&visitor) ?? 0
        }
        return total
    }

    private struct Sum: FieldVisitor {
        typealias Failure = any Error
        let context: ExecutionContext
        func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> UInt64 { try Workload.sum(values, context) }
    }

    private static func sum<Value>(_ buffer: Buffer<Value>, _ context: ExecutionContext) throws -> UInt64 {
        let bytes = UnsafeRawBufferPointer(buffer.elements)
        let words = bytes.count / 8
        let parts = try context.parallelMap(words, grain: 1 << 17) { range in
            var sum: UInt64 = 0
            for word in range { sum &+= bytes.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self) }
            return sum
        }
        withExtendedLifetime(buffer) {}
        return parts.reduce(0, &+)
    }
}

extension Dataset {
    /// The dataset without the array that has the role of normals.
    fileprivate var withoutNormals: Dataset {
        var copy = self
        copy.attributes.pointData.remove("Normals")
        return copy
    }
}
