import Datasets

/// Stages, connected: a source and what follows it. A value; sharing a beginning shares its cached results.
public final class Pipeline: Sendable {
    public let stage: any Stage
    public let inputs: [Pipeline]
    /// What the results depend on: every stage's signature up to here.
    public let signature: String

    public init(_ stage: any Stage, inputs: [Pipeline] = []) {
        self.stage = stage
        self.inputs = inputs
        signature = stage.signature + "(" + inputs.map(\.signature).joined(separator: ";") + ")"
    }

    /// The pipeline with one more stage.
    public func appending(_ stage: any Stage) -> Pipeline { Pipeline(stage, inputs: [self]) }

    /// Every stage, inputs first.
    public var stages: [any Stage] { inputs.flatMap(\.stages) + [stage] }

    public func describe() throws -> DatasetDescription {
        try stage.describe(inputs.map { try $0.describe() })
    }
}
