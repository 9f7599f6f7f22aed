/// Cells as lists of point indices.
///
/// Cell `c` has the points `connectivity[offset(c) ..< offset(c + 1)]`. Where all cells have the same size, offsets are implied.
public struct CellArray: Sendable {
    /// Point indices, cell after cell.
    public let connectivity: Buffer<Int32>
    /// `count + 1` positions in `connectivity`; nil where all cells have `uniformSize` points.
    public let offsets: Buffer<Int32>?
    /// The size of every cell where offsets are implied; else 0.
    public let uniformSize: Int
    public let count: Int

    /// No cells.
    public init() {
        connectivity = Buffer()
        offsets = nil
        uniformSize = 1
        count = 0
    }

    /// - Precondition: `connectivity.count` is a multiple of `size`.
    public init(uniformSize size: Int, connectivity: Buffer<Int32>) {
        precondition(size >= 1 && connectivity.count % size == 0, "connectivity holds whole cells")
        self.connectivity = connectivity
        offsets = nil
        uniformSize = size
        count = connectivity.count / size
    }

    /// Cells by offsets, which must rise from 0 to `connectivity.count`; drops them where all cells have one size.
    public init(offsets: Buffer<Int32>, connectivity: Buffer<Int32>) {
        precondition(offsets.count >= 1, "offsets have one entry more than there are cells")
        count = offsets.count - 1
        self.connectivity = connectivity
        let entries = offsets.elements
        let size = count > 0 ? Int(entries[1] &- entries[0]) : 1
        var isUniform = size >= 1 && entries[0] == 0 && connectivity.count == size * count
        if isUniform {
            for cell in 0..<count where Int(entries[cell]) != cell &* size {
                isUniform = false
                break
            }
        }
        self.offsets = isUniform ? nil : offsets
        uniformSize = isUniform ? size : 0
    }

    /// Cells from lists, for small data and tests.
    public init(_ cells: [[Int]]) {
        var offsets: [Int32] = [0]
        var connectivity: [Int32] = []
        for cell in cells {
            connectivity.append(contentsOf: cell.map { Int32($0) })
            offsets.append(Int32(connectivity.count))
        }
        self.init(offsets: Buffer(offsets), connectivity: Buffer(connectivity))
    }

    /// Where cell `cell` begins in `connectivity`; `cell` may be `count`.
    @inlinable public func offset(_ cell: Int) -> Int {
        if let offsets { Int(offsets[cell]) } else { cell * uniformSize }
    }

    @inlinable public func size(of cell: Int) -> Int { offsets == nil ? uniformSize : offset(cell + 1) - offset(cell) }

    /// The points of one cell; valid while the array lives.
    @inlinable public func points(of cell: Int) -> UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(rebasing: connectivity.elements[offset(cell)..<offset(cell + 1)])
    }

    /// Offsets written out: `count + 1` entries.
    public func explicitOffsets() -> Buffer<Int32> {
        if let offsets { return offsets }
        let size = uniformSize
        return Buffer(count: count + 1) { out in
            for cell in 0...count { out[cell] = Int32(truncatingIfNeeded: cell &* size) }
        }
    }

    /// The greatest number of points in a cell.
    public var maximumSize: Int {
        guard let offsets else { return count > 0 ? uniformSize : 0 }
        let entries = offsets.elements
        var greatest: Int32 = 0
        for cell in 0..<count {
            let size = entries[cell + 1] &- entries[cell]
            if size > greatest { greatest = size }
        }
        return Int(greatest)
    }

    public var byteCount: Int { connectivity.byteCount + (offsets?.byteCount ?? 0) }
}
