import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

struct SliceTests {
    private func slice(_ input: UnstructuredGrid, _ plane: Plane) throws -> PolyData {
        guard case .poly(let data) = try Slice(plane: plane)(.unstructured(input), context: ExecutionContext(threads: 2)) else {
            throw DatasetError("no poly data")
        }
        return data
    }

    @Test(.timeLimit(.minutes(1)), arguments: [CellType.hexahedron, .voxel, .wedge, .pyramid, .tetrahedron, .empty], [false, true])
    func areaOfPlaneInBox(type: CellType, isDouble: Bool) throws {
        let grid = ContourMeshes.cubes(
            [5, 4, 3], isDouble: isDouble, kind: type == .empty ? ContourMeshes.mixed : { _, _, _ in type }, value: { $0.x + 2 * $0.y })
        for normal in [Vector3(1, 0, 0), Vector3(0, -3, 0), Vector3(0.36, 0.48, 0.8), Vector3(1, 1, 1), Vector3(-1, 1, 0)] {
            // Oblique, and through points and faces of the mesh.
            for origin in [Vector3(2.31, 1.87, 1.43), Vector3(2, 2, 1), Vector3(2.5, 2, 1.5)] {
                let plane = Plane(origin: origin, normal: normal)
                let data = try slice(grid, plane)
                let expected = ContourMeshes.area(of: plane, inBoxTo: Vector3(5, 4, 3))
                #expect(abs(ContourMeshes.area(data) - expected) < 1e-5 * expected, "\(type) \(plane)")
                let s = try #require(data.attributes.pointData["s"])
                for point in 0..<data.points.count {
                    let place = data.points[point]
                    #expect(abs(plane.signedDistance(to: place)) < 1e-5)
                    #expect(abs(s.value(point) - place.x - 2 * place.y) < 1e-4)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func outsideAndDegenerate() throws {
        let grid = ContourMeshes.cubes([2, 2, 2], kind: ContourMeshes.mixed, value: { $0.x })
        #expect(try slice(grid, Plane(origin: Vector3(9, 9, 9), normal: Vector3(1, 0, 0))).cellCount == 0)
        #expect(throws: DatasetError.self) { try slice(grid, Plane(origin: Vector3(), normal: Vector3())) }
        #expect(throws: DatasetError.self) { try slice(grid, Plane(origin: Vector3(), normal: Vector3(.nan, 0, 0))) }
    }

    @Test(.timeLimit(.minutes(1))) func flatAndThinCells() throws {
        let points = [Vector3(0, 0, 0), Vector3(2, 0, 0), Vector3(2, 2, 0), Vector3(0, 2, 0), Vector3(1, 5, 0)]
        let grid = UnstructuredGrid(
            points: Points(points),
            cells: [(.quad, [0, 1, 2, 3]), (.triangle, [0, 1, 2]), (.line, [0, 1]), (.polyLine, [3, 0, 2, 1]), (.vertex, [4]), (.pixel, [0, 1, 3, 2])])
        let data = try slice(grid, Plane(origin: Vector3(1, 0, 0), normal: Vector3(1, 0, 0)))
        #expect(abs(ContourMeshes.length(data) - 5) < 1e-6)
        // One point of the line, one of the poly-line (0-2), the vertex.
        #expect(data.vertices.count == 3)
        #expect(data.points[Int(data.vertices.points(of: 2)[0])] == Vector3(1, 5, 0))
    }
}
