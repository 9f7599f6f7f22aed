import Datasets
import Geometry
import Images
import Scenes
import SeededNumbers
import Testing

@testable import Annotating

@Suite(.timeLimit(.minutes(1))) struct LayoutTests {
    private func random(_ seed: Int) -> SplitMix64 { SplitMix64(seed: UInt64(seed)) }

    private func canvas(_ random: inout SplitMix64) -> Canvas {
        Canvas(width: Int.random(in: 60...1400, using: &random), height: Int.random(in: 60...1100, using: &random), background: SIMD3(0.3, 0.3, 0.4))
    }

    /// Around the ink of each word.
    private func textBoxes(_ overlay: Overlay) -> [PixelBox] {
        overlay.primitives.compactMap { primitive in
            guard case .strokes(let paths, let width) = primitive.shape else { return nil }
            return PlacedText(paths: paths, strokeWidth: width).box
        }
    }

    private func boxes(_ overlay: Overlay) -> [PixelBox] {
        overlay.primitives.compactMap { primitive in
            switch primitive.shape {
            case .strokes(let paths, let width): PlacedText(paths: paths, strokeWidth: width).box
            case .polygon(let corners): PlacedText(paths: [corners], strokeWidth: 0).box
            }
        }
    }

    /// A scale of colours stays in its rectangle, and its words apart.
    @Test(arguments: 0..<120) func scalarBars(seed: Int) {
        var random = random(seed)
        var canvas = canvas(&random)
        let exponent = Double(Int.random(in: -8...8, using: &random))
        let scale = [1e-12, 1e-3, 1, 1e4, 1e9][seed % 5] * (1 + exponent.magnitude)
        let lower = Double.random(in: -1...1, using: &random) * scale
        var map = ColorMap(.viridis, range: (lower, lower + Double.random(in: 0.001...2, using: &random) * scale))
        if seed % 7 == 0 {
            map = ColorMap(.viridis, range: (1e-4, 1e3))
            map.scale = .logarithmic
        }
        if seed % 5 == 1 {
            let names = ["granite", "water", "a very long name of a material that nobody can read", "", "µ"]
            map = ColorMap(categories: names.enumerated().map { ColorCategory(value: Double($0.offset), label: $0.element) }, colors: ColorPreset.set1.categoryColors(count: 5))
        }
        if Bool.random(using: &random) { map.belowColor = SIMD4(0, 0, 0, 1) }
        if Bool.random(using: &random) { map.aboveColor = SIMD4(1, 1, 1, 1) }
        var bar = ScalarBar(map, title: ["", "Temp", "Velocity magnitude [m/s]", "averylongnamewithoutanyspaceinit_anywhere_at_all"][seed % 4])
        bar.showsNaN = Bool.random(using: &random)
        if Bool.random(using: &random) { bar.orientation = .horizontal }
        var place: FractionRectangle?
        if Bool.random(using: &random) {
            let (x, y) = (Double.random(in: 0...0.8, using: &random), Double.random(in: 0...0.8, using: &random))
            place = FractionRectangle(
                x: x, y: y, width: Double.random(in: 0.05...1 - x, using: &random), height: Double.random(in: 0.05...1 - y, using: &random))
        }
        bar.place = place
        ScalarBarLayout.draw(bar, on: &canvas)
        let words = textBoxes(canvas.overlay).filter { $0.height > 2 }
        for (index, word) in words.enumerated() where bar.colorMap.belowColor == nil && bar.colorMap.aboveColor == nil {
            for other in words[..<index] { #expect(!word.overlaps(other), "seed \(seed): \(word) over \(other)") }
        }
        let area =
            place.map { place in
                PixelBox(
                    lower: SIMD2(place.x * canvas.picture.width, (1 - place.y - place.height) * canvas.picture.height),
                    upper: SIMD2((place.x + place.width) * canvas.picture.width, (1 - place.y) * canvas.picture.height))
            } ?? canvas.picture
        for box in boxes(canvas.overlay) { #expect(area.grown(by: 2).contains(box), "seed \(seed): \(box) outside \(area)") }
    }

    /// Numbers along the box around data never cover each other, and stay in the picture.
    @Test(arguments: 0..<200) func cubeAxes(seed: Int) {
        var random = random(1000 + seed)
        var canvas = canvas(&random)
        func vector(_ size: Double) -> Vector3 {
            Vector3(Double.random(in: -size...size, using: &random), Double.random(in: -size...size, using: &random), Double.random(in: -size...size, using: &random))
        }
        let origin = vector([0.001, 1, 1000, 1e6][seed % 4])
        var size = vector(2)
        for axis in 0..<3 { size[axis] = abs(size[axis]) * [1, 1, 0.01][Int.random(in: 0...2, using: &random)] }
        if seed % 6 == 0 { size[seed % 3] = 0 }
        let bounds = Bounds(lower: origin, upper: origin + size)
        var camera = Camera(position: origin + vector(5), focalPoint: bounds.center)
        camera.viewUp = Vector3(0.1, 1, 0.2)
        if seed % 3 == 0 { camera.projection = .parallel }
        camera.reset(to: bounds, aspect: canvas.picture.width / canvas.picture.height)
        if seed % 5 == 0 { camera.position = bounds.center + (camera.position - bounds.center) * Double.random(in: 0...1.2, using: &random) }
        let projection = ViewProjection(camera, width: Int(canvas.picture.width), height: Int(canvas.picture.height))
        canvas.occupied = [PixelBox(lower: SIMD2(0, 0), upper: SIMD2(50, 30))]
        let before = canvas.occupied
        guard let layout = CubeAxesLayout(CubeAxes(), bounds, projection, canvas) else { return }
        layout.draw(on: &canvas)
        let words = canvas.occupied.dropFirst(before.count).map { $0.grown(by: -1) }
        if seed % 5 != 0 { #expect(words.count >= 2, "seed \(seed) has \(words.count) labels") }
        for (index, word) in words.enumerated() {
            #expect(canvas.picture.contains(word), "seed \(seed): \(word)")
            for other in Array(words[..<index]) + before { #expect(!word.overlaps(other), "seed \(seed): \(word) over \(other)") }
        }
        for (a, b) in layout.gridLines() {
            for point in [a, b] { #expect((0..<3).allSatisfy { point[$0] >= bounds.lower[$0] && point[$0] <= bounds.upper[$0] }) }
        }
    }

    @Test(arguments: 0..<60) func orientationAxes(seed: Int) {
        var random = random(5000 + seed)
        var canvas = canvas(&random)
        var axes = OrientationAxes()
        axes.corner = PictureCorner.allCases[seed % 9]
        var camera = Camera(position: Vector3(Double.random(in: -1...1, using: &random), Double.random(in: -1...1, using: &random), Double.random(in: -1...1, using: &random)))
        if seed % 8 == 0 { camera.position = [Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 1, 0), Vector3(1, 1, 1)][seed / 8 % 5] }
        OrientationAxesLayout.draw(axes, ViewProjection(camera, width: Int(canvas.picture.width), height: Int(canvas.picture.height)), on: &canvas)
        for box in boxes(canvas.overlay) { #expect(canvas.picture.grown(by: 1).contains(box), "seed \(seed): \(box)") }
        let labels = canvas.occupied.dropLast()
        #expect(labels.count == 3, "seed \(seed)")
        for (index, label) in labels.enumerated() { for other in labels.prefix(index) { #expect(!label.overlaps(other), "seed \(seed)") } }
    }

    @Test func textsInOneCornerStandUnderEachOther() {
        var canvas = Canvas(width: 400, height: 300, background: SIMD3(1, 1, 1))
        for corner in PictureCorner.allCases where corner != .center {
            TextPlacing.draw([TextAnnotation("One", at: .corner(corner)), TextAnnotation("Two\nThree", at: .corner(corner))], on: &canvas)
        }
        let boxes = textBoxes(canvas.overlay)
        #expect(boxes.count == 16)
        for (index, box) in boxes.enumerated() {
            #expect(canvas.picture.contains(box))
            for other in boxes[..<index] { #expect(!box.overlaps(other)) }
        }
        #expect(canvas.color == SIMD3(0.08, 0.08, 0.08) && Canvas.contrasting(with: SIMD3(0, 0, 0.2)) == SIMD3(1, 1, 1))
    }

    /// The same bytes for any threads and samples; grid lines lie behind the data and move no camera.
    @Test func picturesWithAnnotations() throws {
        let square = [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 1)]
        var scene = Scene(actors: [Actor([triangles(square, [0, 1, 2, 0, 2, 3])], material: unlit(1, 0, 0))], width: 320, height: 240)
        scene.camera.position = Vector3(1, 2, 5)
        scene.resetCamera()
        let plain = try render(scene)
        scene.annotations.cubeAxes = CubeAxes()
        scene.annotations.outline = OutlineBox()
        scene.annotations.orientationAxes = OrientationAxes()
        scene.annotations.texts = [.title("Title"), TextAnnotation("t = 0.5 s")]
        scene.annotations.scalarBars = [ScalarBar(ColorMap(.viridis, range: (0, 1)), title: "Temp [K]")]
        let one = try render(scene, threads: 1)
        for threads in [2, 7] { #expect(try render(scene, threads: threads) == one) }
        #expect(one != plain)
        // What lies before everything stays in sight.
        var isVisible = false
        for y in 0..<240 { for x in 0..<320 where plain[x, y] == RGBA8(255, 0, 0) && one[x, y] == RGBA8(255, 0, 0) { isVisible = true } }
        #expect(isVisible)
    }
}
