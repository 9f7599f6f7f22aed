import CDeflate
import Execution

extension ColorImage {
    /// Writes the colours (no alpha) as a PNG file of 8 bits a channel, whole or not at all: beside, then renamed.
    ///
    /// Rows are written as their difference to the row above, in parallel, and compressed for speed rather than size.
    ///
    /// - Parameter text: keywords (1…79 Latin-1 characters) and texts (any characters) that say where the picture comes from.
    /// - Throws: `PNGError` where the file cannot be written.
    public func writePNG(to path: String, text: [(keyword: String, text: String)] = [], in context: ExecutionContext) throws {
        let bytes = try encodedPNG(text: text, in: context)
        if let reason = writeWhole(bytes, to: path) { throw PNGError(path: path, reason: reason) }
    }

    /// The bytes of a PNG file.
    ///
    /// - Complexity: O(pixels).
    public func encodedPNG(text: [(keyword: String, text: String)] = [], in context: ExecutionContext) throws -> [UInt8] {
        guard width > 0, height > 0 else { throw PNGError(path: "PNG", reason: "expected at least one pixel, found \(width)×\(height)") }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        var header: [UInt8] = []
        Self.append(UInt32(width), to: &header)
        Self.append(UInt32(height), to: &header)
        header += [8, 2, 0, 0, 0]  // 8 bits a channel, RGB
        Self.appendChunk("IHDR", header, to: &file)
        for entry in text { Self.appendText(entry.keyword, entry.text, to: &file) }
        try appendPixels(to: &file, in: context)
        Self.appendChunk("IEND", [], to: &file)
        return file
    }

    /// A `tEXt` chunk, or where the text needs more than Latin-1 an `iTXt` chunk.
    static func appendText(_ keyword: String, _ text: String, to file: inout [UInt8]) {
        let key = Array(keyword.unicodeScalars.map { $0.value < 256 ? UInt8($0.value) : 63 }.prefix(79)) + [0]
        let scalars = text.unicodeScalars.filter { $0.value > 0 }
        if scalars.allSatisfy({ $0.value < 256 }) {
            appendChunk("tEXt", key + scalars.map { UInt8($0.value) }, to: &file)
        } else {
            // Not compressed, no language, the keyword not translated.
            appendChunk("iTXt", key + [0, 0, 0, 0] + text.utf8.filter { $0 > 0 }, to: &file)
        }
    }

    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    static func appendChunk(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
        append(UInt32(data.count), to: &file)
        let start = file.count
        file += Array(type.utf8)
        file += data
        let checksum = file.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress! + start, $0.count - start) }
        append(checksum, to: &file)
    }

    /// Appends the picture as one zlib stream.
    private func appendPixels(to file: inout [UInt8], in context: ExecutionContext) throws {
        let rowBytes = 3 * width + 1
        let raw = Storage(byteCount: rowBytes * height)
        try withPixels { pixels in
            nonisolated(unsafe) let pixels = pixels.baseAddress!
            nonisolated(unsafe) let target = raw.address.assumingMemoryBound(to: UInt8.self)
            try context.parallelFor(height, grain: 64) { rows in
                for row in rows { PNGFilter.up(pixels, row, width, target + row * rowBytes) }
            }
        }
        guard let compressor = libdeflate_alloc_compressor(1) else { throw PNGError(path: "PNG", reason: "out of memory") }
        defer { libdeflate_free_compressor(compressor) }
        let bound = libdeflate_zlib_compress_bound(compressor, raw.byteCount)
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            count = libdeflate_zlib_compress(compressor, raw.address, raw.byteCount, target.baseAddress!, bound)
        }
        withExtendedLifetime(raw) {}
        Self.appendChunk("IDAT", compressed, to: &file)
    }
}

/// The filters of PNG, from pixels of four bytes to rows of three.
enum PNGFilter {
    /// Writes a row as its difference to the row above; the first row as it is.
    static func up(_ pixels: UnsafePointer<RGBA8>, _ row: Int, _ width: Int, _ target: UnsafeMutablePointer<UInt8>) {
        let current = pixels + row * width
        var place = 1
        if row == 0 {
            target[0] = 0
            for column in 0..<width {
                target[place] = current[column].red
                target[place &+ 1] = current[column].green
                target[place &+ 2] = current[column].blue
                place &+= 3
            }
            return
        }
        target[0] = 2
        let above = current - width
        for column in 0..<width {
            target[place] = current[column].red &- above[column].red
            target[place &+ 1] = current[column].green &- above[column].green
            target[place &+ 2] = current[column].blue &- above[column].blue
            place &+= 3
        }
    }
}
