import Datasets
import Execution

extension PieceAssembly {
    /// Points named by rising indices of the source.
    private struct PlainPoints: SortedNames {
        let identities: UnsafePointer<PointIdentity>
        let indices: UnsafePointer<Int32>?
        let count: Int

        @inline(__always) func index(_ position: Int) -> Int { indices.map { Int($0[position]) } ?? position }
        @inline(__always) func name(_ position: Int) -> UInt64 { identities[index(position)].low }
    }

    /// Points in the order of the whole, whatever their order in the piece.
    private struct OrderedPoints: SortedNames {
        let orders: [PointOrder]
        /// The point of the source in each place.
        let indices: [Int32]

        var count: Int { indices.count }
        @inline(__always) func name(_ position: Int) -> PointOrder { orders[position] }

        init(_ indices: [Int32], _ orders: [PointOrder]) {
            let order = indices.indices.sorted { orders[$0] < orders[$1] }
            self.indices = order.map { indices[$0] }
            self.orders = order.map { orders[$0] }
        }
    }

    /// The points of the result, and for each source the new place of each of its points that came along.
    func mergePoints(_ sources: [Part], _ firstFragment: Int) throws -> (RunList, [Buffer<Int32>]) {
        // Points that the piece has itself come from there.
        let fresh = fragments.map { fragment -> Range32 in
            guard let known = fragment.known else { return fragment.points }
            let pointer = fragment.points.pointer
            return Range32(known.indices.filter { known[$0] < 0 }.map { pointer?[$0] ?? Int32(truncatingIfNeeded: $0) })
        }
        let places = sources.map { source -> Buffer<Int32> in
            // Faces of polyhedra may name points that no cell lists; a piece made of hostile data stays inside its memory.
            if case .unstructured(let grid) = source.dataset, grid.polyhedronFaces != nil {
                return Buffer(repeating: 0, count: source.pointCount)
            }
            return Buffer(uninitializedCount: source.pointCount)
        }
        let place = places.map { UnsafeMutablePointer(mutating: $0.pointer) }
        var runs = RunList()
        let isPlain = baseOrders == nil && fragments.allSatisfy { $0.orders == nil }
        if isPlain {
            var lists = base.map { [PlainPoints(identities: $0.identities.pointer, indices: nil, count: $0.pointCount)] } ?? []
            for (fragment, points) in zip(fragments, fresh) {
                lists.append(
                    PlainPoints(identities: fragment.source.identities.pointer, indices: points.pointer, count: points.count))
            }
            merge(lists) { source, range, repeatsFirst in
                let list = lists[source]
                var begin = range.lowerBound
                if repeatsFirst {
                    place[source][list.index(begin)] = Int32(truncatingIfNeeded: runs.count - 1)
                    begin += 1
                }
                if let indices = list.indices {
                    for position in begin..<range.upperBound {
                        place[source][Int(indices[position])] = Int32(truncatingIfNeeded: runs.count)
                        runs.append(source: source, first: Int(indices[position]), count: 1)
                    }
                } else {
                    let shift = Int32(truncatingIfNeeded: runs.count - begin)
                    let out = place[source]
                    for point in begin..<range.upperBound { out[point] = Int32(truncatingIfNeeded: point) &+ shift }
                    runs.append(source: source, first: begin, count: range.upperBound - begin)
                }
            }
            withExtendedLifetime((sources, fresh)) {}
        } else {
            var lists: [OrderedPoints] = []
            if let base {
                lists.append(OrderedPoints((0..<base.pointCount).map { Int32(truncatingIfNeeded: $0) }, baseOrders ?? base.pointOrders()))
            }
            for (fragment, points) in zip(fragments, fresh) {
                let indices = (0..<points.count).map { points.pointer?[$0] ?? Int32(truncatingIfNeeded: $0) }
                // Orders are listed for all points of the fragment, in their order.
                var orders: [PointOrder] = []
                if let all = fragment.orders {
                    orders = fragment.known.map { known in known.indices.filter { known[$0] < 0 }.map { all[$0] } } ?? all
                } else {
                    orders = indices.map { PointOrder(sourceIndex: fragment.source.identities[Int($0)].low) }
                }
                lists.append(OrderedPoints(indices, orders))
            }
            merge(lists) { source, range, repeatsFirst in
                for position in range {
                    let point = Int(lists[source].indices[position])
                    let isRepeated = position == range.lowerBound ? repeatsFirst : lists[source].orders[position] == lists[source].orders[position - 1]
                    if !isRepeated { runs.append(source: source, first: point, count: 1) }
                    place[source][point] = Int32(truncatingIfNeeded: runs.count - 1)
                }
            }
        }
        for (number, fragment) in fragments.enumerated() {
            guard let known = fragment.known, base != nil else { continue }
            let points = fragment.points.pointer
            for (position, shared) in known.enumerated() where shared >= 0 {
                place[number + firstFragment][points.map { Int($0[position]) } ?? position] = place[0][Int(sharedPoints[Int(shared)])]
            }
        }
        withExtendedLifetime((places, fragments)) {}
        return (runs, places)
    }
}
