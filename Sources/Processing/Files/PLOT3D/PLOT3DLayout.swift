import Datasets
import Execution

/// How a PLOT3D file is laid out: nothing in it says so, but only one way of reading it ends exactly with the file.
///
/// Source: P. Walatka et al., "PLOT3D User's Manual", NASA TM-101067 (1990), chapter 8: whole format.
struct PLOT3DLayout: Sendable {
    /// What a file holds for each grid.
    enum Content: Sendable {
        /// Coordinates, with an integer a point that is 0 where it is hidden.
        case grid(hasBlanking: Bool)
        /// Four numbers of the flow, then density, momentum and energy.
        case solution
    }

    var isText = false
    var byteOrder = ByteOrder.littleEndian
    /// Whether each record stands between two counts of its bytes, as Fortran writes them.
    var hasRecords = false
    /// 2 or 3.
    var axes = 3
    /// Bytes of a number; 4 for text.
    var precision = 4
    var content: Content
    /// Points on each axis, of each grid.
    var grids: [SIMD3<Int>] = []
    /// Where the first grid's record begins: a byte, or in text a number.
    var dataStart = 0

    /// Finds the way that fits the file.
    ///
    /// - Parameter contents: what may be in it, the likeliest first.
    /// - Throws: `FileError` where none fits.
    init(of file: MappedFile, contents: [Content], context: ExecutionContext) throws {
        content = contents[0]
        isText = PLOT3DLayout.looksLikeText(file)
        if try isText ? fitText(file, contents, context) : fitBinary(file, contents) { return }
        let what = if case .grid = content { "a PLOT3D grid" } else { "a PLOT3D solution for the grid" }
        throw FileError(
            file: file.path, expected: "\(what): \(isText ? "text" : "binary, of either byte order, with or without records"), 2-D or 3-D, one grid or many",
            found: "\(file.count) bytes that fit none of them (bare numbers are read with a raw layout)")
    }

    private static func looksLikeText(_ file: MappedFile) -> Bool {
        file.count > 0 && file.bytes.prefix(12).allSatisfy { NumberParsing.isSpace($0) || ($0 >= 48 && $0 <= 57) || $0 == 46 }
    }

    // MARK: Sizes

    /// Numbers of one grid and bytes that are no such number; nil where they cannot be counted.
    private func record(_ size: SIMD3<Int>, _ content: Content) -> (numbers: Int, integers: Int)? {
        guard size.x >= 1, size.y >= 1, size.z >= 1, let points = try? product(size.x, size.y, size.z, for: "a grid"), points <= Int(Int32.max) else {
            return nil
        }
        switch content {
        case .grid(let hasBlanking): return (points * axes, hasBlanking ? points : 0)
        case .solution: return (points * (axes + 2), 0)
        }
    }

    // MARK: Binary

    private mutating func fitBinary(_ file: MappedFile, _ contents: [Content]) throws -> Bool {
        for hasRecords in [true, false] {
            for isMultiGrid in [false, true] {
                for axes in [3, 2] {
                    for byteOrder in [ByteOrder.littleEndian, .bigEndian] {
                        (self.hasRecords, self.axes, self.byteOrder) = (hasRecords, axes, byteOrder)
                        guard readHeader(file, isMultiGrid) else { continue }
                        for content in contents {
                            for precision in [4, 8] {
                                (self.content, self.precision) = (content, precision)
                                if fits(file) { return true }
                            }
                        }
                    }
                }
            }
        }
        return false
    }

    private func integer(_ file: MappedFile, _ byte: Int) -> Int? {
        guard byte >= 0, byte <= file.count - 4 else { return nil }
        let word = file.bytes.loadUnaligned(fromByteOffset: byte, as: UInt32.self)
        return Int(Int32(bitPattern: byteOrder == .native ? word : word.byteSwapped))
    }

    /// Whether a record of `count` bytes stands at `byte`; moves behind it.
    private func passes(_ file: MappedFile, _ byte: inout Int, count: Int) -> Bool {
        let marker = hasRecords ? 4 : 0
        guard count >= 0, count <= file.count, byte + 2 * marker + count <= file.count else { return false }
        if hasRecords, integer(file, byte) != count || integer(file, byte + 4 + count) != count { return false }
        byte += 2 * marker + count
        return true
    }

    private mutating func readHeader(_ file: MappedFile, _ isMultiGrid: Bool) -> Bool {
        let marker = hasRecords ? 4 : 0
        var byte = 0
        var count = 1
        if isMultiGrid {
            guard let number = integer(file, marker), number >= 1, number <= file.count / (4 * axes), passes(file, &byte, count: 4) else { return false }
            count = number
        }
        let first = byte + marker
        guard passes(file, &byte, count: 4 * axes * count) else { return false }
        grids = []
        for grid in 0..<count {
            var size = SIMD3(1, 1, 1)
            for axis in 0..<axes {
                guard let side = integer(file, first + 4 * (axes * grid + axis)), side >= 1 else { return false }
                size[axis] = side
            }
            grids.append(size)
        }
        dataStart = byte
        return true
    }

    private func fits(_ file: MappedFile) -> Bool {
        var byte = dataStart
        for size in grids {
            guard let record = record(size, content) else { return false }
            if case .solution = content, !passes(file, &byte, count: 4 * precision) { return false }
            guard passes(file, &byte, count: record.numbers * precision + 4 * record.integers) else { return false }
        }
        return byte == file.count
    }

    // MARK: Text

    private mutating func fitText(_ file: MappedFile, _ contents: [Content], _ context: ExecutionContext) throws -> Bool {
        let total = try TextNumbers(file.bytes, [0..<file.count]).count(context: context)
        for isMultiGrid in [false, true] {
            for axes in [3, 2] {
                self.axes = axes
                guard let header = try? textHeader(file, isMultiGrid, total) else { continue }
                (grids, dataStart) = header
                for content in contents {
                    self.content = content
                    var end = dataStart
                    for size in grids {
                        guard let record = record(size, content) else { return false }
                        if case .solution = content { end += 4 }
                        end += record.numbers + record.integers
                    }
                    if end == total { return true }
                }
            }
        }
        return false
    }

    private func textHeader(_ file: MappedFile, _ isMultiGrid: Bool, _ total: Int) throws -> (grids: [SIMD3<Int>], numbers: Int) {
        var scanner = try TextScanner(file)
        let count = isMultiGrid ? try scanner.count("a number of grids", limit: total / axes) : 1
        var grids: [SIMD3<Int>] = []
        for _ in 0..<count {
            var size = SIMD3(1, 1, 1)
            for axis in 0..<axes { size[axis] = try scanner.count("a size") }
            grids.append(size)
        }
        return (grids, (isMultiGrid ? 1 : 0) + axes * count)
    }

    // MARK: Places

    /// Where the numbers of each grid begin: a byte, or in text a number.
    func starts() -> [(header: Int, numbers: Int)] {
        let marker = hasRecords ? 4 : 0
        let width = isText ? 1 : precision
        var place = dataStart
        return grids.map { size in
            var header = place
            if case .solution = content {
                header += marker
                place = header + 4 * width + marker
            }
            let numbers = place + marker
            // Counted before, when the layout was found to fit.
            let record = record(size, content) ?? (0, 0)
            place = numbers + record.numbers * width + record.integers * (isText ? 1 : 4) + marker
            return (header, numbers)
        }
    }
}
