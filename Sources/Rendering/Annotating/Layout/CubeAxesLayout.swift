import Geometry
import Scenes

/// Numbers and titles along the outer edges of the box around the data.
///
/// Of the edges in each direction that lie on the outline of the box as it is seen, the lower or the left one is numbered. Numbers that
/// would cover others, or leave the picture, are left out.
struct CubeAxesLayout {
    private let axes: CubeAxes
    private let bounds: Bounds
    private let projection: ViewProjection
    private let style: TextStyle
    private let titleStyle: TextStyle
    private let tickLength: Double
    /// The middle of the box in the picture.
    private let middle: SIMD2<Double>

    /// An edge in the picture: from the lower to the upper end of its axis.
    private struct Edge {
        var axis: Int
        /// Which end of the other two axes it lies at.
        var corner: Vector3
        var from: SIMD2<Double>
        var to: SIMD2<Double>
        /// At right angles to it, away from the box.
        var outward: SIMD2<Double>

        var length: Double { ((to - from) * (to - from)).sum().squareRoot() }
    }

    init?(_ axes: CubeAxes, _ bounds: Bounds, _ projection: ViewProjection, _ canvas: Canvas) {
        guard !bounds.isEmpty else { return nil }
        self.axes = axes
        self.bounds = bounds
        self.projection = projection
        style = TextStyle(size: canvas.textSize * 0.92)
        titleStyle = TextStyle(size: canvas.textSize, weight: 1.4)
        tickLength = max(3, (canvas.textSize * 0.35).rounded())
        guard let middle = projection.pixel(bounds.center) else { return nil }
        self.middle = middle
    }

    // MARK: Edges

    /// Whether the side at the lower or upper end of an axis turns its outside to the viewer.
    private func isFacing(_ axis: Int, upper: Bool) -> Bool {
        if projection.isParallel { return upper ? projection.forward[axis] < 0 : projection.forward[axis] > 0 }
        return upper ? projection.position[axis] > bounds.upper[axis] : projection.position[axis] < bounds.lower[axis]
    }

    private func corner(_ axis: Int, _ first: Bool, _ second: Bool) -> Vector3 {
        var corner = bounds.lower
        if first { corner[(axis + 1) % 3] = bounds.upper[(axis + 1) % 3] }
        if second { corner[(axis + 2) % 3] = bounds.upper[(axis + 2) % 3] }
        return corner
    }

    /// The part of a segment in front of the camera, as fractions.
    private func edge(_ axis: Int, _ corner: Vector3) -> Edge? {
        var end = corner
        end[axis] = bounds.upper[axis]
        guard bounds.size[axis] > 0, let from = projection.pixel(corner), let to = projection.pixel(end) else { return nil }
        let along = to - from
        let length = (along * along).sum().squareRoot()
        guard length > style.size else { return nil }
        var outward = SIMD2(-along.y, along.x) / length
        let arm = (from + to) * 0.5 - middle
        if (outward * arm).sum() < 0 { outward = -outward }
        return Edge(axis: axis, corner: corner, from: from, to: to, outward: outward)
    }

    /// The edge of each direction that carries the numbers.
    private func numberedEdges() -> [Edge] {
        (0..<3).compactMap { axis in
            let (first, second) = ((axis + 1) % 3, (axis + 2) % 3)
            var best: (edge: Edge, score: Double)?
            for (a, b) in [(false, false), (true, false), (false, true), (true, true)] {
                // On the outline: one of the two sides that meet here is seen, the other is not.
                let flat = bounds.size[first] == 0 || bounds.size[second] == 0
                guard flat || isFacing(first, upper: a) != isFacing(second, upper: b) else { continue }
                guard let edge = edge(axis, corner(axis, a, b)) else { continue }
                let along = edge.to - edge.from
                // Steep edges are numbered at the left, others below.
                let place = (edge.from + edge.to) * 0.5
                let score = abs(along.y) > 1.2 * abs(along.x) ? -place.x + 1e-3 * place.y : place.y - 1e-3 * place.x
                if best == nil || score > best!.score { best = (edge, score) }
            }
            return best?.edge
        }
    }

    // MARK: Drawing

    func draw(on canvas: inout Canvas) {
        let edges = numberedEdges()
        var hull: [[SIMD2<Double>]] = []
        for axis in 0..<3 {
            for (a, b) in [(false, false), (true, false), (false, true), (true, true)]
            where isFacing((axis + 1) % 3, upper: a) || isFacing((axis + 2) % 3, upper: b) {
                // Edges between two sides that are both seen lie before the data: the outline is enough.
                if isFacing((axis + 1) % 3, upper: a) && isFacing((axis + 2) % 3, upper: b) { continue }
                if let edge = edge(axis, corner(axis, a, b)) { hull.append([edge.from, edge.to]) }
            }
        }
        canvas.overlay.append(OverlayPrimitive(.strokes(hull, width: canvas.lineWidth), color: canvas.color, opacity: 0.75))
        // Long edges first: short ones have less to say.
        for edge in edges.sorted(by: { ($0.length, $1.axis) > ($1.length, $0.axis) }) { draw(edge, on: &canvas) }
    }

    /// The values at an edge: fewer until their labels are apart.
    private func ticks(_ edge: Edge) -> (ticks: AxisTicks, layouts: [TextLayout]) {
        var count = min(8, max(2, Int(edge.length / (style.size * 1.8)) + 1))
        while true {
            let ticks = AxisTicks.linear(bounds.lower[edge.axis], bounds.upper[edge.axis], greatestCount: count)
            let layouts = ticks.major.map { TextLayout($0.label, style) }
            let boxes = zip(ticks.major, layouts).compactMap { place($0.1, $0.0.fraction, edge).box?.grown(by: style.size * 0.2) }
            let overlap = zip(boxes, boxes.dropFirst()).contains { $0.overlaps($1) }
            if !overlap || count <= 2 { return (ticks, layouts) }
            count -= 1
        }
    }

    private func point(_ fraction: Double, _ edge: Edge) -> SIMD2<Double>? {
        var place = edge.corner
        place[edge.axis] = bounds.lower[edge.axis] + fraction * bounds.size[edge.axis]
        return projection.pixel(place)
    }

    /// A label beyond its mark: as far out as its box needs.
    private func place(_ layout: TextLayout, _ fraction: Double, _ edge: Edge) -> PlacedText {
        let start = (point(fraction, edge) ?? edge.from) + edge.outward * (tickLength + max(2, style.size * 0.25))
        return put(layout, beyond: start, edge.outward)
    }

    private func put(_ layout: TextLayout, beyond start: SIMD2<Double>, _ outward: SIMD2<Double>) -> PlacedText {
        let half = SIMD2(layout.width * 0.5, layout.height * 0.5)
        // Towards the outside until the box no longer reaches over the line through `start`; straight across where that is near.
        let support = abs(outward.x) * half.x + abs(outward.y) * half.y
        return layout.placed(at: start + outward * support, TextAnchor(0.5, .middle))
    }

    private func draw(_ edge: Edge, on canvas: inout Canvas) {
        let (ticks, layouts) = ticks(edge)
        var marks: [[SIMD2<Double>]] = []
        var smallMarks: [[SIMD2<Double>]] = []
        for fraction in ticks.minor {
            if let p = point(fraction, edge) { smallMarks.append([p, p + edge.outward * (tickLength * 0.5)]) }
        }
        var farthest = tickLength
        for (tick, layout) in zip(ticks.major, layouts) {
            guard let p = point(tick.fraction, edge) else { continue }
            marks.append([p, p + edge.outward * tickLength])
            let label = place(layout, tick.fraction, edge)
            guard let box = label.box, canvas.picture.contains(box), canvas.isFree(box) else { continue }
            canvas.add(label, keepingClear: 1)
            let reach = abs(edge.outward.x) * box.width * 0.5 + abs(edge.outward.y) * box.height * 0.5
            farthest = max(farthest, ((box.center - p) * edge.outward).sum() + reach)
        }
        canvas.overlay.append(OverlayPrimitive(.strokes(smallMarks, width: max(1, canvas.lineWidth * 0.6)), color: canvas.color, opacity: 0.6))
        canvas.overlay.append(OverlayPrimitive(.strokes(marks, width: canvas.lineWidth), color: canvas.color))
        drawTitle(edge, ticks, farthest, on: &canvas)
    }

    /// Beyond the numbers, at the middle of the edge or where there is room near it.
    private func drawTitle(_ edge: Edge, _ ticks: AxisTicks, _ farthest: Double, on canvas: inout Canvas) {
        var text = edge.axis < axes.titles.count ? axes.titles[edge.axis] : ""
        if !ticks.factor.isEmpty { text += text.isEmpty ? ticks.factor : " (" + ticks.factor + ")" }
        if text.isEmpty { return }
        let layout = TextLayout(text, titleStyle)
        for distance in [0.45, 1.4, -0.2] {
            for shift in [0.5, 0.38, 0.62, 0.26, 0.74, 0.12, 0.88] {
                guard let p = point(shift, edge) else { continue }
                let place = put(layout, beyond: p + edge.outward * (farthest + style.size * distance), edge.outward)
                guard let box = place.box, canvas.picture.contains(box), canvas.isFree(box) else { continue }
                canvas.add(place, keepingClear: 1)
                return
            }
        }
    }

    // MARK: Behind the data

    /// Lines on the sides behind the data, in the world, so that the data hide them: their frames, and lines through the values.
    func gridLines() -> [(Vector3, Vector3)] {
        var lines: [(Vector3, Vector3)] = []
        for axis in 0..<3 {
            for upper in [false, true] where bounds.size[axis] > 0 && !isFacing(axis, upper: upper) {
                let depth = upper ? bounds.upper[axis] : bounds.lower[axis]
                for (across, along) in [((axis + 1) % 3, (axis + 2) % 3), ((axis + 2) % 3, (axis + 1) % 3)] {
                    var places = [bounds.lower[across], bounds.upper[across]]
                    if axes.showsGrid, let edge = numberedEdges().first(where: { $0.axis == across }) {
                        places += self.ticks(edge).ticks.major.map { bounds.lower[across] + $0.fraction * bounds.size[across] }
                    }
                    for place in places {
                        var (a, b) = (bounds.lower, bounds.upper)
                        a[axis] = depth
                        b[axis] = depth
                        a[across] = place
                        b[across] = place
                        a[along] = bounds.lower[along]
                        b[along] = bounds.upper[along]
                        if a != b { lines.append((a, b)) }
                    }
                }
            }
        }
        return lines
    }
}

extension ViewProjection {
    /// Where a point of the world is in the picture; nil behind the camera and too far outside.
    func pixel(_ point: Vector3) -> SIMD2<Double>? {
        let p = view(point)
        let scale: Double
        if isParallel {
            scale = pixelsPerUnit
        } else {
            guard p.z > nearDistance else { return nil }
            scale = pixelsPerUnit / p.z
        }
        let result = SIMD2(centerX + p.x * scale, centerY - p.y * scale)
        guard abs(result.x) < 1e6, abs(result.y) < 1e6 else { return nil }
        return result
    }
}
