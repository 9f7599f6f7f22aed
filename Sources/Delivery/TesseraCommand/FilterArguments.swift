import Dataflow
import Datasets
import Filters
import Geometry

/// A filter as the command line names it, in the order given.
enum FilterStep: Sendable {
    case stage(any Filter)
    /// Points as spheres of this radius.
    case spheres(radius: Double)
}

/// The filters' options: kept in order by rewriting them into one repeated option before the argument parser runs.
enum FilterArguments {
    /// The hidden option that carries every filter in order.
    static let carrier = "filter-step"

    /// Filters that take a value, and what it looks like.
    static let withValue: [(name: String, value: String, help: String)] = [
        ("contour", "NAME=V[,V…]", "surfaces (or lines) where a point array has these values"),
        ("slice", "X,Y,Z:NX,NY,NZ", "the cut with the plane through X,Y,Z with this normal"),
        ("clip", "X,Y,Z:NX,NY,NZ", "the side of the plane that the normal points to"),
        ("threshold", "NAME=LO:HI", "cells whose values all lie in the closed range; either end may be empty"),
        ("glyph", "sphere:RADIUS", "points drawn as spheres"),
    ]
    /// Filters without a value.
    static let flags: [(name: String, help: String)] = [
        ("surface", "the external surface"),
        ("normals", "point normals, split at edges sharper than 30 degrees; --normals=ANGLE changes that, 180 never splits"),
        ("triangulate", "polygons into triangles, volumes into tetrahedra"),
    ]
    /// Other options whose values may begin with a minus sign.
    private static let signed: Set<String> = [
        "--range", "--camera", "--azimuth", "--elevation", "--color", "--background", "--parallel-scale", "--view-angle", "--light",
    ]

    /// Moves filters into the carrier and glues values that begin with a minus sign to their options.
    static func rewritten(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                result += arguments[(index - 1)...]
                break
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let known = withValue.first { "--" + $0.name == name }
            if flags.contains(where: { "--" + $0.name == argument }) {
                result.append("--\(carrier)=\(argument.dropFirst(2))")
            } else if name == "--normals", parts.count == 2 {
                result.append("--\(carrier)=normals=\(parts[1])")
            } else if let known {
                if parts.count == 2 {
                    result.append("--\(carrier)=\(known.name)=\(parts[1])")
                } else if index < arguments.count {
                    result.append("--\(carrier)=\(known.name)=\(arguments[index])")
                    index += 1
                } else {
                    result.append("--\(carrier)=\(known.name)=")
                }
            } else if signed.contains(name), parts.count == 1, index < arguments.count {
                result.append("\(argument)=\(arguments[index])")
                index += 1
            } else {
                result.append(argument)
            }
        }
        return result
    }

    /// Reads one carried filter: `contour=Temp=400`, `surface`.
    static func parse(_ step: String) throws -> FilterStep {
        let parts = step.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "surface": return .stage(Surface())
        case "normals":
            if value.isEmpty { return .stage(Normals()) }
            let angle = try number(value, option: "normals", example: "--normals=30")
            guard angle > 0 && angle <= 180 else { throw UsageError("--normals=\(value): an angle lies between 0 and 180 degrees") }
            return .stage(Normals(featureAngle: angle < 180 ? angle : nil))
        case "triangulate": return .stage(Triangulate())
        case "contour":
            let (name, text) = try split(value, option: "contour", example: "--contour Temp=400,600")
            let values = try text.split(separator: ",", omittingEmptySubsequences: false).map {
                try number(String($0), option: "contour", example: "--contour Temp=400,600")
            }
            return .stage(Contour(array: ArraySelector(parsing: name), values: values))
        case "slice":
            return .stage(Slice(plane: try plane(value, option: "slice")))
        case "clip":
            return .stage(Clip(plane: try plane(value, option: "clip")))
        case "threshold":
            let (name, text) = try split(value, option: "threshold", example: "--threshold Temp=300:500")
            let ends = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard ends.count == 2 else {
                throw UsageError("--threshold \(value): expected NAME=LO:HI, such as --threshold Temp=300:500")
            }
            let low = try ends[0].isEmpty ? -Double.infinity : number(ends[0], option: "threshold", example: "--threshold Temp=300:500")
            let high = try ends[1].isEmpty ? Double.infinity : number(ends[1], option: "threshold", example: "--threshold Temp=300:500")
            guard low <= high else { throw UsageError("--threshold \(value): the lower end, \(low), is above the upper, \(high)") }
            return .stage(Threshold(array: ArraySelector(parsing: name), range: low...high))
        case "glyph":
            guard value.hasPrefix("sphere:") else {
                throw UsageError("--glyph \(value): expected sphere:RADIUS, such as --glyph sphere:0.5")
            }
            let radius = try number(String(value.dropFirst(7)), option: "glyph", example: "--glyph sphere:0.5")
            guard radius > 0 else { throw UsageError("--glyph \(value): a radius is greater than zero") }
            return .spheres(radius: radius)
        default:
            throw UsageError("--\(parts[0]) is not a filter")
        }
    }

    private static func split(_ value: String, option: String, example: String) throws -> (String, String) {
        guard let equals = value.lastIndex(of: "="), equals != value.startIndex else {
            throw UsageError("--\(option) \(value): expected NAME=VALUE, such as \(example)")
        }
        return (String(value[..<equals]), String(value[value.index(after: equals)...]))
    }

    static func number(_ text: String, option: String, example: String) throws -> Double {
        guard let value = Double(text), value.isFinite else {
            throw UsageError("--\(option): \"\(text)\" is not a number; write it like \(example)")
        }
        return value
    }

    /// `X,Y,Z`.
    static func vector(_ text: some StringProtocol, option: String, example: String) throws -> Vector3 {
        let parts = String(text).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            throw UsageError("--\(option): \"\(text)\" is not three numbers; write it like \(example)")
        }
        let numbers = try parts.map { try number($0, option: option, example: example) }
        return Vector3(numbers[0], numbers[1], numbers[2])
    }

    private static func plane(_ text: String, option: String) throws -> Plane {
        let example = "--\(option) 0,0,0:1,0,0"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw UsageError("--\(option) \(text): expected a point and a normal, X,Y,Z:NX,NY,NZ, such as \(example)")
        }
        let plane = Plane(
            origin: try vector(parts[0], option: option, example: example), normal: try vector(parts[1], option: option, example: example))
        guard plane.normal.length > 0 else { throw UsageError("--\(option) \(text): the normal has no length") }
        return plane
    }

    /// The part of the help that explains the filters.
    static var help: String {
        var lines = ["FILTERS, applied in the order given:"]
        for (name, value, help) in withValue { lines.append("  --\(name) \(value)".padding(to: 30) + help) }
        for (name, help) in flags { lines.append("  --\(name)".padding(to: 30) + help) }
        lines.append("NAME may be point:NAME or cell:NAME, with :COMPONENT or :magnitude behind it.")
        return lines.joined(separator: "\n")
    }
}

extension String {
    func padding(to width: Int) -> String { count < width ? self + String(repeating: " ", count: width - count) : self + " " }
}

/// An argument that does not mean anything: told to the user with exit code 2.
struct UsageError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
