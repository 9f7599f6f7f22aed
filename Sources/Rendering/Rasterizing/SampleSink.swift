/// Takes the samples that primitives cover, in any order.
///
/// Kernels are generic over it and compiled once for each: the nearest of all (`RasterTarget`) and every one (`FragmentSink`).
/// A place is a sample as one number: `stride` × row + column. Kernels may name places up to eight columns and rows outside the
/// picture on the right and below.
protocol SampleSink {
    var stride: Int { get }
    var width: Int32 { get }
    var height: Int32 { get }
    /// The place of the sample in its pixel, in 1/256.
    var offsetX: Int32 { get }
    var offsetY: Int32 { get }
    /// Exclusive-or of a depth's bits: all ones but the sign where greater depths are nearer (1/w), else zero.
    var depthMask: Int32 { get }
    /// The samples that are wanted.
    var window: SampleWindow { get }

    /// Says that samples of a box, corners included, may follow.
    func flag(_ x0: Int32, _ y0: Int32, _ x1: Int32, _ y1: Int32)

    /// Says the same of one sample.
    func flag(_ x: Int32, _ y: Int32)

    func keep(_ x: Int32, _ y: Int32, _ depth: Float, _ id: UInt32)

    /// Takes samples at four places from `first` and at four from `second`, those left out where `skipped` is all ones (else zero).
    ///
    /// - Parameter depths: bits of depths, already combined with `depthMask`.
    func keep(_ first: Int, _ second: Int, _ depths: SIMD8<Int32>, _ id: UInt32, _ skipped: SIMD8<Int32>)

    /// Says that a place will be used soon.
    func prefetch(_ place: Int)
}
