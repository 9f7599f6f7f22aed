import Execution
import Foundation

/// Set by Ctrl-C; every operation of the command holds it.
let interruption = CancellationToken()

/// Ends the command soon after a signal, whatever it is doing.
enum Interruption {
    /// Operations that stop by themselves have this long, then the process ends.
    private static let patience: UInt32 = 50_000

    // Both ends of a pipe; written once, before any signal is listened to.
    nonisolated(unsafe) private static let pipeEnds: UnsafeMutablePointer<Int32> = {
        let ends = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
        if pipe(ends) != 0 { (ends[0], ends[1]) = (-1, -1) }
        return ends
    }()

    /// Asks operations to stop at SIGINT and SIGTERM; where they take longer than 50 ms, removes unfinished files and ends the process.
    static func listen() {
        let ends = pipeEnds
        guard ends[0] >= 0 else { return handle { _ in interruption.cancel() } }
        let readable = ends[0]
        let watcher = Thread {
            var byte: UInt8 = 0
            while read(readable, &byte, 1) < 1 {}
            usleep(patience)
            UnfinishedFiles.deleteAll()
            printError("tessera: interrupted")
            _exit(130)
        }
        watcher.stackSize = 1 << 18
        watcher.start()
        // Writing to a pipe is one of the few things that a handler may do.
        handle { _ in
            interruption.cancel()
            var byte: UInt8 = 1
            write(Interruption.pipeEnds[1], &byte, 1)
        }
    }

    private static func handle(_ handler: @escaping @convention(c) (Int32) -> Void) {
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
    }
}
