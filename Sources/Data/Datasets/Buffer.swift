import Execution

/// Contiguous numbers, 64-byte aligned unless borrowed, shared without copying and copied when changed while shared.
///
/// Memory: `count` elements; a fresh buffer has 64 spare bytes behind them. Kernels take `pointer` once, outside their loops.
@frozen public struct Buffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Unchecked: shared storage is only read; `withUnsafeMutablePointer` copies it first unless this is its only owner.
    @usableFromInline var storage: Storage
    @usableFromInline let byteOffset: Int
    public let count: Int

    /// `count` elements that the caller fills through `withUnsafeMutablePointer` before anybody reads them.
    public init(uninitializedCount count: Int) {
        storage = Storage(byteCount: count * MemoryLayout<Element>.stride)
        byteOffset = 0
        self.count = count
    }

    /// Makes a buffer that `fill` writes: all `count` elements, in any order, on any threads.
    @inlinable public init(count: Int, filling fill: (UnsafeMutablePointer<Element>) throws -> Void) rethrows {
        self.init(uninitializedCount: count)
        try fill(mutableBase)
        withExtendedLifetime(storage) {}
    }

    @inlinable public init(repeating value: Element, count: Int) {
        self.init(count: count) { $0.initialize(repeating: value, count: count) }
    }

    @inlinable public init(_ elements: some Collection<Element>) {
        let count = elements.count
        self.init(count: count) { base in
            var index = 0
            for element in elements {
                base[index] = element
                index += 1
            }
        }
    }

    /// The empty buffer.
    @inlinable public init() { self.init(uninitializedCount: 0) }

    /// A view of memory that `storage` keeps alive, at least `count` elements from `byteOffset`, aligned for the element.
    public init(viewing storage: Storage, byteOffset: Int = 0, count: Int) {
        precondition(
            byteOffset >= 0 && count >= 0 && byteOffset + count * MemoryLayout<Element>.stride <= storage.byteCount,
            "a view lies inside its storage")
        precondition(
            (UInt(bitPattern: storage.address) + UInt(byteOffset)) % UInt(MemoryLayout<Element>.alignment) == 0,
            "a view is aligned for its element")
        self.storage = storage
        self.byteOffset = byteOffset
        self.count = count
    }

    @usableFromInline var mutableBase: UnsafeMutablePointer<Element> {
        (storage.address + byteOffset).assumingMemoryBound(to: Element.self)
    }

    /// The first element; valid while some copy of this buffer lives.
    @inlinable public var pointer: UnsafePointer<Element> { UnsafePointer(mutableBase) }

    /// All elements; valid while some copy of this buffer lives.
    @inlinable public var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: mutableBase, count: count) }

    @inlinable public var isEmpty: Bool { count == 0 }
    @inlinable public var byteCount: Int { count * MemoryLayout<Element>.stride }

    @inlinable public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
            return mutableBase[index]
        }
        set {
            precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
            makeUnique()
            mutableBase[index] = newValue
        }
    }

    /// Lends the elements for change; copies them first when they are shared or borrowed.
    @inlinable public mutating func withUnsafeMutablePointer<Result>(_ body: (UnsafeMutablePointer<Element>) throws -> Result) rethrows
        -> Result
    {
        makeUnique()
        return try body(mutableBase)
    }

    @usableFromInline mutating func makeUnique() {
        if isKnownUniquelyReferenced(&storage) && !storage.isBorrowed { return }
        self = Buffer(count: count) { $0.initialize(from: pointer, count: count) }
    }

    /// The elements `range` as a buffer of their own that shares the memory.
    public func slice(_ range: Range<Int>) -> Buffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a slice lies inside its buffer")
        return Buffer(viewing: storage, byteOffset: byteOffset + range.lowerBound * MemoryLayout<Element>.stride, count: range.count)
    }

    /// Whether both are the same memory.
    public func isIdentical(to other: Buffer) -> Bool { pointer == other.pointer && count == other.count }

    @inlinable public var array: [Element] { Array(elements) }
}

extension Buffer: Equatable where Element: Equatable {
    public static func == (a: Buffer, b: Buffer) -> Bool {
        a.count == b.count && (a.pointer == b.pointer || a.elements.elementsEqual(b.elements))
    }
}
