import Execution

/// The non-blocking forms of the collectives: all ranks start them in the same order, and may do other things before they wait.
extension Communicator {
    public func startBarrier(file: StaticString = #fileID, line: UInt32 = #line) throws -> PendingCollective<Void> {
        try call {
            let header = try begin(.barrier, elementSize: 0, count: 0, CallSite(file, line))
            func round(_ distance: Int) throws -> PendingCollective<Void>.Step {
                if distance >= size { return .result(()) }
                let flights = [
                    try outward(header, [UInt8](), (rank + distance) % size), try inward(header, (rank + size - distance) % size),
                ]
                return .flights(flights) { _ in try round(distance * 2) }
            }
            return PendingCollective(self, header, try round(1))
        }
    }

    /// Gives every rank the root's array; `values` of other ranks do not matter.
    public func startBroadcast<Element: Transferable>(
        _ values: [Element], from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[Element]> {
        try call {
            let header = try begin(
                .broadcast, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, root: root, CallSite(file, line))
            let place = (rank - root + size) % size
            func passOn(_ values: [Element]) throws -> PendingCollective<[Element]>.Step {
                var flights: [PacketFlight] = []
                var bit = 1
                while bit < size, place & bit == 0 {
                    if place + bit < size { flights.append(try outward(header, values, (place + bit + root) % size)) }
                    bit <<= 1
                }
                return .flights(flights.reversed()) { _ in .result(values) }
            }
            if rank == root { return PendingCollective(self, header, try passOn(values)) }
            let parent = ((place & (place - 1)) + root) % size
            return PendingCollective(self, header, .flights([try inward(header, parent)]) { try passOn(self.array($0[0])) })
        }
    }

    /// Collects every rank's array on the root; nil on other ranks.
    public func startGather<Element: Transferable>(
        _ values: [Element], to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[[Element]]?> {
        try call {
            let header = try begin(
                .gather, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, root: root, CallSite(file, line))
            if rank != root {
                return PendingCollective(self, header, .flights([try outward(header, values, root)]) { _ in .result(nil) })
            }
            return PendingCollective(self, header, .flights(try others.map { try inward(header, $0) }) { .result(self.inOrder($0, own: values)) })
        }
    }

    /// Hands each rank its part of the root's.
    public func startScatter<Element: Transferable>(
        _ parts: [[Element]]?, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[Element]> {
        try call {
            let site = CallSite(file, line)
            let header = try begin(
                .scatter, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, root: root, site)
            if rank != root {
                return PendingCollective(self, header, .flights([try inward(header, root)]) { .result(self.array($0[0])) })
            }
            guard let parts, parts.count == size else {
                throw concerningAll(argumentError(.scatter, "the root has \(parts?.count ?? 0) parts for \(size) ranks", site))
            }
            return PendingCollective(
                self, header, .flights(try others.map { try outward(header, parts[$0], $0) }) { _ in .result(parts[self.rank]) })
        }
    }

    /// Gives every rank every rank's array.
    public func startAllGather<Element: Transferable>(
        _ values: [Element], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[[Element]]> {
        try call {
            let header = try begin(
                .allGather, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, CallSite(file, line))
            return PendingCollective(self, header, try exchange(header, { _ in values }) { .result(self.inOrder($0, own: values)) })
        }
    }

    /// Sends part i to rank i, from every rank to every rank.
    public func startAllToAll<Element: Transferable>(
        _ parts: [[Element]], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[[Element]]> {
        try call {
            let site = CallSite(file, line)
            let header = try begin(.allToAll, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, site)
            guard parts.count == size else {
                throw concerningAll(argumentError(.allToAll, "\(parts.count) parts for \(size) ranks", site))
            }
            return PendingCollective(self, header, try exchange(header, { parts[$0] }) { .result(self.inOrder($0, own: parts[self.rank])) })
        }
    }

    /// Combines the ranks' arrays element by element, in the order of ranks, on the root; nil on other ranks.
    public func startReduce<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[Element]?> {
        try call {
            let header = try begin(
                .reduce, elementSize: MemoryLayout<Element>.stride, count: values.count, root: root, reduction: operation.code,
                CallSite(file, line))
            if rank != root {
                return PendingCollective(self, header, .flights([try outward(header, values, root)]) { _ in .result(nil) })
            }
            return PendingCollective(
                self, header,
                .flights(try others.map { try inward(header, $0) }) { .result(self.foldInOrder(self.inOrder($0, own: values), operation)) })
        }
    }

    /// Combines the ranks' arrays element by element, in the order of ranks, for every rank: each folds a segment, then all get all segments.
    public func startAllReduce<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingCollective<[Element]> {
        try call {
            let header = try begin(
                .allReduce, elementSize: MemoryLayout<Element>.stride, count: values.count, reduction: operation.code, CallSite(file, line))
            // The packets of a segment have counts of their own.
            var part = header
            part.countMatters = 0
            let parts = segments(values.count).map { Array(values[$0]) }
            return PendingCollective(
                self, header,
                try exchange(part, { parts[$0] }) { first in
                    let columns = self.inOrder(first, own: parts[self.rank])
                    if columns.contains(where: { $0.count != parts[self.rank].count }) {
                        throw self.concerningAll(self.lengthError(header, columns.map(\.count)))
                    }
                    let own = self.foldInOrder(columns, operation)
                    return try self.exchange(part, { _ in own }) { .result(Array(self.inOrder($0, own: own).joined())) }
                })
        }
    }

    // MARK: Parts

    private var others: [Int] { (0..<size).filter { $0 != rank } }

    private func outward<Element: Transferable>(_ header: CollectiveHeader, _ values: [Element], _ peer: Int) throws -> PacketFlight {
        // The flight keeps the array as it is, so its buffer stays in place.
        try PacketFlight(sending: values.withUnsafeBytes { $0 }, to: peer, header, tag: tag(header), keeping: values, on: self)
    }

    private func inward(_ header: CollectiveHeader, _ peer: Int) throws -> PacketFlight {
        try PacketFlight(from: peer, header, tag: tag(header), on: self)
    }

    /// Packets to and from every other rank; `then` gets those that come, in the order of ranks.
    private func exchange<Element: Transferable, Result>(
        _ header: CollectiveHeader, _ part: (Int) -> [Element], _ then: @escaping ([PacketFlight]) throws -> PendingCollective<Result>.Step
    ) throws -> PendingCollective<Result>.Step {
        let coming = try others.map { try inward(header, $0) }
        let going = try others.map { try outward(header, part($0), $0) }
        return .flights(coming + going) { try then(Array($0[0..<coming.count])) }
    }

    private func array<Element: Transferable>(_ flight: PacketFlight) -> [Element] { flight.received?.array(of: Element.self) ?? [] }

    private func inOrder<Element: Transferable>(_ flights: [PacketFlight], own: [Element]) -> [[Element]] {
        var result = flights.map { array($0) as [Element] }
        result.insert(own, at: rank)
        return result
    }

    /// `count` elements in as many parts as there are ranks.
    func segments(_ count: Int) -> [Range<Int>] {
        let (whole, more) = count.quotientAndRemainder(dividingBy: size)
        return (0..<size).map { rank in
            let start = rank * whole + min(rank, more)
            return start..<start + whole + (rank < more ? 1 : 0)
        }
    }

    private func lengthError(_ header: CollectiveHeader, _ counts: [Int]) -> MessagingError {
        MessagingError(
            communicator: name, rank: jobRanks[rank], call: header.description,
            reason: "the ranks' arrays have different lengths: parts of \(counts.map(String.init).joined(separator: ", ")) elements came")
    }
}
