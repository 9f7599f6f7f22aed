import Damaging
import Exercising
import Foundation
import Tessera

/// Tries copies of one file, in this process; says on standard output which copy it is at, so that its end can be laid to one.
enum Worker {
    static func run(file: URL, copies: Range<Int>, secondsEach: Double) throws -> Int32 {
        let bytes = [UInt8](try Data(contentsOf: file))
        let bench = try DamageBench(for: file)
        defer { bench.remove() }
        let clock = Deadline(seconds: secondsEach)
        var counts = (read: 0, refused: 0)
        for number in copies {
            say("at \(number)")
            try bench.write(Damage.copy(of: bytes, number: number))
            clock.begin()
            let outcome = Exercise.run(bench.path, number: number)
            clock.end()
            if peakResidentBytes() > 1_000_000_000 { say("wrong \(number) took \(formatBytes(peakResidentBytes())) of memory"); return 4 }
            switch outcome {
            case .read: counts.read += 1
            case .refused: counts.refused += 1
            case .wrong(let what): say("wrong \(number) \(what)")
            }
        }
        say("done \(counts.read) \(counts.refused)")
        return 0
    }

    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}

/// Ends the process where one input takes too long.
final class Deadline: @unchecked Sendable {  // `start` is read and written under the lock.
    private let lock = NSLock()
    private var start: Date?

    init(seconds: Double) {
        Thread.detachNewThread { [self] in
            while true {
                Thread.sleep(forTimeInterval: 0.2)
                lock.lock()
                let isLate = start.map { Date().timeIntervalSince($0) > seconds } ?? false
                lock.unlock()
                if isLate { _exit(5) }
            }
        }
    }

    func begin() { lock.withLock { start = Date() } }
    func end() { lock.withLock { start = nil } }
}
