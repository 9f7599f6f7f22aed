import Datasets
import Filters
import Scenes

/// A kind of object in scene files: the keys that it has. Reading, checking and the JSON schema are all made from these.
struct SceneShape: Sendable {
    var name: String
    var help: String
    var keys: [SceneKey]

    /// The key of a name in American or British spelling.
    func key(named name: String) -> SceneKey? {
        let plain = Spelling.american(name)
        return keys.first { $0.name == plain }
    }
}

/// A key of an object.
struct SceneKey: Sendable {
    /// In American spelling.
    var name: String
    var kind: SceneKind
    var help: String

    init(_ name: String, _ kind: SceneKind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}

/// What the value of a key may be.
indirect enum SceneKind: Sendable {
    case number(ClosedRange<Double>)
    case integer(ClosedRange<Int>)
    case boolean
    case text
    case texts
    case choice([String])
    /// Three numbers.
    case vector
    /// Red, green and blue, 0 to 1.
    case color
    /// So many numbers; the text says which.
    case numbers(Int, String)
    /// A preset's name, or control points `[place, red, green, blue]`.
    case colorMap
    /// An operation of the filter catalog.
    case step
    case object(SceneShape)
    case list(of: SceneKind)
    /// Any of these.
    case either([SceneKind])
    /// What other programs have and this one does not; the text says what it is.
    case unsupported(String)

    static let anyNumber = SceneKind.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    static let fraction = SceneKind.number(0...1)
    static let positive = SceneKind.number(Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)

    /// For messages.
    var expectation: String {
        switch self {
        case .number(let range):
            if range == -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude { "a number" }
            else if range.lowerBound == Double.leastNormalMagnitude { "a number above zero" }
            else { "a number from \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))" }
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .text: "a text"
        case .texts: "a list of texts"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .vector: "three numbers, [x, y, z]"
        case .color: "a colour, [red, green, blue] from 0 to 1"
        case .numbers(_, let what): what
        case .colorMap: "the name of a colour map, or a list of [place, red, green, blue], places rising from 0 to 1"
        case .step: "an operation, {\"op\": …}"
        case .object(let shape): "an object that is \(shape.help)"
        case .list(let kind): "a list; each is \(kind.expectation)"
        case .either(let kinds): kinds.map(\.expectation).joined(separator: ", or ")
        case .unsupported(let what): "no \(what): this version cannot draw it"
        }
    }

    private static func short(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : "\(value)" }
}

/// British and American spelling of keys.
enum Spelling {
    static func american(_ key: String) -> String {
        key.replacing("colour", with: "color").replacing("centre", with: "center").replacing("grey", with: "gray")
    }
    static func british(_ key: String) -> String { key.replacing("color", with: "colour").replacing("center", with: "centre") }
}
