import Datasets
import Filters
import Geometry
import Scenes

/// A value of a scene file with the keys that lead to it; reads it by the shapes.
struct SceneNode {
    let file: String
    let path: String
    let json: JSONNode

    func problem(_ expected: String, found: String? = nil, suggestion: String? = nil) -> SceneFileError {
        SceneFileError(file: file, place: json.place, path: path, expected: expected, found: found ?? json.plain.excerpt, suggestion: suggestion)
    }

    func child(_ key: String, _ json: JSONNode) -> SceneNode {
        SceneNode(file: file, path: path.isEmpty ? key : "\(path).\(key)", json: json)
    }

    /// The elements of a list; none for what is no list.
    var elements: [SceneNode] {
        guard case .array(let nodes) = json.value else { return [] }
        return nodes.enumerated().map { SceneNode(file: file, path: "\(path)[\($0.offset)]", json: $0.element) }
    }

    /// - Throws: `SceneFileError` where the value, or one inside it, is not of the kind.
    func check(_ kind: SceneKind) throws {
        switch kind {
        case .object(let shape): _ = try SceneObject(self, shape)
        case .list(let element):
            guard case .array = json.value else { throw problem(kind.expectation) }
            for node in elements { try node.check(element) }
        case .step: _ = try step()
        case .either(let kinds):
            // The kind that looks alike gives the better message.
            if let alike = kinds.first(where: { $0.looksLike(json) }) { return try check(alike) }
            throw problem(kind.expectation)
        default: if !fits(kind) { throw problem(kind.expectation, suggestion: suggestion(kind)) }
        }
    }

    private func fits(_ kind: SceneKind) -> Bool {
        switch kind {
        case .number(let range): return json.double.map(range.contains) ?? false
        case .integer(let range):
            guard let number = json.double, number == number.rounded(), abs(number) < 9e15 else { return false }
            return range.contains(Int(number))
        case .boolean:
            switch json.value {
            case .bool, .integer(0), .integer(1): return true
            default: return false
            }
        case .text: return json.text != nil
        case .texts:
            guard case .array(let nodes) = json.value else { return false }
            return nodes.allSatisfy { $0.text != nil }
        case .choice(let words): return json.text.map(words.contains) ?? false
        case .vector: return json.doubles?.count == 3
        case .color: return json.doubles.map { $0.count == 3 && $0.allSatisfy { $0 >= 0 && $0 <= 1 } } ?? false
        case .numbers(let count, _): return json.doubles?.count == count
        case .colorMap: return fitsColorMap
        case .step, .object, .list, .either, .unsupported: return false
        }
    }

    private var fitsColorMap: Bool {
        if let name = json.text { return ColorPreset.named(name) != nil }
        guard case .array(let nodes) = json.value, !nodes.isEmpty, nodes.count <= 4096 else { return false }
        var last = -Double.infinity
        for node in nodes {
            guard let numbers = node.doubles, numbers.count == 4, numbers[0] > last, (0...1).contains(numbers[0]),
                numbers.dropFirst().allSatisfy({ $0 >= 0 && $0 <= 1 })
            else { return false }
            last = numbers[0]
        }
        return true
    }

    private func suggestion(_ kind: SceneKind) -> String? {
        guard let text = json.text else { return nil }
        return switch kind {
        case .choice(let words): nearest(to: text, among: words)
        case .colorMap: nearest(to: text, among: ColorPreset.allCases.map(\.rawValue))
        default: nil
        }
    }

    /// The operation that the value is.
    func step() throws -> SceneStep {
        guard case .object(let members) = json.value else { throw problem(SceneKind.step.expectation) }
        let names = FilterCatalog.all.map(\.operation)
        guard let member = members.first(where: { $0.key == "op" }) else {
            throw problem("\"op\", one of " + names.joined(separator: ", "), found: "an operation without it")
        }
        let node = child("op", member.value)
        guard let name = member.value.text, let entry = FilterCatalog.entry(operation: name) else {
            throw node.problem("one of " + names.joined(separator: ", "), suggestion: member.value.text.flatMap { nearest(to: $0, among: names) })
        }
        var values = FilterValues()
        for member in members where member.key != "op" {
            let plain = Spelling.american(member.key)
            let key = entry.keys.first { Spelling.american($0.name) == plain }?.name ?? member.key
            values[key] = member.value.plain
        }
        do {
            return SceneStep(operation: name, values: values, filters: try entry.steps(values))
        } catch let problem as FilterProblem {
            guard let key = problem.key, let member = members.first(where: { Spelling.american($0.key) == Spelling.american(key) }) else {
                throw self.problem(problem.expected, found: problem.found)
            }
            let place = problem.isUnknownKey ? member.keyPlace : member.value.place
            let suggestion = problem.isUnknownKey ? nearest(to: key, among: entry.keys.map(\.name)) : nil
            throw SceneFileError(
                file: file, place: place, path: child(member.key, member.value).path, expected: problem.expected, found: problem.found,
                suggestion: suggestion)
        }
    }
}

extension SceneKind {
    /// Whether a value is of the same JSON type.
    func looksLike(_ json: JSONNode) -> Bool {
        switch (self, json.value) {
        case (.object, .object), (.step, .object), (.boolean, .bool), (.number, .number), (.number, .integer), (.integer, .integer): true
        case (.text, .string), (.choice, .string), (.colorMap, .string): true
        case (.texts, .array), (.vector, .array), (.color, .array), (.numbers, .array), (.colorMap, .array), (.list, .array): true
        case (.either(let kinds), _): kinds.contains { $0.looksLike(json) }
        default: false
        }
    }
}

/// An object of a scene file whose members have been checked against its shape, by their American names.
struct SceneObject {
    let node: SceneNode
    private var members: [String: SceneNode] = [:]

    /// - Throws: `SceneFileError` for unknown keys, keys that come in both spellings, and values of another kind.
    init(_ node: SceneNode, _ shape: SceneShape) throws {
        self.node = node
        guard case .object(let all) = node.json.value else { throw node.problem(SceneKind.object(shape).expectation) }
        for member in all {
            let child = node.child(member.key, member.value)
            guard let key = shape.key(named: member.key) else {
                let names = shape.keys.compactMap { key -> String? in if case .unsupported = key.kind { nil } else { key.name } }
                throw SceneFileError(
                    file: node.file, place: member.keyPlace, path: child.path, expected: "one of the keys " + names.joined(separator: ", "),
                    found: "\"\(member.key)\"", suggestion: nearest(to: Spelling.american(member.key), among: names))
            }
            guard members[key.name] == nil else { throw child.problem("\(key.name) once", found: "both spellings of it") }
            try child.check(key.kind)
            members[key.name] = child
        }
    }

    subscript(key: String) -> SceneNode? { members[key] }

    func number(_ key: String) -> Double? { members[key]?.json.double }
    func integer(_ key: String) -> Int? { number(key).map { Int($0) } }
    func text(_ key: String) -> String? { members[key]?.json.text }
    func texts(_ key: String) -> [String]? {
        guard case .array(let nodes)? = members[key]?.json.value else { return nil }
        return nodes.compactMap(\.text)
    }
    func boolean(_ key: String) -> Bool? {
        switch members[key]?.json.value {
        case .bool(let value): value
        case .integer(let number): number == 1
        default: nil
        }
    }
    func numbers(_ key: String) -> [Double]? { members[key]?.json.doubles }
    func vector(_ key: String) -> Vector3? { numbers(key).map { Vector3($0[0], $0[1], $0[2]) } }
    func color(_ key: String) -> SIMD3<Double>? { numbers(key).map { SIMD3($0[0], $0[1], $0[2]) } }
    /// The elements of a list.
    func list(_ key: String) -> [SceneNode] { members[key]?.elements ?? [] }
}
