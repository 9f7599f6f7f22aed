import Execution
import Synchronization
import Testing

@Suite struct ReportingTests {
    @Test(.timeLimit(.minutes(1)))
    func progressNeverFalls() {
        let reports = Mutex<[Double]>([])
        let progress = Progress { report in reports.withLock { $0.append(report.fraction) } }
        progress.begin(stage: "a", base: 0, span: 0.5)
        for value in [0.2, 0.1, 0.9, 7.0, -1.0] { progress.report(value) }
        progress.begin(stage: "b", base: 0.5, span: 0.5)
        progress.report(.nan)
        progress.report(1)
        let found = reports.withLock { $0 }
        #expect(found == found.sorted())
        #expect(found.first == 0 && found.last == 1)
        #expect(found.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test(.timeLimit(.minutes(1)))
    func traceAddsUpStages() throws {
        let trace = Trace()
        trace.record(stage: "read", seconds: 1)
        trace.record(stage: "contour", seconds: 2)
        trace.record(stage: "read", seconds: 0.5)
        #expect(trace.stages.map(\.name) == ["read", "contour"])
        #expect(trace.stages[0].seconds == 1.5)
        #expect(trace.timing("slice") { 7 } == 7)
        #expect(trace.stages.count == 3 && trace.stages[2].seconds >= 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func memoryErrorsSayWhatIsNeeded() {
        let error = MemoryExceededError(needed: 3_200_000_000, limit: 2_000_000_000, purpose: "reading disk.vtu")
        #expect(error.description.contains("reading disk.vtu") && error.description.contains("3.2 GB") && error.description.contains("2.0 GB"))
        #expect(error.description.contains("--memory"))
        #expect(formatBytes(999) == "999 B" && formatBytes(1500) == "1.5 kB")
        #expect(MemoryBudget.standard().limit > 1 << 20)
        #expect(peakResidentBytes() > 1 << 20)
    }

    @Test(.timeLimit(.minutes(1)))
    func storageIsAlignedAndKeepsItsOwner() {
        for count in [0, 1, 63, 4096, 3 << 20] {
            let storage = Storage(byteCount: count)
            #expect(UInt(bitPattern: storage.address) % 64 == 0)
            #expect(storage.byteCount == count && !storage.isBorrowed)
        }
        final class Owner {}
        var owner: Owner? = Owner()
        weak let watched = owner
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        defer { bytes.deallocate() }
        var storage: Storage? = Storage(borrowing: bytes, byteCount: 64, owner: owner!)
        owner = nil
        #expect(watched != nil && storage!.isBorrowed)
        storage = nil
        #expect(watched == nil)
    }
}
