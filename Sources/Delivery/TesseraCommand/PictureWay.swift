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

    var rendering: ParallelRenderOptions
    var partition: Partition

    var text: String {
        "\(rendering.decomposition), \(rendering.compositing.rawValue)" + (partition == .interleaved ? ", interleaved" : "")
    }

    var json: [(key: String, value: JSONValue)] {
        [(key: "decomposition", value: .string("\(rendering.decomposition)")), (key: "compositor", value: .string(rendering.compositing.rawValue)), (key: "partition", value: .string(partition.rawValue))]
    }
}

/// The ways that a command line asks for.
struct WayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How a picture's work is divided among ranks: a list of \(Decomposition.names.joined(separator: ", ")), or all.",
            valueName: "METHOD,…|all"))
    var decomposition = "all"
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
        return try partitions.flatMap { partition in
            try decompositions().flatMap { decomposition in
                // Where every pixel is drawn by one rank, nothing has to be put together but tiles.
                let methods = compositor == "all" && decomposition == .sortFirst ? [.automatic] : compositors
                return methods.map { PictureWay(rendering: ParallelRenderOptions(decomposition: decomposition, compositing: $0), partition: partition) }
            }
        }
    }

    private func decompositions() throws -> [Decomposition] {
        if decomposition == "all" { return [.sortLast, .sortFirst, .hybrid(groups: nil), .automatic] }
        return try decomposition.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let value = Decomposition(String(word)) else {
                throw UsageError("--decomposition \(decomposition): expected all, or a list of \(Decomposition.names.joined(separator: ", "))")
            }
            return value
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
