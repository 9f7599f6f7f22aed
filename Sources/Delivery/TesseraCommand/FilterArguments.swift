import Datasets
import Filters
import Foundation
import SceneFiles

/// The filters' options: kept in order by rewriting them into one repeated option before the argument parser runs.
enum FilterArguments {
    /// The hidden option that carries every filter in order.
    static let carrier = "filter-step"

    /// Other options whose values may begin with a minus sign.
    private static let signed: Set<String> = [
        "--range", "--camera", "--time", "--azimuth", "--elevation", "--color", "--nan-color", "--opacity", "--ambient", "--specular", "--background", "--parallel-scale", "--view-angle", "--light",
        "--text", "--title", "--axis-titles", "--scalar-bar-title", "--opacity-points",
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
            if name.hasPrefix("--"), let option = FilterCatalog.entry(option: String(name.dropFirst(2)))?.option {
                var value = parts.count == 2 ? "=" + parts[1] : ""
                if case .value = option.form, parts.count == 1, index < arguments.count {
                    value = "=" + arguments[index]
                    index += 1
                }
                result.append("--\(carrier)=\(option.name)\(value)")
            } else if name == "--scalar-bar", parts.count == 2 {
                // A flag for argument parsers, with a value or without for people.
                result += [name, "\(name)-at=\(parts[1])"]
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
    static func parse(_ step: String) throws -> SceneStep {
        let parts = step.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let entry = FilterCatalog.entry(option: parts[0]), let option = entry.option else {
            throw UsageError("--\(parts[0]) is not a filter")
        }
        let text = parts.count == 2 ? parts[1] : ""
        var form = ""
        var given = "--\(option.name)"
        switch option.form {
        case .flag:
            if parts.count == 2 { throw UsageError("--\(option.name) takes no value, and has \"\(text)\"") }
        case .value(let look):
            form = look
            given += " \(text)"
        case .optionalValue(let look):
            form = look
            given += parts.count == 2 ? "=\(text)" : ""
        }
        do {
            let values = try option.parse(FilterText(text, form: form))
            return SceneStep(operation: entry.operation, values: values, filters: try entry.steps(values))
        } catch let problem as FilterProblem {
            let isOptional = if case .optionalValue = option.form { true } else { false }
            throw UsageError("\(given): \(problem); write it like --\(option.name)\(isOptional ? "=" : " ")\(option.example)")
        }
    }

    /// Which filter was probably meant by an option that nobody knows, for the end of the parser's message.
    static func suggestion(forError message: String) -> String? {
        guard !message.contains("Did you mean"), let start = message.range(of: "Unknown option '--") else { return nil }
        let name = String(message[start.upperBound...].prefix { $0 != "'" && $0 != "=" })
        return nearest(to: name, among: FilterCatalog.all.compactMap { $0.option?.name }).map { "\nDid you mean the filter --\($0)?" }
    }

    /// The part of the help that explains the filters.
    static var help: String {
        var lines = ["FILTERS, applied in the order given:"]
        for entry in FilterCatalog.all {
            guard let option = entry.option else { continue }
            var look = "  --\(option.name)"
            switch option.form {
            case .flag: break
            case .value(let value): look += " \(value)"
            case .optionalValue(let value): look += "[=\(value)]"
            }
            lines.append(look.padding(to: 34) + entry.help)
        }
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
