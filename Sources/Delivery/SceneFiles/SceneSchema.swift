import Datasets
import Filters
import Scenes

/// The JSON schema of scene files, made from the shapes that reading checks and from the filter catalog.
public enum SceneSchema {
    public static var json: JSONValue {
        var shapes: [SceneShape] = []
        collect(.scene, &shapes)
        var definitions = shapes.map { (key: $0.name, value: object($0)) }
        definitions.append((key: "step", value: .object([("oneOf", .array(FilterCatalog.all.map(step)))])))
        return .object([
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("A scene file of Tessera")),
            ("description", .string("Names of files are relative to the scene file. Keys with color may be written with colour.")),
            ("$ref", .string("#/$defs/scene")), ("$defs", .object(definitions)),
        ])
    }

    private static func collect(_ shape: SceneShape, _ found: inout [SceneShape]) {
        if found.contains(where: { $0.name == shape.name }) { return }
        found.append(shape)
        for key in shape.keys { collect(key.kind, &found) }
    }

    private static func collect(_ kind: SceneKind, _ found: inout [SceneShape]) {
        switch kind {
        case .object(let shape): collect(shape, &found)
        case .list(let element): collect(element, &found)
        case .either(let kinds): for kind in kinds { collect(kind, &found) }
        default: break
        }
    }

    private static func object(_ shape: SceneShape) -> JSONValue {
        var properties: [(key: String, value: JSONValue)] = []
        for key in shape.keys {
            guard let value = schema(key.kind) else { continue }
            properties += spellings(key.name, described(value, key.help))
        }
        return .object([
            ("description", .string(shape.help)), ("type", .string("object")), ("properties", .object(properties)),
            ("additionalProperties", .bool(false)),
        ])
    }

    private static func spellings(_ name: String, _ value: JSONValue) -> [(key: String, value: JSONValue)] {
        let american = Spelling.american(name)
        let british = Spelling.british(american)
        return british == american ? [(name, value)] : [(american, value), (british, value)]
    }

    private static func described(_ value: JSONValue, _ help: String) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object([("description", .string(help))] + members)
    }

    private static func schema(_ kind: SceneKind) -> JSONValue? {
        switch kind {
        case .number(let range):
            var members: [(key: String, value: JSONValue)] = [("type", .string("number"))]
            if range.lowerBound == Double.leastNormalMagnitude {
                members.append(("exclusiveMinimum", .integer(0)))
            } else if range.lowerBound > -Double.greatestFiniteMagnitude {
                members.append(("minimum", .number(range.lowerBound)))
            }
            if range.upperBound < Double.greatestFiniteMagnitude { members.append(("maximum", .number(range.upperBound))) }
            return .object(members)
        case .integer(let range):
            return .object([("type", .string("integer")), ("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))])
        case .boolean: return .object([("enum", .array([.bool(false), .bool(true), .integer(0), .integer(1)]))])
        case .text: return .object([("type", .string("string"))])
        case .texts: return .object([("type", .string("array")), ("items", .object([("type", .string("string"))]))])
        case .choice(let words): return .object([("enum", .array(words.map { .string($0) }))])
        case .vector: return numbers(3)
        case .color: return numbers(3, least: 0, greatest: 1)
        case .numbers(let count, _): return numbers(count)
        case .colorMap:
            return .object([
                (
                    "anyOf",
                    .array([
                        .object([("enum", .array(ColorPreset.allCases.map { .string($0.rawValue) }))]),
                        .object([("type", .string("array")), ("minItems", .integer(1)), ("items", numbers(4, least: 0, greatest: 1))]),
                    ])
                )
            ])
        case .step: return .object([("$ref", .string("#/$defs/step"))])
        case .object(let shape): return .object([("$ref", .string("#/$defs/\(shape.name)"))])
        case .list(let element): return schema(element).map { .object([("type", .string("array")), ("items", $0)]) }
        case .either(let kinds): return .object([("anyOf", .array(kinds.compactMap(schema)))])
        case .unsupported: return nil
        }
    }

    private static func numbers(_ count: Int?, least: Double? = nil, greatest: Double? = nil) -> JSONValue {
        var item: [(key: String, value: JSONValue)] = [("type", .string("number"))]
        if let least { item.append(("minimum", .number(least))) }
        if let greatest { item.append(("maximum", .number(greatest))) }
        var members: [(key: String, value: JSONValue)] = [("type", .string("array")), ("items", .object(item))]
        if let count { members += [("minItems", .integer(count)), ("maxItems", .integer(count))] }
        return .object(members)
    }

    private static func step(_ entry: FilterEntry) -> JSONValue {
        var properties: [(key: String, value: JSONValue)] = [("op", .object([("const", .string(entry.operation))]))]
        for key in entry.keys { properties += spellings(key.name, described(value(of: key.kind), key.help)) }
        let required = ["op"] + entry.keys.filter { $0.isRequired && Spelling.british($0.name) == $0.name }.map(\.name)
        return .object([
            ("description", .string(entry.help)), ("type", .string("object")), ("properties", .object(properties)),
            ("required", .array(required.map { .string($0) })), ("additionalProperties", .bool(false)),
        ])
    }

    private static func value(of kind: FilterEntry.Key.Kind) -> JSONValue {
        switch kind {
        case .number: .object([("type", .string("number"))])
        case .integer: .object([("type", .string("integer"))])
        case .boolean: .object([("enum", .array([.bool(false), .bool(true), .integer(0), .integer(1)]))])
        case .text, .array: .object([("type", .string("string"))])
        case .vector: numbers(3)
        case .numbers: .object([("type", .string("array")), ("minItems", .integer(1)), ("items", .object([("type", .string("number"))]))])
        case .choice(let words): .object([("enum", .array(words.map { .string($0) }))])
        }
    }
}
