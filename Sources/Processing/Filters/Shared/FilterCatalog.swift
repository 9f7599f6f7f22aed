import Dataflow
import Datasets

/// The filters as people name them: options of the command, operations of scene files, and the help of both.
///
/// To add a filter, make an entry in its folder (`Contour+Catalog.swift`) and add it here, in the order of the help.
public enum FilterCatalog {
    public static let all: [FilterEntry] = [
        .contour, .slice, .clip, .threshold, .surface, .normals, .pointNormals, .triangulate, .glyph, .glyphSphere, .glyphArrow,
        .mask, .everyNthPoint, .keepIf, .magnitude, .outline, .transform, .extractExtent, .edges,
        .cellCenters, .pointToCell, .cellToPoint, .clean, .featureEdges, .connectivity, .append, .pieceIds,
    ]

    /// The filter of an option of the command, its name without the dashes.
    public static func entry(option: String) -> FilterEntry? { all.first { $0.option?.name == option } }

    /// The filter of an operation of scene files.
    public static func entry(operation: String) -> FilterEntry? { all.first { $0.operation == operation } }
}

/// How people name one filter: an option of the command, an operation of scene files, and what both mean.
///
/// The option is a short form of the operation: its text becomes the operation's values, and these become filters.
public struct FilterEntry: Sendable {
    /// An option of the command.
    public struct Option: Sendable {
        public enum Form: Sendable {
            /// `--surface`
            case flag
            /// `--contour NAME=V`; the text shows what the value looks like.
            case value(String)
            /// `--normals` or `--normals=ANGLE`
            case optionalValue(String)
        }

        /// Without the dashes.
        public var name: String
        public var form: Form
        /// A value that means something, for messages: `Temp=400,600`.
        public var example: String
        /// The operation's values that a text means; the text is empty where no value was given.
        public var parse: @Sendable (FilterText) throws -> FilterValues

        public init(
            _ name: String, _ form: Form = .flag, example: String = "", parse: @escaping @Sendable (FilterText) throws -> FilterValues = { _ in [:] }
        ) {
            self.name = name
            self.form = form
            self.example = example
            self.parse = parse
        }
    }

    /// A key of the operation in scene files.
    public struct Key: Sendable {
        public enum Kind: Sendable, Hashable {
            case number, integer, boolean, text
            /// The name of an array, as `ArraySelector` reads it.
            case array
            /// Three numbers.
            case vector
            /// One number or more.
            case numbers
            /// One of these words.
            case choice([String])
        }

        public var name: String
        public var kind: Kind
        public var isRequired: Bool
        public var help: String

        public init(_ name: String, _ kind: Kind, required: Bool = true, _ help: String) {
            self.name = name
            self.kind = kind
            isRequired = required
            self.help = help
        }
    }

    /// Nil for operations that only scene files have.
    public var option: Option?
    /// The `op` of scene files.
    public var operation: String
    /// What it does, as the rest of a sentence.
    public var help: String
    public var keys: [Key]
    /// The filters that do it; the values have been checked against the keys.
    public var make: @Sendable (FilterValues) throws -> [FilterStep]

    public init(
        option: Option? = nil, operation: String, help: String, keys: [Key] = [], make: @escaping @Sendable (FilterValues) throws -> [FilterStep]
    ) {
        self.option = option
        self.operation = operation
        self.help = help
        self.keys = keys
        self.make = make
    }

    /// The filters that the values of the operation mean.
    ///
    /// - Throws: `FilterProblem` that names the key.
    public func steps(_ values: FilterValues) throws -> [FilterStep] {
        for member in values.members {
            guard let key = keys.first(where: { $0.name == member.key }) else {
                let known = keys.isEmpty ? "no key besides op" : "one of " + keys.map(\.name).joined(separator: ", ")
                throw FilterProblem(key: member.key, expected: known, found: "\"\(member.key)\"", isUnknownKey: true)
            }
            try key.check(member.value)
        }
        for key in keys where key.isRequired && values[key.name] == nil {
            throw FilterProblem(key: key.name, expected: "\"\(key.name)\" (\(key.help))", found: "none")
        }
        return try make(values)
    }
}

/// What an entry makes of its values.
public enum FilterStep: Sendable {
    case filter(any Filter)
    /// Points drawn as spheres of this radius; where nothing is drawn, the filter that makes spheres of triangles, if there is one.
    case spheres(radius: Double, geometry: Glyph? = nil)
    /// Copies of a shape: drawn as such where no step follows, made into geometry else.
    case glyphs(Glyph)
    /// A stage that takes the results of all inputs.
    case join(any Stage)
}

extension [Pipeline] {
    /// The pipelines with the steps behind each, until a step joins them.
    ///
    /// - Parameter draws: whether spheres, and glyphs of the last step, are drawn as such, so that no filter makes them of triangles.
    public func applying(_ steps: [FilterStep], draws: Bool) -> [Pipeline] {
        var pipelines = self
        for (place, step) in steps.enumerated() {
            switch step {
            case .glyphs(let glyph): if !draws || place < steps.count - 1 { pipelines = pipelines.map { $0.appending(glyph) } }
            case .filter(let filter): pipelines = pipelines.map { $0.appending(filter) }
            case .spheres(_, let geometry): if !draws, let geometry { pipelines = pipelines.map { $0.appending(geometry) } }
            case .join(let stage): pipelines = [Pipeline(stage, inputs: pipelines)]
            }
        }
        return pipelines
    }
}

extension FilterEntry.Key {
    /// - Throws: `FilterProblem` where the value is of another kind.
    func check(_ value: JSONValue) throws {
        let fits: Bool
        switch (kind, value) {
        case (.number, .integer), (.number, .number), (.integer, .integer), (.boolean, .bool), (.text, .string), (.array, .string): fits = true
        case (.boolean, .integer(let number)): fits = number == 0 || number == 1
        case (.integer, .number(let number)): fits = number == number.rounded() && abs(number) < 9e15
        case (.choice(let words), .string(let word)): fits = words.contains(word)
        case (.vector, .array(let values)): fits = values.count == 3 && values.allSatisfy(\.isNumber)
        case (.numbers, .array(let values)): fits = !values.isEmpty && values.allSatisfy(\.isNumber)
        default: fits = false
        }
        if !fits { throw FilterProblem(key: name, expected: kind.expectation, found: value.excerpt) }
    }
}

extension FilterEntry.Key.Kind {
    /// What a value of this kind is, for messages.
    public var expectation: String {
        switch self {
        case .number: "a number"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .text: "a text"
        case .array: "the name of an array"
        case .vector: "three numbers, [x, y, z]"
        case .numbers: "a list of numbers"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        }
    }
}

extension JSONValue {
    var isNumber: Bool {
        switch self {
        case .integer, .number: true
        default: false
        }
    }

    /// The beginning of the value's text, for messages.
    public var excerpt: String {
        let whole = text()
        return whole.count > 60 ? whole.prefix(60) + "…" : whole
    }
}
