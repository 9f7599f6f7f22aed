import CKernels
import Datasets
import Execution
import Geometry
import Images
import Scenes
import Synchronization

/// Where a list is drawn: part of a picture.
struct Canvas: @unchecked Sendable {
    // Unchecked: every row is written by one worker at a time.
    /// The part's first pixel.
    let pixels: UnsafeMutablePointer<RGBA8>
    /// Pixels from row to row.
    let stride: Int
    /// Whether what is below shows through; else the background is filled in.
    let keepsBelow: Bool
    /// Where depths and ids go too, for pictures that are put together of those of many ranks; nil: nowhere.
    var planes: SamplePlanes?
}

/// The keys of what is nearest, apart from each other; rows as long as those of the canvas.
struct SamplePlanes: @unchecked Sendable {
    // Unchecked: every row is written by one worker at a time.
    /// Less is nearer; `Int32.max` where there is nothing.
    let depths: UnsafeMutablePointer<Int32>
    let ids: UnsafeMutablePointer<UInt32>
    /// One a block of 64×8 samples: zero where nothing was drawn, and the planes were not written.
    let blocks: UnsafeMutablePointer<UInt8>

    @inline(__always) func write(_ keys: UnsafePointer<Int64>, at place: Int, count: Int) {
        let (depths, ids) = (depths + place, ids + place)
        for x in 0..<count {
            depths[x] = Int32(truncatingIfNeeded: keys[x] &>> 32)
            ids[x] = UInt32(truncatingIfNeeded: keys[x])
        }
    }
}

/// Turns the nearest primitives of samples into colours: every visible sample once, in batches of one drawable.
struct Resolver: Sendable {
    let items: [PreparedItem]
    let lighting: [Lighting]
    let projection: ViewProjection
    let background: SIMD3<Float>
    private let backgroundPixel: RGBA8

    init(_ items: [PreparedItem], _ list: DrawList) {
        self.items = items
        lighting = items.map { Lighting($0.item.material, list.lights, list.projection, hasOwnColors: $0.colors.hasOwnColors) }
        projection = list.projection
        background = list.background
        backgroundPixel = RGBA8(quantized(list.background.x), quantized(list.background.y), quantized(list.background.z))
    }

    /// Colours the pixels of a part of the picture and leaves the targets empty in all blocks that it touches and, where it ends with the
    /// targets' window, outside of that.
    ///
    /// - Parameter fragments: those of translucent primitives; where a block has some, all targets but the first are empty.
    func resolve(
        _ targets: [RasterTarget], _ fragments: [FragmentMemory], _ region: PixelRegion, into canvas: Canvas,
        _ visible: borrowing Mutex<Int>, _ context: ExecutionContext
    ) throws {
        nonisolated(unsafe) let fragments = fragments
        let bands = RasterTarget.bands(of: region.rows)
        try context.parallelFor(bands.count, grain: 2) { range in
            let batch = Batch(.pixels(canvas.pixels))
            let blender = fragments.isEmpty ? nil : FragmentBlender(self, fragments)
            defer { batch.deallocate() }
            var count = 0
            for band in range { count += resolve(bands.lowerBound + band, targets, blender, region, canvas, batch) }
            visible.withLock { $0 += count }
        }
        if region.width < projection.width || region.height < projection.height,
            let target = targets.first, region.rows.upperBound == Int(target.window.endRow)
        {
            for target in targets { target.wipe() }
        }
    }

    /// Colours what of a row of blocks lies in a region.
    ///
    /// - Returns: how many samples show something.
    private func resolve(
        _ band: Int, _ targets: [RasterTarget], _ blender: FragmentBlender?, _ region: PixelRegion, _ canvas: Canvas, _ batch: Batch
    ) -> Int {
        let width = projection.width
        let wanted = (columns: region.columns, rows: region.rows)
        let firstRow = band * RasterTarget.blockHeight
        let lastRow = min(projection.height, firstRow + RasterTarget.blockHeight)
        let blocks = targets[0].blocksAcross
        let blockWidth = RasterTarget.blockWidth
        var current = -1
        var (low, high): (UInt32, UInt32) = (1, 0)
        var visible = 0
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: blockWidth) { nearest in
            let nearest = nearest.baseAddress!
            for block in wanted.columns.lowerBound / blockWidth..<blocks {
                let column = block * blockWidth
                if column >= wanted.columns.upperBound { break }
                let count = min(blockWidth, width - column)
                let shown = wanted.columns.clamped(to: column..<column + count)
                let (left, right) = (shown.lowerBound - column, shown.upperBound - column)
                if let blender, blender.hasFragments(band * blocks + block) {
                    visible += blender.resolve(band * blocks + block, column..<column + count, firstRow..<lastRow, targets[0], region, canvas)
                    continue
                }
                let flagged = targets.contains { $0.flags[band * blocks + block] != 0 }
                canvas.planes?.blocks[band * blocks + block] = flagged ? 1 : 0
                for row in firstRow..<lastRow {
                    let line = canvas.pixels + (row * canvas.stride + column)
                    let isWanted = wanted.rows.contains(row)
                    if !flagged {
                        if !canvas.keepsBelow && isWanted { (line + left).update(repeating: backgroundPixel, count: right - left) }
                        continue
                    }
                    gather(targets, band * blocks + block, row, column, nearest)
                    if !isWanted { continue }
                    canvas.planes?.write(nearest, at: row &* canvas.stride &+ column, count: count)
                    for x in left..<right {
                        let key = nearest[x]
                        if key == RasterTarget.empty {
                            if !canvas.keepsBelow { line[x] = backgroundPixel }
                            continue
                        }
                        let id = UInt32(truncatingIfNeeded: key)
                        if id < low || id > high {
                            visible += flush(batch, current)
                            current = find(id)
                            low = items[current].item.base
                            high = low &+ UInt32(truncatingIfNeeded: items[current].count &- 1)
                        }
                        let place = row &* canvas.stride &+ column &+ x
                        if batch.add(Int32(truncatingIfNeeded: column &+ x), Int32(truncatingIfNeeded: row), id &- low, place) {
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
    func find(_ id: UInt32) -> Int {
        var (low, high) = (0, items.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if items[middle].item.base <= id { low = middle } else { high = middle }
        }
        return low
    }

    /// Colours the samples of a batch, all of the item `index`.
    ///
    /// - Returns: how many they were.
    func flush(_ batch: Batch, _ index: Int) -> Int {
        let count = batch.count
        if count == 0 { return 0 }
        batch.pad()
        let copies = items[index].shape.map { CopiedPrimitives(items[index], $0, batch) }
        defer { withExtendedLifetime(copies) {} }
        let item = copies?.item ?? items[index]
        let light = lighting[index]
        var isInterpolated = false
        switch item.item.drawable.primitives {
        case .triangles:
            resolveTriangles(batch, item)
            if item.item.material.isLit {
                if item.item.material.interpolation == .gouraud, let normals = item.item.drawable.normals {
                    interpolateLight(batch, item, normals, light)
                    isInterpolated = true
                } else {
                    findNormals(batch, item)
                }
            }
        case .lines: resolveLines(batch, item)
        case .points(let indices): resolvePoints(batch, indices)
        case .spheres(let indices, let radius, let radii): resolveSpheres(batch, item, indices, radius, radii)
        }
        if light.needsPositions && !isInterpolated { findPositions(batch, item) }
        item.colors.color(batch, item)
        if case .colors = batch.destination { item.colors.scaleAlpha(batch, item) }
        light.shade(batch, hasLight: isInterpolated)
        batch.reset()
        return count
    }
}

/// A number 0…1 as 0…255, rounded; what lies outside is clamped, NaN becomes 0.
@inline(__always) func quantized(_ value: Float) -> UInt8 {
    let scaled = value * 255 + 0.5
    return scaled >= 255.5 ? 255 : scaled >= 1 ? UInt8(scaled) : 0
}
