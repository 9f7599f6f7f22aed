import CTurboJPEG
import Foundation

extension ColorImage {
    /// Reads a JPEG file as 8-bit colours.
    ///
    /// - Throws: `JPEGError` with the library's reason for a file that is missing, damaged, or larger than 2³⁰ pixels.
    public init(readingJPEG path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw JPEGError(path: path, reason: "not a readable file") }
        guard let decompressor = tjInitDecompress() else { throw JPEGError(path: path, reason: "out of memory") }
        defer { tjDestroy(decompressor) }
        func reason() -> String { String(cString: tjGetErrorStr2(decompressor)) }
        self = try data.withUnsafeBytes { bytes in
            let stream = bytes.bindMemory(to: UInt8.self)
            var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
            guard tjDecompressHeader3(decompressor, stream.baseAddress, UInt(stream.count), &width, &height, &sampling, &space) == 0 else {
                throw JPEGError(path: path, reason: reason())
            }
            guard width > 0, height > 0, Int(width) <= (1 << 30) / Int(height) else {
                throw JPEGError(path: path, reason: "expected at most 2^30 pixels, found \(width)×\(height)")
            }
            return try ColorImage(width: Int(width), height: Int(height)) { pixels in
                let target = UnsafeMutableRawPointer(pixels).assumingMemoryBound(to: UInt8.self)
                let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING
                guard
                    tjDecompress2(
                        decompressor, stream.baseAddress, UInt(stream.count), target, width, 4 * width, height,
                        Int32(TJPF_RGBA.rawValue), flags) == 0
                else { throw JPEGError(path: path, reason: reason()) }
            }
        }
    }
}
