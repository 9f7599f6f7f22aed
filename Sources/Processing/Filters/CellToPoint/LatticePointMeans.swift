import Datasets
import Execution

/// Means over the cells around every point of a lattice.
struct LatticePointMeans {
    let extent: Extent
    let context: ExecutionContext

    /// The point array of the means of a cell array of numbers, in the type of the array.
    func mean(of array: FieldArray) throws -> FieldArray {
        switch array.values {
        case .float32(let values): return Means.array(try means(values, array.components, as: Float.self), like: array)
        case .float64(let values): return Means.array(try means(values, array.components, as: Double.self), like: array)
        default:
            return try Means.rounded(
                try means(array.doubles() ?? Buffer(), array.components, as: Double.self), like: array, context: context)
        }
    }

    /// The rows of cells around a row of points are added up, then neighbours in the sum.
    private func means<Value: MeanValue, Mean: MeanValue>(
        _ values: Buffer<Value>, _ components: Int, as type: Mean.Type
    ) throws -> Buffer<Mean> {
        let size = extent.dimensions
        let cells = extent.cellDimensions
        let cellRow = cells.x * components
        let pointRow = size.x * components
        let source = values.pointer
        defer { withExtendedLifetime(values) {} }
        return try Buffer<Mean>(count: extent.pointCount * components) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(size.y * size.z, grain: max(1, (1 << 15) / max(1, pointRow))) { range in
                let sums = Buffer<Double>(uninitializedCount: cellRow)
                let sum = UnsafeMutablePointer(mutating: sums.pointer)
                for row in range {
                    let (k, j) = row.quotientAndRemainder(dividingBy: size.y)
                    var rows = 0
                    // Flat axes have one layer of cells around their one layer of points.
                    for z in max(0, k - 1)...min(k, cells.z - 1) {
                        for y in max(0, j - 1)...min(j, cells.y - 1) {
                            let from = source + (z * cells.y + y) * cellRow
                            if rows == 0 {
                                for index in 0..<cellRow { sum[index] = from[index].wide }
                            } else {
                                for index in 0..<cellRow { sum[index] += from[index].wide }
                            }
                            rows += 1
                        }
                    }
                    let to = out + row * pointRow
                    let edge = 1 / Double(rows)
                    if size.x == 1 {
                        for index in 0..<pointRow { to[index] = Mean(wide: sum[index] * edge) }
                        continue
                    }
                    let inner = 1 / Double(2 * rows)
                    for index in 0..<components {
                        to[index] = Mean(wide: sum[index] * edge)
                        to[cellRow + index] = Mean(wide: sum[cellRow - components + index] * edge)
                    }
                    for index in components..<max(components, cellRow) {
                        to[index] = Mean(wide: (sum[index &- components] + sum[index]) * inner)
                    }
                }
                withExtendedLifetime(sums) {}
            }
        }
    }
}
