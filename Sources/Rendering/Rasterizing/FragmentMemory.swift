import CKernels
import Execution
import Synchronization

/// The fragments of translucent primitives that one worker found, by block of the picture. Kept between frames.
///
/// A block's fragments lie in a chain of chunks of 2 KiB: the address of the next chunk, 64-bit keys, and 16-bit places in the
/// block. Chunks come from slabs; once `limit` bytes are used, fragments are counted and forgotten.
final class FragmentMemory {
    /// Where a block's next fragment goes.
    struct Bin {
        var chunk: UnsafeMutableRawPointer
        /// Fragments in the chunk.
        var used: Int
        /// Fragments in the chunks before it.
        var before: Int
        var first: UnsafeMutableRawPointer?
    }

    static let capacity = 203
    static let chunkBytes = 2048
    static let keyOffset = 8
    static let placeOffset = keyOffset + 8 * capacity

    let bins: UnsafeMutablePointer<Bin>
    let binCount: Int
    private(set) var isFull = false
    private var slabs: [Storage] = []
    private var slab = -1
    private var slabUsed = 0
    private var budget = FragmentBudget(byteCount: 0)
    private let unused: UnsafeMutableRawPointer
    static let slabBytes = 4 << 20

    init(binCount: Int) {
        self.binCount = binCount
        bins = .allocate(capacity: binCount)
        unused = .allocate(byteCount: Self.chunkBytes, alignment: 64)
        forget()
    }

    deinit {
        bins.deallocate()
        unused.deallocate()
    }

    /// Bytes that are held, used or not.
    var heldBytes: Int { slabs.count * Self.slabBytes }

    /// Forgets all fragments, to hold as many new ones as the budget, which all workers share, allows.
    func start(_ budget: FragmentBudget, workers: Int) {
        self.budget = budget
        let most = max(1, budget.byteCount / Self.slabBytes / workers)
        if budget.byteCount > 0 && slabs.count > most { slabs.removeLast(slabs.count - most) }
        forget()
    }

    private func forget() {
        isFull = false
        slab = -1
        slabUsed = 0
        bins.update(repeating: Bin(chunk: unused, used: Self.capacity, before: -Self.capacity, first: nil), count: binCount)
    }

    /// How many fragments a block has.
    @inline(__always) func count(_ bin: Int) -> Int { bins[bin].before &+ bins[bin].used }

    /// Gives a block whose chunk is full another one.
    @inline(never) func grow(_ bin: UnsafeMutablePointer<Bin>) {
        bin.pointee.before += bin.pointee.used
        bin.pointee.used = 0
        guard let chunk = take() else {
            bin.pointee.chunk = unused
            return
        }
        if bin.pointee.first == nil {
            bin.pointee.first = chunk
        } else {
            bin.pointee.chunk.storeBytes(of: chunk, as: UnsafeMutableRawPointer?.self)
        }
        chunk.storeBytes(of: nil, as: UnsafeMutableRawPointer?.self)
        bin.pointee.chunk = chunk
    }

    private func take() -> UnsafeMutableRawPointer? {
        if isFull { return nil }
        if slab < 0 || slabUsed + Self.chunkBytes > Self.slabBytes {
            guard budget.takeSlab() else {
                isFull = true
                return nil
            }
            slab += 1
            slabUsed = 0
            if slab == slabs.count { slabs.append(Storage(byteCount: Self.slabBytes)) }
        }
        defer { slabUsed += Self.chunkBytes }
        return slabs[slab].address + slabUsed
    }

    /// Visits the fragments of a block: keys and places of each chunk.
    @inline(__always) func forEachChunk(
        _ bin: Int, _ body: (_ keys: UnsafePointer<Int64>, _ places: UnsafePointer<UInt16>, _ count: Int) -> Void
    ) {
        var chunk = bins[bin].first
        while let current = chunk {
            let isLast = current == bins[bin].chunk
            body(
                UnsafePointer((current + Self.keyOffset).assumingMemoryBound(to: Int64.self)),
                UnsafePointer((current + Self.placeOffset).assumingMemoryBound(to: UInt16.self)), isLast ? bins[bin].used : Self.capacity)
            chunk = isLast ? nil : current.load(as: UnsafeMutableRawPointer?.self)
        }
    }
}

/// How much memory the workers may still take for fragments.
final class FragmentBudget: Sendable {
    let byteCount: Int
    private let slabs: Atomic<Int>

    init(byteCount: Int) {
        self.byteCount = byteCount
        slabs = Atomic(byteCount / FragmentMemory.slabBytes)
    }

    /// Takes one slab; false where none is left.
    func takeSlab() -> Bool { slabs.subtract(1, ordering: .relaxed).oldValue > 0 }
}

/// Takes every sample in front of what is opaque.
struct FragmentSink: SampleSink, @unchecked Sendable {
    // Unchecked: one worker uses it at a time.
    let bins: UnsafeMutablePointer<FragmentMemory.Bin>
    unowned(unsafe) let memory: FragmentMemory
    let blocksAcross: Int
    let width: Int32
    let height: Int32
    let offsetX: Int32
    let offsetY: Int32
    let depthMask: Int32
    /// Samples in here are taken.
    let window: SampleWindow
    /// Keys of the nearest opaque samples; nil where nothing is opaque.
    let opaque: UnsafePointer<Int64>?
    let opaqueStride: Int

    var stride: Int { @inline(__always) get { 1 << 16 } }

    /// - Parameter rows: of the target's window.
    init(_ memory: FragmentMemory, like target: RasterTarget, rows: Range<Int>, hasOpaque: Bool) {
        bins = memory.bins
        self.memory = memory
        blocksAcross = target.blocksAcross
        width = target.width
        height = target.height
        offsetX = target.offsetX
        offsetY = target.offsetY
        depthMask = target.depthMask
        var window = target.window
        window.firstRow = Int32(rows.lowerBound)
        window.endRow = Int32(rows.upperBound)
        self.window = window
        opaque = hasOpaque ? UnsafePointer(target.keys) : nil
        opaqueStride = target.stride
    }

    @inline(__always) func flag(_ x0: Int32, _ y0: Int32, _ x1: Int32, _ y1: Int32) {}
    @inline(__always) func flag(_ x: Int32, _ y: Int32) {}
    @inline(__always) func prefetch(_ place: Int) {}

    @inline(__always) func keep(_ x: Int32, _ y: Int32, _ depth: Float, _ id: UInt32) {
        append(Int(x), Int(y), Int32(bitPattern: depth.bitPattern) ^ depthMask, id)
    }

    @inline(__always) func keep(_ first: Int, _ second: Int, _ depths: SIMD8<Int32>, _ id: UInt32, _ skipped: SIMD8<Int32>) {
        var bits = ~ck_sign_mask_8(skipped) & 0xFF
        while bits != 0 {
            let lane = bits.trailingZeroBitCount
            bits &= bits &- 1
            let place = (lane < 4 ? first : second &- 4) &+ lane
            append(place & 0xFFFF, place &>> 16, depths[lane], id)
        }
    }

    @inline(__always) private func append(_ x: Int, _ y: Int, _ depth: Int32, _ id: UInt32) {
        if !window.contains(x, y) { return }
        let key = Int64(depth) &<< 32 | Int64(id)
        if let opaque, key > opaque[y &* opaqueStride &+ x] { return }
        let bin = bins + ((y &>> 3) &* blocksAcross &+ x &>> 6)
        if bin.pointee.used == FragmentMemory.capacity { memory.grow(bin) }
        let used = bin.pointee.used
        let chunk = bin.pointee.chunk
        chunk.storeBytes(of: key, toByteOffset: FragmentMemory.keyOffset &+ 8 &* used, as: Int64.self)
        let place = UInt16(truncatingIfNeeded: (y & 7) &<< 6 | x & 63)
        chunk.storeBytes(of: place, toByteOffset: FragmentMemory.placeOffset &+ 2 &* used, as: UInt16.self)
        bin.pointee.used = used &+ 1
    }
}
