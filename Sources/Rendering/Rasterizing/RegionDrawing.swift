import Execution
import Images
import Scenes

extension Rasterizer {
    /// Draws a part of a picture: the same bytes that those pixels have in the whole picture, at little more than their share of its cost.
    ///
    /// What is drawn over everything (`DrawList.overlay`) is left to `paint`.
    ///
    /// - Parameters:
    ///   - region: columns and rows of the picture.
    ///   - pixels: where the region's first pixel goes, `stride` pixels from row to row.
    /// - Throws: as `render`.
    public func render(
        _ list: DrawList, region: PixelRegion, into pixels: UnsafeMutablePointer<RGBA8>, stride: Int, in context: ExecutionContext
    ) throws -> FrameStatistics {
        try memory.lock.withLock { _ in
            try memory.frame { try memory.render(list, region: region, into: pixels, stride: stride, context) }
        }
    }
}

extension Rasterizer.Memory {
    func render(
        _ list: DrawList, region: PixelRegion, into pixels: UnsafeMutablePointer<RGBA8>, stride: Int, _ context: ExecutionContext
    ) throws -> FrameStatistics {
        var statistics = FrameStatistics()
        let region = list.clamped(region)
        if region.width == 0 || region.height == 0 { return statistics }
        for (number, part) in ([list] + list.layers).enumerated() {
            statistics.culling.add(part.culling)
            // The region in the list's own picture.
            let own = region.within(part.region)
            if own.width == 0 || own.height == 0 { continue }
            let offset = (part.region.y - region.y) * stride + part.region.x - region.x
            try draw(part, own, into: Canvas(pixels: pixels + offset, stride: stride, keepsBelow: number > 0), &statistics, context)
        }
        (known, fresh) = (fresh, [])
        return statistics
    }
}

extension DrawList {
    /// What of a region lies in the list's own picture; all of that where there is no region.
    func clamped(_ region: PixelRegion?) -> PixelRegion { region.map { $0.within(ownRegion) } ?? ownRegion }
}

extension PixelRegion {
    /// What of this lies in another region, counted from that one's corner.
    public func within(_ other: PixelRegion) -> PixelRegion {
        let (left, top) = (max(x, other.x), max(y, other.y))
        return PixelRegion(
            x: left - other.x, y: top - other.y, width: max(0, min(x + width, other.x + other.width) - left),
            height: max(0, min(y + height, other.y + other.height) - top))
    }
}
