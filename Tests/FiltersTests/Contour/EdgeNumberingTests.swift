import Datasets
import Execution
import SeededNumbers
import Testing

@testable import Filters

struct EdgeNumberingTests {
    /// The rule itself: a set, sorted.
    private func check(_ edges: [(Int32, Int32, UInt8)], points: Int, valued: Bool, threads: Int) throws {
        let candidates = edges.map { EdgeNumbering.candidate($0.0, $0.1) }
        let values = edges.map(\.2)
        var context = ExecutionContext()
        context.threads = threads
        let numbering = try candidates.withUnsafeBufferPointer { candidates in
            try values.withUnsafeBufferPointer { values in
                try EdgeNumbering(
                    candidates: candidates, values: valued ? values.baseAddress : nil, pointCount: points, context: context)
            }
        }
        struct Edge: Hashable, Comparable {
            var lower: Int32
            var upper: Int32
            var value: UInt8
            static func < (a: Edge, b: Edge) -> Bool { (a.lower, a.upper, a.value) < (b.lower, b.upper, b.value) }
        }
        let named = edges.map { Edge(lower: min($0.0, $0.1), upper: max($0.0, $0.1), value: valued ? $0.2 : 0) }
        let expected = Set(named).sorted()
        #expect(numbering.lower.array == expected.map(\.lower))
        #expect(numbering.upper.array == expected.map(\.upper))
        if valued { #expect(numbering.value?.array == expected.map(\.value)) } else { #expect(numbering.value == nil) }
        #expect(numbering.ranks.count == edges.count)
        for (candidate, edge) in named.enumerated() where expected[Int(numbering.ranks[candidate])] != edge {
            Issue.record("candidate \(candidate) got the wrong edge")
            return
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3], [false, true])
    func randomEdges(threads: Int, valued: Bool) throws {
        for (seed, count, points) in [(1, 7, 5), (2, 3000, 400), (3, 60_000, 5000), (4, 200_000, 900_000), (5, 20_000, 2_147_483_647)] {
            var random = SplitMix64(seed: UInt64(seed))
            let edges = (0..<count).map { _ -> (Int32, Int32, UInt8) in
                let a = Int32.random(in: 0..<Int32(points), using: &random)
                let least: Int32 = max(0, a - 20)
                let greatest: Int32 = a < Int32.max - 20 ? min(Int32(points) - 1, a + 20) : a
                var b = Int32.random(in: least...greatest, using: &random)
                if a == b { b = a == 0 ? 1 : a - 1 }
                return (a, b, UInt8.random(in: 0...3, using: &random))
            }
            try check(edges, points: points, valued: valued, threads: threads)
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneLowerEnd() throws {
        let edges = (0..<5000).map { (index: Int) -> (Int32, Int32, UInt8) in
            let upper = 8 + (index * 7919) % 1000
            return (7, Int32(upper), UInt8(index % 5))
        }
        try check(edges, points: 2000, valued: true, threads: 2)
    }

    @Test(.timeLimit(.minutes(1))) func nothing() throws {
        let numbering = try EdgeNumbering(candidates: UnsafeBufferPointer(start: nil, count: 0), pointCount: 0, context: ExecutionContext())
        #expect(numbering.count == 0)
        #expect(numbering.ranks.isEmpty)
    }
}

