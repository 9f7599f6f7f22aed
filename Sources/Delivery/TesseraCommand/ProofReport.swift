import Datasets
import Images
import Execution
import Serialization

/// What a proof found.
struct ProofReport {
    struct Check {
        enum Kind: String { case threads, pieces, ranks, ghosts, picture }
        var what: String
        var kind: Kind
        var count: Int
        /// How a picture was drawn.
        var way: PictureWay?
        /// Nil: the same.
        var difference: String?
        var seconds: Double
    }

    var name: String
    var digest: Digest?
    var checks: [Check] = []
    private var outline = ""

    init(name: String, _ reference: Dataset?) {
        self.name = name
        guard let reference else { return }
        let bytes = reference.serialized()
        digest = bytes.digest
        outline = "\(reference.kind.rawValue), \(reference.pointCount) points, \(reference.cellCount) cells, \(formatBytes(bytes.byteCount))"
    }

    /// Of pictures: one, or those of an orbit.
    init(name: String, pictures: [ColorImage]?) {
        self.name = name
        guard let pictures, let first = pictures.first else { return }
        var writer = ByteWriter()
        for picture in pictures { writer.writeBlock(picture.withPixels { Array(UnsafeRawBufferPointer($0)) }) }
        digest = writer.finish().digest
        outline = (pictures.count == 1 ? "picture" : "\(pictures.count) pictures") + " of \(first.width)×\(first.height) pixels"
    }

    var failures: Int { checks.reduce(0) { $0 + ($1.difference == nil ? 0 : 1) } }

    var text: String {
        let width = (checks.map(\.what.count).max() ?? 0) + 2
        var lines = ["\(name): \(outline), digest \(digest.map { "\($0)" } ?? "")"]
        for check in checks {
            let good = check.kind == .ghosts ? "as on the whole" : "same bytes"
            lines.append("  " + check.what.padding(to: width) + (check.difference.map { "DIFFERS: " + $0 } ?? good))
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ reports: [ProofReport]) -> JSONValue {
        let entries = reports.map { report in
            JSONValue.object([
                (key: "input", value: .string(report.name)), (key: "result", value: .string(report.outline)), (key: "digest", value: .string(report.digest.map { "\($0)" } ?? "")),
                (key: "same", value: .bool(report.failures == 0)),
                (key: "checks", value: .array(report.checks.map { check in
                    var members: [(key: String, value: JSONValue)] = [
                        (key: "kind", value: .string(check.kind.rawValue)), (key: "count", value: .integer(check.count)),
                        (key: "same", value: .bool(check.difference == nil)), (key: "seconds", value: .number(check.seconds)),
                    ]
                    if let way = check.way { members.insert(contentsOf: way.json, at: 2) }
                    if let difference = check.difference { members.append((key: "difference", value: .string(difference))) }
                    return .object(members)
                })),
            ])
        }
        return .object([(key: "same", value: .bool(reports.allSatisfy { $0.failures == 0 })), (key: "results", value: .array(entries))])
    }
}
