import Datasets

/// What a clip leaves of a polyhedron: what is left of its faces, and the faces that the cut makes.
///
/// Faces that are kept whole stay as they are, so neighbours that are not cut still share them. A face that is cut loses its corners
/// that are not kept. The cut's own faces are the loops of the new sides, seen from outside. Where a face has kept corners in several
/// stretches, these are joined or separated as the tables of other cells do, so a clip and its complement fill the cell.
struct CutSolid: Sendable {
    /// The cell.
    let source: Int32
    /// Where its cut edges begin among the chunk's candidates.
    let firstCandidate: Int
    /// Ends of the cut edges, each edge once.
    private(set) var edges: [(Int32, Int32)] = []
    private(set) var faceSizes: [Int32] = []
    /// A kept point, or `~number` of a cut edge.
    private(set) var faceCorners: [Int32] = []

    init(_ source: Int32, _ faces: PolyhedronFaces, isJoined: Bool, firstCandidate: Int, isKept: (Int32) -> Bool) {
        self.source = source
        self.firstCandidate = firstCandidate
        var numbers: [UInt64: Int32] = [:]
        var tracer = LoopTracer()
        tracer.begin()
        for face in faces.facesOfCells.points(of: Int(source)) {
            let ring = faces.faces.points(of: Int(face))
            let count = ring.reduce(0) { $0 + (isKept($1) ? 1 : 0) }
            if ring.count < 3 || count == 0 { continue }
            if count == ring.count {
                faceCorners += ring
                faceSizes.append(Int32(truncatingIfNeeded: count))
                continue
            }
            add(ring, &numbers, isJoined: isJoined, isKept)
            if isJoined { tracer.add(ring) { !isKept($0) } } else { tracer.add(ring, isAbove: isKept) }
        }
        while tracer.findLoop() {
            let loop = tracer.loop.compactMap { numbers[$0] }
            if loop.count < 3 { continue }
            faceCorners += isJoined ? loop.reversed() : loop
            faceSizes.append(Int32(truncatingIfNeeded: loop.count))
        }
    }

    /// Adds what is left of a face that is cut.
    private mutating func add(
        _ ring: UnsafeBufferPointer<Int32>, _ numbers: inout [UInt64: Int32], isJoined: Bool, _ isKept: (Int32) -> Bool
    ) {
        let size = ring.count
        let start = ring.indices.first { isKept(ring[$0]) && !isKept(ring[($0 + size - 1) % size]) }!
        var length: Int32 = 0
        for step in 0..<size {
            let (before, point, behind) = (ring[(start + step + size - 1) % size], ring[(start + step) % size], ring[(start + step + 1) % size])
            guard isKept(point) else { continue }
            if !isKept(before) {
                faceCorners.append(cut(before, point, &numbers))
                length += 1
            }
            faceCorners.append(point)
            length += 1
            if !isKept(behind) {
                faceCorners.append(cut(point, behind, &numbers))
                length += 1
                if !isJoined {
                    faceSizes.append(length)
                    length = 0
                }
            }
        }
        if length > 0 { faceSizes.append(length) }
    }

    /// The number of a cut edge.
    private mutating func cut(_ a: Int32, _ b: Int32, _ numbers: inout [UInt64: Int32]) -> Int32 {
        let edge = EdgeNumbering.candidate(a, b)
        if let known = numbers[edge] { return known }
        let number = ~Int32(truncatingIfNeeded: edges.count)
        edges.append((a, b))
        numbers[edge] = number
        return number
    }
}
