/// One sample of every pixel as one rank drew it: depths and colours, rows from the top down. Borrowed: whoever made it keeps the memory.
public struct SampleLayer: @unchecked Sendable {
    // Unchecked: the memory is not written while a layer of it is in use.
    /// Less is nearer, compared as integers: bits of a positive distance, or of 1/w turned round.
    public let depths: UnsafePointer<Int32>
    /// Red, green, blue and alpha, a byte each.
    public let colors: UnsafePointer<UInt32>
    public let width: Int
    public let height: Int
    /// Samples from one row to the next, of both.
    public let stride: Int
    /// Samples at this depth or beyond hold nothing.
    public let empty: Int32
    /// Outside of this box nothing was drawn; it is not looked at there.
    public let footprint: Box
    /// Blocks of `Blocks.width` × `Blocks.height` samples in which nothing was drawn, which are not looked at either; nil: all may have some.
    public let blocks: Blocks?

    /// Which blocks of a layer hold something.
    public struct Blocks: @unchecked Sendable {
        public static let width = 64
        public static let height = 8
        /// Not zero where a block may hold something; row by row of blocks.
        public let marks: UnsafePointer<UInt8>
        public let across: Int

        public init(marks: UnsafePointer<UInt8>, across: Int) {
            self.marks = marks
            self.across = across
        }
    }

    /// A box of samples.
    public struct Box: Sendable, Hashable {
        public var columns: Range<Int>
        public var rows: Range<Int>

        public init(columns: Range<Int>, rows: Range<Int>) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// - Parameter footprint: the box that holds everything drawn; nil: the whole picture.
    public init(
        depths: UnsafePointer<Int32>, colors: UnsafePointer<UInt32>, width: Int, height: Int, stride: Int? = nil, empty: Int32 = .max,
        footprint: Box? = nil, blocks: Blocks? = nil
    ) {
        self.blocks = blocks
        self.depths = depths
        self.colors = colors
        self.width = width
        self.height = height
        self.stride = stride ?? width
        self.empty = empty
        let whole = Box(columns: 0..<width, rows: 0..<height)
        self.footprint = footprint.map {
            Box(columns: $0.columns.clamped(to: whole.columns), rows: $0.rows.clamped(to: whole.rows))
        } ?? whole
    }

    /// Whether something was drawn at a sample.
    func isDrawn(_ x: Int, _ y: Int) -> Bool {
        guard footprint.rows.contains(y), footprint.columns.contains(x) else { return false }
        if let blocks, blocks.marks[y / Blocks.height * blocks.across + x / Blocks.width] == 0 { return false }
        return depths[y * stride + x] < empty
    }

    /// A row as kernels look at it.
    @inline(__always) func line(_ row: Int) -> SampleLine {
        SampleLine(
            depths: depths + row &* stride, colors: colors + row &* stride,
            columns: footprint.rows.contains(row) ? footprint.columns : 0..<0,
            marks: blocks.map { $0.marks + row / Blocks.height &* $0.across })
    }
}

/// One row of samples.
struct SampleLine {
    var depths: UnsafePointer<Int32>
    var colors: UnsafePointer<UInt32>
    /// Columns that may hold something.
    var columns: Range<Int>
    /// One for every 64 columns from the first of the row: zero where nothing is; nil where all may have some.
    var marks: UnsafePointer<UInt8>?
}
