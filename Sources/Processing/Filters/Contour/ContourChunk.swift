/// What one chunk of cells contributes to a contour: the edges that it needs and the pieces between them.
///
/// Places of edges are local; `MeshContour` makes them global. A negative corner `~p` is the input point p itself.
final class ContourChunk {
    /// Points, lines or triangles: the corners of each piece and the cell that it comes from.
    struct Pieces {
        var corners = GrowingBuffer<Int32>()
        var sources = GrowingBuffer<Int32>(capacity: 64)
    }

    var edges: EdgeCollector
    var points = Pieces()
    var lines = Pieces()
    var triangles = Pieces()
    /// The greatest number of pieces of one cell of variable size.
    var greatestFan = 0

    init(hasValues: Bool) { edges = EdgeCollector(hasValues: hasValues) }

    deinit {
        edges.release()
        for pieces in [points, lines, triangles] {
            pieces.corners.release()
            pieces.sources.release()
        }
    }
}

/// The edges that a chunk needs, as `EdgeNumbering` takes them; most of those that several cells share come once only.
struct EdgeCollector {
    var candidates = GrowingBuffer<UInt64>()
    /// The number of the contour value of each edge; empty where there is only one value.
    var values = GrowingBuffer<UInt8>()

    /// Edges met a short while ago, by a hash: finds most repeats, needs not find them all.
    private struct Recent {
        var edge: UInt64
        var value: Int32
        var place: Int32
    }

    private static let recentBits: UInt64 = 11
    private var recent: UnsafeMutablePointer<Recent>
    private let hasValues: Bool

    init(hasValues: Bool) {
        self.hasValues = hasValues
        recent = .allocate(capacity: 1 << EdgeCollector.recentBits)
        // No edge is zero: its higher end is at least 1.
        recent.initialize(repeating: Recent(edge: 0, value: 0, place: 0), count: 1 << EdgeCollector.recentBits)
    }

    func release() {
        recent.deallocate()
        candidates.release()
        values.release()
    }

    /// Forgets the recent edges, once all cells of the chunk are done.
    mutating func finish() {
        recent.deallocate()
        recent = .allocate(capacity: 1)
    }

    @inline(__always) mutating func reserve(_ count: Int) {
        candidates.reserve(count)
        if hasValues { values.reserve(count) }
    }

    /// The local place of an edge; room for one more was reserved.
    @inline(__always) mutating func place(of edge: UInt64, value: Int32) -> Int32 {
        let hash = (edge ^ UInt64(UInt32(bitPattern: value)) &<< 24) &* 0x9E37_79B9_7F4A_7C15
        let slot = recent + Int(truncatingIfNeeded: hash &>> (64 &- EdgeCollector.recentBits))
        if slot.pointee.edge == edge && slot.pointee.value == value { return slot.pointee.place }
        let place = Int32(truncatingIfNeeded: candidates.count)
        candidates.write(edge)
        if hasValues { values.write(UInt8(truncatingIfNeeded: value)) }
        slot.pointee = Recent(edge: edge, value: value, place: place)
        return place
    }
}
