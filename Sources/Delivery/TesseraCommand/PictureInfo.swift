import Foundation
import Images

/// What a picture's file says of itself: its size and where it comes from.
struct PictureInfo: Encodable {
    struct Entry: Encodable {
        var keyword, text: String
    }

    var file: String
    var width, height: Int
    var text: [Entry]

    init(path: String) throws {
        let found = try PictureText(path: path)
        file = path
        width = found.width
        height = found.height
        text = found.entries.map { Entry(keyword: $0.keyword, text: $0.text) }
    }

    func description(asJSON: Bool) throws -> String {
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
        let lines = ["\(file): picture of \(width) × \(height) pixels"] + text.map { "  \($0.keyword.lowercased())".padding(to: 12) + $0.text }
        return lines.joined(separator: "\n")
    }
}
