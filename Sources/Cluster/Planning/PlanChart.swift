import Execution
import Foundation
import Images
import Rasterizing
import Scenes
import Visibility

/// Times over numbers of ranks, both logarithmic, a line for each schedule.
public struct PlanChart: Sendable {
    /// A line: a name, and milliseconds at numbers of ranks that rise.
    public struct Curve: Sendable {
        public var name: String
        public var points: [(ranks: Int, milliseconds: Double)]
        /// Drawn as dots: what was measured.
        public var isMeasured = false

        public init(name: String, points: [(ranks: Int, milliseconds: Double)], isMeasured: Bool = false) {
            self.name = name
            self.points = points
            self.isMeasured = isMeasured
        }
    }

    public var title: String
    public var curves: [Curve]

    public init(title: String, curves: [Curve]) {
        self.title = title
        self.curves = curves
    }

    /// Colours that also differ in lightness.
    private static let colors: [SIMD3<Float>] = [
        SIMD3(0.05, 0.28, 0.63), SIMD3(0.85, 0.33, 0.10), SIMD3(0.10, 0.60, 0.35), SIMD3(0.55, 0.20, 0.60), SIMD3(0.75, 0.60, 0.05),
    ]
    private static let ink = SIMD3<Float>(0.15, 0.15, 0.18)
    private static let faint = SIMD3<Float>(0.86, 0.87, 0.9)

    /// - Throws: what drawing throws.
    public func image(width: Int = 960, height: Int = 640, in context: ExecutionContext) throws -> ColorImage {
        var scene = Scene(background: SIMD3(1, 1, 1), width: width, height: height)
        let points = curves.flatMap(\.points).filter { $0.milliseconds > 0 && $0.ranks > 0 }
        let frame = Frame(
            width: Double(width), height: Double(height),
            ranks: Scale(points.map { Double($0.ranks) }), milliseconds: Scale(points.map(\.milliseconds)))
        scene.annotations.color = Self.ink
        scene.annotations.textSize = frame.text
        scene.annotations.texts = [TextAnnotation(title, at: .corner(.top), scale: 1.15)]
        if !points.isEmpty {
            axes(frame, &scene)
            for (index, curve) in curves.enumerated() { draw(curve, index, frame, &scene) }
        }
        return try Rasterizer().render(try scene.makeDrawList(), in: context).image
    }

    private func axes(_ frame: Frame, _ scene: inout Scene) {
        func label(_ text: String, _ x: Double, _ y: Double, across: Double) {
            let left = x - across * frame.measure(text)
            scene.annotations.texts.append(
                TextAnnotation(text, at: .position(SIMD2(left / frame.width, 1 - (y + 0.35 * frame.text) / frame.height)), scale: 0.85))
        }
        for value in frame.ranks.ticks {
            let x = frame.x(value)
            scene.overlay.append(.line(from: SIMD2(x, frame.top), to: SIMD2(x, frame.bottom), color: Self.faint))
            label(Self.text(value), x, frame.bottom + frame.text, across: 0.5)
        }
        for value in frame.milliseconds.ticks {
            let y = frame.y(value)
            scene.overlay.append(.line(from: SIMD2(frame.left, y), to: SIMD2(frame.right, y), color: Self.faint))
            label(Self.text(value), frame.left - 0.6 * frame.text, y, across: 1)
        }
        let corners = [SIMD2(frame.left, frame.top), SIMD2(frame.left, frame.bottom), SIMD2(frame.right, frame.bottom)]
        scene.overlay.append(OverlayPrimitive(.strokes([corners], width: 1.5), color: Self.ink))
        label("ranks", (frame.left + frame.right) / 2, frame.bottom + 2.4 * frame.text, across: 0.5)
        label("ms", frame.left, frame.top - 1.1 * frame.text, across: 0.5)
    }

    private func draw(_ curve: Curve, _ index: Int, _ frame: Frame, _ scene: inout Scene) {
        let color = Self.colors[index % Self.colors.count]
        let path = curve.points.filter { $0.milliseconds > 0 && $0.ranks > 0 }.map {
            SIMD2(frame.x(Double($0.ranks)), frame.y($0.milliseconds))
        }
        if !curve.isMeasured && path.count > 1 { scene.overlay.append(OverlayPrimitive(.strokes([path], width: 2.5), color: color)) }
        let dots = path.map { [$0] }
        if !dots.isEmpty { scene.overlay.append(OverlayPrimitive(.strokes(dots, width: curve.isMeasured ? 9 : 6), color: color)) }
        // The name stands in a list at the upper right.
        let y = frame.top + (Double(index) + 1) * 1.6 * frame.text
        let x = frame.right - 9.5 * frame.text
        scene.overlay.append(.line(from: SIMD2(x - 2 * frame.text, y), to: SIMD2(x - 0.5 * frame.text, y), width: 3, color: color))
        scene.annotations.texts.append(
            TextAnnotation(curve.name, at: .position(SIMD2(x / frame.width, 1 - (y + 0.35 * frame.text) / frame.height)), scale: 0.9))
    }

    private static func text(_ value: Double) -> String {
        if value >= 1e6 { return String(format: "%gM", value / 1e6) }
        return value >= 1e4 ? String(format: "%gk", value / 1e3) : String(format: "%g", value)
    }
}

/// Where things are in the chart, in pixels.
private struct Frame {
    var width: Double
    var height: Double
    var ranks: Scale
    var milliseconds: Scale

    var text: Double { max(9, (height / 36).rounded()) }
    var left: Double { 4.5 * text }
    var right: Double { width - 1.5 * text }
    var top: Double { 4 * text }
    var bottom: Double { height - 4 * text }

    func x(_ value: Double) -> Double { left + (right - left) * ranks.place(value) }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * milliseconds.place(value) }

    /// The width of a label, as digits are in the typeface.
    func measure(_ text: String) -> Double { Double(text.count) * 0.58 * 0.85 * self.text }
}

/// A logarithmic axis.
private struct Scale {
    private var lower: Double
    private var upper: Double

    init(_ values: [Double]) {
        lower = values.min() ?? 1
        upper = values.max() ?? 10
        if upper < lower * 2 { (lower, upper) = (lower / 1.5, upper * 1.5) }
        lower *= 0.9
        upper *= 1.15
    }

    func place(_ value: Double) -> Double { log(value / lower) / log(upper / lower) }

    /// Powers of ten, with 2 and 5 between them where there are few.
    var ticks: [Double] {
        let decades = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
        let steps: [Double] = decades.count > 5 ? [1] : decades.count > 3 ? [1, 3] : [1, 2, 5]
        return decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }.filter { $0 >= lower && $0 <= upper }
    }
}
