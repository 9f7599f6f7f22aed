import Foundation

extension ExecutionContext {
    /// Processors that the system lets this process use.
    public static let processorCount = max(1, ProcessInfo.processInfo.activeProcessorCount)
}
