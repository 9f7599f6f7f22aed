/// Which pixels of two pictures differ, alpha included.
public struct PictureDifference: Sendable, Hashable, CustomStringConvertible {
    /// One pixel that differs, from the top left corner, with its colours in both pictures.
    public struct Pixel: Sendable, Hashable {
        public var x: Int
        public var y: Int
        public var found: RGBA8
        public var expected: RGBA8
    }

    /// How many differ.
    public private(set) var count = 0
    /// The first of them, row after row from the top.
    public private(set) var first: Pixel
    /// The least box around them.
    public private(set) var columns: ClosedRange<Int>
    public private(set) var rows: ClosedRange<Int>

    /// Nil where all pixels are the same.
    ///
    /// - Precondition: both pictures have the same size.
    public init?(_ found: ColorImage, from expected: ColorImage) {
        precondition(found.width == expected.width && found.height == expected.height, "compared pictures have the same size")
        var difference: PictureDifference?
        found.withPixels { ours in
            expected.withPixels { theirs in
                for place in 0..<ours.count where ours[place] != theirs[place] {
                    let (y, x) = place.quotientAndRemainder(dividingBy: found.width)
                    if difference == nil {
                        difference = PictureDifference(Pixel(x: x, y: y, found: ours[place], expected: theirs[place]))
                    }
                    difference?.add(x, y)
                }
            }
        }
        guard let difference else { return nil }
        self = difference
    }

    private init(_ pixel: Pixel) {
        first = pixel
        columns = pixel.x...pixel.x
        rows = pixel.y...pixel.y
    }

    private mutating func add(_ x: Int, _ y: Int) {
        count += 1
        columns = min(columns.lowerBound, x)...max(columns.upperBound, x)
        rows = rows.lowerBound...max(rows.upperBound, y)
    }

    public var description: String {
        func text(_ pixel: RGBA8) -> String { "\(pixel.red),\(pixel.green),\(pixel.blue)" + (pixel.alpha == 255 ? "" : ",\(pixel.alpha)") }
        return "\(count) pixel\(count == 1 ? "" : "s") in columns \(columns.lowerBound) to \(columns.upperBound), rows \(rows.lowerBound) to "
            + "\(rows.upperBound); at \(first.x),\(first.y) \(text(first.found)) in place of \(text(first.expected))"
    }
}
