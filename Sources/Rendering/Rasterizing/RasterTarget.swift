import CKernels
import Execution

/// The nearest primitive of every sample that one worker drew: depth above primitive id, kept by integer minimum.
///
/// A key is 63 bits: the depth's bits, turned so that nearer is less, above the id. Samples without anything hold `empty`.
/// Rows have spare places to the right and below, which kernels may write but nobody reads. The picture is divided into
/// blocks of 64×8; blocks that are not flagged hold nothing but `empty`.
struct RasterTarget: SampleSink, @unchecked Sendable {
    // Unchecked: each worker writes only to its own target, and they are read when the writing is over.
    let keys: UnsafeMutablePointer<Int64>
    let stride: Int
    let flags: UnsafeMutablePointer<UInt8>
    let blocksAcross: Int
    let width: Int32
    let height: Int32
    /// The place of the sample in its pixel, in 1/256.
    var offsetX: Int32 = 128
    var offsetY: Int32 = 128
    /// Exclusive-or of a depth's bits: all ones but the sign where greater depths are nearer (1/w), else zero.
    let depthMask: Int32
    var window: SampleWindow

    static let empty = Int64.max
    static let blockWidth = 64
    static let blockHeight = 8

    /// The rows of blocks that hold rows of pixels.
    static func bands(of rows: Range<Int>) -> Range<Int> { rows.lowerBound / blockHeight..<(rows.upperBound + blockHeight - 1) / blockHeight }

    /// Empties what is left, outside of the window.
    func wipe() {
        for block in 0..<blocksAcross * ((Int(height) + Self.blockHeight - 1) / Self.blockHeight) where flags[block] != 0 {
            flags[block] = 0
            let first = block / blocksAcross * Self.blockHeight * stride + block % blocksAcross * Self.blockWidth
            for row in 0..<Self.blockHeight { (keys + (first + row * stride)).update(repeating: Self.empty, count: Self.blockWidth) }
        }
    }

    /// Flags the blocks that a box of samples touches.
    @inline(__always) func flag(_ x0: Int32, _ y0: Int32, _ x1: Int32, _ y1: Int32) {
        let left = Int(x0 &>> 6)
        let right = Int(x1 &>> 6)
        var row = Int(y0 &>> 3)
        let bottom = Int(y1 &>> 3)
        while row <= bottom {
            let line = flags + row &* blocksAcross
            var column = left
            while column <= right {
                line[column] = 1
                column &+= 1
            }
            row &+= 1
        }
    }

    @inline(__always) func flag(_ x: Int32, _ y: Int32) { flags[Int(y &>> 3) &* blocksAcross &+ Int(x &>> 6)] = 1 }

    @inline(__always) func keep(_ first: Int, _ second: Int, _ depths: SIMD8<Int32>, _ id: UInt32, _ skipped: SIMD8<Int32>) {
        ck_keep_least_4x2(keys + first, keys + second, depths, id, skipped)
    }

    @inline(__always) func prefetch(_ place: Int) { ck_prefetch_write(keys + place) }

    @inline(__always) func keep(_ x: Int32, _ y: Int32, _ depth: Float, _ id: UInt32) {
        let place = keys + (Int(y) &* stride &+ Int(x))
        let key = Int64(Int32(bitPattern: depth.bitPattern) ^ depthMask) &<< 32 | Int64(id)
        let held = place.pointee
        place.pointee = key < held ? key : held
    }
}

/// The memory of one worker's target, kept between frames.
final class TargetMemory {
    private let keys: Storage
    private let flags: Storage
    private let stride: Int
    private let blocksAcross: Int
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        stride = (width + 8 + 63) & ~63
        blocksAcross = stride / RasterTarget.blockWidth
        let rows = height + 8
        keys = Storage(byteCount: (stride * rows + 16) * 8)
        flags = Storage(byteCount: blocksAcross * (rows / RasterTarget.blockHeight + 1))
        flags.address.initializeMemory(as: UInt8.self, repeating: 0, count: flags.byteCount)
        // Empty keys: all ones but the sign.
        keys.address.initializeMemory(as: Int64.self, repeating: RasterTarget.empty, count: stride * rows + 16)
    }

    static func byteCount(width: Int, height: Int) -> Int { ((width + 71) & ~63) * (height + 8) * 8 }

    func target(isParallel: Bool) -> RasterTarget {
        RasterTarget(
            keys: keys.address.assumingMemoryBound(to: Int64.self), stride: stride,
            flags: flags.address.assumingMemoryBound(to: UInt8.self), blocksAcross: blocksAcross, width: Int32(width),
            height: Int32(height), depthMask: isParallel ? 0 : Int32.max,
            window: SampleWindow(width: Int32(width), height: Int32(height)))
    }
}
