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
        footprint: Box? = nil
    ) {
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
}
