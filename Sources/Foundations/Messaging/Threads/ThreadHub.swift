import Synchronization

/// Who of the ranks of a job still runs; shared by all of its communicators.
final class ThreadJob: @unchecked Sendable {
    // Unchecked: `alive` is touched with `monitor` held.
    let monitor = Monitor()
    private var alive: [Bool]

    init(size: Int) { alive = Array(repeating: true, count: size) }

    /// With the lock held.
    func isAlive(_ rank: Int) -> Bool { alive[rank] }

    /// A rank's program has ended.
    func end(_ rank: Int) {
        monitor.withLock {
            alive[rank] = false
            monitor.broadcast()
        }
    }
}

/// What the ranks of one communicator share: their mailboxes, and where they meet to make others.
final class ThreadHub: @unchecked Sendable {
    // Unchecked: `arrivedToShrink` and `shrunk` are touched with the job's lock held; the rest is constant or guards itself.
    let job: ThreadJob
    /// The ranks' numbers in the job.
    let jobRanks: [Int]
    let mailboxes: [ThreadMailbox]
    let isRevoked = Atomic<Bool>(false)
    private var arrivedToShrink: Set<Int> = []
    private var shrunk: (hub: ThreadHub, survivors: [Int])?

    private struct GroupKey: Hashable {
        var members: [Int]
        var tag: Int32
    }
    private struct Meeting {
        var hub: ThreadHub
        var taken: Set<Int> = []
    }
    private let meetings = Mutex<[GroupKey: [Meeting]]>([:])

    init(job: ThreadJob, jobRanks: [Int]) {
        self.job = job
        self.jobRanks = jobRanks
        mailboxes = jobRanks.map { _ in ThreadMailbox(size: jobRanks.count) }
    }

    var size: Int { mailboxes.count }

    /// The hub of a group: made by the member that comes first, forgotten when all have it.
    func group(_ members: [Int], tag: Int32, for rank: Int) -> ThreadHub {
        meetings.withLock { meetings in
            let key = GroupKey(members: members, tag: tag)
            var list = meetings[key] ?? []
            let index: Int
            if let open = list.firstIndex(where: { !$0.taken.contains(rank) }) {
                index = open
            } else {
                index = list.count
                list.append(Meeting(hub: ThreadHub(job: job, jobRanks: members.map { jobRanks[$0] })))
            }
            list[index].taken.insert(rank)
            let hub = list[index].hub
            if list[index].taken.count == members.count { list.remove(at: index) }
            meetings[key] = list.isEmpty ? nil : list
            return hub
        }
    }

    func revoke() {
        isRevoked.store(true, ordering: .releasing)
        for mailbox in mailboxes { mailbox.monitor.withLock { mailbox.signal() } }
    }

    /// Waits until every rank that still runs has come here.
    func shrink(_ rank: Int, seconds: Double) throws -> (hub: ThreadHub, survivors: [Int]) {
        try job.monitor.withLock {
            arrivedToShrink.insert(rank)
            job.monitor.broadcast()
            let end = monotonicSeconds() + seconds
            while shrunk == nil {
                let missing = jobRanks.indices.filter { !arrivedToShrink.contains($0) && job.isAlive(jobRanks[$0]) }
                if missing.isEmpty {
                    let survivors = arrivedToShrink.filter { job.isAlive(jobRanks[$0]) }.sorted()
                    shrunk = (ThreadHub(job: job, jobRanks: survivors.map { jobRanks[$0] }), survivors)
                    job.monitor.broadcast()
                    break
                }
                let left = end - monotonicSeconds()
                guard left > 0 else {
                    arrivedToShrink.remove(rank)
                    throw TransportError.failed("ranks \(missing) still run and did not come to go on without the lost ones")
                }
                job.monitor.wait(seconds: min(left, 0.1))
            }
            return shrunk!
        }
    }
}
