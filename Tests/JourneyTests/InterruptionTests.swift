import Foundation
import Testing

/// Ctrl-C at any moment of anything long: the command ends at once, with 130, and leaves nothing behind.
@Suite struct InterruptionTests {
    /// `TESSERA_INTERRUPTIONS=20` interrupts each command so often.
    private static let rounds = ProcessInfo.processInfo.environment["TESSERA_INTERRUPTIONS"].flatMap { Int($0) } ?? 3

    private static let commands: [[String]] = [
        ["bench", "contour-image", "--size", "200", "--repeat", "100000"], ["convert", "wavelet:400", "--contour", "RTData=157", "OUT.vtp"],
        ["convert", "wavelet:320", "OUT.vti"], ["convert", "hexes:300", "OUT.vtu", "--encoding", "ascii"],
        ["convert", "tets:160", "--clip", "40,40,40:1,0.3,0.2", "--surface", "--normals", "--pieces", "3", "OUT.vtp"], ["info", "wavelet:400", "--measure"],
        ["render", "wavelet:320", "--contour", "RTData=120,157,200", "--samples", "16", "--size", "1920x1080", "-o", "OUT.png"],
        ["render", "points:4000000", "--samples", "8", "-o", "OUT.png"],
        ["render", "gyroid:200", "--contour", "gyroid=0.1", "--opacity", "0.3", "--samples", "4", "-o", "OUT.png"],
        ["render", "gyroid:100", "--contour", "gyroid=0.1", "--orbit", "500", "--size", "320x240", "-o", "OUT.png"],
    ]

    @Test(.timeLimit(.minutes(3)), arguments: commands)
    func interruptedCommandEndsAtOnce(command: [String]) throws {
        var generator = Generator(state: UInt64(command.joined().utf8.reduce(7) { ($0 &* 31) &+ Int($1) }.magnitude))
        var longest = 1.2
        var times: [Double] = []
        for _ in 0..<4 * Self.rounds where times.count < Self.rounds {
            let moment = 0.02 + (longest - 0.02) * generator.next()
            guard let time = try interrupt(command, after: moment) else {
                // It was done before: an earlier moment next time.
                longest = max(0.05, moment)
                continue
            }
            times.append(time)
        }
        times.sort()
        // The test's own wait counts, too, and others may use the processors.
        if let middle = times.isEmpty ? nil : times[times.count / 2] { #expect(middle < 0.1, "\(command): \(times)") }
        #expect((times.last ?? 0) < 0.3, "\(command): \(times)")
    }

    /// Seconds from the signal to the end; nil where the command was done before.
    private func interrupt(_ command: [String], after seconds: Double) throws -> Double? {
        let folder = try Scratch()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Command.program)
        process.arguments = command.map { $0.replacingOccurrences(of: "OUT", with: folder.path("out")) }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 20, execute: killer)
        defer { killer.cancel() }
        Thread.sleep(forTimeInterval: seconds)
        if !process.isRunning { return nil }
        let start = DispatchTime.now().uptimeNanoseconds
        process.interrupt()
        while process.isRunning { usleep(1000) }
        let time = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        process.waitUntilExit()
        if process.terminationReason == .exit && process.terminationStatus == 0 { return nil }
        // Before the program listens, the system ends it.
        let isEarly = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT && seconds < 0.2
        #expect(
            isEarly || (process.terminationReason == .exit && process.terminationStatus == 130),
            "\(command) after \(seconds) s: \(process.terminationReason) \(process.terminationStatus)")
        // Pictures of an orbit that were done are whole; nothing else is there.
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { !$0.hasPrefix("out-0") || !$0.hasSuffix(".png") }
        #expect(left.isEmpty, "\(command) left \(left)")
        return time
    }

    private struct Generator {
        var state: UInt64
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }
}
