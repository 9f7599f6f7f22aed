/// Values of one thread that grow while a kernel runs; kernels reserve once a block and then write without checks.
///
/// The owner calls `release` in the end.
struct GrowingBuffer<Element: BitwiseCopyable> {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private var capacity: Int
    var count = 0

    init(capacity: Int = 256) {
        self.capacity = capacity
        pointer = .allocate(capacity: capacity)
    }

    /// Makes room for `more` values behind the ones that are there.
    @inline(__always) mutating func reserve(_ more: Int) {
        if count &+ more > capacity { grow(count &+ more) }
    }

    @inline(never) private mutating func grow(_ needed: Int) {
        capacity = max(needed, capacity + capacity / 2)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        larger.update(from: pointer, count: count)
        pointer.deallocate()
        pointer = larger
    }

    /// Adds a value where room was reserved.
    @inline(__always) mutating func write(_ value: Element) {
        pointer[count] = value
        count &+= 1
    }

    @inline(__always) mutating func append(_ value: Element) {
        reserve(1)
        write(value)
    }

    func release() { pointer.deallocate() }
}
