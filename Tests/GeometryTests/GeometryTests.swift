import Geometry
import Testing

@Suite struct GeometryTests {
    @Test(.timeLimit(.minutes(1)))
    func vectors() {
        let (x, y, z) = (Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1))
        #expect(x.cross(y) == z && y.cross(z) == x && z.cross(x) == y)
        #expect(Vector3(1, 2, 3).dot(Vector3(4, 5, 6)) == 32)
        #expect(Vector3(3, 4, 12).length == 13)
        #expect(Vector3(0, 0, 5).normalized == z)
        #expect(Vector3().normalized == Vector3())
    }

    @Test(.timeLimit(.minutes(1)))
    func boundsIgnoreWhatIsNotFinite() {
        var bounds = Bounds()
        #expect(bounds.isEmpty && bounds.diagonal == 0 && bounds.center == Vector3())
        bounds.add(Vector3(1, .nan, 3))
        bounds.add(Vector3(-1, 2, .infinity))
        bounds.add(Vector3(0, 4, 5))
        #expect(bounds.lower == Vector3(-1, 2, 3) && bounds.upper == Vector3(1, 4, 5))
        #expect(bounds.contains(Vector3(0, 3, 4)) && bounds.contains(bounds.upper) && !bounds.contains(Vector3(0, 3, 6)))
        var copy = bounds
        copy.add(Bounds())
        #expect(copy == bounds)
        #expect(bounds.corners.count == 8 && bounds.corners[0] == bounds.lower && bounds.corners[7] == bounds.upper)
    }

    @Test(.timeLimit(.minutes(1)))
    func transformsCompose() {
        let move = Transform.translation(Vector3(1, 2, 3))
        let grow = Transform.scale(Vector3(2, 3, 4))
        let point = Vector3(1, 1, 1)
        #expect((move * grow).apply(point: point) == Vector3(3, 5, 7))
        #expect((grow * move).apply(point: point) == Vector3(4, 9, 16))
        #expect(move.apply(direction: point) == point)
        #expect((move * Transform.identity) == move)
        #expect(move.transposed.transposed == move)
    }

    @Test(.timeLimit(.minutes(1)))
    func planesAndRays() {
        let plane = Plane(origin: Vector3(1, 0, 0), normal: Vector3(2, 0, 0))
        #expect(plane.signedDistance(to: Vector3(3, 9, 9)) == 4 && plane.signedDistance(to: Vector3(1, 5, 5)) == 0)
        #expect(Ray(origin: Vector3(1, 1, 1), direction: Vector3(0, 2, 0)).point(at: 1.5) == Vector3(1, 4, 1))
    }

    @Test(.timeLimit(.minutes(1)))
    func aFrustumNeverLosesABoxThatItHolds() {
        let frustum = Frustum(planes: [
            Plane(origin: Vector3(-1, 0, 0), normal: Vector3(1, 0, 0)), Plane(origin: Vector3(1, 0, 0), normal: Vector3(-1, 0, 0)),
        ])
        #expect(frustum.mayIntersect(Bounds(lower: Vector3(-5, -5, -5), upper: Vector3(5, 5, 5))))
        #expect(frustum.mayIntersect(Bounds(lower: Vector3(1, 0, 0), upper: Vector3(2, 1, 1))))
        #expect(!frustum.mayIntersect(Bounds(lower: Vector3(1.5, 0, 0), upper: Vector3(2, 1, 1))))
        #expect(!frustum.mayIntersect(Bounds()))
    }
}
