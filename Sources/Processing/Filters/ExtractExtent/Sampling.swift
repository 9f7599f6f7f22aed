import Dataflow
import Datasets

/// Which points of a lattice an `ExtractExtent` takes.
struct Sampling {
    /// What there is of the wanted box, in the input's indices.
    let box: Extent
    /// The extent of the whole result.
    let result: Extent
    private let rate: SIMD3<Int>

    init(_ filter: ExtractExtent, of whole: Extent) {
        rate = filter.rate
        box = filter.extent.intersection(whole)
        var result = box
        if !box.isEmpty {
            for axis in 0..<3 where filter.rate[axis] > 1 {
                let steps = box.upper[axis] - box.lower[axis]
                let isShort = filter.includesBoundary && steps % filter.rate[axis] != 0
                result.lower[axis] = 0
                result.upper[axis] = steps / filter.rate[axis] + (isShort ? 1 : 0)
            }
        }
        self.result = box.isEmpty ? .empty : result
    }

    /// The points of the result that a request asks for, ghosts included.
    func held(for request: UpdateRequest) -> Extent {
        if let extent = request.extent { return extent.intersection(result) }
        return result.piece(request.piece, of: request.pieceCount, ghostLevels: request.ghostLevels, mode: request.splitMode)
    }

    /// The input point on an axis of a result point.
    private func source(_ place: Int, _ axis: Int) -> Int {
        if rate[axis] == 1 { return place }
        return min(box.lower[axis] + place * rate[axis], box.upper[axis])
    }

    /// The input points from the first to the last that a part of the result needs.
    func needed(for held: Extent) -> Extent {
        if held.isEmpty { return .empty }
        var extent = held
        for axis in 0..<3 {
            extent.lower[axis] = source(held.lower[axis], axis)
            extent.upper[axis] = source(held.upper[axis], axis)
        }
        return extent
    }

    /// The places on an axis of `available` that a part of the result takes.
    func places(of held: Extent, in available: Extent, axis: Int) -> Buffer<Int32> {
        if held.isEmpty { return Buffer() }
        return Buffer((held.lower[axis]...held.upper[axis]).map { Int32(truncatingIfNeeded: source($0, axis) - available.lower[axis]) })
    }

    /// The indices in `available` of the points of a part of the result.
    func points(of held: Extent, in available: Extent) -> Buffer<Int32> {
        combined((0..<3).map { places(of: held, in: available, axis: $0) }, available.dimensions)
    }

    /// The indices in `available` of the cells at the lowest points of the cells of a part of the result.
    func cells(of held: Extent, in available: Extent) -> Buffer<Int32> {
        let size = available.cellDimensions
        let axes = (0..<3).map { axis -> Buffer<Int32> in
            let all = places(of: held, in: available, axis: axis)
            return Buffer(all.elements.prefix(max(1, all.count - 1)).map { min($0, Int32(truncatingIfNeeded: size[axis] - 1)) })
        }
        return combined(axes, size)
    }

    private func combined(_ axes: [Buffer<Int32>], _ size: SIMD3<Int>) -> Buffer<Int32> {
        Buffer(count: axes.reduce(1) { $0 * $1.count }) { out in
            var next = 0
            for k in axes[2].elements {
                for j in axes[1].elements {
                    let row = (Int(k) * size.y + Int(j)) * size.x
                    for i in axes[0].elements {
                        out[next] = Int32(truncatingIfNeeded: row + Int(i))
                        next += 1
                    }
                }
            }
        }
    }
}
