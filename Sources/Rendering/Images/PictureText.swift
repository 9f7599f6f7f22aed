import Foundation

/// Size of a picture and the texts in it that say where it comes from.
public struct PictureText: Sendable {
    public var width: Int
    public var height: Int
    public var entries: [(keyword: String, text: String)]

    /// Reads texts of a PNG (`tEXt` and plain `iTXt` chunks) or comments of a JPEG; decodes no pixel.
    ///
    /// - Throws: `PNGError`, `JPEGError` for a file that is missing, of neither kind or damaged before its pixels.
    public init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw PNGError(path: path, reason: "not a readable file") }
        let bytes = [UInt8](data)
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            try self.init(png: bytes, path: path)
        } else if bytes.starts(with: [0xFF, 0xD8]) {
            try self.init(jpeg: bytes, path: path)
        } else {
            throw PNGError(path: path, reason: "expected a PNG or JPEG file")
        }
    }

    private init(png bytes: [UInt8], path: String) throws {
        func word(_ place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        (width, height, entries) = (0, 0, [])
        var place = 8
        while place + 12 <= bytes.count {
            let length = word(place)
            guard length <= bytes.count - place - 12 else { throw PNGError(path: path, reason: "expected a chunk of \(length) bytes, found the end of the file") }
            let type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
            let content = bytes[place + 8..<place + 8 + length]
            if type == "IHDR", length >= 8 { (width, height) = (word(place + 8), word(place + 12)) }
            if type == "tEXt" || type == "iTXt", let end = content.firstIndex(of: 0) {
                let keyword = String(decoding: content[..<end], as: UTF8.self)
                let rest = content[(end + 1)...]
                if type == "tEXt" {
                    entries.append((keyword, String(String.UnicodeScalarView(rest.map { Unicode.Scalar($0) }))))
                } else if rest.first == 0, rest.count >= 4 {
                    // Not compressed; behind two flags come the language and the translated keyword, each ended by a zero.
                    let fields = rest.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
                    if fields.count == 3 { entries.append((keyword, String(decoding: fields[2], as: UTF8.self))) }
                }
            }
            if type == "IEND" { break }
            place += 12 + length
        }
        guard width > 0, height > 0 else { throw PNGError(path: path, reason: "expected a size, found none") }
    }

    private init(jpeg bytes: [UInt8], path: String) throws {
        (width, height, entries) = (0, 0, [])
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            guard length >= 2, length <= bytes.count - place - 2 else { break }
            let content = bytes[place + 4..<place + 2 + length]
            if marker == 0xFE {
                for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    entries.append(parts.count == 2 ? (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)) : ("Comment", String(line)))
                }
            }
            // A frame's header: precision, height, width.
            if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC, content.count >= 5 {
                let start = content.startIndex
                height = Int(content[start + 1]) << 8 | Int(content[start + 2])
                width = Int(content[start + 3]) << 8 | Int(content[start + 4])
                break
            }
            place += 2 + length
        }
        guard width > 0, height > 0 else { throw JPEGError(path: path, reason: "expected a frame with a size, found none") }
    }
}
