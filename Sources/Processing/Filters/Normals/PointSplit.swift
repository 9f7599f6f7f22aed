import Datasets
import Execution
import Geometry

/// Groups the corners at each point into smooth fans and sums their normals.
struct PointSplit {
    let list: CellArray
    let links: CornerLinks
    let cellNormals: Buffer<Double>
    /// Cosine of the feature angle; nil where nothing is split.
    let cosine: Double?

    /// The group of each corner, by its place in the connectivity; the group of the lowest cell is 0.
    let groups: Buffer<Int32>
    /// Groups before those of each point, the first of each point not counted; one entry more than there are points.
    let extraStarts: Buffer<Int32>

    /// The polygon that a place in the connectivity belongs to: found by division or search.
    @inline(__always) static func cell(of corner: Int, _ offsets: UnsafePointer<Int32>?, _ count: Int, _ size: Int) -> Int {
        guard let offsets else { return corner / size }
        var low = 0
        var high = count
        while high &- low > 1 {
            let middle = (low &+ high) >> 1
            if Int(offsets[middle]) <= corner { low = middle } else { high = middle }
        }
        return low
    }

    init(_ list: CellArray, _ links: CornerLinks, _ cellNormals: Buffer<Double>, points: Int, cosine: Double?, context: ExecutionContext) throws {
        self.list = list
        self.links = links
        self.cellNormals = cellNormals
        self.cosine = cosine
        guard let cosine else {
            groups = Buffer()
            extraStarts = Buffer()
            return
        }
        let groupOf = Buffer<Int32>(uninitializedCount: list.connectivity.count)
        let extras = Buffer<Int32>(uninitializedCount: points + 1)
        nonisolated(unsafe) let group = UnsafeMutablePointer(mutating: groupOf.pointer)
        nonisolated(unsafe) let extra = UnsafeMutablePointer(mutating: extras.pointer)
        try context.parallelFor(points, grain: 1 << 12) { range in
            var fan = Fan(list, cellNormals, cosine)
            for point in range {
                let first = Int(links.offsets.pointer[point])
                let count = Int(links.offsets.pointer[point &+ 1]) - first
                extra[point] = Int32(truncatingIfNeeded: max(0, fan.group(links.corners.pointer + first, count, group) - 1))
            }
        }
        extra[points] = 0
        _ = exclusivePrefixSum(UnsafeMutableBufferPointer(start: extra, count: points + 1))
        groups = groupOf
        extraStarts = extras
    }

    /// Groups the corners of one point after the other.
    private struct Fan {
        private let ids: UnsafePointer<Int32>
        private let offsets: UnsafePointer<Int32>?
        private let cellCount: Int
        private let size: Int
        private let normals: UnsafePointer<Double>
        private let cosine: Double
        private let owner: (CellArray, Buffer<Double>)
        private var cells: [Int32] = []
        private var parents: [Int32] = []
        /// The neighbours of a corner's point in its cell, with the corner: neighbour above, twice the corner's number and side below.
        private var edges: [UInt64] = []

        init(_ list: CellArray, _ normals: Buffer<Double>, _ cosine: Double) {
            owner = (list, normals)
            ids = list.connectivity.pointer
            offsets = list.offsets?.pointer
            cellCount = list.count
            size = list.uniformSize
            self.normals = normals.pointer
            self.cosine = cosine
        }

        /// Writes the groups of the corners and returns how many there are.
        mutating func group(_ corners: UnsafePointer<Int32>, _ count: Int, _ out: UnsafeMutablePointer<Int32>) -> Int {
            if count == 0 { return 0 }
            if count == 1 {
                out[Int(corners[0])] = 0
                return 1
            }
            cells.removeAll(keepingCapacity: true)
            parents.removeAll(keepingCapacity: true)
            edges.removeAll(keepingCapacity: true)
            for index in 0..<count {
                let corner = Int(corners[index])
                let cell = PointSplit.cell(of: corner, offsets, cellCount, size)
                let first = offsets.map { Int($0[cell]) } ?? cell &* size
                let end = offsets.map { Int($0[cell &+ 1]) } ?? first &+ size
                let next = ids[corner &+ 1 == end ? first : corner &+ 1]
                let previous = ids[corner == first ? end &- 1 : corner &- 1]
                cells.append(Int32(truncatingIfNeeded: cell))
                parents.append(Int32(truncatingIfNeeded: index))
                edges.append(UInt64(UInt32(bitPattern: next)) &<< 32 | UInt64(index))
                edges.append(UInt64(UInt32(bitPattern: previous)) &<< 32 | UInt64(index))
            }
            sortEdges()
            // A degenerate cell that names the point more than once has one normal there.
            for index in 1..<count where cells[index] == cells[index &- 1] { join(index &- 1, index) }
            // Edges that exactly two corners have, and that are not sharp, join them.
            var start = 0
            while start < edges.count {
                var end = start &+ 1
                while end < edges.count && edges[end] &>> 32 == edges[start] &>> 32 { end &+= 1 }
                if end &- start == 2 {
                    let (a, b) = (Int(edges[start] & 0xFFFF_FFFF), Int(edges[start &+ 1] & 0xFFFF_FFFF))
                    if isSmooth(Int(cells[a]), Int(cells[b])) { join(a, b) }
                }
                start = end
            }
            var groups: Int32 = 0
            for index in 0..<count {
                let root = find(index)
                if root == index {
                    out[Int(corners[index])] = groups
                    groups &+= 1
                } else {
                    out[Int(corners[index])] = out[Int(corners[root])]
                }
            }
            return Int(groups)
        }

        private mutating func sortEdges() {
            if edges.count > 48 {
                edges.sort()
                return
            }
            for index in 1..<edges.count {
                let edge = edges[index]
                var place = index
                while place > 0 && edges[place &- 1] > edge {
                    edges[place] = edges[place &- 1]
                    place &-= 1
                }
                edges[place] = edge
            }
        }

        @inline(__always) private func isSmooth(_ a: Int, _ b: Int) -> Bool {
            let (m, n) = (normals + 3 &* a, normals + 3 &* b)
            return m[0] * n[0] + m[1] * n[1] + m[2] * n[2] > cosine
        }

        @inline(__always) private func find(_ index: Int) -> Int {
            var root = index
            while Int(parents[root]) != root { root = Int(parents[root]) }
            return root
        }

        /// The lower root stays, so that a group's root is its lowest corner.
        @inline(__always) private mutating func join(_ a: Int, _ b: Int) {
            let (x, y) = (find(a), find(b))
            if x < y { parents[y] = Int32(truncatingIfNeeded: x) } else { parents[x] = Int32(truncatingIfNeeded: y) }
        }
    }
}
