import Datasets
import Geometry
import Scenes

/// The annotations of a scene, laid out for its picture: flat shapes over it, and lines that stand among the data.
///
/// Sizes come from measured text, places from IEEE arithmetic in Double, so the same scene gives the same shapes everywhere.
public struct AnnotationLayout: Sendable {
    /// Drawn over the picture.
    public let overlay: Overlay
    /// Drawn with the scene's actors, after them; they are no data, and do not move the camera.
    public let actors: [Actor]

    public init(_ scene: Scene) {
        let annotations = scene.annotations
        guard !annotations.isEmpty, scene.width > 0, scene.height > 0 else {
            overlay = Overlay()
            actors = []
            return
        }
        var canvas = Canvas(
            width: scene.width, height: scene.height, background: scene.background, color: annotations.color, textSize: annotations.textSize)
        var actors: [Actor] = []
        let projection = ViewProjection(scene.camera, width: scene.width, height: scene.height)
        TextPlacing.draw(annotations.texts, on: &canvas)
        for bar in annotations.scalarBars { ScalarBarLayout.draw(bar, on: &canvas) }
        if let axes = annotations.orientationAxes { OrientationAxesLayout.draw(axes, projection, on: &canvas) }
        let isSeen = projection.pixelsPerUnit.isFinite && projection.pixelsPerUnit > 0
        if let outline = annotations.outline {
            actors.append(Self.lines(Self.edges(outline.bounds ?? scene.bounds), canvas, strength: 0.8))
        }
        if let axes = annotations.cubeAxes, isSeen,
            let layout = CubeAxesLayout(axes, axes.bounds ?? scene.bounds, projection, canvas)
        {
            layout.draw(on: &canvas)
            actors.append(Self.lines(layout.gridLines(), canvas, strength: 0.35))
        }
        overlay = canvas.overlay
        self.actors = actors.filter { !$0.drawables.isEmpty }
    }

    private static func edges(_ bounds: Bounds) -> [(Vector3, Vector3)] {
        if bounds.isEmpty { return [] }
        let corners = bounds.corners
        var edges: [(Vector3, Vector3)] = []
        for corner in 0..<8 {
            for step in [1, 2, 4] where corner & step == 0 && corners[corner] != corners[corner | step] {
                edges.append((corners[corner], corners[corner | step]))
            }
        }
        return edges
    }

    /// An actor of plain lines.
    private static func lines(_ lines: [(Vector3, Vector3)], _ canvas: Canvas, strength: Float) -> Actor {
        var material = Material(color: canvas.background + (canvas.color - canvas.background) * strength)
        material.isLit = false
        material.lineWidth = Float(canvas.lineWidth)
        guard let first = lines.first else { return Actor([], material: material) }
        // Relative to one of the ends, so that boxes far from zero keep their place.
        let points = lines.flatMap { [$0.0 - first.0, $0.1 - first.0] }
        var drawable = Drawable(points: Points(points), primitives: .lines(Buffer((0..<Int32(points.count)).map { $0 })))
        drawable.origin = first.0
        return Actor([drawable], material: material)
    }
}
