import Datasets
import Execution

/// Carries bytes between ranks, for those who exchange between parts. All ranks call the same functions in the same order.
protocol RankCarrier: Sendable {
    var rank: Int { get }
    var size: Int { get }
    /// Sends `messages[r]` to rank `r` and returns what every rank sent here, in the order of ranks.
    func exchange(_ messages: [[UInt8]]) throws -> [[UInt8]]
    /// The sums of the numbers of all ranks, place by place.
    func sum(_ values: [UInt64]) throws -> [UInt64]
}

/// Who holds which parts of a dataset: this rank some of them, other ranks the rest. Messages go from part to part.
///
/// One algorithm serves a list of parts in one process (nothing is copied) and parts on many ranks.
struct PartExchange: Sendable {
    /// What is on its way between two parts.
    struct Message<Value: BitwiseCopyable & Sendable>: Sendable {
        /// The part at the other end.
        var part: Int
        var values: [Value]
    }

    private let carrier: (any RankCarrier)?
    /// The first part of each rank, and behind the last the number of parts.
    private let firsts: [Int]
    /// The parts here.
    let held: Range<Int>

    /// All parts in this process.
    init(parts: Int) {
        carrier = nil
        firsts = [0, parts]
        held = 0..<parts
    }

    /// Parts here and on other ranks, numbered rank after rank. Collective.
    init(held count: Int, carrier: any RankCarrier) throws {
        self.carrier = carrier
        let mine = withUnsafeBytes(of: Int64(count)) { [UInt8]($0) }
        let counts = try carrier.exchange(Array(repeating: mine, count: carrier.size))
        var firsts = [0]
        for bytes in counts { firsts.append(firsts.last! + Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) })) }
        self.firsts = firsts
        held = firsts[carrier.rank]..<firsts[carrier.rank + 1]
    }

    /// Parts of all ranks.
    var count: Int { firsts[firsts.count - 1] }
    var isLocal: Bool { carrier == nil }

    private func rank(of part: Int) -> Int {
        var (low, high) = (0, firsts.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle + 1] <= part { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Sends messages from parts to parts. Collective.
    ///
    /// - Parameter outgoing: for each part here what it sends, to any parts.
    /// - Returns: for each part here what was sent to it, by rising number of the sender.
    func exchange<Value>(_ outgoing: [[Message<Value>]]) throws -> [[Message<Value>]] {
        var incoming = [[Message<Value>]](repeating: [], count: held.count)
        guard let carrier else {
            for (sender, messages) in outgoing.enumerated() {
                for message in messages { incoming[message.part].append(Message(part: sender, values: message.values)) }
            }
            return incoming
        }
        let stride = MemoryLayout<Value>.stride
        var streams = [[UInt8]](repeating: [], count: carrier.size)
        for (index, messages) in outgoing.enumerated() {
            for message in messages {
                let rank = rank(of: message.part)
                let header = SIMD4<Int64>(Int64(message.part), Int64(held.lowerBound + index), Int64(message.values.count), 0)
                withUnsafeBytes(of: header) { streams[rank].append(contentsOf: $0) }
                message.values.withUnsafeBytes { streams[rank].append(contentsOf: $0) }
            }
        }
        for stream in try carrier.exchange(streams) {
            try stream.withUnsafeBytes { bytes in
                var next = 0
                while next + 32 <= bytes.count {
                    let header = bytes.loadUnaligned(fromByteOffset: next, as: SIMD4<Int64>.self)
                    let count = Int(header.z)
                    next += 32
                    guard held.contains(Int(header.x)), count >= 0, count <= (bytes.count - next) / stride else {
                        throw DatasetError("a message between parts is damaged: \(count) values announced, \(bytes.count - next) bytes left")
                    }
                    let values = [Value](unsafeUninitializedCapacity: count) { out, filled in
                        UnsafeMutableRawBufferPointer(out).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[next..<next + count * stride]))
                        filled = count
                    }
                    next += count * stride
                    incoming[Int(header.x) - held.lowerBound].append(Message(part: Int(header.y), values: values))
                }
            }
        }
        return incoming
    }

    /// The sums of the numbers of all ranks, place by place. Collective.
    func sum(_ values: [UInt64]) throws -> [UInt64] { try carrier.map { try $0.sum(values) } ?? values }

    /// One value of each part, known to all. Collective.
    func allGather<Value: BitwiseCopyable & Sendable>(_ values: [Value]) throws -> [Value] {
        guard let carrier else { return values }
        let mine = values.withUnsafeBytes { [UInt8]($0) }
        return try carrier.exchange(Array(repeating: mine, count: carrier.size)).flatMap { bytes in
            [Value](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Value>.stride) { out, filled in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(out).copyMemory(from: $0) }
                filled = out.count
            }
        }
    }
}

extension ExecutionContext {
    /// Makes one value of each part: many parts at once, or where there are few, one after the other with all threads for each.
    ///
    /// - Parameter filled: how many parts have work to do; nil: all.
    func mapParts<Value>(_ count: Int, filled: Int? = nil, _ body: (Int, ExecutionContext) throws -> Value) throws -> [Value] {
        if (filled ?? count) < threads { return try (0..<count).map { try body($0, self) } }
        var single = self
        single.threads = 1
        return try parallelMap(count, grain: 1) { try body($0.lowerBound, single) }
    }
}
