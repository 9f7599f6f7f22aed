import Execution

/// Ranks at the points of a grid of one or more dimensions. The last coordinate runs fastest with the rank, as in MPI.
public final class CartesianCommunicator: Sendable {
    /// The ranks of the grid as a communicator.
    public let communicator: Communicator
    public let dimensions: [Int]
    /// Whether the grid closes to a ring along each axis.
    public let isPeriodic: [Bool]
    /// Of this rank.
    public let coordinates: [Int]

    init(_ communicator: Communicator, dimensions: [Int], isPeriodic: [Bool]) {
        self.communicator = communicator
        self.dimensions = dimensions
        self.isPeriodic = isPeriodic
        coordinates = Self.coordinates(of: communicator.rank, dimensions)
    }

    public var rank: Int { communicator.rank }
    public var size: Int { communicator.size }

    /// Where a rank is.
    public func coordinates(of rank: Int) -> [Int] { Self.coordinates(of: rank, dimensions) }

    private static func coordinates(of rank: Int, _ dimensions: [Int]) -> [Int] {
        var rest = rank
        var result = dimensions
        for axis in dimensions.indices.reversed() {
            result[axis] = rest % dimensions[axis]
            rest /= dimensions[axis]
        }
        return result
    }

    /// Who is at a place; nil outside of the grid. Along periodic axes every place is inside.
    public func rank(at coordinates: [Int]) -> Int? {
        guard coordinates.count == dimensions.count else { return nil }
        var rank = 0
        for axis in dimensions.indices {
            let count = dimensions[axis]
            var place = coordinates[axis]
            if isPeriodic[axis] {
                place %= count
                if place < 0 { place += count }
            } else if place < 0 || place >= count {
                return nil
            }
            rank = rank * count + place
        }
        return rank
    }

    /// From whom this rank receives and to whom it sends when everything moves `steps` along an axis; nil beyond an end.
    public func shift(_ axis: Int, by steps: Int) -> (source: Int?, destination: Int?) {
        guard dimensions.indices.contains(axis) else { return (nil, nil) }
        var (before, after) = (coordinates, coordinates)
        before[axis] -= steps % max(1, dimensions[axis] * 2)
        after[axis] += steps % max(1, dimensions[axis] * 2)
        if !isPeriodic[axis], abs(steps) >= dimensions[axis] { return (nil, nil) }
        return (rank(at: before), rank(at: after))
    }

    /// The neighbours, two for each axis: the lower, then the upper; nil beyond an end.
    public var neighbours: [Int?] {
        dimensions.indices.flatMap { axis in
            let (lower, upper) = shift(axis, by: 1)
            return [lower, upper]
        }
    }

    /// The grid of those ranks that agree with this one in all axes but those kept; every rank calls this with the same axes.
    public func subgrid(keeping axes: [Int], file: StaticString = #fileID, line: UInt32 = #line) throws -> CartesianCommunicator {
        let kept = Set(axes)
        guard kept.isSubset(of: dimensions.indices) else {
            throw communicator.argumentError(.cartesian, "axes \(axes) are not among 0 ..< \(dimensions.count)", CallSite(file, line))
        }
        var colour = 0
        for axis in dimensions.indices where !kept.contains(axis) { colour = colour * dimensions[axis] + coordinates[axis] }
        guard let part = try communicator.split(colour: colour, key: communicator.rank, file: file, line: line) else {
            throw communicator.argumentError(.cartesian, "this rank is in no part of the grid", CallSite(file, line))
        }
        part.name = "\(communicator.name)/subgrid \(colour)"
        let order = dimensions.indices.filter(kept.contains)
        return CartesianCommunicator(part, dimensions: order.map { dimensions[$0] }, isPeriodic: order.map { isPeriodic[$0] })
    }

    // MARK: Neighbours

    /// Gives each neighbour this rank's array.
    ///
    /// - Returns: what came, in the order of `neighbours`; nil where there is none.
    public func neighbourAllGather<Element: Transferable>(
        _ values: [Element], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]?] {
        try exchange(.neighbourAllGather, [[Element]](repeating: values, count: dimensions.count * 2), file, line)
    }

    /// Sends part i to neighbour i of `neighbours`; parts for those that are not there are ignored.
    ///
    /// - Returns: what came, in the same order; nil where there is none. What comes from the lower neighbour is what it sent to its upper one.
    public func neighbourAllToAll<Element: Transferable>(
        _ parts: [[Element]], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]?] {
        try exchange(.neighbourAllToAll, parts, file, line)
    }

    private func exchange<Element: Transferable>(
        _ kind: CallKind, _ parts: [[Element]], _ file: StaticString, _ line: UInt32
    ) throws -> [[Element]?] {
        try communicator.call {
            let site = CallSite(file, line)
            let header = try communicator.begin(
                kind, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, site)
            guard parts.count == dimensions.count * 2 else {
                throw communicator.concerningAll(
                    communicator.argumentError(kind, "\(parts.count) parts for \(dimensions.count * 2) neighbours", site))
            }
            let present = neighbours.enumerated().compactMap { slot, rank in rank.map { (slot: slot, rank: $0) } }
            // A message's slot is the place of its sender among the receiver's neighbours: the lower one's upper neighbour, and back.
            let received = try communicator.exchangeWithNeighbours(
                header, present.map { parts[$0.slot] }, to: present.map { .init(rank: $0.rank, slot: Int32($0.slot ^ 1)) },
                from: present.map { .init(rank: $0.rank, slot: Int32($0.slot)) })
            var result = [[Element]?](repeating: nil, count: parts.count)
            for (place, values) in zip(present, received) { result[place.slot] = values }
            return result
        }
    }

    // MARK: Halos

    /// Moves a part of every rank's array along an axis in one call: sends `outgoing` to the rank `steps` further, receives `incoming` from the
    /// one `steps` before, as a halo exchange does. Where there is no rank, nothing changes.
    public func exchange<Element: Transferable>(
        _ values: inout [Element], sending outgoing: MessageLayout, receiving incoming: MessageLayout, along axis: Int, by steps: Int,
        tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        let (source, destination) = shift(axis, by: steps)
        var sending: PendingMessage?
        if let destination { sending = try communicator.startSend(values, outgoing, to: destination, tag: tag, file: file, line: line) }
        if let source { try communicator.receive(into: &values, incoming, from: source, tag: tag, file: file, line: line) }
        try sending?.wait()
    }
}

extension Communicator {
    /// Puts the first ranks on a grid; every rank calls this with the same grid.
    ///
    /// - Parameter periodic: one for each axis; none are periodic if left out.
    /// - Returns: nil on ranks beyond the grid's points.
    public func cartesian(
        dimensions: [Int], periodic: [Bool]? = nil, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> CartesianCommunicator? {
        try call {
            let site = CallSite(file, line)
            let periodic = periodic ?? Array(repeating: false, count: dimensions.count)
            var points = 1
            var shape = dimensions.count
            for (axis, count) in dimensions.enumerated() {
                guard count >= 1, count <= size, periodic.count == dimensions.count else { points = size + 1; break }
                points *= count
                if points > size { break }
                shape = (shape &* 8191 &+ count) &* 2 &+ (periodic[axis] ? 1 : 0)
            }
            guard points <= size, dimensions.count <= Self.neighbourSlots / 2 else {
                throw concerningAll(
                    argumentError(.cartesian, "a grid of \(dimensions), periodic \(periodic), does not fit \(size) ranks", site))
            }
            let header = try begin(.cartesian, elementSize: 0, count: shape, site)
            try synchronize(header)
            guard rank < points else { return nil }
            let group = try makeGroup(Array(0..<points), header, name: "\(name)/grid")
            return CartesianCommunicator(group, dimensions: dimensions, isPeriodic: periodic)
        }
    }

    /// Factors `count` into a grid of some dimensions that is as near to a cube as can be, the longest axis first.
    public static func balancedDimensions(for count: Int, axes: Int) -> [Int] {
        guard count >= 1, axes >= 1 else { return [] }
        var factors: [Int] = []
        var rest = count
        var factor = 2
        while factor * factor <= rest {
            while rest % factor == 0 {
                factors.append(factor)
                rest /= factor
            }
            factor += 1
        }
        if rest > 1 { factors.append(rest) }
        var result = [Int](repeating: 1, count: axes)
        for factor in factors.reversed() {
            let smallest = result.indices.min { result[$0] < result[$1] } ?? 0
            result[smallest] *= factor
        }
        return result.sorted(by: >)
    }
}
