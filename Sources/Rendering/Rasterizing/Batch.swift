import Images

/// Samples of one drawable on their way to colours, one array a quantity. One worker uses it at a time.
final class Batch {
    static let capacity = 256

    private(set) var count = 0
    /// Where the colours go: pixels, or colours of fragments.
    enum Destination {
        case pixels(UnsafeMutablePointer<RGBA8>)
        /// Red, green, blue and alpha, each 0…1.
        case colors(UnsafeMutablePointer<SIMD4<Float>>)
    }

    var destination: Destination
    /// The index of each sample's colour in the destination.
    let place: UnsafeMutablePointer<Int>
    /// Column, row and primitive of each sample.
    let x: UnsafeMutablePointer<Int32>
    let y: UnsafeMutablePointer<Int32>
    let primitive: UnsafeMutablePointer<UInt32>
    /// Three point indices a sample, and how much each counts.
    let corners: UnsafeMutablePointer<Int32>
    let weight1: UnsafeMutablePointer<Float>
    let weight2: UnsafeMutablePointer<Float>
    /// The normal in view space (right, up, towards the viewer), of length one.
    let normalX: UnsafeMutablePointer<Float>
    let normalY: UnsafeMutablePointer<Float>
    let normalZ: UnsafeMutablePointer<Float>
    let red: UnsafeMutablePointer<Float>
    let green: UnsafeMutablePointer<Float>
    let blue: UnsafeMutablePointer<Float>
    let alpha: UnsafeMutablePointer<Float>
    /// Above zero where the viewer sees the front of a triangle; found only where the material has a back colour.
    let facing: UnsafeMutablePointer<Float>
    /// Places in view space (right, up, towards the viewer) relative to the camera; found only where lights have places.
    let positionX: UnsafeMutablePointer<Float>
    let positionY: UnsafeMutablePointer<Float>
    let positionZ: UnsafeMutablePointer<Float>
    /// Sums of light at each sample by channel: diffuse, then specular; used where light is interpolated.
    private let lightSums: UnsafeMutablePointer<Float>
    /// Not zero where an edge is drawn over the surface.
    let onEdge: UnsafeMutablePointer<Int32>

    /// Scratch memory for the kernels that load corners.
    let loaded: Corners8

    private let memory: UnsafeMutableRawPointer

    init(_ destination: Destination) {
        self.destination = destination
        let n = Self.capacity + 8
        let memory = UnsafeMutableRawPointer.allocate(byteCount: n * 116 + Corners8.count * 4, alignment: 64)
        self.memory = memory
        place = memory.bindMemory(to: Int.self, capacity: n)
        func part(_ index: Int) -> UnsafeMutableRawPointer { memory + n * (8 + 4 * index) }
        x = part(0).bindMemory(to: Int32.self, capacity: n)
        y = part(1).bindMemory(to: Int32.self, capacity: n)
        primitive = part(2).bindMemory(to: UInt32.self, capacity: n)
        corners = part(3).bindMemory(to: Int32.self, capacity: 3 * n)
        weight1 = part(6).bindMemory(to: Float.self, capacity: n)
        weight2 = part(7).bindMemory(to: Float.self, capacity: n)
        normalX = part(8).bindMemory(to: Float.self, capacity: n)
        normalY = part(9).bindMemory(to: Float.self, capacity: n)
        normalZ = part(10).bindMemory(to: Float.self, capacity: n)
        red = part(11).bindMemory(to: Float.self, capacity: n)
        green = part(12).bindMemory(to: Float.self, capacity: n)
        blue = part(13).bindMemory(to: Float.self, capacity: n)
        onEdge = part(14).bindMemory(to: Int32.self, capacity: n)
        alpha = part(15).bindMemory(to: Float.self, capacity: n)
        facing = part(16).bindMemory(to: Float.self, capacity: n)
        positionX = part(17).bindMemory(to: Float.self, capacity: n)
        positionY = part(18).bindMemory(to: Float.self, capacity: n)
        positionZ = part(19).bindMemory(to: Float.self, capacity: n)
        lightSums = part(20).bindMemory(to: Float.self, capacity: 6 * n)
        loaded = Corners8((memory + n * 116).bindMemory(to: Int32.self, capacity: Corners8.count))
        onEdge.update(repeating: 0, count: n)
    }

    /// The sums of one channel of light: diffuse red, green, blue, specular red, green, blue.
    @inline(__always) func light(_ channel: Int) -> UnsafeMutablePointer<Float> { lightSums + channel &* (Self.capacity &+ 8) }

    func deallocate() { memory.deallocate() }

    /// Adds a sample.
    ///
    /// - Returns: whether the batch is full.
    @inline(__always) func add(_ column: Int32, _ row: Int32, _ id: UInt32, _ pixel: Int) -> Bool {
        x[count] = column
        y[count] = row
        primitive[count] = id
        place[count] = pixel
        count &+= 1
        return count == Self.capacity
    }

    /// Repeats the last sample so that kernels may go by eights.
    func pad() {
        for index in count..<(count + 7) & ~7 {
            x[index] = x[count - 1]
            y[index] = y[count - 1]
            primitive[index] = primitive[count - 1]
        }
    }

    func reset() { count = 0 }
}
