import Geometry
import Serialization

extension ByteWriter {
    mutating func write(_ extent: Extent) {
        for number in extent.array { write(number) }
    }

    mutating func write(_ vector: Vector3) {
        for axis in 0..<3 { write(vector[axis]) }
    }

    mutating func write(_ piece: PieceInfo) {
        write(piece.piece)
        write(piece.pieceCount)
        write(piece.ghostLevels)
        write(piece.wholeExtent != nil)
        if let whole = piece.wholeExtent { write(whole) }
        write(piece.cellGhostLevels)
        write(piece.pointGhostLevels)
        write(piece.cellOwners)
        write(piece.cellKeys)
        write(piece.cellRanks)
        write(piece.pointIdentities)
    }

    mutating func write(_ attributes: DatasetAttributes) {
        write(attributes.pointData)
        write(attributes.cellData)
        write(attributes.fieldData)
        write(attributes.piece)
        write(attributes.firstMadePoint ?? -1)
    }

    mutating func write(_ piece: PieceInfo?) {
        write(piece != nil)
        if let piece { write(piece) }
    }
}

extension ByteReader {
    /// An extent whose points and cells can be counted.
    mutating func readExtent() throws -> Extent {
        let start = place
        var numbers: [Int] = []
        for _ in 0..<6 { numbers.append(try readInt()) }
        let extent = Extent(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
        let limit = 1 << 40
        var count = 1
        for axis in 0..<3 {
            let (low, high) = (extent.lower[axis], extent.upper[axis])
            guard low > -limit, low < limit, high > -limit, high < limit else { throw error("an extent", numbers, back: place - start) }
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, high - low + 1))
            guard !overflow, product < 1 << 56 else { throw error("an extent of fewer than 2⁵⁶ points", numbers, back: place - start) }
            count = product
        }
        return extent
    }

    mutating func readVector() throws -> Vector3 { Vector3(try readDouble(), try readDouble(), try readDouble()) }

    mutating func readPieceInfo() throws -> PieceInfo? {
        guard try readBool() else { return nil }
        let (number, count, levels) = (try readInt(), try readInt(), try readInt())
        guard count >= 1, number >= 0, number < count, levels >= 0, levels < 1 << 31 else {
            throw error("a piece and its ghost levels", "piece \(number) of \(count), \(levels) levels", back: 24)
        }
        var piece = PieceInfo(piece: number, pieceCount: count, ghostLevels: levels)
        if try readBool() { piece.wholeExtent = try readExtent() }
        piece.cellGhostLevels = try readOptionalBuffer()
        piece.pointGhostLevels = try readOptionalBuffer()
        piece.cellOwners = try readOptionalBuffer()
        piece.cellKeys = try readOptionalBuffer()
        piece.cellRanks = try readOptionalBuffer()
        piece.pointIdentities = try readOptionalBuffer()
        return piece
    }

    mutating func readAttributes() throws -> DatasetAttributes {
        var attributes = DatasetAttributes(
            pointData: try readFieldCollection(), cellData: try readFieldCollection(), fieldData: try readFieldCollection(),
            piece: try readPieceInfo())
        let first = try readInt()
        guard first >= -1 else { throw error("the first made point", first, back: 8) }
        attributes.firstMadePoint = first < 0 ? nil : first
        return attributes
    }

    /// - Throws: where arrays do not have as many tuples as there are points or cells.
    func check(_ attributes: DatasetAttributes, points: Int, cells: Int) throws {
        for (arrays, count, what) in [(attributes.pointData, points, "points"), (attributes.cellData, cells, "cells")] {
            for array in arrays.arrays where array.tupleCount != count {
                throw error("\(count) tuples for the \(what) in array \(array.name.prefix(40))", array.tupleCount)
            }
        }
        if let first = attributes.firstMadePoint, first > points { throw error("the first made point of \(points)", first) }
        if let piece = attributes.piece { try check(piece, points: points, cells: cells) }
    }

    /// - Throws: where the piece does not name as many points or cells as there are.
    func check(_ piece: PieceInfo, points: Int, cells: Int) throws {
        let counts: [(String, Int?, Int)] = [
            ("ghost levels of cells", piece.cellGhostLevels?.count, cells), ("ghost levels of points", piece.pointGhostLevels?.count, points),
            ("owners of cells", piece.cellOwners?.count, cells), ("keys of cells", piece.cellKeys?.count, cells),
            ("ranks of cells", piece.cellRanks?.count, cells), ("identities of points", piece.pointIdentities?.count, points),
        ]
        for (what, found, expected) in counts { if let found, found != expected { throw error("\(expected) \(what)", found) } }
    }
}
