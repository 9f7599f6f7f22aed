import Geometry
import Scenes

/// Three shaded arrows in a corner of the picture that turn with the camera.
struct OrientationAxesLayout {
    private let axes: OrientationAxes
    private let center: SIMD2<Double>
    /// The length of an arrow that is not foreshortened, in pixels.
    private let reach: Double
    private let style: TextStyle
    /// Each axis of the world as (right, up, towards the viewer).
    private let directions: [Vector3]

    static func draw(_ axes: OrientationAxes, _ projection: ViewProjection, on canvas: inout Canvas) {
        OrientationAxesLayout(axes, projection, canvas).draw(on: &canvas)
    }

    private init(_ axes: OrientationAxes, _ projection: ViewProjection, _ canvas: Canvas) {
        self.axes = axes
        let side = min(canvas.picture.width, canvas.picture.height)
        let square = min(side, max(side * min(1, max(0.02, axes.size)), 40))
        style = TextStyle(size: max(6, min(canvas.textSize, square * 0.17)), weight: 1.3)
        reach = square * 0.5 - style.size * 0.95
        let margin = min(canvas.margin * 0.5, square * 0.1)
        let room = SIMD2(canvas.picture.width - square - 2 * margin, canvas.picture.height - square - 2 * margin)
        center = SIMD2(margin + square * 0.5 + axes.corner.across * room.x, margin + square * 0.5 + axes.corner.down * room.y)
        directions = [Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)].map {
            Vector3(projection.right.dot($0), projection.up.dot($0), -projection.forward.dot($0))
        }
    }

    private func draw(on canvas: inout Canvas) {
        // What is farther away first; the ball in the middle between arrows that point away and arrows that point here.
        let order = (0..<3).sorted { (directions[$0].z, $0) < (directions[$1].z, $1) }
        for axis in order where directions[axis].z < 0 { drawArrow(axis, on: &canvas) }
        drawBall(on: &canvas)
        for axis in order where directions[axis].z >= 0 { drawArrow(axis, on: &canvas) }
        var boxes: [PixelBox] = []
        for axis in order.reversed() where axis < axes.labels.count { drawLabel(axis, &boxes, on: &canvas) }
        let half = reach + style.size
        canvas.occupied.append(PixelBox(lower: center - half, upper: center + half))
    }

    private func point(_ p: Vector3) -> SIMD2<Double> { center + SIMD2(p.x, -p.y) * reach }

    private func color(_ axis: Int) -> SIMD3<Float> { axis < axes.colors.count ? axes.colors[axis] : SIMD3(0.6, 0.6, 0.6) }

    /// A colour under a light from the upper left behind the viewer.
    private static func shaded(_ color: SIMD3<Float>, _ normal: Vector3) -> SIMD3<Float> {
        let light = max(0, normal.dot(Vector3(-0.35, 0.55, 0.758)))
        let glow = light > 0.8 ? (light - 0.8) * 1.6 : 0
        let lit = color * Float(0.45 + 0.62 * light) + SIMD3(repeating: Float(glow))
        return lit.clamped(lowerBound: SIMD3(0, 0, 0), upperBound: SIMD3(1, 1, 1))
    }

    /// Places on a circle, a full turn in 24 steps.
    private static let circle: [SIMD2<Double>] = (0..<24).map {
        let (sine, cosine) = PortableMath.sineAndCosine(degrees: Double($0) * 15)
        return SIMD2(cosine, sine)
    }

    private func drawArrow(_ axis: Int, on canvas: inout Canvas) {
        let along = directions[axis]
        let color = color(axis)
        let shaft = 0.034
        let head = 0.1
        let neck = 0.7
        // Two directions across the arrow.
        let helper = abs(along.x) < 0.7 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let u = along.cross(helper).normalized
        let v = along.cross(u)
        func ring(_ distance: Double, _ radius: Double) -> [Vector3] {
            Self.circle.map { along * distance + (u * $0.x + v * $0.y) * radius }
        }
        func normal(_ index: Int) -> Vector3 {
            let (a, b) = (Self.circle[index], Self.circle[(index + 1) % 24])
            return (u * (a.x + b.x) + v * (a.y + b.y)).normalized
        }
        func drawShaft() {
            let (near, far) = (ring(0.02, shaft), ring(neck, shaft))
            fill(near + far, color * 0.7, on: &canvas)
            for index in 0..<24 where normal(index).z > 0 {
                let next = (index + 1) % 24
                facet([near[index], near[next], far[next], far[index]], Self.shaded(color, normal(index)), on: &canvas)
            }
        }
        func drawHead() {
            let base = ring(neck, head)
            let tip = along
            fill(base + [tip], color * 0.75, on: &canvas)
            // The cone's side leans forward.
            let lean = head / (1 - neck)
            for index in 0..<24 {
                let side = (normal(index) + along * lean).normalized
                if side.z > 0 { facet([base[index], base[(index + 1) % 24], tip], Self.shaded(color, side), on: &canvas) }
            }
            if along.z < 0 { facet(base, Self.shaded(color, -along) * 0.9, on: &canvas) }
        }
        if along.z < 0 {
            drawHead()
            drawShaft()
        } else {
            drawShaft()
            drawHead()
        }
    }

    private func drawBall(on canvas: inout Canvas) {
        let radius = 0.062
        let grey = SIMD3<Float>(0.62, 0.62, 0.62)
        for step in 0..<6 {
            let t = Double(step) / 6
            let shade = Float(0.6 + 0.5 * t)
            let place = center + SIMD2(-0.3, -0.42) * (radius * reach * t * 0.8)
            canvas.overlay.append(
                OverlayPrimitive(.strokes([[place]], width: 2 * radius * reach * (1 - t)), color: grey * shade))
        }
    }

    /// The outline of a convex body, filled.
    private func fill(_ corners: [Vector3], _ color: SIMD3<Float>, on canvas: inout Canvas) {
        canvas.overlay.append(OverlayPrimitive(.polygon(convexHull(corners.map(point))), color: color))
    }

    private func facet(_ corners: [Vector3], _ color: SIMD3<Float>, on canvas: inout Canvas) {
        canvas.overlay.append(OverlayPrimitive(.polygon(corners.map(point)), color: color))
    }

    /// Beyond the arrow's tip, or beside it where another label stands there already.
    private func drawLabel(_ axis: Int, _ boxes: inout [PixelBox], on canvas: inout Canvas) {
        let layout = TextLayout(axes.labels[axis], style)
        let along = directions[axis]
        let flat = SIMD2(along.x, -along.y)
        let length = (flat.x * flat.x + flat.y * flat.y).squareRoot()
        let outward = length > 0.2 ? flat / length : SIMD2(0.7071067811865476, -0.7071067811865476)
        let tip = point(along)
        // The wish first, then the eight directions, by turns.
        let eighth = 0.7071067811865476
        let turns = [SIMD2(1, 0), SIMD2(eighth, -eighth), SIMD2(0, -1), SIMD2(-eighth, -eighth), SIMD2(-1, 0), SIMD2(-eighth, eighth), SIMD2(0, 1)]
        for direction in [outward] + turns.map({ SIMD2($0.x * outward.x - $0.y * outward.y, $0.x * outward.y + $0.y * outward.x) }) {
            let distance = style.size * 0.62 + max(0, 0.1 * reach * (1 - length))
            let place = layout.placed(at: tip + direction * distance, TextAnchor(0.5, .middle))
            guard let box = place.box else { return }
            if canvas.picture.contains(box) && !boxes.contains(where: { $0.overlaps(box) }) {
                boxes.append(box)
                canvas.add(place)
                return
            }
        }
    }
}

/// The corners of the convex hull, in order around it.
func convexHull(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
    // A. M. Andrew's monotone chain, 1979.
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    if sorted.count < 3 { return sorted }
    func chain(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        var hull: [SIMD2<Double>] = []
        for point in points {
            while hull.count >= 2 {
                let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
                if (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0 { break }
                hull.removeLast()
            }
            hull.append(point)
        }
        return hull
    }
    return chain(sorted).dropLast() + chain(sorted.reversed()).dropLast()
}
