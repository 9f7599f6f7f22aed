import Execution

extension Communicator {
    /// Parts the ranks by colour: ranks of one colour make a communicator, in the order of key, then rank.
    ///
    /// - Parameter colour: nil to be in none.
    /// - Returns: the communicator of this rank's colour.
    public func split(colour: Int?, key: Int = 0, file: StaticString = #fileID, line: UInt32 = #line) throws -> Communicator? {
        try call {
            let site = CallSite(file, line)
            if isAdopted, let native = transport.native {
                guard let part = try native.split(colour: colour, key: key) else { return nil }
                return Communicator(adopting: part, options: watch.options)
            }
            let header = try begin(.split, elementSize: MemoryLayout<Membership>.stride, count: 1, site)
            let all = try exchangeMembership(header, Membership(colour: colour ?? 0, key: key, isMember: colour == nil ? 0 : 1))
            guard let colour else { return nil }
            let members = (0..<size).filter { all[$0].isMember == 1 && all[$0].colour == colour }
                .sorted { (all[$0].key, $0) < (all[$1].key, $1) }
            return try makeGroup(members, header, name: "\(name)/split \(colour)")
        }
    }

    /// A communicator of some of the ranks, numbered in the order given; every rank calls this with the same list.
    ///
    /// - Returns: nil on ranks that are not in the list.
    public func subgroup(_ ranks: [Int], file: StaticString = #fileID, line: UInt32 = #line) throws -> Communicator? {
        try call {
            let site = CallSite(file, line)
            guard ranks.allSatisfy({ $0 >= 0 && $0 < size }), Set(ranks).count == ranks.count else {
                throw argumentError(.subgroup, "\(ranks) are not different ranks below \(size)", site)
            }
            if isAdopted, let native = transport.native {
                let place = ranks.firstIndex(of: rank)
                return try native.split(colour: place == nil ? nil : 0, key: place ?? 0).map {
                    Communicator(adopting: $0, options: watch.options)
                }
            }
            let header = try begin(.subgroup, elementSize: MemoryLayout<Int>.stride, count: ranks.count, site)
            let hash = ranks.reduce(UInt64(ranks.count)) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 }
            var hashes = [UInt64](repeating: 0, count: size)
            try withUnsafeBytes(of: hash) { own in try hashes.withUnsafeMutableBytes { try allGatherBlocks(header, own, into: $0) } }
            if let other = hashes.firstIndex(where: { $0 != hash }) {
                throw concerningAll(argumentError(.subgroup, "rank \(other) names other members than \(ranks)", site))
            }
            guard ranks.contains(rank) else { return nil }
            return try makeGroup(ranks, header, name: "\(name)/subgroup")
        }
    }

    /// A communicator of the same ranks whose messages never meet those of this one.
    public func duplicate(file: StaticString = #fileID, line: UInt32 = #line) throws -> Communicator {
        try call {
            if isAdopted, let native = transport.native, let twin = try native.split(colour: 0, key: rank) {
                return Communicator(adopting: twin, options: watch.options)
            }
            let header = try begin(.duplicate, elementSize: 0, count: 0, CallSite(file, line))
            try synchronize(header)
            return try makeGroup(Array(0..<size), header, name: "\(name)/duplicate")
        }
    }

    /// Frees what the engine holds for a communicator that came from another one, before the job ends. Call it on all of its ranks, at most once.
    public func release() {
        guard transport !== watch.transport, let index = watch.transports.firstIndex(where: { $0 === transport }) else { return }
        watch.transports.remove(at: index)
        transport.close()
    }

    private struct Membership: BitwiseCopyable {
        var colour: Int
        var key: Int
        var isMember: Int
    }

    private func exchangeMembership(_ header: CollectiveHeader, _ own: Membership) throws -> [Membership] {
        var all = [Membership](repeating: own, count: size)
        try withUnsafeBytes(of: own) { own in try all.withUnsafeMutableBytes { try allGatherBlocks(header, own, into: $0) } }
        return all
    }

    func makeGroup(_ members: [Int], _ header: CollectiveHeader, name: String) throws -> Communicator {
        do {
            let group = try transport.makeGroup(members, tag: Int32(header.sequence & 0x3FFF))
            watch.transports.append(group)
            let communicator = Communicator(
                transport: group, watch: watch, jobRanks: members.map { jobRanks[$0] }, name: name, isAdopted: isAdopted)
            communicator.deadline = deadline
            communicator.errorPolicy = errorPolicy
            return communicator
        } catch {
            throw located(error) { header.description }
        }
    }
}
