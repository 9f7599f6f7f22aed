/// Rows of bytes in an array of a lattice, equally long and equally far apart.
struct RowLayout {
    /// Where the first row begins.
    var start: Int
    var rowBytes: Int
    var rows: Int
    var rowStride: Int
    var slices: Int
    var sliceStride: Int

    /// The rows of a part of a lattice, `width` bytes a point; rows that touch become one.
    init(stored: SIMD3<Int>, lower: SIMD3<Int>, size: SIMD3<Int>, width: Int) {
        start = ((lower.z * stored.y + lower.y) * stored.x + lower.x) * width
        rowBytes = size.x * width
        rows = size.y
        rowStride = stored.x * width
        slices = size.z
        sliceStride = stored.x * stored.y * width
        if rowBytes == rowStride || rows == 1 {
            rowBytes = rows == 1 ? rowBytes : rowBytes * rows
            rows = 1
            rowStride = max(rowBytes, 1)
            if rowBytes == sliceStride || slices == 1 {
                rowBytes *= slices
                slices = 1
            }
        }
    }

    var byteCount: Int { rowBytes * rows * slices }
    var isContiguous: Bool { rows == 1 && slices == 1 }

    /// Calls `body` for the parts of rows in `window`: where in the array, where in the packed rows, how many bytes.
    func forEachPart(in window: Range<Int>, _ body: (_ source: Int, _ target: Int, _ count: Int) -> Void) {
        let first = isContiguous || slices == 1 ? 0 : max(0, (window.lowerBound - start) / max(1, sliceStride) - 1)
        for slice in first..<slices {
            let sliceStart = start + slice * sliceStride
            if sliceStart >= window.upperBound { break }
            let firstRow = rows == 1 ? 0 : min(max(0, (window.lowerBound - sliceStart) / rowStride - 1), rows)
            for row in firstRow..<rows {
                let rowStart = sliceStart + row * rowStride
                if rowStart >= window.upperBound { break }
                let low = max(rowStart, window.lowerBound)
                let high = min(rowStart + rowBytes, window.upperBound)
                if low < high { body(low, (slice * rows + row) * rowBytes + low - rowStart, high - low) }
            }
        }
    }
}
