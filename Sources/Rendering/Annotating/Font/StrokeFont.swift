/// Our own typeface, made of strokes: the same in every picture on every machine, with nothing to install.
///
/// It has ASCII, Latin-1, Greek letters, raised and lowered digits, and signs of science. What it has not is drawn as a box.
enum StrokeFont {
    /// The glyph of a character; marks that combine with its first scalar are drawn over it. Nil for what takes no place.
    static func glyph(_ character: Character) -> GlyphShape? {
        var scalars = character.unicodeScalars.makeIterator()
        guard let first = scalars.next() else { return nil }
        guard var shape = glyph(first) else { return nil }
        while let mark = scalars.next() {
            if let name = combining[mark] { shape = marked(first, shape, name) }
        }
        return shape
    }

    /// Whether there is a shape of its own for the scalar.
    static func contains(_ scalar: Unicode.Scalar) -> Bool { shapes[scalar] != nil || spaces[scalar] != nil }

    private static func glyph(_ scalar: Unicode.Scalar) -> GlyphShape? {
        if let shape = shapes[scalar] { return shape }
        if let width = spaces[scalar] { return GlyphShape(left: width, width: 0, right: 0, path: "") }
        if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format { return nil }
        return missing
    }

    private static let missing = GlyphShape(left: 10, width: 34, right: 10, path: "M0 0V70H34V0H0")

    /// Widths of spaces.
    private static let spaces: [Unicode.Scalar: Double] = [
        " ": 30, "\t": 120, "\u{A0}": 30, "\u{2009}": 16, "\u{202F}": 16, "\u{2002}": 55, "\u{2003}": 110, "\u{2007}": 60,
    ]

    private static let shapes: [Unicode.Scalar: GlyphShape] = {
        var shapes: [Unicode.Scalar: GlyphShape] = [:]
        let tables = [
            GlyphTable.capitals, GlyphTable.smallLetters, GlyphTable.digits, GlyphTable.punctuation, GlyphTable.symbols, GlyphTable.greek,
            GlyphTable.latin,
        ]
        for line in tables.joined(separator: "\n").split(separator: "\n") {
            guard let scalar = line.unicodeScalars.first else { continue }
            let parts = line.dropFirst(2).split(separator: " ", maxSplits: 3)
            guard parts.count == 4, let left = Double(parts[0]), let width = Double(parts[1]), let right = Double(parts[2]) else { continue }
            shapes[scalar] = GlyphShape(left: left, width: width, right: right, path: parts[3])
        }
        for digit in "0123456789".unicodeScalars { shapes[digit]?.isTabular = true }
        func add(_ raised: String, from plain: String, rise: Double) {
            for (small, large) in zip(raised.unicodeScalars, plain.unicodeScalars) {
                shapes[small] = shapes[large]?.scaled(by: 0.62, raisedBy: rise)
            }
        }
        add("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱªº™℠", from: "0123456789+−=()niaoTS", rise: 32)
        add("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₙ", from: "0123456789+−=()aeoxn", rise: -14)
        for (mark, pairs) in GlyphMarks.accented {
            for pair in pairs.split(separator: " ") {
                let scalars = Array(pair.unicodeScalars)
                if let base = shapes[scalars[1]] { shapes[scalars[0]] = marked(scalars[1], base, mark) }
            }
        }
        // Signs that look like others.
        for (other, known) in zip("‐‑∆∑∏ΩKÅ⋅∗ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ".unicodeScalars, "--ΔΣΠΩKÅ·*ABEZHIKMNOPTYX".unicodeScalars) {
            shapes[other] = shapes[known]
        }
        shapes["ο"] = shapes["o"]
        return shapes
    }()

    private static func marked(_ scalar: Unicode.Scalar, _ shape: GlyphShape, _ name: GlyphMarks.Name) -> GlyphShape {
        let isTall = shape.paths.joined().contains { $0.y > 56 }
        return shape.adding(GlyphMarks.shape(name), raisedBy: isTall && !name.isBelow ? 21 : 0)
    }

    private static let combining: [Unicode.Scalar: GlyphMarks.Name] = [
        "\u{300}": .grave, "\u{301}": .acute, "\u{302}": .circumflex, "\u{303}": .tilde, "\u{304}": .macron, "\u{307}": .dot,
        "\u{308}": .diaeresis, "\u{30A}": .ring, "\u{30C}": .caron, "\u{327}": .cedilla,
    ]
}

/// Marks over and under letters, centred at x = 0, over small letters.
enum GlyphMarks {
    enum Name: Hashable, Sendable {
        case grave, acute, circumflex, tilde, diaeresis, ring, caron, macron, dot, cedilla

        var isBelow: Bool { self == .cedilla }
    }

    static func shape(_ name: Name) -> GlyphShape {
        let path: Substring =
            switch name {
            case .grave: "M-7 73L4 61"
            case .acute: "M7 73L-4 61"
            case .circumflex: "M-10 61L0 72L10 61"
            case .tilde: "M-13 62C-11 68 -8 70 -5 70C1 70 1 63 6 63C9 63 12 65 13 70"
            case .diaeresis: "o-9 67o9 67"
            case .ring: "M0 60h7.5 67v0 74h-7.5 67v0 60"
            case .caron: "M-10 72L0 61L10 72"
            case .macron: "M-11 65H11"
            case .dot: "o0 67"
            case .cedilla: "M0 0C0 -4 8 -6 8 -12C8 -18 0 -20 -6 -17"
            }
        return GlyphShape(left: 0, width: 0, right: 0, path: path)
    }

    /// Letters with marks, each followed by the letter without.
    static let accented: [(Name, String)] = [
        (.grave, "ÀA ÈE ÌI ÒO ÙU àa èe ìı òo ùu"), (.acute, "ÁA ÉE ÍI ÓO ÚU ÝY áa ée íı óo úu ýy ĆC ćc ŃN ńn ŚS śs ŹZ źz"),
        (.circumflex, "ÂA ÊE ÎI ÔO ÛU âa êe îı ôo ûu"), (.tilde, "ÃA ÑN ÕO ãa ñn õo"),
        (.diaeresis, "ÄA ËE ÏI ÖO ÜU ŸY äa ëe ïı öo üu ÿy"), (.ring, "ÅA åa ŮU ůu"),
        (.caron, "ČC čc ĚE ěe ŘR řr ŠS šs ŽZ žz ŇN ňn"), (.macron, "ĀA āa ĒE ēe ĪI īı ŌO ōo ŪU ūu"), (.dot, "ŻZ żz"),
        (.cedilla, "ÇC çc ŞS şs"),
    ]
}
