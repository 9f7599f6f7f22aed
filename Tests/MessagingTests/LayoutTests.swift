import Messaging
import Testing

/// Layouts against loops that say the same slowly.
struct LayoutTests {
    private func packed(_ layout: MessageLayout, _ values: [Int32]) -> [Int32] {
        var result = [Int32](repeating: -1, count: layout.byteCount / 4)
        result.withUnsafeMutableBytes { target in
            values.withUnsafeBytes { source in if target.count > 0 { layout.pack(source, into: target.baseAddress!) } }
        }
        return result
    }

    @Test(.timeLimit(.minutes(1)), arguments: 0..<40)
    func subarraysOfRandomGrids(seed: Int) {
        var random = SystemRandomNumberGenerator()
        let axes = 1 + seed % 4
        let dimensions = (0..<axes).map { _ in Int.random(in: 1...6, using: &random) }
        let ranges = dimensions.map { count -> Range<Int> in
            let low = Int.random(in: 0...count, using: &random)
            return low..<Int.random(in: low...count, using: &random)
        }
        let components = 1 + seed % 3
        let values = (0..<dimensions.reduce(components, *)).map { Int32($0) }
        var expected: [Int32] = []
        for index in values.indices {
            var rest = index / components
            var isInside = true
            for axis in 0..<axes {
                isInside = isInside && ranges[axis].contains(rest % dimensions[axis])
                rest /= dimensions[axis]
            }
            if isInside { expected.append(values[index]) }
        }
        let layout = MessageLayout.subarray(of: Int32.self, dimensions: dimensions, ranges: ranges, components: components)
        #expect(layout.byteCount == expected.count * 4, "\(dimensions) \(ranges)")
        #expect(layout.extent <= values.count * 4)
        #expect(packed(layout, values) == expected, "\(dimensions) \(ranges)")
        var back = [Int32](repeating: -1, count: values.count)
        back.withUnsafeMutableBytes { target in
            expected.withUnsafeBytes { source in if source.count > 0 { layout.unpack(source.baseAddress!, into: target) } }
        }
        #expect(back == values.map { expected.contains($0) ? $0 : -1 })
    }

    @Test func runsAndColumns() {
        let values = (0..<24).map { Int32($0) }
        #expect(packed(.strided(4, by: 6, of: Int32.self, startingAt: 5), values) == [5, 11, 17, 23])
        #expect(packed(.strided(2, by: 3, of: Int32.self, length: 2, startingAt: 1), values) == [1, 2, 4, 5])
        #expect(packed(.strided(0, by: 3, of: Int32.self), values) == [])
        #expect(packed(.contiguous(3, of: Int32.self, startingAt: 20), values) == [20, 21, 22])
        #expect(MessageLayout.strided(4, by: 1, of: Int32.self) == .contiguous(4, of: Int32.self))
        #expect(MessageLayout.strided(4, by: 6, of: Int32.self, startingAt: 5).extent == 96)
    }

    @Test func fieldsOfManyStructs() {
        struct Particle {
            var place: (Int32, Int32)
            var mass: Int32
            var tag: Int32
        }
        let particles = (0..<3).map { Particle(place: (Int32($0), 10), mass: Int32($0 * 100), tag: -1) }
        let layout = MessageLayout.fields(of: Particle.self, \.place.0, \.mass).repeated(3, elementsOf: Particle.self)
        var result = [Int32](repeating: 0, count: 6)
        result.withUnsafeMutableBytes { target in particles.withUnsafeBytes { layout.pack($0, into: target.baseAddress!) } }
        #expect(result == [0, 1, 2, 0, 100, 200])
        #expect(Communicator.balancedDimensions(for: 12, axes: 2) == [4, 3])
        #expect(Communicator.balancedDimensions(for: 7, axes: 3) == [7, 1, 1])
        #expect(Communicator.balancedDimensions(for: 64, axes: 3) == [4, 4, 4])
    }
}
