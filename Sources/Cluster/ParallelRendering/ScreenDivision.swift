import Scenes

/// Work by place in the picture, in cells of a few pixels, row by row from the top left.
public struct WorkGrid: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// Pixels on a cell's side.
    public let cell: Int
    public let columns: Int
    public let rows: Int
    public var work: [Double]

    /// About 128 cells on the picture's longer side.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cell = max(2, (max(width, height) + 127) / 128)
        columns = (width + cell - 1) / cell
        rows = (height + cell - 1) / cell
        work = [Double](repeating: 0, count: columns * rows)
    }

    /// The work in a rectangle, spread evenly in each cell.
    public func work(in region: PixelRegion) -> Double {
        var sum = 0.0
        guard region.width > 0, region.height > 0 else { return 0 }
        for row in region.y / cell...(region.y + region.height - 1) / cell {
            let down = min((row + 1) * cell, region.y + region.height, height) - max(row * cell, region.y)
            for column in region.x / cell...(region.x + region.width - 1) / cell {
                let across = min((column + 1) * cell, region.x + region.width, width) - max(column * cell, region.x)
                let area = (min((row + 1) * cell, height) - row * cell) * (min((column + 1) * cell, width) - column * cell)
                sum += work[row * columns + column] * Double(across * down) / Double(area)
            }
        }
        return sum
    }
}

/// A picture cut into one tile for each of several groups.
public enum ScreenDivision {
    /// Cuts the picture in two again and again, across its longer side, so that tiles have work in proportion to the groups' shares.
    ///
    /// Every pixel is in exactly one tile; tiles without pixels come where there are more groups than pixels.
    /// - Complexity: O(cells · log groups).
    public static func tiles(_ grid: WorkGrid, shares: [Double]) -> [PixelRegion] {
        var tiles = [PixelRegion](repeating: PixelRegion(x: 0, y: 0, width: 0, height: 0), count: shares.count)
        func cut(_ region: PixelRegion, _ groups: Range<Int>) {
            if groups.count == 1 {
                tiles[groups.lowerBound] = region
                return
            }
            if groups.isEmpty { return }
            let middle = groups.lowerBound + groups.count / 2
            let first = shares[groups.lowerBound..<middle].reduce(0, +)
            let all = shares[groups].reduce(0, +)
            let (a, b) = split(region, grid, all > 0 ? first / all : 0.5, atLeast: (middle - groups.lowerBound, groups.upperBound - middle))
            cut(a, groups.lowerBound..<middle)
            cut(b, middle..<groups.upperBound)
        }
        cut(PixelRegion(x: 0, y: 0, width: grid.width, height: grid.height), shares.indices)
        return tiles
    }

    /// Two parts, of which the first has `fraction` of the work, or of the area where there is none.
    private static func split(
        _ region: PixelRegion, _ grid: WorkGrid, _ fraction: Double, atLeast groups: (Int, Int)
    ) -> (PixelRegion, PixelRegion) {
        let isWide = region.width > region.height
        let (start, length) = isWide ? (region.x, region.width) : (region.y, region.height)
        let thickness = isWide ? region.height : region.width
        // The work of each line of pixels across the cut.
        let lines = lineWork(region, grid, isWide)
        let total = lines.reduce(0, +)
        var size: Int
        if total > 0 {
            let wanted = total * fraction
            var sum = 0.0
            size = 0
            while size < length && sum + lines[size] * 0.5 < wanted {
                sum += lines[size]
                size += 1
            }
        } else {
            size = Int((Double(length) * fraction).rounded())
        }
        // Where there is room, every group gets some pixels.
        if thickness > 0 {
            let (first, last) = ((groups.0 + thickness - 1) / thickness, (groups.1 + thickness - 1) / thickness)
            if first + last <= length { size = max(first, min(length - last, size)) }
        }
        size = max(0, min(length, size))
        func part(_ first: Int, _ count: Int) -> PixelRegion {
            isWide
                ? PixelRegion(x: first, y: region.y, width: count, height: region.height)
                : PixelRegion(x: region.x, y: first, width: region.width, height: count)
        }
        return (part(start, size), part(start + size, length - size))
    }

    private static func lineWork(_ region: PixelRegion, _ grid: WorkGrid, _ isWide: Bool) -> [Double] {
        let (start, length) = isWide ? (region.x, region.width) : (region.y, region.height)
        var lines: [Double] = []
        lines.reserveCapacity(length)
        var place = start
        while place < start + length {
            // Lines in one row or column of cells have the same work.
            let end = min((place / grid.cell + 1) * grid.cell, start + length)
            let slab =
                isWide
                ? PixelRegion(x: place, y: region.y, width: end - place, height: region.height)
                : PixelRegion(x: region.x, y: place, width: region.width, height: end - place)
            let each = grid.work(in: slab) / Double(end - place)
            for _ in place..<end { lines.append(each) }
            place = end
        }
        return lines
    }
}
