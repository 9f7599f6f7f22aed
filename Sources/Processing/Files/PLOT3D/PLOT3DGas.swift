import Datasets
import Execution

/// What follows from density, momentum and energy in a perfect gas. A density of 0 counts as 1, as in VTK.
struct PLOT3DGas {
    /// γ, the ratio of specific heats.
    var heatRatio = 1.4
    var gasConstant = 1.0

    private func each<Value: Scalar & BinaryFloatingPoint>(
        _ density: Buffer<Value>, _ momentum: Buffer<Value>, components: Int, context: ExecutionContext,
        _ body: @Sendable (_ density: Double, _ momentum: SIMD3<Double>, _ point: Int, _ out: UnsafeMutablePointer<Value>) -> Void
    ) throws -> Buffer<Value> {
        try Buffer<Value>(count: components * density.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(density.count, grain: 1 << 14) { range in
                let (d, m) = (density.pointer, momentum.pointer)
                for point in range {
                    let value = Double(d[point])
                    let vector = SIMD3(Double(m[3 &* point]), Double(m[3 &* point &+ 1]), Double(m[3 &* point &+ 2]))
                    body(value == 0 ? 1 : value, vector, point, out + components &* point)
                }
            }
        }
    }

    private func pressure(_ density: Double, _ momentum: SIMD3<Double>, _ energy: Double) -> Double {
        let velocity = momentum * (1 / density)
        let square = velocity.x * velocity.x + velocity.y * velocity.y + velocity.z * velocity.z
        return (heatRatio - 1) * (energy - 0.5 * density * square)
    }

    func pressure<Value: Scalar & BinaryFloatingPoint>(
        _ density: Buffer<Value>, _ momentum: Buffer<Value>, _ energy: Buffer<Value>, context: ExecutionContext
    ) throws -> Buffer<Value> {
        try each(density, momentum, components: 1, context: context) { d, m, point, out in
            out[0] = Value(pressure(d, m, Double(energy.pointer[point])))
        }
    }

    func temperature<Value: Scalar & BinaryFloatingPoint>(
        _ density: Buffer<Value>, _ momentum: Buffer<Value>, _ energy: Buffer<Value>, context: ExecutionContext
    ) throws -> Buffer<Value> {
        try each(density, momentum, components: 1, context: context) { d, m, point, out in
            out[0] = Value(pressure(d, m, Double(energy.pointer[point])) / d / gasConstant)
        }
    }

    func velocity<Value: Scalar & BinaryFloatingPoint>(
        _ density: Buffer<Value>, _ momentum: Buffer<Value>, context: ExecutionContext
    ) throws -> Buffer<Value> {
        try each(density, momentum, components: 3, context: context) { d, m, _, out in
            for axis in 0..<3 { out[axis] = Value(m[axis] / d) }
        }
    }
}
