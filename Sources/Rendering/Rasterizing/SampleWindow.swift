import Scenes

/// The samples that are wanted: columns and rows of a list's picture. Others may be drawn or left out.
///
/// A primitive's depths do not depend on it: what is computed from the first sample of a primitive's box goes on to be.
struct SampleWindow: BitwiseCopyable, Sendable {
    var firstColumn: Int32
    var endColumn: Int32
    var firstRow: Int32
    var endRow: Int32

    init(_ region: PixelRegion) {
        firstColumn = Int32(region.x)
        endColumn = Int32(region.x + region.width)
        firstRow = Int32(region.y)
        endRow = Int32(region.y + region.height)
    }

    init(width: Int32, height: Int32) {
        (firstColumn, endColumn, firstRow, endRow) = (0, width, 0, height)
    }

    @inline(__always) func contains(_ x: Int, _ y: Int) -> Bool {
        x >= Int(firstColumn) && x < Int(endColumn) && y >= Int(firstRow) && y < Int(endRow)
    }
}

extension PixelRegion {
    var rows: Range<Int> { y..<y + height }
    var columns: Range<Int> { x..<x + width }
}
