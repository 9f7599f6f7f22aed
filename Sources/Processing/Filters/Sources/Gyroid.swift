import Datasets
import Dataflow
import Execution
import Foundation

/// A volume with a dense isosurface: `sin x cos y + sin y cos z + sin z cos x` over eight periods on each axis, in the Float array `gyroid`.
public struct Gyroid: Source {
    /// Points on each axis.
    public var size: Int

    public init(size: Int) { self.size = size }

    public var name: String { "gyroid" }
    private var extent: Extent { Extent(0, size - 1, 0, size - 1, 0, size - 1) }

    public func describe() throws -> DatasetDescription { describeScalarImage(extent: extent, array: "gyroid") }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let part = request.extent.map { $0.intersection(extent) } ?? extent
        let step = 16 * Double.pi / Double(max(1, size - 1))
        func tables(_ axis: Int) -> (sine: [Double], cosine: [Double]) {
            let angles = part.isEmpty ? [] : (part.lower[axis]...part.upper[axis]).map { Double($0) * step }
            return (angles.map { sin($0) }, angles.map { cos($0) })
        }
        let (x, y, z) = (tables(0), tables(1), tables(2))
        return try scalarImage(part: part, array: "gyroid", request: request, context: context) { j, k, row, count in
            let (sineZ, cosineY) = (z.sine[k], y.cosine[j])
            let middle = y.sine[j] * z.cosine[k]
            x.sine.withUnsafeBufferPointer { sine in
                x.cosine.withUnsafeBufferPointer { cosine in
                    for i in 0..<count { row[i] = Float(sine[i] * cosineY + middle + sineZ * cosine[i]) }
                }
            }
        }
    }
}
