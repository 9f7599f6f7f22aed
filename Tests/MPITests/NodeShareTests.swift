import Testing

@testable import MessagingMPI

@Suite struct NodeShareTests {
    @Test(.timeLimit(.minutes(1))) func ranksDealProcessorsOut() {
        // Eight processors and three ranks that may use all of them.
        let all = [[UInt64]](repeating: [0xff], count: 3)
        #expect((0..<3).map { NodeShare(rank: $0, masks: all).threadCount } == [3, 3, 2])
        // Each bound to its own.
        let own: [[UInt64]] = [[0x0f], [0xf0]]
        #expect((0..<2).map { NodeShare(rank: $0, masks: own).threadCount } == [4, 4])
        // Two on one half, one on the whole: the shared half counts by thirds.
        let mixed: [[UInt64]] = [[0x0f], [0x0f], [0xff]]
        #expect((0..<3).map { NodeShare(rank: $0, masks: mixed).threadCount } == [1, 1, 5])
        // More ranks than processors: one thread each, and waiting must not spin.
        let crowded = [[UInt64]](repeating: [0x3], count: 5)
        #expect((0..<5).allSatisfy { NodeShare(rank: $0, masks: crowded).threadCount == 1 })
        #expect(NodeShare(rank: 0, masks: crowded).isCrowded)
        #expect(!NodeShare(rank: 0, masks: own).isCrowded)
    }
}
