import Scenes

/// Where the parts of a colour scale go. Everything lies in the rectangle that it is given.
struct ScalarBarLayout {
    private let bar: ScalarBar
    private let place: PixelBox
    private let isVertical: Bool
    private let style: TextStyle
    private let titleStyle: TextStyle
    private let isAtRight: Bool

    /// Draws the scale.
    static func draw(_ bar: ScalarBar, on canvas: inout Canvas) {
        guard let layout = ScalarBarLayout(bar, canvas) else { return }
        if layout.isVertical { layout.drawVertical(on: &canvas) } else { layout.drawHorizontal(on: &canvas) }
    }

    private init?(_ bar: ScalarBar, _ canvas: Canvas) {
        self.bar = bar
        isAtRight = bar.place == nil
        let standard =
            bar.orientation == .horizontal
            ? FractionRectangle(x: 0.25, y: 0.02, width: 0.5, height: 0.16) : FractionRectangle(x: 0.8, y: 0.15, width: 0.18, height: 0.7)
        let fractions = bar.place ?? standard
        let (width, height) = (canvas.picture.width, canvas.picture.height)
        let lower = SIMD2((fractions.x * width).rounded(.up), ((1 - fractions.y - fractions.height) * height).rounded(.up))
        let upper = SIMD2(((fractions.x + fractions.width) * width).rounded(.down), ((1 - fractions.y) * height).rounded(.down))
        // One pixel is for frames.
        place = PixelBox(
            lower: SIMD2(max(lower.x, 0) + 1, max(lower.y, 0) + 1), upper: SIMD2(min(upper.x, width) - 1, min(upper.y, height) - 1))
        guard place.width >= 4, place.height >= 4 else { return nil }
        isVertical = bar.orientation.map { $0 == .vertical } ?? (place.height >= place.width)
        // Letters become smaller in a narrow rectangle, so that numbers find room beside the bar.
        let room = isVertical ? place.width / 5.2 : min(place.height / 3.6, place.width / 10)
        let size = min(canvas.textSize, max(5, room))
        style = TextStyle(size: size)
        titleStyle = TextStyle(size: size * 1.08, weight: 1.45)
    }

    private var gap: Double { max(2, (style.size * 0.35).rounded()) }
    private var tickLength: Double { max(2, (style.size * 0.3).rounded()) }
    private var isCategorical: Bool { bar.colorMap.scale == .categorical && !bar.colorMap.categories.isEmpty }

    // MARK: Title

    /// The title in as many lines as the width needs, smaller where that is not enough.
    private func title(_ text: String, width: Double, alignment: Double) -> TextLayout? {
        if text.isEmpty { return nil }
        var style = titleStyle
        while true {
            let lines = Self.wrapped(text, style, width: width)
            let layout = TextLayout(lines.joined(separator: "\n"), style, alignment: alignment)
            if layout.width <= width && lines.count <= 4 { return layout }
            if style.size < titleStyle.size * 0.65 || style.size <= 5 {
                return TextLayout(Self.shortened(text, style, width: width), style)
            }
            style.size *= 0.92
        }
    }

    /// Breaks lines at spaces, and before brackets.
    static func wrapped(_ text: String, _ style: TextStyle, width: Double) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                let longer = line.isEmpty ? String(word) : line + " " + word
                if line.isEmpty || TextLayout(longer, style).width <= width {
                    line = longer
                } else {
                    lines.append(line)
                    line = String(word)
                }
            }
            lines.append(line)
        }
        return lines
    }

    /// The beginning of a text and dots, no wider than `width`; empty where not even the dots fit.
    static func shortened(_ text: String, _ style: TextStyle, width: Double) -> String {
        var rest = text.prefix(200)
        while !rest.isEmpty {
            let short = rest + "…"
            if TextLayout(String(short), style).width <= width { return String(short) }
            rest.removeLast()
        }
        return ""
    }

    /// How far brackets reach over capitals.
    private func rise(_ title: TextLayout) -> Double { (title.style.size * 0.09).rounded(.up) }

    // MARK: Vertical

    private func drawVertical(on canvas: inout Canvas) {
        let start = canvas.overlay.primitives.count
        var top = place.lower.y
        var bottom = place.upper.y
        let labelHeight = TextLayout("0", style).capHeight
        let half = (labelHeight * 0.5).rounded(.up) + 1
        let title = title(bar.title, width: place.width - 2, alignment: isAtRight ? 1 : 0)
        if let title { top += (rise(title) + title.height + title.style.size * 0.35 + gap).rounded(.up) }
        let thickness = min((place.width * 0.34).rounded(), max(6, (style.size * 1.25).rounded()))
        let swatch = max(4, (style.size * 0.9).rounded())
        if bar.showsNaN { bottom -= swatch + 2 * gap }
        // First without the factor, to know whether there is one.
        let count = min(bar.labelCount ?? 9, max(2, Int((bottom - top) / (style.size * 2))))
        let ticks = isCategorical ? nil : AxisTicks.of(bar.colorMap, greatestCount: count)
        let factor = ticks.flatMap { $0.factor.isEmpty ? nil : TextLayout($0.factor, style) }
        if let factor { top += (factor.capHeight + gap * 1.5).rounded(.up) }
        let ends = endLengths(thickness)
        top += max(half, ends.above)
        bottom -= max(half, ends.below)
        guard bottom - top >= 4 else { return drawTitleOnly(title, on: &canvas) }
        let entries = entries(ticks, length: bottom - top)
        let labelWidth = (entries.map(\.text.width) + [factor?.width ?? 0] + (bar.showsNaN ? [TextLayout("NaN", style).width] : [])).reduce(0, max)
        // The bar and its numbers together.
        let groupWidth = min(place.width, thickness + tickLength + gap + labelWidth)
        let left = isAtRight ? (place.upper.x - groupWidth).rounded(.down) : place.lower.x
        let column = PixelBox(lower: SIMD2(left, top), upper: SIMD2(left + thickness, bottom))
        if let title {
            let x = isAtRight ? place.upper.x - title.width : place.lower.x
            canvas.add(title.placed(at: SIMD2(x, place.lower.y + rise(title)), TextAnchor(0, .top)))
        }
        drawColors(column, on: &canvas)
        let labelX = column.upper.x + tickLength + gap
        if let factor, factor.width <= place.width {
            let x = max(place.lower.x, min(labelX, place.upper.x - factor.width))
            canvas.add(factor.placed(at: SIMD2(x, top - max(half, ends.above) - gap), TextAnchor(0, .baseline)))
        }
        for fraction in ticks?.minor ?? [] {
            let y = (bottom - fraction * (bottom - top)).rounded()
            canvas.rule(
                from: SIMD2(column.upper.x, y), to: SIMD2(column.upper.x + (tickLength * 0.6).rounded(), y), width: 1, opacity: 0.55)
        }
        for entry in entries where labelX + entry.text.width <= place.upper.x + 1 {
            let y = (bottom - entry.fraction * (bottom - top)).rounded()
            if !isCategorical {
                canvas.rule(from: SIMD2(column.upper.x, y), to: SIMD2(column.upper.x + tickLength, y), width: canvas.lineWidth)
            }
            canvas.add(entry.text.placed(at: SIMD2(labelX, y + canvas.lineWidth * 0.5), TextAnchor(0, .middle)))
        }
        if bar.showsNaN {
            let y = bottom + max(half, ends.below) + 2 * gap - 1
            drawSwatch(PixelBox(lower: SIMD2(left, y), upper: SIMD2(left + thickness, min(place.upper.y, y + swatch))), "NaN", labelX, on: &canvas)
        }
        keepClear(from: start, on: &canvas)
    }

    private func drawSwatch(_ box: PixelBox, _ label: String, _ labelX: Double, on canvas: inout Canvas) {
        let color = bar.colorMap.nanColor
        frame(box, on: &canvas)
        canvas.fill(box, SIMD3(color.x, color.y, color.z))
        let text = TextLayout(label, style)
        if labelX + text.width > place.upper.x + 1 { return }
        canvas.add(text.placed(at: SIMD2(labelX, box.center.y), TextAnchor(0, .middle)))
    }

    private func drawTitleOnly(_ title: TextLayout?, on canvas: inout Canvas) {
        guard let title, title.height + rise(title) + title.style.size * 0.3 <= place.height else { return }
        canvas.add(title.placed(at: place.lower + SIMD2(0, rise(title)), TextAnchor(0, .top)))
    }

    // MARK: Horizontal

    private func drawHorizontal(on canvas: inout Canvas) {
        let start = canvas.overlay.primitives.count
        let labelHeight = TextLayout("0", style).capHeight
        var (left, right) = (place.lower.x, place.upper.x)
        var top = place.lower.y
        if bar.showsNaN {
            let label = TextLayout("NaN", style)
            let width = max(label.width, style.size * 1.4).rounded(.up)
            right -= width + 2 * gap
        }
        var count = min(bar.labelCount ?? 9, max(2, Int((right - left) / (style.size * 2))))
        var ticks = isCategorical ? nil : AxisTicks.of(bar.colorMap, greatestCount: count)
        let factorRoom = ticks.map { $0.factor.isEmpty ? 0 : TextLayout($0.factor, style).width + gap } ?? 0
        let title = title(bar.title, width: right - left - factorRoom - 2, alignment: 0)
        let headHeight = max(title.map { $0.height + rise($0) } ?? 0, factorRoom > 0 ? labelHeight : 0)
        if headHeight > 0 { top += (headHeight + style.size * 0.35 + gap).rounded(.up) }
        let labelRoom = labelHeight + tickLength + gap
        let thickness = min(max(6, (style.size * 1.25).rounded()), (place.upper.y - top - labelRoom).rounded(.down))
        guard thickness >= 3 else { return drawTitleOnly(title, on: &canvas) }
        let row = { (l: Double, r: Double) in PixelBox(lower: SIMD2(l, top), upper: SIMD2(r, top + thickness)) }
        // Fewer labels until none touch.
        var labels = entries(ticks, length: right - left)
        while count > 2 && !isCategorical && !fits(labels, right - left) {
            count -= 1
            ticks = AxisTicks.of(bar.colorMap, greatestCount: count)
            labels = entries(ticks, length: right - left)
        }
        // Labels at the ends stay inside.
        let inset = labels.reduce(0.0) { worst, label in
            let reach = label.text.width * 0.5
            let (x, length) = (label.fraction * (right - left), right - left)
            return max(worst, max(reach - x, x + reach - length))
        }.rounded(.up)
        let fullRight = right
        let ends = endLengths(thickness)
        left += max(inset, ends.below)
        right -= max(inset, ends.above)
        guard right - left >= 4 else { return drawTitleOnly(title, on: &canvas) }
        let box = row(left, right)
        if let title {
            let x = max(place.lower.x, min(left, fullRight - factorRoom - title.width))
            canvas.add(title.placed(at: SIMD2(x, place.lower.y + rise(title)), TextAnchor(0, .top)))
        }
        if let factor = ticks?.factor, !factor.isEmpty {
            canvas.add(TextLayout(factor, style).placed(at: SIMD2(fullRight, place.lower.y), TextAnchor(1, .top)))
        }
        drawColors(box, on: &canvas)
        for fraction in ticks?.minor ?? [] {
            let x = (left + fraction * (right - left)).rounded()
            canvas.rule(from: SIMD2(x, box.upper.y), to: SIMD2(x, box.upper.y + (tickLength * 0.6).rounded()), width: 1, opacity: 0.55)
        }
        var lastEnd = -Double.infinity
        for label in labels {
            let x = (left + label.fraction * (right - left)).rounded()
            if !isCategorical {
                canvas.rule(from: SIMD2(x, box.upper.y), to: SIMD2(x, box.upper.y + tickLength), width: canvas.lineWidth)
            }
            let start = x - label.text.width * 0.5
            if start < lastEnd + gap || start < place.lower.x - 1 || x + label.text.width * 0.5 > place.upper.x + 1 { continue }
            canvas.add(label.text.placed(at: SIMD2(x, box.upper.y + tickLength + gap), TextAnchor(0.5, .top)))
            lastEnd = x + label.text.width * 0.5
        }
        if bar.showsNaN {
            let label = TextLayout("NaN", style)
            let swatch = PixelBox(lower: SIMD2(fullRight + 2 * gap, top), upper: SIMD2(place.upper.x, top + thickness))
            let color = bar.colorMap.nanColor
            frame(swatch, on: &canvas)
            canvas.fill(swatch, SIMD3(color.x, color.y, color.z))
            canvas.add(label.placed(at: SIMD2(swatch.center.x, swatch.upper.y + tickLength + gap), TextAnchor(0.5, .top)))
        }
        keepClear(from: start, on: &canvas)
    }

    private func fits(_ labels: [Entry], _ length: Double) -> Bool {
        for (a, b) in zip(labels, labels.dropFirst())
        where (b.fraction - a.fraction) * length < (a.text.width + b.text.width) * 0.5 + style.size * 0.6 { return false }
        return true
    }

    // MARK: Parts

    private struct Entry {
        var fraction: Double
        var text: TextLayout
    }

    /// What is written beside the bar.
    private func entries(_ ticks: AxisTicks?, length: Double) -> [Entry] {
        if let ticks { return ticks.major.map { Entry(fraction: $0.fraction, text: TextLayout($0.label, style)) } }
        let categories = bar.colorMap.categories
        let room = max(1, isVertical ? Int(length / (style.size * 1.05)) : categories.count)
        let step = (categories.count + room - 1) / room
        let width = isVertical ? place.width * 0.62 : length / Double(categories.count) - gap
        return categories.indices.filter { $0 % step == 0 }.map { index in
            let label = categories[index].label
            let layout = TextLayout(label, style)
            let fitting = layout.width <= width ? layout : TextLayout(Self.shortened(label, style, width: width), style)
            // The lowest value is at the bottom, as on other scales.
            return Entry(fraction: (Double(index) + 0.5) / Double(categories.count), text: fitting)
        }
    }

    /// The colours, each pixel that of the value in its middle, and pointed ends for colours of values outside.
    private func drawColors(_ box: PixelBox, on canvas: inout Canvas) {
        let map = bar.colorMap
        frame(box, on: &canvas)
        let length = isVertical ? box.height : box.width
        let pixels = Int(length)
        let count = map.table.count
        var first = 0
        func entry(_ pixel: Int) -> Int { min(count - 1, Int((Double(pixel) + 0.5) / length * Double(count))) }
        while first < pixels {
            var last = first
            while last + 1 < pixels && map.table[entry(last + 1)] == map.table[entry(first)] { last += 1 }
            let color = map.table[entry(first)]
            let part =
                isVertical
                ? PixelBox(
                    lower: SIMD2(box.lower.x, box.upper.y - Double(last + 1)), upper: SIMD2(box.upper.x, box.upper.y - Double(first)))
                : PixelBox(
                    lower: SIMD2(box.lower.x + Double(first), box.lower.y), upper: SIMD2(box.lower.x + Double(last + 1), box.upper.y))
            canvas.fill(part, SIMD3(color.x, color.y, color.z))
            first = last + 1
        }
        if isCategorical && count <= pixels / 6 {
            for index in 1..<max(2, count) where index < count {
                let place = (Double(index) / Double(count) * length).rounded()
                if isVertical {
                    canvas.rule(from: SIMD2(box.lower.x, box.upper.y - place), to: SIMD2(box.upper.x, box.upper.y - place), width: 1, opacity: 0.6)
                } else {
                    canvas.rule(from: SIMD2(box.lower.x + place, box.lower.y), to: SIMD2(box.lower.x + place, box.upper.y), width: 1, opacity: 0.6)
                }
            }
        }
        drawEnds(box, on: &canvas)
    }

    /// How far the pointed ends reach out of the bar.
    private func endLengths(_ thickness: Double) -> (below: Double, above: Double) {
        if isCategorical { return (0, 0) }
        let length = (thickness * 0.8).rounded()
        return (bar.colorMap.belowColor == nil ? 0 : length, bar.colorMap.aboveColor == nil ? 0 : length)
    }

    /// Triangles beyond the ends of the bar, where values outside the range have colours of their own.
    private func drawEnds(_ box: PixelBox, on canvas: inout Canvas) {
        if isCategorical { return }
        let reach = endLengths(isVertical ? box.width : box.height)
        func point(_ along: Double, _ across: Double) -> SIMD2<Double> {
            isVertical
                ? SIMD2(box.lower.x + across * box.width, box.upper.y - along) : SIMD2(box.lower.x + along, box.lower.y + across * box.height)
        }
        let length = isVertical ? box.height : box.width
        for (color, end, apex) in [(bar.colorMap.belowColor, -1, 1 - reach.below), (bar.colorMap.aboveColor, length + 1, length + reach.above - 1)] {
            guard let color else { continue }
            let corners = [point(end, 0), point(apex, 0.5), point(end, 1)]
            canvas.overlay.append(OverlayPrimitive(.polygon(corners), color: SIMD3(color.x, color.y, color.z)))
            canvas.overlay.append(OverlayPrimitive(.strokes([corners], width: 1), color: canvas.color, opacity: 0.6))
        }
    }

    private func frame(_ box: PixelBox, on canvas: inout Canvas) {
        canvas.fill(box.grown(by: 1), canvas.color, opacity: 0.6)
    }

    /// Later annotations stay away from all that was drawn.
    private func keepClear(from start: Int, on canvas: inout Canvas) {
        var box: PixelBox?
        for primitive in canvas.overlay.primitives[start...] {
            let points: [SIMD2<Double>] =
                switch primitive.shape {
                case .polygon(let corners): corners
                case .strokes(let paths, _): paths.flatMap { $0 }
                }
            for point in points { box = box?.adding(point) ?? PixelBox(lower: point, upper: point) }
        }
        if let box { canvas.occupied.append(box.grown(by: gap)) }
    }
}
