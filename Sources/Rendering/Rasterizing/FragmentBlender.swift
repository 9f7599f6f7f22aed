import CKernels
import Execution
import Images
import Scenes

/// Turns the fragments of a block, and what is opaque behind them, into pixels: sorts each pixel's by (depth, id), shades them all,
/// then blends from back to front in Float. One worker uses it at a time.
final class FragmentBlender {
    private let resolver: Resolver
    private let memories: [FragmentMemory]
    private let batch: Batch
    private var capacity = 0
    private var memory: Storage?
    /// By fragment, in order of pixels, then of depth.
    private var keys: UnsafeMutablePointer<Int64>
    private var colors: UnsafeMutablePointer<SIMD4<Float>>
    private var places: UnsafeMutablePointer<UInt16>
    private var items: UnsafeMutablePointer<Int32>
    /// Fragments in order of items.
    private var order: UnsafeMutablePointer<Int32>
    /// Where each pixel's fragments start.
    private let starts: UnsafeMutablePointer<Int32>
    /// How many fragments each item has, then where they start.
    private let itemStarts: UnsafeMutablePointer<Int32>

    private static let pixels = RasterTarget.blockWidth * RasterTarget.blockHeight

    init(_ resolver: Resolver, _ memories: [FragmentMemory]) {
        self.resolver = resolver
        self.memories = memories
        starts = .allocate(capacity: Self.pixels + 1)
        itemStarts = .allocate(capacity: resolver.items.count + 1)
        itemStarts.update(repeating: 0, count: resolver.items.count + 1)
        let nothing = UnsafeMutableRawPointer(starts)
        keys = nothing.assumingMemoryBound(to: Int64.self)
        colors = nothing.assumingMemoryBound(to: SIMD4<Float>.self)
        places = nothing.assumingMemoryBound(to: UInt16.self)
        items = nothing.assumingMemoryBound(to: Int32.self)
        order = items
        batch = Batch(.colors(colors))
    }

    deinit {
        starts.deallocate()
        itemStarts.deallocate()
        batch.deallocate()
    }

    func hasFragments(_ block: Int) -> Bool {
        for memory in memories where memory.count(block) > 0 { return true }
        return false
    }

    /// Makes the pixels of one block and empties it.
    ///
    /// - Returns: how many pixels show something.
    func resolve(
        _ block: Int, _ columns: Range<Int>, _ rows: Range<Int>, _ target: RasterTarget, _ region: PixelRegion, _ canvas: Canvas
    ) -> Int {
        reserve(memories.reduce(Self.pixels) { $0 + $1.count(block) })
        prepare(block, columns, rows, target)
        return blend(columns, rows, region, canvas)
    }

    /// Lists the shaded fragments of one block and empties it.
    func list(
        _ block: Int, _ columns: Range<Int>, _ rows: Range<Int>, _ target: RasterTarget, _ window: SampleWindow,
        into found: inout [SampleFragment]
    ) {
        reserve(memories.reduce(Self.pixels) { $0 + $1.count(block) })
        let total = prepare(block, columns, rows, target)
        found.reserveCapacity(found.count + total)
        for index in 0..<total {
            let key = keys[index]
            let item = resolver.items[resolver.find(UInt32(truncatingIfNeeded: key))].item
            let place = Int(places[index])
            if !window.contains(columns.lowerBound + place & 63, rows.lowerBound + place >> 6) { continue }
            found.append(
                SampleFragment(
                    row: UInt16(truncatingIfNeeded: rows.lowerBound + place >> 6),
                    column: UInt16(truncatingIfNeeded: columns.lowerBound + place & 63), depth: Int32(truncatingIfNeeded: key >> 32),
                    order: SampleOrder(item, Int(UInt32(truncatingIfNeeded: key) - item.base)), color: colors[index]))
        }
    }

    /// Gathers, sorts and shades the fragments of one block, and empties it.
    ///
    /// - Returns: how many there are.
    @discardableResult
    private func prepare(_ block: Int, _ columns: Range<Int>, _ rows: Range<Int>, _ target: RasterTarget) -> Int {
        let total = gather(block, columns, rows, target)
        let (keys, places, starts) = (keys, places, starts)
        for pixel in 0..<Self.pixels {
            let start = Int(starts[pixel])
            sort(keys + start, Int(starts[pixel &+ 1]) &- start, places + start, UInt16(truncatingIfNeeded: pixel))
        }
        shade(total, columns.lowerBound, rows.lowerBound)
        return total
    }

    private func reserve(_ count: Int) {
        if count <= capacity { return }
        capacity = count + count / 4 + 64
        let fresh = Storage(byteCount: capacity * 40)
        memory = fresh
        colors = fresh.address.bindMemory(to: SIMD4<Float>.self, capacity: capacity)
        keys = (fresh.address + 16 * capacity).bindMemory(to: Int64.self, capacity: capacity)
        items = (fresh.address + 24 * capacity).bindMemory(to: Int32.self, capacity: capacity)
        order = (fresh.address + 28 * capacity).bindMemory(to: Int32.self, capacity: capacity)
        places = (fresh.address + 32 * capacity).bindMemory(to: UInt16.self, capacity: capacity)
        batch.destination = .colors(colors)
    }

    /// Brings the block's fragments together by pixel, the opaque one of each pixel among them.
    ///
    /// - Returns: how many there are.
    private func gather(_ block: Int, _ columns: Range<Int>, _ rows: Range<Int>, _ target: RasterTarget) -> Int {
        // Properties of a class are looked up anew at each use: loops have pointers of their own.
        let keys = keys
        let counts = starts + 1
        starts.update(repeating: 0, count: Self.pixels + 1)
        for memory in memories {
            memory.forEachChunk(block) { _, places, count in
                for index in 0..<count { counts[Int(places[index])] &+= 1 }
            }
        }
        let hasOpaque = target.flags[block] != 0
        if hasOpaque {
            for row in rows {
                let line = target.keys + (row &* target.stride &+ columns.lowerBound)
                let first = (row &- rows.lowerBound) &* RasterTarget.blockWidth
                for x in 0..<columns.count where line[x] != RasterTarget.empty { counts[first &+ x] &+= 1 }
            }
        }
        var sum: Int32 = 0
        for pixel in 0..<Self.pixels {
            let count = counts[pixel]
            counts[pixel] = sum
            sum &+= count
        }
        // The starts of pixels, one place on, become their ends and so the starts of the next.
        for memory in memories {
            memory.forEachChunk(block) { source, places, count in
                for index in 0..<count {
                    let pixel = Int(places[index])
                    keys[Int(counts[pixel])] = source[index]
                    counts[pixel] &+= 1
                }
            }
        }
        if hasOpaque {
            for row in rows {
                let line = target.keys + (row &* target.stride &+ columns.lowerBound)
                let first = (row &- rows.lowerBound) &* RasterTarget.blockWidth
                for x in 0..<columns.count where line[x] != RasterTarget.empty {
                    keys[Int(counts[first &+ x])] = line[x]
                    counts[first &+ x] &+= 1
                }
                (target.keys + (row &* target.stride &+ columns.lowerBound)).update(
                    repeating: RasterTarget.empty, count: RasterTarget.blockWidth)
            }
            target.flags[block] = 0
        }
        return Int(sum)
    }

    /// Sorts one pixel's keys and notes the pixel of each.
    @inline(__always) private func sort(
        _ keys: UnsafeMutablePointer<Int64>, _ count: Int, _ places: UnsafeMutablePointer<UInt16>, _ pixel: UInt16
    ) {
        if count > 24 {
            var run = UnsafeMutableBufferPointer(start: keys, count: count)
            run.sort()
        } else {
            var index = 1
            while index < count {
                let key = keys[index]
                var place = index
                while place > 0 && keys[place &- 1] > key {
                    keys[place] = keys[place &- 1]
                    place &-= 1
                }
                keys[place] = key
                index &+= 1
            }
        }
        for index in 0..<count { places[index] = pixel }
    }

    /// Finds the colours of all fragments, item after item.
    private func shade(_ total: Int, _ column: Int, _ row: Int) {
        let (keys, items, itemStarts) = (keys, items, itemStarts)
        var (low, high): (UInt32, UInt32) = (1, 0)
        var current = -1
        var isMixed = false
        for index in 0..<total {
            let id = UInt32(truncatingIfNeeded: keys[index])
            if id < low || id > high {
                isMixed = isMixed || current >= 0
                current = resolver.find(id)
                low = resolver.items[current].item.base
                high = low &+ UInt32(truncatingIfNeeded: resolver.items[current].count &- 1)
            }
            items[index] = Int32(truncatingIfNeeded: current)
            itemStarts[current] &+= 1
        }
        if isMixed {
            shadeMixed(total, column, row)
        } else {
            let (places, batch) = (places, batch)
            for index in 0..<total {
                if add(index, Int(places[index]), keys[index], low, column, row, batch) { _ = resolver.flush(batch, current) }
            }
            _ = resolver.flush(batch, current)
        }
        itemStarts.update(repeating: 0, count: resolver.items.count)
    }

    /// Finds the colours of the fragments of several items, which were counted.
    private func shadeMixed(_ total: Int, _ column: Int, _ row: Int) {
        let (keys, items, itemStarts, order, places, batch) = (keys, items, itemStarts, order, places, batch)
        var sum: Int32 = 0
        for item in 0..<resolver.items.count {
            let count = itemStarts[item]
            itemStarts[item] = sum
            sum &+= count
        }
        for index in 0..<total {
            let item = Int(items[index])
            order[Int(itemStarts[item])] = Int32(truncatingIfNeeded: index)
            itemStarts[item] &+= 1
        }
        var current = -1
        var base: UInt32 = 0
        for place in 0..<total {
            let index = Int(order[place])
            let item = Int(items[index])
            if item != current {
                if current >= 0 { _ = resolver.flush(batch, current) }
                current = item
                base = resolver.items[item].item.base
            }
            if add(index, Int(places[index]), keys[index], base, column, row, batch) { _ = resolver.flush(batch, item) }
        }
        _ = resolver.flush(batch, current)
    }

    @inline(__always) private func add(
        _ index: Int, _ place: Int, _ key: Int64, _ base: UInt32, _ column: Int, _ row: Int, _ batch: Batch
    ) -> Bool {
        let x = Int32(truncatingIfNeeded: column &+ place & 63)
        let y = Int32(truncatingIfNeeded: row &+ place &>> 6)
        return batch.add(x, y, UInt32(truncatingIfNeeded: key) &- base, index)
    }

    /// Blends each pixel's colours from back to front over what is behind them.
    private func blend(_ columns: Range<Int>, _ rows: Range<Int>, _ region: PixelRegion, _ canvas: Canvas) -> Int {
        let (colors, starts) = (colors, starts)
        var visible = 0
        let behind = SampleFragment.behind(resolver.background)
        let wanted = columns.clamped(to: region.columns)
        for row in rows.clamped(to: region.rows) {
            let line = canvas.pixels + (row &* canvas.stride &+ columns.lowerBound)
            let first = (row &- rows.lowerBound) &* RasterTarget.blockWidth
            for x in wanted.lowerBound &- columns.lowerBound..<wanted.upperBound &- columns.lowerBound {
                let start = Int(starts[first &+ x])
                var index = Int(starts[first &+ x &+ 1])
                if index == start && canvas.keepsBelow { continue }
                visible &+= index > start ? 1 : 0
                var color = behind
                if canvas.keepsBelow { color = SampleFragment.behind(line[x]) }
                while index > start {
                    index &-= 1
                    color = SampleFragment.over(colors[index], color)
                }
                line[x] = SampleFragment.pixel(color)
            }
        }
        return visible
    }
}
