import Datasets
import Dataflow
import Execution
import Foundation
import Geometry

/// The test image of VTK: a Gaussian bump with a sine wave along each axis, in the Float array `RTData`.
///
/// At (i, j, k), with (x, y, z) = (centre − (i, j, k)) / (cells on the axis):
/// `maximum · exp(−(x² + y² + z²) / (2 σ²)) + 10 sin(60 x) + 18 sin(30 y) + 5 cos(40 z)`.
/// The result equals `vtkRTAnalyticSource` but for the last bit of very few values. Any part of the lattice can be made alone.
public struct Wavelet: Source {
    public var extent: Extent
    public var center: Vector3
    public var maximum = 255.0
    public var standardDeviation = 0.5
    /// Waves along each axis.
    public var frequency = Vector3(60, 30, 40)
    /// Height of the waves along each axis.
    public var magnitude = Vector3(10, 18, 5)

    public init(extent: Extent, center: Vector3 = Vector3()) {
        self.extent = extent
        self.center = center
    }

    /// `size` points on each axis, from 0, the bump in the middle of `0 … size`.
    public init(size: Int) {
        self.init(
            extent: Extent(0, size - 1, 0, size - 1, 0, size - 1), center: Vector3(repeating: Double(size) / 2))
    }

    public var name: String { "wavelet" }

    public func describe() throws -> DatasetDescription { describeScalarImage(extent: extent, array: "RTData") }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let part = request.extent.map { $0.intersection(extent) } ?? extent
        // The exponential of a sum of squares is a product of one factor an axis: three short tables.
        let cells = extent.upper &- extent.lower
        let factor = 1 / (2 * standardDeviation * standardDeviation)
        func tables(_ axis: Int) -> (bump: [Double], wave: [Double]) {
            let scale = cells[axis] > 0 ? 1 / Double(cells[axis]) : 1
            var bump: [Double] = []
            var wave: [Double] = []
            for index in part.isEmpty ? 0..<0 : part.lower[axis]..<part.upper[axis] + 1 {
                let position = (center[axis] - Double(index)) * scale
                bump.append(exp(-(position * position) * factor))
                let angle = frequency[axis] * position
                wave.append(Double(Float(magnitude[axis] * (axis == 2 ? cos(angle) : sin(angle)))))
            }
            return (bump, wave)
        }
        let (x, y, z) = (tables(0), tables(1), tables(2))
        let maximum = maximum
        return try scalarImage(part: part, array: "RTData", request: request, context: context) { j, k, row, count in
            let height = maximum * z.bump[k] * y.bump[j]
            let (waveY, waveZ) = (y.wave[j], z.wave[k])
            x.bump.withUnsafeBufferPointer { bump in
                x.wave.withUnsafeBufferPointer { wave in
                    for i in 0..<count { row[i] = Float(height * bump[i] + wave[i] + waveY + waveZ) }
                }
            }
        }
    }
}

/// The description of an image with one Float point array that can be made in parts.
func describeScalarImage(extent: Extent, array: String) -> DatasetDescription {
    DatasetDescription(
        kind: .image, wholeExtent: extent, arrays: [ArrayDescription(name: array, association: .point, type: .float32)],
        pointCount: extent.pointCount, cellCount: extent.cellCount, bounds: ImageData(extent: extent).bounds, splitting: .extents,
        byteCount: extent.pointCount * 4, maximumCellSize: 1 << extent.dimension)
}

/// An image of spacing 1 whose one array is filled row by row, on all threads; `fill` gets j and k counted from the part's lower end.
func scalarImage(
    part: Extent, array: String, request: UpdateRequest, context: ExecutionContext,
    fill: (_ j: Int, _ k: Int, _ row: UnsafeMutablePointer<Float>, _ count: Int) -> Void
) throws -> Dataset {
    var image = ImageData(extent: part)
    if request.arrays.wants(array, .point) {
        let size = part.dimensions
        let values = try Buffer<Float>(count: part.pointCount) { out in
            try context.parallelFor(size.y * size.z, grain: max(1, 65536 / max(1, size.x))) { rows in
                for row in rows { fill(row % size.y, row / size.y, out + row * size.x, size.x) }
            }
        }
        image.attributes.pointData.set(FieldArray(name: array, values))
        image.attributes.pointData.active[.scalars] = array
    }
    return .image(image)
}
