import Datasets
import Execution

/// Means over the points of every cell.
struct CellMeans {
    let cells: CellBlocks
    /// The extent of a lattice; nil for explicit cells.
    let lattice: Extent?
    let context: ExecutionContext

    /// The cell array of the means of a point array of numbers.
    func mean(of array: FieldArray) throws -> FieldArray {
        switch array.values {
        case .float32(let values): return Means.array(try means(values, array.components, as: Float.self), like: array)
        case .float64(let values): return Means.array(try means(values, array.components, as: Double.self), like: array)
        default:
            return Means.array(try means(array.doubles() ?? Buffer(), array.components, as: Float.self), like: array)
        }
    }

    private func means<Value: MeanValue, Mean: MeanValue>(
        _ values: Buffer<Value>, _ components: Int, as type: Mean.Type
    ) throws -> Buffer<Mean> {
        defer { withExtendedLifetime(values) {} }
        return try Buffer<Mean>(count: cells.count * components) { out in
            if let lattice {
                try rows(lattice, values.pointer, components, out)
            } else {
                try blocks(values.pointer, components, out)
            }
        }
    }

    private func blocks<Value: MeanValue, Mean: MeanValue>(
        _ values: UnsafePointer<Value>, _ components: Int, _ out: UnsafeMutablePointer<Mean>
    ) throws {
        nonisolated(unsafe) let out = out
        try context.parallelFor(cells.count, grain: 1 << 14) { range in
            cells.forEach(in: range) { block in
                var entry = 0
                for index in 0..<block.count {
                    let points = block.points + entry
                    let size = block.size(index)
                    entry &+= size
                    let to = out + (block.first &+ index) &* components
                    if components == 1 {
                        var sum = 0.0
                        for corner in 0..<size { sum += values[Int(points[corner])].wide }
                        to.pointee = Mean(wide: size > 0 ? sum / Double(size) : 0)
                    } else {
                        for component in 0..<components {
                            var sum = 0.0
                            for corner in 0..<size { sum += values[Int(points[corner]) &* components &+ component].wide }
                            to[component] = Mean(wide: size > 0 ? sum / Double(size) : 0)
                        }
                    }
                }
            }
        }
    }

    /// Lattices: the rows of points around a row of cells are added up, then neighbours in the sum.
    private func rows<Value: MeanValue, Mean: MeanValue>(
        _ extent: Extent, _ values: UnsafePointer<Value>, _ components: Int, _ out: UnsafeMutablePointer<Mean>
    ) throws {
        let size = extent.dimensions
        let cells = extent.cellDimensions
        let pointRow = size.x * components
        let cellRow = cells.x * components
        let step = size.x > 1 ? components : 0
        let factor = 1 / Double((size.x > 1 ? 2 : 1) * (size.y > 1 ? 2 : 1) * (size.z > 1 ? 2 : 1))
        nonisolated(unsafe) let out = out
        try context.parallelFor(cells.y * cells.z, grain: max(1, (1 << 15) / max(1, cellRow))) { range in
            let sums = Buffer<Double>(uninitializedCount: pointRow)
            let sum = UnsafeMutablePointer(mutating: sums.pointer)
            for row in range {
                let (k, j) = row.quotientAndRemainder(dividingBy: cells.y)
                let first = values + (k * size.y + j) * pointRow
                let nextY = size.y > 1 ? pointRow : 0
                let nextZ = size.z > 1 ? size.y * pointRow : 0
                switch (nextY > 0, nextZ > 0) {
                case (true, true):
                    let (b, c, d) = (first + nextY, first + nextZ, first + nextY + nextZ)
                    for index in 0..<pointRow { sum[index] = ((first[index].wide + b[index].wide) + c[index].wide) + d[index].wide }
                case (false, false): for index in 0..<pointRow { sum[index] = first[index].wide }
                default:
                    let b = first + nextY + nextZ
                    for index in 0..<pointRow { sum[index] = first[index].wide + b[index].wide }
                }
                let to = out + row * cellRow
                if step > 0 {
                    for index in 0..<cellRow { to[index] = Mean(wide: (sum[index] + sum[index &+ step]) * factor) }
                } else {
                    for index in 0..<cellRow { to[index] = Mean(wide: sum[index] * factor) }
                }
            }
            withExtendedLifetime(sums) {}
        }
    }
}
