import Datasets

/// Contours one cell that is given by its faces: joins the crossing points of each face, and the joins to loops.
///
/// On every face crossing points are joined around the points above, as in `ContourTable`. Loops are found whatever the direction of
/// the faces; the first face of a loop gives it its own. Cells whose faces do not close give no loop where they are open.
struct LoopTracer {
    private struct Join {
        var from: UInt64
        var to: UInt64
        var isUsed = false
    }

    private var joins: [Join] = []
    private var ring: [Int32] = []
    /// The edges of the loop found last, in order.
    private(set) var loop: [UInt64] = []
    private var next = 0
    /// Of cells with many joins: those at each edge, rising.
    private var joinsFrom: [UInt64: [Int]] = [:]
    private var joinsTo: [UInt64: [Int]] = [:]
    private static let manyJoins = 64

    mutating func begin() {
        joins.removeAll(keepingCapacity: true)
        joinsFrom = [:]
        joinsTo = [:]
        next = 0
    }

    /// Adds a face, counter-clockwise as seen from outside.
    mutating func add(_ face: UnsafeBufferPointer<Int32>, isAbove: (Int32) -> Bool) {
        let size = face.count
        guard size >= 3 else { return }
        for first in 0..<size where isAbove(face[first]) {
            let before = face[(first + size - 1) % size]
            if isAbove(before) { continue }
            var last = first
            while isAbove(face[(last + 1) % size]) { last = (last + 1) % size }
            let from = EdgeNumbering.candidate(before, face[first])
            let to = EdgeNumbering.candidate(face[last], face[(last + 1) % size])
            if from != to { joins.append(Join(from: from, to: to)) }
        }
    }

    /// Adds a face cut into triangles: the corner with the highest number is cut off until a triangle is left. So both cells of a face
    /// cut it alike.
    mutating func addTriangulated(_ face: [Int32], isAbove: (Int32) -> Bool) {
        ring = face
        while ring.count > 3 {
            var highest = 0
            for corner in ring.indices where ring[corner] > ring[highest] { highest = corner }
            let triangle = [ring[(highest + ring.count - 1) % ring.count], ring[highest], ring[(highest + 1) % ring.count]]
            triangle.withUnsafeBufferPointer { add($0, isAbove: isAbove) }
            ring.remove(at: highest)
        }
        let rest = ring
        rest.withUnsafeBufferPointer { add($0, isAbove: isAbove) }
    }

    /// Finds the next loop of three edges or more; false where there is none.
    mutating func findLoop() -> Bool {
        if next == 0 && joins.count > LoopTracer.manyJoins {
            // Backwards, as the first is taken from the end.
            for index in joins.indices.reversed() {
                joinsFrom[joins[index].from, default: []].append(index)
                joinsTo[joins[index].to, default: []].append(index)
            }
        }
        while next < joins.count {
            defer { next += 1 }
            if joins[next].isUsed { continue }
            joins[next].isUsed = true
            loop.removeAll(keepingCapacity: true)
            let start = joins[next].from
            var current = joins[next].to
            loop.append(start)
            while current != start {
                loop.append(current)
                guard let following = unused(at: current) else { break }
                joins[following].isUsed = true
                current = joins[following].from == current ? joins[following].to : joins[following].from
            }
            if current == start && loop.count >= 3 { return true }
        }
        return false
    }

    /// The first join that is not used and leads on from an edge: one that begins there, else one that ends there.
    private mutating func unused(at edge: UInt64) -> Int? {
        if joins.count <= LoopTracer.manyJoins {
            return joins.firstIndex { !$0.isUsed && $0.from == edge } ?? joins.firstIndex { !$0.isUsed && $0.to == edge }
        }
        return LoopTracer.unused(&joinsFrom[edge], joins) ?? LoopTracer.unused(&joinsTo[edge], joins)
    }

    private static func unused(_ list: inout [Int]?, _ joins: [Join]) -> Int? {
        while let last = list?.last, joins[last].isUsed { list?.removeLast() }
        return list?.last
    }
}
