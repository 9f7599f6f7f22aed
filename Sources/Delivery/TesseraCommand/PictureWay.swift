import ArgumentParser
import Datasets
import ParallelRendering

/// One of the ways in which ranks can make a picture.
struct PictureWay: Hashable, Sendable {
    /// Which part of what is drawn each rank has.
    enum Partition: String, CaseIterable, Sendable, ExpressibleByArgument {
        /// Its pieces, which it made itself.
        case pieces
        /// Of the whole's cells every n-th: parts that lie through each other. Nothing moves: every rank makes the whole.
        case interleaved
    }

    var compositor: CompositingMethod
    var partition: Partition

    var text: String { compositor.rawValue + (partition == .interleaved ? ", interleaved" : "") }

    var json: [(key: String, value: JSONValue)] {
        [(key: "compositor", value: .string(compositor.rawValue)), (key: "partition", value: .string(partition.rawValue))]
    }
}

/// The ways that a command line asks for.
struct WayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How the pictures of ranks come together: a list of \(CompositingMethod.allCases.map(\.rawValue).joined(separator: ", ")), or all.",
            valueName: "METHOD,…|all"))
    var compositor = "all"
    @Option(
        help: ArgumentHelp(
            "What each rank draws: its pieces, or every n-th cell (interleaved), or all: one after the other.", valueName: "PART,…|all"))
    var partition = "all"

    /// - Throws: `UsageError`.
    func ways() throws -> [PictureWay] {
        let compositors: [CompositingMethod] = try Self.list(compositor, "compositor", all: CompositingMethod.allCases.filter { $0 != .automatic })
        let partitions: [PictureWay.Partition] = try Self.list(partition, "partition", all: PictureWay.Partition.allCases)
        return partitions.flatMap { partition in
            compositors.map { PictureWay(compositor: $0, partition: partition) }
        }
    }

    static func list<Value: RawRepresentable & CaseIterable>(_ text: String, _ option: String, all: [Value]) throws -> [Value]
    where Value.RawValue == String {
        if text == "all" { return all }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let value = Value(rawValue: String(word)) else {
                throw UsageError("--\(option) \(text): expected all, or a list of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return value
        }
    }
}
