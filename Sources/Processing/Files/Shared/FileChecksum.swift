import CDeflate
import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The CRC-32 of a file's bytes and their number, as `gzip -l`, `crc32` and zip archives have it.
///
/// Parts of the file are read and summed on all threads and put together; a few megabytes of memory at a time.
///
/// - Throws: `FileError` where the file cannot be read; `CancelledError`.
/// - Complexity: O(bytes), several gigabytes a second from the system's cache.
public func fileChecksum(path: String, context: ExecutionContext) throws -> (crc32: UInt32, byteCount: Int) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(file: path, expected: "a readable file", found: systemMessage(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw FileError(file: path, expected: "a regular file", found: "something else")
    }
    let byteCount = Int(status.st_size)
    let parts = try context.parallelMap(byteCount, grain: 16 << 20) { range in
        (try checksum(of: range, descriptor, path, context), range.count)
    }
    let whole = parts.reduce(UInt32(0)) { CRC32.combined($0, $1.0, secondCount: $1.1) }
    return (whole, byteCount)
}

private func checksum(of range: Range<Int>, _ descriptor: Int32, _ path: String, _ context: ExecutionContext) throws -> UInt32 {
    let block = Storage(byteCount: min(range.count, 1 << 20))
    var sum: UInt32 = 0
    var place = range.lowerBound
    while place < range.upperBound {
        try context.checkCancellation()
        let count = pread(descriptor, block.address, min(block.byteCount, range.upperBound - place), off_t(place))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
            let found = count < 0 ? systemMessage(errno) : "the end of the file"
            throw FileError(file: path, place: .byte(place), expected: "\(range.upperBound - place) bytes more", found: found)
        }
        sum = libdeflate_crc32(sum, block.address, count)
        place += count
    }
    return sum
}

/// Arithmetic of CRC-32: bits as polynomials over GF(2), the lowest bit the highest power.
enum CRC32 {
    private static let polynomial: UInt32 = 0xEDB8_8320

    /// The sum of two parts one after the other, from the sums of each: first · x^(8 · count) + second.
    static func combined(_ first: UInt32, _ second: UInt32, secondCount: Int) -> UInt32 {
        var power: UInt32 = 1 << 31
        var square: UInt32 = 1 << 23  // x^8
        var rest = secondCount
        while rest > 0 {
            if rest & 1 == 1 { power = product(power, square) }
            square = product(square, square)
            rest >>= 1
        }
        return product(first, power) ^ second
    }

    /// The product modulo the polynomial.
    static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
        var sum: UInt32 = 0
        var shifted = b
        for bit in 0..<32 {
            if a >> UInt32(31 - bit) & 1 == 1 { sum ^= shifted }
            shifted = shifted & 1 == 1 ? shifted >> 1 ^ polynomial : shifted >> 1
        }
        return sum
    }
}
