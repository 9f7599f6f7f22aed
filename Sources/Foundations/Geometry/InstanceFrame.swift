/// Where a copy of a shape stands: the shape's axes as they are turned, the size along each, and where its origin is.
///
/// A point p of the shape goes to `xColumn · p.x + yColumn · p.y + zColumn · p.z + origin`, summed in this order, in Double.
@frozen public struct InstanceFrame: BitwiseCopyable, Hashable, Sendable {
    /// The turned axes, of length one and at right angles; the fourth number of each is zero.
    public var x: SIMD4<Double>
    public var y: SIMD4<Double>
    public var z: SIMD4<Double>
    /// The fourth number is zero.
    public var origin: SIMD4<Double>
    /// None is zero.
    public var size: SIMD3<Double>

    /// Not turned, of size one.
    @inlinable public init(origin: Vector3 = Vector3()) {
        x = SIMD4(1, 0, 0, 0)
        y = SIMD4(0, 1, 0, 0)
        z = SIMD4(0, 0, 1, 0)
        self.origin = SIMD4(origin, 0)
        size = SIMD3(repeating: 1)
    }

    @inlinable public var xColumn: SIMD4<Double> { x * size.x }
    @inlinable public var yColumn: SIMD4<Double> { y * size.y }
    @inlinable public var zColumn: SIMD4<Double> { z * size.z }

    /// What turns the shape's normals; see `InstanceNormals`.
    @inlinable public var normals: InstanceNormals { InstanceNormals(x: x / size.x, y: y / size.y, z: z / size.z) }
}

/// Turns normals of a shape into those of a copy: by the inverse transposed.
@frozen public struct InstanceNormals: Sendable {
    @usableFromInline let x: SIMD4<Double>
    @usableFromInline let y: SIMD4<Double>
    @usableFromInline let z: SIMD4<Double>

    @inlinable init(x: SIMD4<Double>, y: SIMD4<Double>, z: SIMD4<Double>) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// A vector of length one, or zero where there is no direction.
    @inlinable public func turned(_ a: Double, _ b: Double, _ c: Double) -> SIMD3<Float> {
        let turned = x * a + y * b + z * c
        let length = (turned * turned).sum().squareRoot()
        let scale = length > 0 ? 1 / length : 0
        return SIMD3(Float(turned.x * scale), Float(turned.y * scale), Float(turned.z * scale))
    }
}
