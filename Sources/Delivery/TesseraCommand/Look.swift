import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Images
import Mapping
import Scenes

/// The look of a picture, read from the options.
struct Look {
    private let options: LookOptions
    private let selector: ArraySelector?
    private let preset: ColorPreset
    private let range: (lower: Double, upper: Double)?
    private let nanColor: SIMD4<Float>?
    private let width: Int
    private let height: Int
    private var material = Material()
    private let background: SIMD3<Float>
    private var lights: [Light] = []
    private let camera: Camera?

    init(_ options: LookOptions) throws {
        self.options = options
        selector = options.colorBy.map { ArraySelector(parsing: $0) }
        guard let preset = ColorPreset(named: options.preset) else {
            throw UsageError(
                "--preset \(options.preset): there are \(ColorPreset.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.preset = preset
        range = try options.range.map { text in
            let ends = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard ends.count == 2 else { throw UsageError("--range \(text): expected LO:HI, such as --range 0:1") }
            let low = try FilterArguments.number(ends[0], option: "range", example: "--range 0:1")
            let high = try FilterArguments.number(ends[1], option: "range", example: "--range 0:1")
            guard low <= high else { throw UsageError("--range \(text): the lower end is above the upper") }
            return (low, high)
        }
        let sides = options.size.lowercased().split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0 >= 1 && $0 <= 32768 }) else {
            throw UsageError("--size \(options.size): expected WxH in pixels, 1 to 32768 each, such as --size 1920x1080")
        }
        (width, height) = (sides[0], sides[1])
        guard options.samples >= 1 && options.samples <= 64 else { throw UsageError("--samples \(options.samples): expected 1 to 64") }
        nanColor = try options.nanColor.map { SIMD4(try Look.color($0, option: "nan-color"), 1) }
        background = try options.background.map { try Look.color($0, option: "background") } ?? SIMD3(0, 0, 0)
        if let color = options.color { material.color = try Look.color(color, option: "color") }
        material.interpolation = options.flat ? .flat : .smooth
        material.showsEdges = options.edges
        if options.wireframe { material.representation = .wireframe }
        guard options.lineWidth > 0 && options.lineWidth <= 1000 else { throw UsageError("--line-width \(options.lineWidth): expected a width in pixels") }
        material.lineWidth = options.lineWidth
        if let text = options.specular {
            let parts = try text.split(separator: ":").map { try FilterArguments.number(String($0), option: "specular", example: "--specular 0.3:20") }
            guard parts.count == 1 || parts.count == 2 else { throw UsageError("--specular \(text): expected S or S:POWER, such as --specular 0.3:20") }
            material.specular = Float(parts[0])
            material.specularPower = Float(parts.count == 2 ? parts[1] : 20)
        }
        for text in options.light {
            let example = "--light 0,-1,0:1,1,1:0.8"
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard (1...3).contains(parts.count) else { throw UsageError("--light \(text): expected X,Y,Z[:R,G,B[:INTENSITY]], such as \(example)") }
            let direction = try FilterArguments.vector(parts[0], option: "light", example: example)
            guard direction.length > 0 else { throw UsageError("--light \(text): the direction has no length") }
            lights.append(
                Light(
                    .directional(direction), color: parts.count > 1 ? try Look.color(parts[1], option: "light") : SIMD3(1, 1, 1),
                    intensity: parts.count > 2 ? Float(try FilterArguments.number(parts[2], option: "light", example: example)) : 1))
        }
        camera = try options.camera.map(Look.camera)
        if let angle = options.viewAngle, !(angle > 0 && angle < 180) { throw UsageError("--view-angle \(angle): expected 0 to 180 degrees") }
        if let scale = options.parallelScale, !(scale > 0) { throw UsageError("--parallel-scale \(scale): expected a number above zero") }
    }

    private static func color(_ text: String, option: String) throws -> SIMD3<Float> {
        let vector = try FilterArguments.vector(text, option: option, example: "--\(option) 0.9,0.5,0.1")
        guard (0..<3).allSatisfy({ vector[$0] >= 0 && vector[$0] <= 1 }) else {
            throw UsageError("--\(option) \(text): red, green and blue lie between 0 and 1")
        }
        return SIMD3(Float(vector.x), Float(vector.y), Float(vector.z))
    }

    private static func camera(_ text: String) throws -> Camera {
        let example = "--camera 0,0,10:0,0,0:0,1,0"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw UsageError("--camera \(text): expected position, focal point and view up, such as \(example)")
        }
        let vectors = try parts.map { try FilterArguments.vector($0, option: "camera", example: example) }
        guard (vectors[0] - vectors[1]).length > 0 else { throw UsageError("--camera \(text): position and focal point are the same") }
        guard vectors[2].cross(vectors[0] - vectors[1]).length > 0 else {
            throw UsageError("--camera \(text): view up is parallel to the line of sight")
        }
        var camera = Camera()
        (camera.position, camera.focalPoint, camera.viewUp) = (vectors[0], vectors[1], vectors[2])
        return camera
    }

    /// The pipeline with an external surface behind it where its result cannot be drawn as it is.
    static func drawable(_ pipeline: Pipeline) throws -> Pipeline {
        switch try pipeline.describe().kind {
        case .poly, .table: pipeline
        default: pipeline.appending(Surface())
        }
    }

    /// The scene that shows the datasets.
    func scene(of datasets: [Dataset], sphereRadius: Double?, context: ExecutionContext) throws -> Scene {
        var actors: [Actor] = []
        let range = try self.range ?? commonRange(of: datasets, context: context)
        let map = selector == nil ? nil : range.map { range in
            var map = ColorMap(preset, range: range)
            if let nanColor { map.nanColor = nanColor }
            return map
        }
        for dataset in datasets {
            let mapper = DatasetMapper(colorBy: selector, sphereRadius: sphereRadius)
            actors.append(Actor(try mapper.drawables(of: dataset, context: context), material: material, colorMap: map))
        }
        var scene = Scene(
            actors: actors, lights: lights.isEmpty ? [Light()] : lights, background: background, camera: camera ?? Camera(), width: width,
            height: height, samples: options.samples)
        if let angle = options.viewAngle { scene.camera.viewAngle = angle }
        if let scale = options.parallelScale {
            scene.camera.projection = .parallel
            scene.camera.parallelScale = scale
        }
        if camera == nil {
            scene.resetCamera()
            if let scale = options.parallelScale { scene.camera.parallelScale = scale }
        }
        if let azimuth = options.azimuth { scene.camera.turn(azimuth: azimuth) }
        if let elevation = options.elevation { scene.camera.raise(elevation: elevation) }
        return scene
    }

    /// The range of the colouring array over all datasets, finite values only.
    private func commonRange(of datasets: [Dataset], context: ExecutionContext) throws -> (lower: Double, upper: Double)? {
        guard let selector else { return nil }
        var lower = Double.infinity
        var upper = -Double.infinity
        for dataset in datasets {
            guard let range = try DatasetMapper.range(of: selector, in: dataset, context: context) else { continue }
            lower = min(lower, range.lowerBound)
            upper = max(upper, range.upperBound)
        }
        return lower <= upper ? (lower, upper) : (0, 1)
    }
}
