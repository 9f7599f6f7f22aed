import Dataflow
import Datasets
import Execution

/// A shape as a dataset.
public struct ShapeSource: Source {
    public let shape: Shape
    public let name: String

    public init(_ shape: Shape, name: String) {
        self.shape = shape
        self.name = name
    }

    public var signature: String { shape.signature }

    public func describe() throws -> DatasetDescription { DatasetDescription(of: .poly(shape.surface)) }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset { .poly(shape.surface) }
}
