/// How far one picture is from another of the same size; colours only, alpha ignored.
public struct ImageComparison: Sendable, Hashable {
    /// Pixels that are foreground in both ÷ pixels that are foreground in either; 1 where neither has any.
    public var silhouetteOverlap: Double
    /// Root mean square of all channel differences, 0…255.
    public var rootMeanSquareError: Double
    /// Root mean square of the differences between the mean luminances of a grid of 8×6 blocks, 0…255.
    public var blockLuminanceError: Double
    /// The greatest difference of a channel, 0…255.
    public var greatestDifference: Int

    /// A rectangle of pixels to leave out, from the top left corner.
    public struct Region: Sendable, Hashable {
        public var x: Int
        public var y: Int
        public var width: Int
        public var height: Int

        public init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }

        func contains(_ column: Int, _ row: Int) -> Bool { column >= x && column < x + width && row >= y && row < y + height }
    }

    /// Compares two pictures.
    ///
    /// - Parameters:
    ///   - background: foreground is what differs from it by more than 1.5 in any channel, 0…255 each.
    ///   - ignored: pixels that do not count, such as text in another font.
    /// - Precondition: both have the same size.
    public init(_ a: ColorImage, _ b: ColorImage, background: (Double, Double, Double), ignoring ignored: [Region] = []) {
        precondition(a.width == b.width && a.height == b.height, "compared images have the same size")
        let (width, height) = (a.width, a.height)
        var both = 0
        var either = 0
        var squares = 0.0
        var counted = 0
        var greatest = 0
        var blocks = [(a: Double, b: Double, count: Int)](repeating: (0, 0, 0), count: 48)
        func isForeground(_ pixel: RGBA8) -> Bool {
            let red = Double(pixel.red) - background.0
            let green = Double(pixel.green) - background.1
            let blue = Double(pixel.blue) - background.2
            return red.magnitude > 1.5 || green.magnitude > 1.5 || blue.magnitude > 1.5
        }
        a.withPixels { left in
            b.withPixels { right in
                for row in 0..<height {
                    let blockRow = Self.block(of: row, in: height, parts: 6)
                    for column in 0..<width where !ignored.contains(where: { $0.contains(column, row) }) {
                        let p = left[row * width + column]
                        let q = right[row * width + column]
                        let (pIn, qIn) = (isForeground(p), isForeground(q))
                        both += pIn && qIn ? 1 : 0
                        either += pIn || qIn ? 1 : 0
                        let red = Int(p.red) - Int(q.red)
                        let green = Int(p.green) - Int(q.green)
                        let blue = Int(p.blue) - Int(q.blue)
                        greatest = max(greatest, abs(red), abs(green), abs(blue))
                        squares += Double(red * red + green * green + blue * blue)
                        counted += 1
                        let block = blockRow * 8 + Self.block(of: column, in: width, parts: 8)
                        blocks[block].a += Double(Int(p.red) + Int(p.green) + Int(p.blue)) / 3
                        blocks[block].b += Double(Int(q.red) + Int(q.green) + Int(q.blue)) / 3
                        blocks[block].count += 1
                    }
                }
            }
        }
        silhouetteOverlap = either == 0 ? 1 : Double(both) / Double(either)
        rootMeanSquareError = counted == 0 ? 0 : (squares / Double(3 * counted)).squareRoot()
        var blockSquares = 0.0
        var blockCount = 0
        for block in blocks where block.count > 0 {
            let difference = (block.a - block.b) / Double(block.count)
            blockSquares += difference * difference
            blockCount += 1
        }
        blockLuminanceError = blockCount == 0 ? 0 : (blockSquares / Double(blockCount)).squareRoot()
        greatestDifference = greatest
    }

    /// The part that holds `index` when `count` places are split so that the first parts get the remainder.
    private static func block(of index: Int, in count: Int, parts: Int) -> Int {
        let small = count / parts
        let large = count % parts
        return index < large * (small + 1) ? index / (small + 1) : large + (index - large * (small + 1)) / max(1, small)
    }

    /// Whether the pictures show the same: the rule for reference images, its tolerances multiplied by `fraction`.
    public func isAccepted(overlap: Double = 0.98, fraction: Double = 1) -> Bool {
        1 - silhouetteOverlap <= (1 - overlap) * fraction && rootMeanSquareError <= 10 * fraction && blockLuminanceError <= 4 * fraction
    }
}
