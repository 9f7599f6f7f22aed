import Datasets
import Execution

/// One step of a pipeline. The executor asks its three questions in order: what can you make, what do you want of your inputs, make it.
///
/// Stages are values: parameters in, dataset out. The same stage with the same inputs and request makes the same bytes.
public protocol Stage: Sendable {
    /// The name in progress, statistics and explanations: `contour`, `read disk.vtu`.
    var name: String { get }
    /// Everything that the result depends on besides the inputs; results are cached by it.
    var signature: String { get }
    /// Whether the result depends on the dataset as a whole (what is connected, which points coincide). The executor then makes the inputs
    /// in as many pieces as are wanted, puts them together, has the whole result made once, and cuts pieces out of it. False by default.
    var needsWhole: Bool { get }
    /// Whether what it makes lies where its input lies: points that two pieces of the result share come from points that the inputs
    /// of those pieces share.
    var isLocal: Bool { get }

    /// First pass: what can be made of inputs like these.
    func describe(_ inputs: [DatasetDescription]) throws -> DatasetDescription
    /// Second pass: what is wanted of each input to answer the request.
    func request(_ request: UpdateRequest, from inputs: [DatasetDescription]) throws -> [UpdateRequest]
    /// Third pass: the result for the request, from the inputs as requested. A source may return more than was asked.
    func produce(_ request: UpdateRequest, from inputs: [Dataset], context: ExecutionContext) throws -> Dataset
}

extension Stage {
    public var signature: String { String(reflecting: self) }
    public var needsWhole: Bool { false }
    public var isLocal: Bool { false }
}

/// A stage without inputs.
public protocol Source: Stage {
    func describe() throws -> DatasetDescription
    func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset
}

extension Source {
    public func describe(_ inputs: [DatasetDescription]) throws -> DatasetDescription { try describe() }
    public func request(_ request: UpdateRequest, from inputs: [DatasetDescription]) throws -> [UpdateRequest] { [] }
    public func produce(_ request: UpdateRequest, from inputs: [Dataset], context: ExecutionContext) throws -> Dataset {
        try produce(request, context: context)
    }
}

/// A stage with one input. Of blocks it gets every leaf in turn, so that no filter needs to know them.
public protocol Filter: Stage {
    /// What can be made of an input like this; the kind, arrays and `fanned(by:)` where cells multiply.
    func describe(_ input: DatasetDescription) throws -> DatasetDescription
    /// What is wanted of the input: the same by default. Filters that look at neighbours add ghost levels.
    func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest
    /// The result of the filter. `request` is what was asked of the filter, not of its input.
    func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset
}

extension Filter {
    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest { request }
}

/// A dataset that is there already, as a source.
public struct DatasetSource: Source {
    public let dataset: Dataset
    public let name: String
    public let signature: String

    /// - Parameter signature: different for different data.
    public init(_ dataset: Dataset, name: String = "data", signature: String) {
        self.dataset = dataset
        self.name = name
        self.signature = signature
    }

    public func describe() throws -> DatasetDescription { DatasetDescription(of: dataset) }
    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset { dataset }
}
