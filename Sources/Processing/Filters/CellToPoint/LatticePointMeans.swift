import Datasets
import Execution

/// Means over the cells around every point of a lattice.
struct LatticePointMeans {
    let extent: Extent
    /// Nonzero for cells that do not count.
    var hidden: Buffer<UInt8>?
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

    /// The rows of cells around a row of points are added up, then neighbours in the sum. Where cells are hidden the others are added in the
    /// same order, so that a piece without hidden cells gives the same as the whole with them.
    private func means<Value: MeanValue, Mean: MeanValue>(
        _ values: Buffer<Value>, _ components: Int, as type: Mean.Type
    ) throws -> Buffer<Mean> {
        let size = extent.dimensions
        let cells = extent.cellDimensions
        let cellRow = cells.x * components
        let pointRow = size.x * components
        let source = values.pointer
        let hiding = hidden?.pointer
        defer { withExtendedLifetime((values, hidden)) {} }
        return try Buffer<Mean>(count: extent.pointCount * components) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(size.y * size.z, grain: max(1, (1 << 15) / max(1, pointRow))) { range in
                let sums = Buffer<Double>(uninitializedCount: cellRow)
                let sum = UnsafeMutablePointer(mutating: sums.pointer)
                var counts = [Int32](repeating: 0, count: hiding == nil ? 0 : cells.x)
                for row in range {
                    let (k, j) = row.quotientAndRemainder(dividingBy: size.y)
                    var rows = 0
                    // Flat axes have one layer of cells around their one layer of points.
                    for z in max(0, k - 1)...min(k, cells.z - 1) {
                        for y in max(0, j - 1)...min(j, cells.y - 1) {
                            let first = (z * cells.y + y) * cells.x
                            let from = source + first * components
                            if let hiding {
                                LatticePointMeans.add(from, hiding + first, components, isFirst: rows == 0, to: sum, &counts)
                            } else if rows == 0 {
                                for index in 0..<cellRow { sum[index] = from[index].wide }
                            } else {
                                for index in 0..<cellRow { sum[index] += from[index].wide }
                            }
                            rows += 1
                        }
                    }
                    let to = out + row * pointRow
                    if hiding != nil {
                        LatticePointMeans.divide(sum, counts, components, isFlat: size.x == 1, into: to)
                        continue
                    }
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

    /// Adds a row of cells, those that are not hidden, and counts them.
    private static func add<Value: MeanValue>(
        _ values: UnsafePointer<Value>, _ hidden: UnsafePointer<UInt8>, _ components: Int, isFirst: Bool,
        to sum: UnsafeMutablePointer<Double>, _ counts: inout [Int32]
    ) {
        for cell in counts.indices {
            let counted: Int32 = hidden[cell] == 0 ? 1 : 0
            counts[cell] = isFirst ? counted : counts[cell] + counted
            for index in cell * components..<(cell + 1) * components {
                let value = counted == 1 ? values[index].wide : 0
                sum[index] = isFirst ? value : sum[index] + value
            }
        }
    }

    /// The means of a row of points; zero where no cell counts.
    private static func divide<Mean: MeanValue>(
        _ sum: UnsafePointer<Double>, _ counts: [Int32], _ components: Int, isFlat: Bool, into to: UnsafeMutablePointer<Mean>
    ) {
        for point in 0..<(isFlat ? 1 : counts.count + 1) {
            let before = isFlat || point == 0 ? 0 : counts[point - 1]
            let after = point < counts.count ? counts[point] : 0
            for component in 0..<components {
                let place = point * components + component
                let left = isFlat || point == 0 ? nil : Optional(sum[place - components])
                let right = point < counts.count ? Optional(sum[place]) : nil
                let total = if let left, let right { left + right } else { left ?? right ?? 0 }
                to[place] = Mean(wide: before + after == 0 ? 0 : total / Double(before + after))
            }
        }
    }
}
