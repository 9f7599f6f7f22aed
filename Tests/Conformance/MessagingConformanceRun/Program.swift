import Foundation
import Messaging
import MessagingConformance

/// Runs the conformance suite on ranks as threads: `messaging-conformance [ranks…]`, by default 1 2 3 5 8.
@main struct Program {
    static func main() {
        let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        var complaints: [String] = []
        for size in sizes.isEmpty ? [1, 2, 3, 5, 8] : sizes { complaints += runOnThreads(size) }
        for complaint in complaints { print("FAILED \(complaint)") }
        exit(complaints.isEmpty ? 0 : 1)
    }

    static var verbose: Bool { CommandLine.arguments.contains("--verbose") }

    static func runOnThreads(_ size: Int) -> [String] {
        var complaints: [String] = []
        for check in conformanceChecks {
            if verbose { FileHandle.standardError.write(Data("\(check.name)\n".utf8)) }
            do {
                _ = try withThreadRanks(size, options: CommunicatorOptions(deadline: 10)) { try check.run($0) }
            } catch {
                complaints.append("\(check.name) on \(size) ranks: \(error)")
            }
        }
        for fault in faultChecks where size >= fault.minimumRanks {
            if verbose { FileHandle.standardError.write(Data("\(fault.name)\n".utf8)) }
            let start = Date()
            let outcomes = (try? outcomesOfThreadRanks(size, options: CommunicatorOptions(deadline: 1), fault.body)) ?? []
            let seconds = Date().timeIntervalSince(start)
            for (rank, outcome) in outcomes.enumerated() {
                if let complaint = fault.complaint(outcome, rank: rank, size: size, seconds: seconds) {
                    complaints.append("\(fault.name) on \(size) ranks: \(complaint)")
                }
            }
        }
        print("\(size) ranks as threads: \(conformanceChecks.count) checks, \(faultChecks.count) faults")
        return complaints
    }
}
