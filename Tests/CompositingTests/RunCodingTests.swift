import SeededNumbers
import Testing

@testable import Compositing

@Suite struct RunCodingTests {
    @Test(.timeLimit(.minutes(1)), arguments: 0..<40)
    func whatIsWrittenIsRead(seed: Int) throws {
        var numbers = SplitMix64(seed: UInt64(seed))
        let width = Int.random(in: 1...300, using: &numbers)
        let height = Int.random(in: 1...40, using: &numbers)
        let density = Double.random(in: 0...1, using: &numbers)
        let hasDepths = seed % 3 != 0
        var depths = [Int32](repeating: .max, count: width * height)
        var colors = [UInt32](repeating: 0, count: width * height)
        var isOn = false
        for index in depths.indices {
            // Runs of any length.
            if Double.random(in: 0...1, using: &numbers) < 0.3 { isOn = Double.random(in: 0...1, using: &numbers) < density }
            if isOn {
                depths[index] = Int32.random(in: -1000...1000, using: &numbers)
                colors[index] = UInt32.random(in: 0...UInt32.max, using: &numbers)
            }
        }
        var readDepths = [Int32](repeating: .max, count: width * height)
        var readColors = [UInt32](repeating: 0, count: width * height)
        let room = 4 + 3 * 2 + RunCoding.greatestRow(width: width) * 3
        var words = [Int32](repeating: 0, count: room)
        var rows = 0..<height
        var isLast = false
        let sentTies = [TiedSample(row: 0, column: 0, depth: 5), TiedSample(row: Int32(height - 1), column: Int32(width - 1), depth: -5)]
        var ties: [TiedSample] = []
        var unsent = sentTies[...]
        while !isLast {
            let used = depths.withUnsafeBufferPointer { depths in
                colors.withUnsafeBufferPointer { colors in
                    words.withUnsafeMutableBufferPointer { words in
                        RunCoding.write(
                            &rows, ties: &unsent, empty: .max, hasDepths: hasDepths, width: width, into: words.baseAddress!, room: room
                        ) { place in SampleLine(depths: depths.baseAddress! + place * width, colors: colors.baseAddress! + place * width, columns: 0..<width, marks: nil) }
                    }
                }
            }
            try #require(used <= room)
            isLast = try words.withUnsafeBufferPointer { buffer in
                try RunCoding.read(
                    UnsafeBufferPointer(rebasing: buffer[..<used]), rows: 0..<height, width: width, hasDepths: hasDepths, tie: { ties.append($0) }
                ) { place, column, newDepths, newColors, count in
                    for index in 0..<count {
                        readDepths[place * width + column + index] = newDepths.map { $0[index] } ?? depths[place * width + column + index]
                        readColors[place * width + column + index] = newColors[index]
                    }
                }
            }
        }
        #expect(ties == sentTies)
        #expect(readDepths == depths)
        #expect(readColors == colors)
    }

    @Test(.timeLimit(.minutes(1))) func damagedMessagesAreRefused() {
        var numbers = SplitMix64(seed: 7)
        let width = 50
        var words: [Int32] = [2, 2, 1, 0, 1, 3 << 16 | 4, 1, 2, 3, 4, 9, 9, 9, 9, 0]
        func read(_ words: [Int32]) throws {
            _ = try words.withUnsafeBufferPointer {
                try RunCoding.read($0, rows: 2..<4, width: width, hasDepths: true, tie: { _ in }) { place, column, _, _, count in
                    #expect((2..<4).contains(place) && column >= 0 && column + count <= width)
                }
            }
        }
        #expect(throws: Never.self) { try read(words) }
        for length in 0..<words.count - 1 { #expect(throws: ScheduleError.self) { try read(Array(words[..<length])) } }
        for _ in 0..<20_000 {
            let place = Int.random(in: 0..<words.count, using: &numbers)
            let held = words[place]
            words[place] = Int32(truncatingIfNeeded: numbers.next() >> UInt64.random(in: 0...63, using: &numbers))
            try? read(words)
            words[place] = held
        }
    }
}
