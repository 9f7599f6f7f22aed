import CKernels
import Datasets
import Execution
import Geometry
import Images
import Scenes
import Synchronization

/// Turns the nearest primitives of samples into colours: every visible sample once, in batches of one drawable.
struct Resolver: Sendable {
    let items: [PreparedItem]
    let colors: [ColorTable]
    let lighting: [Lighting]
    let projection: ViewProjection
    let background: RGBA8

    init(_ items: [PreparedItem], _ list: DrawList) {
        self.items = items
        colors = items.map { ColorTable($0.item) }
        lighting = items.map { Lighting($0.item.material, list.lights, list.projection) }
        projection = list.projection
        background = RGBA8(quantized(list.background.x), quantized(list.background.y), quantized(list.background.z))
    }

    /// Colours all pixels and leaves the targets empty.
    func resolve(
        _ targets: [RasterTarget], into pixels: UnsafeMutablePointer<RGBA8>, _ visible: borrowing Mutex<Int>, _ context: ExecutionContext
    ) throws {
        let height = projection.height
        nonisolated(unsafe) let pixels = pixels
        let bands = (height + RasterTarget.blockHeight - 1) / RasterTarget.blockHeight
        try context.parallelFor(bands, grain: 2) { range in
            let batch = Batch(pixels: pixels)
            defer { batch.deallocate() }
            var count = 0
            for band in range { count += resolve(band, targets, pixels, batch) }
            visible.withLock { $0 += count }
        }
    }

    /// Colours one row of blocks.
    ///
    /// - Returns: how many samples show something.
    private func resolve(
        _ band: Int, _ targets: [RasterTarget], _ pixels: UnsafeMutablePointer<RGBA8>, _ batch: Batch
    ) -> Int {
        let width = projection.width
        let firstRow = band * RasterTarget.blockHeight
        let lastRow = min(projection.height, firstRow + RasterTarget.blockHeight)
        let blocks = targets[0].blocksAcross
        let blockWidth = RasterTarget.blockWidth
        var current = -1
        var (low, high): (UInt32, UInt32) = (1, 0)
        var visible = 0
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: blockWidth) { nearest in
            let nearest = nearest.baseAddress!
            for block in 0..<blocks {
                let column = block * blockWidth
                if column >= width { break }
                let count = min(blockWidth, width - column)
                let flagged = targets.contains { $0.flags[band * blocks + block] != 0 }
                for row in firstRow..<lastRow {
                    let line = pixels + (row * width + column)
                    if !flagged {
                        line.update(repeating: background, count: count)
                        continue
                    }
                    gather(targets, band * blocks + block, row, column, nearest)
                    for x in 0..<count {
                        let key = nearest[x]
                        if key == RasterTarget.empty {
                            line[x] = background
                            continue
                        }
                        let id = UInt32(truncatingIfNeeded: key)
                        if id < low || id > high {
                            visible += flush(batch, current)
                            current = find(id)
                            low = items[current].item.base
                            high = low &+ UInt32(truncatingIfNeeded: items[current].count &- 1)
                        }
                        if batch.add(Int32(truncatingIfNeeded: column &+ x), Int32(truncatingIfNeeded: row), id &- low, row &* width &+ column &+ x) {
                            visible += flush(batch, current)
                        }
                    }
                }
                for target in targets { target.flags[band * blocks + block] = 0 }
            }
        }
        return visible + flush(batch, current)
    }

    /// The least keys of a row of a block over all targets, which are emptied.
    @inline(__always) private func gather(
        _ targets: [RasterTarget], _ flag: Int, _ row: Int, _ column: Int, _ nearest: UnsafeMutablePointer<Int64>
    ) {
        var isFirst = true
        for target in targets where target.flags[flag] != 0 {
            let keys = target.keys + (row &* target.stride &+ column)
            if isFirst {
                for x in 0..<RasterTarget.blockWidth {
                    nearest[x] = keys[x]
                    keys[x] = RasterTarget.empty
                }
            } else {
                for x in 0..<RasterTarget.blockWidth {
                    let (held, new) = (nearest[x], keys[x])
                    nearest[x] = new < held ? new : held
                    keys[x] = RasterTarget.empty
                }
            }
            isFirst = false
        }
    }

    /// The item that an id belongs to.
    private func find(_ id: UInt32) -> Int {
        var (low, high) = (0, items.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if items[middle].item.base <= id { low = middle } else { high = middle }
        }
        return low
    }

    /// Colours the samples of a batch.
    private func flush(_ batch: Batch, _ index: Int) -> Int {
        let count = batch.count
        if count == 0 { return 0 }
        let item = items[index]
        batch.pad()
        switch item.item.drawable.primitives {
        case .triangles: resolveTriangles(batch, item)
        case .lines: resolveLines(batch, item)
        case .points(let indices): resolvePoints(batch, indices)
        case .spheres(let indices, let radius, let radii): resolveSpheres(batch, item, indices, radius, radii)
        }
        colors[index].color(batch, item)
        lighting[index].shade(batch)
        batch.reset()
        return count
    }
}

/// A number 0…1 as 0…255, rounded; what lies outside is clamped, NaN becomes 0.
@inline(__always) func quantized(_ value: Float) -> UInt8 {
    let scaled = value * 255 + 0.5
    return scaled >= 255.5 ? 255 : scaled >= 1 ? UInt8(scaled) : 0
}
