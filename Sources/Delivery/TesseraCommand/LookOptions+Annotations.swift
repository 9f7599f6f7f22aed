import SceneFiles
import Scenes

extension LookOptions {
    /// Ranges, scales and what shows them.
    ///
    /// - Throws: `UsageError`.
    func applyScale(to coloring: inout SceneColoring) throws {
        if let range { try LookOptions.applyRange(range, to: &coloring) }
        if let belowColor { coloring.belowColor = try OptionText("below-color", belowColor, example: "0,0,0").color() }
        if let aboveColor { coloring.aboveColor = try OptionText("above-color", aboveColor, example: "1,1,1").color() }
        if log && categorical { throw UsageError("--log and --categorical: colours are spread by one of the two") }
        if log { coloring.scale = .logarithmic }
        if categorical { coloring.scale = .categorical }
        if coloring.scale == .logarithmic, let range = coloring.range, range.lower <= 0 {
            throw UsageError("--log with the range \(range.lower):\(range.upper): logarithms need a range above zero, such as --range 0.001:10")
        }
        if reverse { coloring.isReversed = true }
        if let colors {
            guard colors >= 1 && colors <= 65536 else { throw UsageError("--colors \(colors): expected 1 to 65536") }
            coloring.colorCount = colors
        }
        if let opacityPoints { coloring.opacityPoints = try LookOptions.points(opacityPoints) }
        if scalarBar || scalarBarTitle != nil, coloring.bar == nil { coloring.bar = [] }
        if let scalarBarTitle { coloring.barTitle = scalarBarTitle }
        if let scalarBarPlace {
            let option = OptionText("scalar-bar", scalarBarPlace, example: "0.85,0.1,0.12,0.8")
            let place = try option.parts(",", 4...4, form: "X,Y,WIDTH,HEIGHT in fractions of the picture").map { try option.number($0, in: 0...1) }
            coloring.bar = place
        }
    }

    private static func applyRange(_ text: String, to coloring: inout SceneColoring) throws {
        let option = OptionText("range", text, example: "0:1 or --range p2:p98")
        let parts = try option.parts(":", 2...2, form: "LO:HI")
        if parts.allSatisfy({ $0.hasPrefix("p") }) {
            let ends = try parts.map { try option.number(String($0.dropFirst()), in: 0...100) }
            guard ends[0] < ends[1] else { throw option.problem("the lower percentile is not below the upper") }
            coloring.percentiles = (ends[0], ends[1])
            coloring.range = nil
        } else {
            let ends = try parts.map { try option.number($0) }
            guard ends[0] <= ends[1] else { throw option.problem("the lower end is above the upper") }
            coloring.range = (ends[0], ends[1])
            coloring.percentiles = nil
        }
    }

    private static func points(_ text: String) throws -> [SIMD2<Double>] {
        let option = OptionText("opacity-points", text, example: "0:0,0.5:0.2,1:1")
        var points: [SIMD2<Double>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else { throw option.problem("\"\(part)\" is not VALUE:OPACITY") }
            let point = SIMD2(try option.number(pair[0]), try option.number(pair[1], in: 0...1))
            if let last = points.last, point.x <= last.x { throw option.problem("values have to rise") }
            points.append(point)
        }
        return points
    }

    /// Text and axes around the data.
    func apply(to annotations: inout SceneAnnotations) throws {
        if let title { annotations.title = title }
        if !text.isEmpty { annotations.texts = text.map(LookOptions.text) }
        if axes { annotations.hasOrientationAxes = true }
        if cubeAxes || axisTitles != nil { annotations.hasCubeAxes = true }
        if let axisTitles {
            annotations.axisTitles = try OptionText("axis-titles", axisTitles, example: "\"x [m],y [m],z [m]\"").parts(",", 3...3, form: "three titles")
        }
        if box { annotations.hasOutline = true }
        if let textColor { annotations.color = try OptionText("text-color", textColor, example: "1,1,1").color() }
        if let textSize {
            guard textSize >= 4 && textSize <= 2000 else { throw UsageError("--text-size \(textSize): expected 4 to 2000 pixels") }
            annotations.textSize = textSize
        }
    }

    /// A text with or without a place before it; `\n` begins a new line.
    private static func text(_ option: String) -> TextAnnotation {
        let lines = option.replacing("\\n", with: "\n")
        guard let colon = lines.firstIndex(of: ":") else { return TextAnnotation(lines) }
        let place = lines[..<colon]
        let rest = String(lines[lines.index(after: colon)...])
        if let corner = PictureCorner(rawValue: String(place)) { return TextAnnotation(rest, at: .corner(corner)) }
        let numbers = place.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        if numbers.count == 2, let x = numbers[0], let y = numbers[1], x.isFinite, y.isFinite { return TextAnnotation(rest, at: .position(SIMD2(x, y))) }
        return TextAnnotation(lines)
    }
}
