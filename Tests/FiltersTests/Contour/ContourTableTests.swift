import Datasets
import Testing

@testable import Filters

/// Every case of every cell type obeys the rules that make surfaces close.
struct ContourTableTests {
    private struct Record {
        var edges: [SIMD2<Int>]
        var pieces: [[Int]]
    }

    private func record(_ table: ContourTable, _ number: Int) -> Record {
        let bytes = (0..<table.stride).map { Int(table.records[number * table.stride + $0]) }
        let edges = (0..<bytes[0]).map { place -> SIMD2<Int> in
            let (a, b) = (bytes[2 + 2 * place], bytes[3 + 2 * place])
            return SIMD2(min(a, b), max(a, b))
        }
        let first = 2 + 2 * bytes[0]
        let pieces = (0..<bytes[1]).map { piece in (0..<table.corners).map { bytes[first + piece * table.corners + $0] } }
        return Record(edges: edges, pieces: pieces)
    }

    /// VTK 9.7 makes as many triangles over all cases of these types.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (CellType.tetrahedron, 20), (.voxel, 820), (.hexahedron, 820), (.wedge, 140), (.pyramid, 64), (.triangle, 6), (.quad, 16), (.pixel, 16),
            (.line, 2),
        ])
    func piecesOfAllCases(type: CellType, expected: Int) throws {
        let table = try #require(ContourTable.of(type))
        #expect(table.pointCount == type.pointCount)
        #expect((0..<1 << table.pointCount).reduce(0) { $0 + record(table, $1).pieces.count } == expected)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [CellType.tetrahedron, .voxel, .hexahedron, .wedge, .pyramid])
    func solidCells(type: CellType) throws {
        let table = try #require(ContourTable.of(type))
        var topology = try #require(CellTopology.of(type == .voxel ? .hexahedron : type))
        if type == .voxel {
            let order = CellTopology.voxelOrder
            topology = CellTopology(
                pointCount: 8, edges: topology.edges.map { (order[$0.0], order[$0.1]) }, faces: topology.faces.map { $0.map { order[$0] } })
        }
        let cellEdges = Set(topology.edges.map { SIMD2(min($0.0, $0.1), max($0.0, $0.1)) })
        for number in 0..<1 << table.pointCount {
            let record = record(table, number)
            func isAbove(_ point: Int) -> Bool { number >> point & 1 == 1 }
            // Exactly the crossed edges, each once.
            #expect(Set(record.edges).count == record.edges.count)
            #expect(Set(record.edges) == cellEdges.filter { isAbove($0.x) != isAbove($0.y) }, "\(type) \(number)")
            // Sides of triangles: inner ones pair up with opposite directions, the others lie in faces and go round the points above.
            var sides: Set<SIMD2<Int>> = []
            for piece in record.pieces {
                for corner in 0..<3 {
                    #expect(sides.insert(SIMD2(piece[corner], piece[(corner + 1) % 3])).inserted, "\(type) \(number)")
                }
            }
            let outer = Set(sides.filter { !sides.contains(SIMD2($0.y, $0.x)) }.map { SIMD4(lowHalf: record.edges[$0.x], highHalf: record.edges[$0.y]) })
            var expected: Set<SIMD4<Int>> = []
            for face in topology.faces {
                let size = face.count
                func edge(_ place: Int) -> SIMD2<Int> {
                    let (a, b) = (face[(place + size) % size], face[(place + 1) % size])
                    return SIMD2(min(a, b), max(a, b))
                }
                for first in 0..<size where isAbove(face[first]) && !isAbove(face[(first + size - 1) % size]) {
                    var last = first
                    while isAbove(face[(last + 1) % size]) { last += 1; last %= size }
                    expected.insert(SIMD4(lowHalf: edge(first - 1), highHalf: edge(last)))
                }
            }
            #expect(outer == expected, "\(type) \(number)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func triangulationsAreCountedAsCatalanNumbers() {
        #expect((3...8).map(ContourTable.triangulations) == [1, 2, 5, 14, 42, 132])
        for size in 3...7 {
            var found: Set<[Set<Int>]> = []
            for choice in 0..<ContourTable.triangulations(size) {
                var triangles: [Set<Int>] = []
                ContourTable.triangulate(0, size - 1, choice) { triangles.append([$0, $1, $2]) }
                #expect(triangles.count == size - 2)
                found.insert(triangles.sorted { $0.sorted().lexicographicallyPrecedes($1.sorted()) })
            }
            #expect(found.count == ContourTable.triangulations(size))
        }
    }
}
