import Datasets
import Execution

/// Joins cuts by several values to one in canonical order: points by (lower end, higher end, value), cells by (source cell, value).
///
/// - Parameter numbers: the number of each cut's value.
/// - Precondition: where there are several cuts, they have edges and sources.
func merged(_ cuts: [LatticeCut], numbers: [UInt8], context: ExecutionContext) throws -> LatticeCut {
    guard let first = cuts.first else { return LatticeCut(points: Points(), cellSize: 3, connectivity: Buffer(), sources: Buffer()) }
    if cuts.count == 1 { return first }
    let total = cuts.reduce(0) { $0 + $1.points.count }
    if total > Int(Int32.max) {
        throw DatasetError("a contour with \(total) points is more than a piece can number (\(Int32.max)): use more pieces")
    }
    // The place of every point in the result, cut after cut; and the order that the result takes them in.
    let points = mergeOrder(cuts.map(\.lower.count)) { a, m, b, n in
        let (left, right) = (cuts[a].lower.pointer[m], cuts[b].lower.pointer[n])
        if left != right { return left < right }
        return cuts[a].upper.pointer[m] < cuts[b].upper.pointer[n]
    }
    let cells = mergeOrder(cuts.map { $0.sources?.count ?? 0 }) { a, m, b, n in
        cuts[a].sources!.pointer[m] < cuts[b].sources!.pointer[n]
    }
    let size = first.cellSize
    let pointOrder = points.order.elements
    func picked<Value>(_ order: [MergeEntry], width: Int, _ buffers: [Buffer<Value>]) -> Buffer<Value> {
        Buffer(count: order.count * width) { out in
            let sources = buffers.map(\.pointer)
            for (place, entry) in order.enumerated() {
                let from = sources[Int(entry.list)] + Int(entry.index) &* width
                for part in 0..<width { out[place &* width &+ part] = from[part] }
            }
        }
    }
    let order = Array(pointOrder)
    let positions: Points
    if case .float32 = first.points {
        positions = .float32(picked(order, width: 3, cuts.map { if case .float32(let b) = $0.points { b } else { Buffer() } }))
    } else {
        positions = .float64(picked(order, width: 3, cuts.map { if case .float64(let b) = $0.points { b } else { Buffer() } }))
    }
    let cellOrder = cells.order.array
    let connectivity = Buffer<Int32>(count: cellOrder.count * size) { out in
        for (place, entry) in cellOrder.enumerated() {
            let corners = cuts[Int(entry.list)].connectivity.pointer + Int(entry.index) &* size
            let places = points.places[Int(entry.list)].pointer
            for corner in 0..<size { out[place &* size &+ corner] = places[Int(corners[corner])] }
        }
    }
    return LatticeCut(
        points: positions, normals: first.normals == nil ? nil : picked(order, width: 3, cuts.map { $0.normals! }), cellSize: size,
        connectivity: connectivity, lower: picked(order, width: 1, cuts.map(\.lower)), upper: picked(order, width: 1, cuts.map(\.upper)),
        parameter: picked(order, width: 1, cuts.map(\.parameter)),
        valueNumbers: Buffer(count: order.count) { out in for (place, entry) in order.enumerated() { out[place] = numbers[Int(entry.list)] } },
        sources: picked(cellOrder, width: 1, cuts.map { $0.sources! }))
}

private struct MergeEntry: BitwiseCopyable, Sendable {
    var list: Int32
    var index: Int32
}

/// Merges sorted lists; of equals the one of the lower list comes first.
private func mergeOrder(
    _ counts: [Int], isLess: (_ a: Int, _ m: Int, _ b: Int, _ n: Int) -> Bool
) -> (order: Buffer<MergeEntry>, places: [Buffer<Int32>]) {
    let order = Buffer<MergeEntry>(uninitializedCount: counts.reduce(0, +))
    let places = counts.map { Buffer<Int32>(uninitializedCount: $0) }
    let entries = UnsafeMutablePointer(mutating: order.pointer)
    let slots = places.map { UnsafeMutablePointer(mutating: $0.pointer) }
    var next = [Int](repeating: 0, count: counts.count)
    for place in 0..<order.count {
        var best = -1
        for list in counts.indices where next[list] < counts[list] {
            if best < 0 || isLess(list, next[list], best, next[best]) { best = list }
        }
        entries[place] = MergeEntry(list: Int32(truncatingIfNeeded: best), index: Int32(truncatingIfNeeded: next[best]))
        slots[best][next[best]] = Int32(truncatingIfNeeded: place)
        next[best] += 1
    }
    return (order, places)
}
