import CPNG
import Execution

extension ColorImage {
    /// Reads a PNG file of any kind as 8-bit colours, as they are stored (no gamma is applied to 8-bit files).
    ///
    /// - Throws: `PNGError` with libpng's reason for a file that is missing, damaged, or larger than 2³⁰ pixels.
    public init(readingPNG path: String) throws {
        var control = png_image()
        control.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&control) }
        guard png_image_begin_read_from_file(&control, path) != 0 else { throw PNGError(path: path, reason: Self.message(&control)) }
        let (width, height) = (Int(control.width), Int(control.height))
        guard width > 0, height > 0, width <= (1 << 30) / height else {
            throw PNGError(path: path, reason: "expected at most 2^30 pixels, found \(width)×\(height)")
        }
        control.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
        try self.init(width: width, height: height) { pixels in
            guard png_image_finish_read(&control, nil, pixels, Int32(width * 4), nil) != 0 else {
                throw PNGError(path: path, reason: Self.message(&control))
            }
        }
    }

    private static func message(_ control: inout png_image) -> String {
        withUnsafeBytes(of: &control.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
