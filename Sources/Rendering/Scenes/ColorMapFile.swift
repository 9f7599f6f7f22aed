import Foundation

/// Colour maps of a file of ParaView's: JSON, or the older XML.
public struct ColorMapFile: Sendable {
    /// A map of a file: control points over its own range.
    public struct Entry: Hashable, Sendable {
        public var name = ""
        /// Positions rising, in fractions of the range.
        public var points: [ColorControlPoint] = []
        public var space = ColorSpace.rgb
        public var nanColor: SIMD4<Float>?
        /// Colours that follow each other, for categories; empty where there are control points.
        public var indexed: [SIMD4<Float>] = []

        /// A table of the colours.
        public func table(count: Int = 256) -> [SIMD4<Float>] {
            if points.isEmpty { return (0..<count).map { indexed[min(indexed.count - 1, $0 * indexed.count / count)] } }
            return ColorControlPoint.table(points, count: count, space)
        }
    }

    /// At least one.
    public let entries: [Entry]

    /// A problem with a file of colour maps.
    public struct Problem: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    private static let byteLimit = 16 << 20
    private static let pointLimit = 1 << 16

    /// - Throws: `Problem`, which names what was expected.
    public init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Problem(description: "\(path): no file that can be read") }
        do {
            try self.init(data: data)
        } catch let problem as Problem {
            throw Problem(description: "\(path): \(problem.description)")
        }
    }

    /// - Throws: `Problem`.
    public init(data: Data) throws {
        guard data.count <= Self.byteLimit else { throw Problem(description: "expected at most 16 MiB of colour maps, found \(data.count) bytes") }
        let first = data.first { $0 > 32 }
        entries = first == UInt8(ascii: "<") ? try Self.xml(data) : try Self.json(data)
        if entries.isEmpty { throw Problem(description: "expected colour maps, found none") }
    }

    // MARK: JSON

    private static func json(_ data: Data) throws -> [Entry] {
        let root: Any
        do {
            root = try JSONSerialization.jsonObject(with: data)
        } catch {
            throw Problem(description: "expected JSON or XML colour maps, found text that is neither")
        }
        guard let maps = root as? [[String: Any]] ?? (root as? [String: Any]).map({ [$0] }) else {
            throw Problem(description: "expected a list of colour maps, found other JSON")
        }
        return try maps.map { map in
            var entry = Entry()
            entry.name = map["Name"] as? String ?? ""
            entry.space = space(map["ColorSpace"] as? String)
            if let color = numbers(map["NanColor"]), color.count == 3 { entry.nanColor = SIMD4(Float(color[0]), Float(color[1]), Float(color[2]), 1) }
            if let values = numbers(map["RGBPoints"]) {
                guard values.count % 4 == 0 else { throw Problem(description: "RGBPoints: expected groups of four numbers, found \(values.count)") }
                entry.points = try normalized(stride(from: 0, to: values.count, by: 4).map { (values[$0], values[$0 + 1], values[$0 + 2], values[$0 + 3]) })
            } else if let values = numbers(map["IndexedColors"]), values.count >= 3 {
                entry.indexed = stride(from: 0, to: values.count - 2, by: 3).map {
                    SIMD4(Float(values[$0]), Float(values[$0 + 1]), Float(values[$0 + 2]), 1)
                }
            } else {
                throw Problem(description: "colour map \"\(entry.name)\": expected RGBPoints or IndexedColors")
            }
            return entry
        }
    }

    private static func numbers(_ value: Any?) -> [Double]? {
        guard let list = value as? [NSNumber], list.count <= 4 * pointLimit else { return nil }
        let numbers = list.map(\.doubleValue)
        return numbers.allSatisfy(\.isFinite) ? numbers : nil
    }

    private static func space(_ name: String?) -> ColorSpace {
        switch name?.lowercased() {
        case "hsv": .hsv
        case "lab", "cielab": .lab
        case "diverging": .diverging
        case "step": .step
        default: .rgb
        }
    }

    /// Control points by fraction of the range from the first to the last.
    private static func normalized(_ points: [(Double, Double, Double, Double)]) throws -> [ColorControlPoint] {
        guard let first = points.first, let last = points.last, points.count <= pointLimit else {
            throw Problem(description: "expected 1 to \(pointLimit) control points, found \(points.count)")
        }
        for (a, b) in zip(points, points.dropFirst()) where b.0 < a.0 {
            throw Problem(description: "expected rising positions, found \(b.0) after \(a.0)")
        }
        let width = last.0 - first.0
        func channel(_ value: Double) -> Double { min(1, max(0, value)) }
        return points.map { ColorControlPoint(width > 0 ? ($0.0 - first.0) / width : 0, channel($0.1), channel($0.2), channel($0.3)) }
    }

    // MARK: XML

    /// Only elements and their attributes matter: `<ColorMap name space>` with `<Point x r g b>` and `<NaN r g b>` inside.
    private static func xml(_ data: Data) throws -> [Entry] {
        var entries: [Entry] = []
        var points: [(Double, Double, Double, Double)] = []
        func close() throws {
            if entries.isEmpty { return }
            entries[entries.count - 1].points = try normalized(points)
            points = []
        }
        for part in String(decoding: data, as: UTF8.self).split(separator: "<").prefix(1 << 20) {
            let element = part.prefix { $0 != ">" }
            let name = element.prefix { !$0.isWhitespace && $0 != "/" }
            if name == "ColorMap" {
                try close()
                var entry = Entry()
                entry.name = attribute("name", in: element).map(String.init) ?? ""
                entry.space = space(attribute("space", in: element).map(String.init))
                entries.append(entry)
            } else if name == "Point" || name == "NaN", !entries.isEmpty {
                guard let red = number("r", in: element), let green = number("g", in: element), let blue = number("b", in: element) else {
                    throw Problem(description: "\(name) element \(entries.count): expected the attributes r, g, b")
                }
                if name == "NaN" {
                    entries[entries.count - 1].nanColor = SIMD4(Float(red), Float(green), Float(blue), 1)
                } else {
                    guard let x = number("x", in: element) else { throw Problem(description: "Point: expected the attribute x") }
                    points.append((x, red, green, blue))
                }
            }
        }
        try close()
        return entries
    }

    private static func attribute(_ name: String, in element: Substring) -> Substring? {
        for quote in ["\"", "'"] {
            guard let start = element.range(of: " \(name)=\(quote)") else { continue }
            return element[start.upperBound...].prefix { String($0) != quote }
        }
        return nil
    }

    private static func number(_ name: String, in element: Substring) -> Double? {
        attribute(name, in: element).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
}
