/// Where in the program a call stands.
public struct CallSite: Sendable {
    public var file: StaticString
    public var line: UInt32

    @inlinable public init(_ file: StaticString, _ line: UInt32) {
        self.file = file
        self.line = line
    }
}

/// What a rank calls.
public enum CallKind: UInt8, Sendable, CaseIterable, Codable {
    case send, receive, probe, wait
    case barrier, broadcast, gather, allGather, scatter, reduce, allReduce, scan, exclusiveScan, allToAll
    case split, subgroup, duplicate, cartesian, graph, neighbourAllGather, neighbourAllToAll, map, serve, checkpoint, recover, close
}

/// A call of one rank, in words that other ranks can show: `allReduce #5 of 3 elements at Filters/Threshold.swift:40`.
public struct CallDescription: Sendable, Hashable, Codable, CustomStringConvertible {
    public var kind: CallKind
    /// Counts the collective calls on a communicator, from 0; nil for calls that are not collective.
    public var sequence: Int?
    /// Shape, root, reduction, as they matter.
    public var detail: String
    /// The end of the file's name.
    public var file: String
    public var line: UInt32

    public var description: String {
        "\(kind)" + (sequence.map { " #\($0)" } ?? "") + (detail.isEmpty ? "" : " (\(detail))") + " at \(file):\(line)"
    }
}
