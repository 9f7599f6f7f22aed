import CTurboJPEG
import Foundation

extension ColorImage {
    /// Writes the colours (no alpha) as a JPEG file, whole or not at all: beside, then renamed.
    ///
    /// - Parameters:
    ///   - quality: 1 (small) … 100 (close to the original). From 90 on colours have the full resolution, below half of it.
    ///   - text: keywords and texts that say where the picture comes from; kept as the file's comment.
    /// - Throws: `JPEGError` where the picture has no pixels or more than 65535 on a side, or the file cannot be written.
    public func writeJPEG(to path: String, quality: Int = 90, text: [(keyword: String, text: String)] = []) throws {
        let bytes = try encodedJPEG(quality: quality, text: text)
        if let reason = writeWhole(bytes, to: path) { throw JPEGError(path: path, reason: reason) }
    }

    /// The bytes of a JPEG file (JFIF, baseline). Complexity: O(pixels).
    public func encodedJPEG(quality: Int = 90, text: [(keyword: String, text: String)] = []) throws -> [UInt8] {
        guard width > 0, height > 0, width <= 65535, height <= 65535 else {
            throw JPEGError(path: "JPEG", reason: "expected 1 to 65535 pixels on a side, found \(width)×\(height)")
        }
        guard let compressor = tjInitCompress() else { throw JPEGError(path: "JPEG", reason: "out of memory") }
        defer { tjDestroy(compressor) }
        var buffer: UnsafeMutablePointer<UInt8>?
        defer { tjFree(buffer) }
        var size: UInt = 0
        let result = withPixels { pixels in
            pixels.withMemoryRebound(to: UInt8.self) { bytes in
                tjCompress2(
                    compressor, bytes.baseAddress, Int32(width), Int32(4 * width), Int32(height), Int32(TJPF_RGBX.rawValue), &buffer, &size,
                    Int32((quality >= 90 ? TJSAMP_444 : TJSAMP_420).rawValue), Int32(min(max(quality, 1), 100)), TJFLAG_ACCURATEDCT)
            }
        }
        guard result == 0, let buffer, size > 4 else {
            throw JPEGError(path: "JPEG", reason: String(cString: tjGetErrorStr2(compressor)))
        }
        return ColorImage.inserting(text, into: UnsafeBufferPointer(start: buffer, count: Int(size)))
    }

    /// The stream with a comment behind the header that says that it is JFIF.
    private static func inserting(_ text: [(keyword: String, text: String)], into stream: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let comment = Array(text.map { "\($0.keyword): \($0.text)" }.joined(separator: "\n").utf8.prefix(65533))
        guard !comment.isEmpty else { return Array(stream) }
        // After the start of the image (2 bytes) comes the JFIF segment: marker FF E0, then its length.
        let hasHeader = stream.count > 6 && stream[2] == 0xFF && stream[3] == 0xE0
        let place = min(hasHeader ? 4 + (Int(stream[4]) << 8 | Int(stream[5])) : 2, stream.count)
        let length = comment.count + 2
        return Array(stream[..<place]) + [0xFF, 0xFE, UInt8(length >> 8), UInt8(length & 255)] + comment + Array(stream[place...])
    }
}
