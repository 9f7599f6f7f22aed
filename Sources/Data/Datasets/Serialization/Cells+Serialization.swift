import Serialization

extension ByteWriter {
    /// The size of all cells and their points; 0 and offsets where sizes differ.
    mutating func write(_ cells: CellArray) {
        if let offsets = cells.offsets {
            write(0)
            write(offsets)
        } else {
            write(cells.count == 0 ? 1 : cells.uniformSize)
        }
        write(cells.connectivity)
    }

    mutating func write(_ points: Points) {
        switch points {
        case .float32(let buffer):
            write(ScalarType.float32.rawValue)
            write(buffer)
        case .float64(let buffer):
            write(ScalarType.float64.rawValue)
            write(buffer)
        }
    }

    /// Types of cells as runs: each run's type, and the cell behind its last.
    mutating func write(_ runs: [CellRun]) {
        writeBlock(runs.map(\.type.rawValue))
        writeBlock(runs.map { Int32(truncatingIfNeeded: $0.cells.upperBound) })
    }
}

extension ByteReader {
    mutating func readCells() throws -> CellArray {
        let size = try readInt()
        guard size >= 0 else { throw error("the size of cells", size, back: 8) }
        if size == 0 {
            let offsets = try readBuffer(of: Int32.self)
            guard offsets.count >= 1 else { throw error("offsets of cells", "none") }
            return CellArray(offsets: offsets, connectivity: try readBuffer())
        }
        let connectivity = try readBuffer(of: Int32.self)
        guard connectivity.count % size == 0 else { throw error("whole cells of \(size) points", "\(connectivity.count) entries") }
        return CellArray(uniformSize: size, connectivity: connectivity)
    }

    mutating func readPoints() throws -> Points {
        let type = try read(UInt8.self)
        let points: Points
        switch type {
        case ScalarType.float32.rawValue: points = .float32(try readBuffer())
        case ScalarType.float64.rawValue: points = .float64(try readBuffer())
        default: throw error("points of Float or Double", "type \(type)", back: 1)
        }
        let values = points.byteCount / points.scalarType.byteCount
        guard values % 3 == 0 else { throw error("three coordinates a point", "\(values) coordinates") }
        return points
    }

    /// One type a cell, for `count` cells.
    mutating func readTypes(count: Int) throws -> Buffer<UInt8> {
        let types = try readArray(of: UInt8.self)
        let ends = try readArray(of: Int32.self)
        var first = 0
        guard types.count == ends.count else { throw error("\(types.count) ends of runs of cells", ends.count) }
        for end in ends {
            guard Int(end) > first else { throw error("runs of cells that end behind cell \(first)", end) }
            first = Int(end)
        }
        guard first == count else { throw error("types of \(count) cells", first) }
        return Buffer(count: count) { out in
            var first = 0
            for (type, end) in zip(types, ends) {
                (out + first).update(repeating: type, count: Int(end) - first)
                first = Int(end)
            }
        }
    }
}
