import Messaging
import SeededNumbers

/// One property that every transport must have, checked by all ranks of a communicator together.
public struct ConformanceCheck: Sendable {
    public let name: String
    /// With fewer ranks the check says nothing.
    public let minimumRanks: Int
    /// Throws on the ranks that see something wrong.
    public let body: @Sendable (_ world: Communicator, _ seed: UInt64) throws -> Void

    init(_ name: String, minimumRanks: Int = 1, _ body: @escaping @Sendable (Communicator, UInt64) throws -> Void) {
        self.name = name
        self.minimumRanks = minimumRanks
        self.body = body
    }

    /// Runs the check for some seeds; the error says which seed.
    public func run(_ world: Communicator, seeds: Range<UInt64> = 1..<4) throws {
        guard world.size >= minimumRanks else { return }
        for seed in seeds {
            do {
                try body(world, seed)
            } catch let error as WrongResult {
                throw WrongResult("\(name), seed \(seed), rank \(world.rank) of \(world.size): \(error.description)")
            }
        }
    }
}

/// A result that is not what the definition of the call says.
public struct WrongResult: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

func expect(_ holds: Bool, _ what: @autoclosure () -> String, line: UInt32 = #line) throws {
    if !holds { throw WrongResult("\(what()) (line \(line))") }
}

func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String = "", line: UInt32 = #line) throws {
    guard found != expected else { return }
    let (foundText, expectedText) = ("\(found)".prefix(200), "\(expected)".prefix(200))
    throw WrongResult("\(what()) expected \(expectedText), found \(foundText) (line \(line))")
}

/// Lengths worth trying: nothing, one, around the limits of packets and of eager messages, long.
func length(_ random: inout SplitMix64) -> Int {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: 0
    case 1: 1
    case 2: Int.random(in: 490...500, using: &random)
    case 3: Int.random(in: 2040...2070, using: &random)
    case 4: Int.random(in: 30_000...40_000, using: &random)
    default: Int.random(in: 2...200, using: &random)
    }
}

/// What rank `rank` sends in a check: `count` numbers that nobody else would send.
func numbers(_ count: Int, _ rank: Int, _ seed: UInt64) -> [Int64] {
    var random = SplitMix64(seed: seed &* 1009 &+ UInt64(rank))
    let start = Int64(truncatingIfNeeded: random.next() >> 20)
    return (0..<count).map { start &+ Int64($0) &* 7 }
}
