import Execution
import Synchronization

/// Progress of work that runs in several goes, each from 0 to 1, as one.
final class Phases: Sendable {
    private struct State {
        var count = 1
        var phase = -1

        /// Where the go at hand lies in the whole.
        var base: Double { Double(max(0, phase)) / Double(count) }
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    /// What each go reports to; nil where nobody listens.
    let progress: Progress?

    init(parent: Progress?) {
        let shared = shared
        progress = parent.map { parent in
            Progress { report in
                let (base, count) = shared.state.withLock { ($0.base, $0.count) }
                parent.begin(stage: report.stage, base: base + report.fraction / Double(count), span: 0)
            }
        }
    }

    func begin(count: Int) {
        shared.state.withLock { $0 = State(count: max(1, count), phase: -1) }
        progress?.restart()
    }

    /// The next go begins.
    func next() {
        shared.state.withLock { $0.phase = min($0.phase + 1, $0.count - 1) }
        progress?.restart()
    }
}
