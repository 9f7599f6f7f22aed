import Datasets

/// Which tuples of an array are wanted.
enum TupleChoice: Sendable {
    case range(Range<Int>)
    /// Rising places.
    case places(Buffer<Int32>)

    var count: Int {
        switch self {
        case .range(let range): range.count
        case .places(let places): places.count
        }
    }

    /// Rising places, as a range where they follow one another.
    init(_ places: Buffer<Int32>) {
        if places.isEmpty {
            self = .range(0..<0)
        } else if Int(places[places.count - 1]) - Int(places[0]) == places.count - 1 {
            self = .range(Int(places[0])..<Int(places[0]) + places.count)
        } else {
            self = .places(places)
        }
    }

    /// The place of the tuple that stands at `position` of the chosen ones.
    @inline(__always) func place(_ position: Int) -> Int {
        switch self {
        case .range(let range): range.lowerBound &+ position
        case .places(let places): Int(places.pointer[position])
        }
    }
}

/// A part of an array of a file.
enum ArrayPart {
    /// A box of an array on a lattice; everything where `size` is `stored`.
    case box(stored: SIMD3<Int>, lower: SIMD3<Int>, size: SIMD3<Int>)
    /// Tuples at rising places.
    case tuples(Buffer<Int32>, of: Int)

    /// Tuples of the whole array; checked to be countable where it is first used.
    var storedTuples: Int {
        switch self {
        case .box(let stored, _, _):
            let (plane, isLarge) = stored.x.multipliedReportingOverflow(by: stored.y)
            let (all, isLarger) = plane.multipliedReportingOverflow(by: stored.z)
            return isLarge || isLarger ? .max : all
        case .tuples(_, let count): return count
        }
    }

    /// Tuples of the part.
    var tuples: Int {
        switch self {
        case .box(_, _, let size): size.x * size.y * size.z
        case .tuples(let places, _): places.count
        }
    }

    /// The rows of a box.
    func layout(width: Int) -> RowLayout {
        switch self {
        case .box(let stored, let lower, let size): RowLayout(stored: stored, lower: lower, size: size, width: width)
        case .tuples(let places, let count):
            RowLayout(stored: SIMD3(count, 1, 1), lower: SIMD3(), size: SIMD3(places.count, 1, 1), width: width)
        }
    }

    /// Calls `body` for runs of tuples, in order: the first one and how many.
    func forEachRun(_ body: (Int, Int) -> Void) {
        switch self {
        case .box:
            if tuples > 0 { layout(width: 1).forEachPart(in: 0..<storedTuples) { source, _, count in body(source, count) } }
        case .tuples(let places, _):
            for place in places.elements { body(Int(place), 1) }
        }
    }
}
