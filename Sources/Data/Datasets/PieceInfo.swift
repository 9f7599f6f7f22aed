/// A name for a point that is the same in every piece that holds it.
///
/// Points of a source are named by their index in canonical order (`high` is zero); points that a filter made by a 128-bit hash of the
/// names of the points that they lie between.
@frozen public struct PointIdentity: Hashable, Sendable, BitwiseCopyable {
    public var high: UInt64
    public var low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The point at `index` of a source.
    @inlinable public init(sourceIndex index: Int) { self.init(high: 0, low: UInt64(index)) }

    /// Whether it is a point of the source, not one that a filter made.
    @inlinable public var isSource: Bool { high == 0 }

    /// The point that a filter made from two points and a parameter: on the edge from `a` (the lower) to `b`, at a level named by `salt`.
    @inlinable public init(between a: PointIdentity, and b: PointIdentity, salt: UInt64) {
        var h = PointIdentity.mix(a.low ^ 0x9E37_79B9_7F4A_7C15)
        var l = PointIdentity.mix(a.high &+ 0xD1B5_4A32_D192_ED03)
        h = PointIdentity.mix(h ^ b.low)
        l = PointIdentity.mix(l &+ b.high ^ (h &<< 1))
        h = PointIdentity.mix(h &+ salt)
        l = PointIdentity.mix(l ^ salt ^ b.low &* 0xA24B_AED4_963E_E407)
        self.init(high: h | 1 << 63, low: l)
    }

    /// The point that a filter made of one point (a copy of it, say for one side of a sharp edge) or inside a cell, told apart by `salt`.
    @inlinable public init(madeFrom a: PointIdentity, salt: UInt64) {
        self.init(between: a, and: PointIdentity(high: 1, low: ~salt), salt: salt)
    }

    @inlinable static func mix(_ value: UInt64) -> UInt64 {
        var x = value
        x ^= x &>> 30
        x &*= 0xBF58_476D_1CE4_E5B9
        x ^= x &>> 27
        x &*= 0x94D0_49BB_1331_11EB
        return x ^ (x &>> 31)
    }
}

/// What a dataset is a piece of: ghosts, and the names that hold across pieces.
///
/// Nil members say "as in a whole dataset": no ghosts, keys and identities equal to indices.
public struct PieceInfo: Sendable {
    /// Which piece of how many.
    public var piece: Int
    public var pieceCount: Int
    /// Ghost levels that the piece really holds.
    public var ghostLevels: Int
    /// For structured pieces: the extent of all pieces together.
    public var wholeExtent: Extent?
    /// 0 for cells of this piece, k for the k-th layer around it; nil where all are 0.
    public var cellGhostLevels: Buffer<UInt8>?
    /// 0 for points that this piece owns, else the level of the layer that brought them; nil where all are 0.
    public var pointGhostLevels: Buffer<UInt8>?
    /// The piece that owns each cell; nil where it is this one.
    public var cellOwners: Buffer<Int32>?
    /// Rising; place of each cell in the order of the whole dataset. Nil where it is the index (or follows from `wholeExtent`).
    public var cellKeys: Buffer<UInt64>?
    /// Compared before `cellKeys`: set where lists of poly data became one list, whose order is list by list. Nil: all 0.
    public var cellRanks: Buffer<UInt32>?
    /// The name of each point. Nil where it is the index (or follows from `wholeExtent`).
    public var pointIdentities: Buffer<PointIdentity>?

    public init(piece: Int, pieceCount: Int, ghostLevels: Int = 0, wholeExtent: Extent? = nil) {
        self.piece = piece
        self.pieceCount = pieceCount
        self.ghostLevels = ghostLevels
        self.wholeExtent = wholeExtent
    }
}
