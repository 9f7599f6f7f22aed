import Scenes

/// Puts lines of text into corners, at sides and at places of the picture.
enum TextPlacing {
    /// Texts in the same corner stand under each other in the order given, away from the picture's edge.
    static func draw(_ texts: [TextAnnotation], on canvas: inout Canvas) {
        var used: [PictureCorner: Double] = [:]
        for text in texts where !text.text.isEmpty {
            let style = TextStyle(size: min(2000, max(1, canvas.textSize * text.scale)), weight: text.isBold ? 1.45 : 1)
            switch text.place {
            case .position(let fraction):
                let layout = TextLayout(text.text, style)
                let point = SIMD2(fraction.x * canvas.picture.width, (1 - fraction.y) * canvas.picture.height)
                canvas.add(layout.placed(at: point, TextAnchor(0, .baseline)), color: text.color, keepingClear: canvas.gap)
            case .corner(let corner):
                let room = canvas.picture.width - 2 * canvas.margin
                let lines = ScalarBarLayout.wrapped(text.text, style, width: room)
                let layout = TextLayout(lines.joined(separator: "\n"), style, alignment: corner.across)
                let before = used[corner] ?? 0
                let x = canvas.margin + corner.across * room
                let margin = canvas.margin
                var y: Double
                switch corner.down {
                case 0: y = margin + before
                case 1: y = canvas.picture.height - margin - before - layout.height
                default: y = (canvas.picture.height - layout.height) * 0.5 + before
                }
                y = y.rounded()
                used[corner] = before + layout.height + (style.size * 0.6).rounded()
                let placed = layout.placed(at: SIMD2(x, y), TextAnchor(corner.across, .top))
                canvas.add(placed, color: text.color, keepingClear: canvas.gap)
            }
        }
    }
}
