import Execution

/// One colour of a picture, 8 bits a channel, not premultiplied; stored as red, green, blue, alpha in memory.
@frozen public struct RGBA8: Hashable, Sendable, BitwiseCopyable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    public var alpha: UInt8

    @inlinable public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, _ alpha: UInt8 = 255) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }
}

/// A finished picture: rows from the top down, pixels from left to right, four bytes each.
///
/// The pixels are shared, never changed after the image is made.
public struct ColorImage: Sendable {
    public let width: Int
    public let height: Int
    private let storage: Storage

    /// Makes an image whose pixels `fill` writes, all of them, in any order, on any threads.
    public init(width: Int, height: Int, filling fill: (UnsafeMutablePointer<RGBA8>) throws -> Void) rethrows {
        precondition(width >= 0 && height >= 0, "an image has a size of at least zero")
        self.width = width
        self.height = height
        storage = Storage(byteCount: width * height * 4)
        try fill(storage.address.bindMemory(to: RGBA8.self, capacity: width * height))
        withExtendedLifetime(storage) {}
    }

    /// An image of one colour.
    public init(width: Int, height: Int, color: RGBA8) {
        self.init(width: width, height: height) { $0.initialize(repeating: color, count: width * height) }
    }

    /// Lends the pixels, row after row from the top.
    public func withPixels<Result>(_ body: (UnsafeBufferPointer<RGBA8>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(
            UnsafeBufferPointer(start: storage.address.assumingMemoryBound(to: RGBA8.self), count: width * height))
    }

    /// The pixel in column `x` from the left and row `y` from the top.
    public subscript(x: Int, y: Int) -> RGBA8 {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "pixel (\(x), \(y)) is outside a \(width)×\(height) image")
        return withPixels { $0[y * width + x] }
    }

    /// All pixels, row after row from the top.
    public var pixels: [RGBA8] { withPixels { Array($0) } }
}

extension ColorImage: Equatable {
    public static func == (a: ColorImage, b: ColorImage) -> Bool {
        a.width == b.width && a.height == b.height && a.withPixels { left in b.withPixels { left.elementsEqual($0) } }
    }
}
