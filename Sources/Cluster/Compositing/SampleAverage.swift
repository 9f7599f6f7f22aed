import Execution

/// Averages the colours of several samples of each pixel of the rows that a rank owns, as a renderer with everything would: sums of bytes, once
/// divided. Keeps its memory.
public final class SampleAverage {
    private var sums = Storage(byteCount: 0)
    private var rows: SampleRows?
    private var isStarted = false

    public init() {}

    /// Forgets what was added.
    public func start() { isStarted = false }

    /// Adds one sample of each pixel.
    ///
    /// - Parameter below: colours of a row of the picture where nothing was drawn.
    public func add(_ owned: OwnedSamples, below: (_ row: Int) -> UnsafePointer<UInt32>) {
        let (width, count) = (owned.layerWidth, owned.count)
        if !isStarted {
            if sums.byteCount < width * count * 8 { sums = Storage(byteCount: width * count * 8) }
            sums.address.initializeMemory(as: UInt8.self, repeating: 0, count: width * count * 8)
            if rows?.width != width || rows?.empty != owned.rows.empty { rows = SampleRows(width: width, empty: owned.rows.empty) }
            rows?.reserve(owned.range)
            isStarted = true
        }
        let sum = sums.address.assumingMemoryBound(to: SIMD4<UInt16>.self)
        for index in 0..<count {
            let (depths, colors, columns) = owned.samples(index)
            let under = below(owned.row(index))
            let line = sum + index * width
            for x in 0..<width {
                let isDrawn = columns.contains(x) && depths[x] < owned.rows.empty
                let color = isDrawn ? colors[x] : under[x]
                line[x] &+= SIMD4(
                    UInt16(truncatingIfNeeded: color & 0xFF), UInt16(truncatingIfNeeded: color >> 8 & 0xFF),
                    UInt16(truncatingIfNeeded: color >> 16 & 0xFF), UInt16(truncatingIfNeeded: color >> 24))
            }
            if !columns.isEmpty {
                rows?.keep(
                    owned.range.lowerBound + index, columns.lowerBound, depths + columns.lowerBound, colors + columns.lowerBound,
                    count: columns.count)
            }
        }
    }

    /// The means of what was added, as many as `samples`: pixels where any sample shows something.
    public func finish(_ owned: OwnedSamples, samples: Int) -> OwnedSamples {
        guard let rows else { return owned }
        let width = owned.layerWidth
        let sum = sums.address.assumingMemoryBound(to: SIMD4<UInt16>.self)
        let divisor = SIMD4(repeating: UInt16(samples))
        let half = SIMD4(repeating: UInt16(samples / 2))
        for index in 0..<owned.count {
            let place = owned.range.lowerBound + index
            for x in rows.line(place).columns {
                let mean = (sum[index * width + x] &+ half) / divisor
                rows.setColor(
                    UInt32(mean.x) | UInt32(mean.y) << 8 | UInt32(mean.z) << 16 | UInt32(mean.w) << 24, place, x)
            }
        }
        isStarted = false
        return OwnedSamples(rows: rows, range: owned.range, order: owned.order, owners: owned.owners, layerWidth: width)
    }
}
