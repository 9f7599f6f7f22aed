import Datasets
import Synchronization

/// Stages, connected: a source and what follows it. A value; sharing a beginning shares its cached results.
public final class Pipeline: Sendable {
    public let stage: any Stage
    public let inputs: [Pipeline]
    /// What the results depend on: every stage's signature up to here.
    public let signature: String
    private let description = Mutex<DatasetDescription?>(nil)

    public init(_ stage: any Stage, inputs: [Pipeline] = []) {
        self.stage = stage
        self.inputs = inputs
        signature = stage.signature + "(" + inputs.map(\.signature).joined(separator: ";") + ")"
    }

    /// The pipeline with one more stage; in between its cells are numbered anew, where the keys of the cells that the stage makes would not
    /// fit otherwise. Asks what can be made so far; what goes wrong there, the pipeline says when it is asked or run.
    public func appending(_ stage: any Stage) -> Pipeline {
        let next = Pipeline(stage, inputs: [self])
        do {
            _ = try next.describe()
        } catch is CellKeyError {
            return Pipeline(stage, inputs: [Pipeline(NumberCells(), inputs: [self])])
        } catch {}
        return next
    }

    /// Every stage, inputs first.
    public var stages: [any Stage] { inputs.flatMap(\.stages) + [stage] }

    /// What the last stage can make: asked once.
    public func describe() throws -> DatasetDescription {
        if let known = description.withLock({ $0 }) { return known }
        let made = try stage.describe(inputs.map { try $0.describe() })
        description.withLock { $0 = made }
        return made
    }
}
