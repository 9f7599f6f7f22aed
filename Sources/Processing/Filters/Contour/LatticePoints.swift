import CKernels
import Datasets
import Geometry

/// Where the points of a cut go: everything but positions where wanted only.
struct LatticePointOutput<Coordinate> {
    var positions: UnsafeMutablePointer<Coordinate>
    var normals: UnsafeMutablePointer<Float>?
    /// Ends and place of the edge of each point, for attributes, keys and identities.
    var lower: UnsafeMutablePointer<Int32>?
    var upper: UnsafeMutablePointer<Int32>?
    var parameter: UnsafeMutablePointer<Double>?

    @inline(__always) func writePosition(_ point: Int, _ position: Vector3) where Coordinate: BinaryFloatingPoint {
        positions[3 &* point] = Coordinate(position.x)
        positions[3 &* point &+ 1] = Coordinate(position.y)
        positions[3 &* point &+ 2] = Coordinate(position.z)
    }

    @inline(__always) func writeEdge(_ point: Int, _ p: Int, _ q: Int, _ t: Double) {
        if let lower, let upper, let parameter {
            lower[point] = Int32(truncatingIfNeeded: p)
            upper[point] = Int32(truncatingIfNeeded: q)
            parameter[point] = t
        }
    }
}

/// The gradient of samples on a lattice: central differences, one-sided at the lattice's borders.
struct LatticeGradient<Value: LatticeScalar> {
    let values: UnsafePointer<Value>
    let shape: LatticeShape

    @inline(__always) func at<Shape: LatticeGeometry>(_ p: Int, _ i: Int, _ j: Int, _ k: Int, _ geometry: Shape) -> Vector3 {
        let low = SIMD3(i > 0 ? 1 : 0, j > 0 ? 1 : 0, k > 0 ? 1 : 0)
        let high = SIMD3(i &+ 1 < shape.nx ? 1 : 0, j &+ 1 < shape.ny ? 1 : 0, k &+ 1 < shape.nz ? 1 : 0)
        let (stepY, stepZ) = (shape.step(1), shape.step(2))
        let difference = Vector3(
            Double(values[p &+ high.x]) - Double(values[p &- low.x]),
            Double(values[p &+ high.y &* stepY]) - Double(values[p &- low.y &* stepY]),
            Double(values[p &+ high.z &* stepZ]) - Double(values[p &- low.z &* stepZ]))
        return geometry.gradient(p, i, j, k, low: low, high: high, difference: difference)
    }
}

extension LatticeCrossings {
    /// Writes the points of a chunk in canonical order, for any field and geometry.
    func writePoints<Field: LatticeField, Shape: LatticeGeometry, Value: LatticeScalar>(
        chunk: Int, field: Field, geometry: Shape, gradient: LatticeGradient<Value>?, to output: LatticePointOutput<Shape.Coordinate>
    ) {
        var point = pointStarts[chunk]
        if pointStarts[chunk + 1] == point { return }
        let (nx, ny, words) = (shape.nx, shape.ny, shape.words)
        let rows = chunk << shape.chunkShift..<min(shape.rows, (chunk + 1) << shape.chunkShift)
        var (k, j) = rows.lowerBound.quotientAndRemainder(dividingBy: ny)
        let isActive = isActive.pointer
        // The crossed edges of a word in canonical order, as 4 · place + axis: at most 192, and one written behind them.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 196) { buffer in
            let edges = buffer.baseAddress!
            for row in rows {
                defer {
                    j &+= 1
                    if j == ny { (j, k) = (0, k &+ 1) }
                }
                for word in 0..<words where isActive[row &* words &+ word] {
                    let count = listEdges(of: 4 &* (row &* words &+ word), into: edges)
                    for entry in 0..<count {
                        let axis = Int(edges[entry] & 3)
                        let i = 64 &* word &+ Int(edges[entry] &>> 2)
                        let p = row &* nx &+ i
                        let step = shape.step(axis)
                        let t = field.parameter(p, i, j, k, axis: axis, step: step)
                        output.writePosition(point, geometry.position(p, i, j, k, axis: axis, t: t))
                        output.writeEdge(point, p, p &+ step, t)
                        if let gradient, let normals = output.normals {
                            let start = gradient.at(p, i, j, k, geometry)
                            let end = gradient.at(
                                p &+ step, i &+ (axis == 0 ? 1 : 0), j &+ (axis == 1 ? 1 : 0), k &+ (axis == 2 ? 1 : 0), geometry)
                            let slope = start + t * (end - start)
                            let length = slope.length
                            // A flat or NaN neighbourhood has no direction: the normal is zero.
                            let normal = length > 0 && length < .infinity ? slope / (0 - length) : Vector3()
                            normals[3 &* point] = Float(normal.x)
                            normals[3 &* point &+ 1] = Float(normal.y)
                            normals[3 &* point &+ 2] = Float(normal.z)
                        }
                        point &+= 1
                    }
                }
            }
        }
    }

    /// Lists the crossed edges of a record, by point, then axis; returns how many there are.
    @inline(__always) private func listEdges(of record: Int, into edges: UnsafeMutablePointer<Int32>) -> Int {
        let record = records.pointer + record
        let (x, y, z) = (record[0], record[1], record[2])
        var remaining = x | y | z
        var count = 0
        while remaining != 0 {
            let i = UInt64(truncatingIfNeeded: remaining.trailingZeroBitCount)
            remaining &= remaining &- 1
            let code = Int32(truncatingIfNeeded: i) &<< 2
            edges[count] = code
            count &+= Int((x &>> i) & 1)
            edges[count] = code | 1
            count &+= Int((y &>> i) & 1)
            edges[count] = code | 2
            count &+= Int((z &>> i) & 1)
        }
        return count
    }
}
