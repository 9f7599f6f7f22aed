/// One sample of one primitive, translucent or not: shaded, not blended. What travels between ranks where things are translucent.
@frozen public struct SampleFragment: Sendable, BitwiseCopyable {
    public var row: UInt16
    public var column: UInt16
    /// Less is nearer.
    public var depth: Int32
    /// Decides between equal depths.
    public var order: SampleOrder
    /// Red, green, blue and alpha, 0…1.
    public var color: SIMD4<Float>

    @inlinable public init(row: UInt16, column: UInt16, depth: Int32, order: SampleOrder, color: SIMD4<Float>) {
        self.row = row
        self.column = column
        self.depth = depth
        self.order = order
        self.color = color
    }
}

/// Where what a sample shows comes in the order in which one rank that has everything would draw: the least is shown where depths are equal.
@frozen public struct SampleOrder: Sendable, Hashable, Comparable, BitwiseCopyable {
    /// The actor, and the drawable's place in it.
    public var actor: UInt32
    public var part: UInt32
    /// The cell: its list's rank, its key.
    public var rank: UInt32
    /// The primitive's number in its cell.
    public var number: UInt32
    public var key: UInt64

    @inlinable public init(actor: UInt32 = 0, part: UInt32 = 0, rank: UInt32 = 0, key: UInt64 = 0, number: UInt32 = 0) {
        self.actor = actor
        self.part = part
        self.rank = rank
        self.number = number
        self.key = key
    }

    /// By actor, part, rank, key, number.
    @inlinable @inline(__always) public static func < (a: SampleOrder, b: SampleOrder) -> Bool {
        let (drawableA, drawableB) = (UInt64(a.actor) << 32 | UInt64(a.part), UInt64(b.actor) << 32 | UInt64(b.part))
        if drawableA != drawableB { return drawableA < drawableB }
        if a.rank != b.rank { return a.rank < b.rank }
        return a.key != b.key ? a.key < b.key : a.number < b.number
    }
}
