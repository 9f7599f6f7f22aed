import Execution

/// What is nearest at the centre of each pixel: distances and ids, rows from the top down. Shared, never changed after it is made.
public struct FrameBuffer: Sendable {
    public let width: Int
    public let height: Int
    private let storage: Storage

    /// The id where there is nothing.
    public static let nothing = UInt32.max

    /// Makes a frame that `fill` writes: all `width` × `height` distances and as many ids.
    public init(
        width: Int, height: Int, filling fill: (_ distances: UnsafeMutablePointer<Float>, _ ids: UnsafeMutablePointer<UInt32>) throws -> Void
    ) rethrows {
        precondition(width >= 0 && height >= 0, "a frame has a size of at least zero")
        self.width = width
        self.height = height
        let count = width * height
        storage = Storage(byteCount: count * 8)
        try fill(
            storage.address.bindMemory(to: Float.self, capacity: count),
            (storage.address + 4 * count).bindMemory(to: UInt32.self, capacity: count))
        withExtendedLifetime(storage) {}
    }

    /// Lends the distances from the camera along its line of sight, in the world's units; infinity where there is nothing.
    public func withDistances<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(start: storage.address.assumingMemoryBound(to: Float.self), count: width * height))
    }

    /// Lends the ids of primitives: the drawable's base plus the primitive's number; `nothing` where there is none.
    public func withIds<Result>(_ body: (UnsafeBufferPointer<UInt32>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        let count = width * height
        return try body(UnsafeBufferPointer(start: (storage.address + 4 * count).assumingMemoryBound(to: UInt32.self), count: count))
    }

    public func distance(x: Int, y: Int) -> Float { withDistances { $0[index(x, y)] } }

    public func id(x: Int, y: Int) -> UInt32? {
        let id = withIds { $0[index(x, y)] }
        return id == Self.nothing ? nil : id
    }

    private func index(_ x: Int, _ y: Int) -> Int {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "pixel (\(x), \(y)) is outside a \(width)×\(height) frame")
        return y * width + x
    }
}
