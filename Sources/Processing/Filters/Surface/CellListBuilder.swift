import Datasets

/// Cells of a list of a `PolyData`, in room that was counted before, and the input cell that each comes from.
struct CellListBuilder {
    private(set) var offsets: Buffer<Int32>
    private(set) var connectivity: Buffer<Int32>
    private(set) var sources: Buffer<Int32>
    private let offset: UnsafeMutablePointer<Int32>
    private let entry: UnsafeMutablePointer<Int32>
    private let source: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    private(set) var entries = 0

    /// - Throws: `DatasetError` where the list would be too long for 32-bit indices.
    init(cells: Int, entries: Int) throws {
        guard entries < Int(Int32.max), cells < Int(Int32.max) else {
            throw DatasetError("the result would have \(cells) cells with \(entries) points, more than one piece can number: use more pieces")
        }
        offsets = Buffer(uninitializedCount: cells + 1)
        connectivity = Buffer(uninitializedCount: entries)
        sources = Buffer(uninitializedCount: cells)
        offset = UnsafeMutablePointer(mutating: offsets.pointer)
        entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        source = UnsafeMutablePointer(mutating: sources.pointer)
        offset[0] = 0
    }

    /// Where the points of the next cell go; `add` then says how many they are.
    @inline(__always) var next: UnsafeMutablePointer<Int32> { entry + entries }

    @inline(__always) mutating func add(_ points: Int, from cell: Int) {
        source[count] = Int32(truncatingIfNeeded: cell)
        entries &+= points
        count &+= 1
        offset[count] = Int32(truncatingIfNeeded: entries)
    }

    /// The finished list; all the room must be filled.
    var list: CellArray { count == 0 ? CellArray() : CellArray(offsets: offsets, connectivity: connectivity) }
}
