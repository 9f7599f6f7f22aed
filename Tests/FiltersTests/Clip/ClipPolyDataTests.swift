import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

@Suite struct ClipPolyDataTests {
    private func poly(_ points: [Vector3], vertices: [[Int]] = [], lines: [[Int]] = [], polygons: [[Int]] = [], strips: [[Int]] = []) -> PolyData {
        let count = vertices.count + lines.count + polygons.count + strips.count
        return PolyData(
            points: .float64(Buffer(points.flatMap { [$0.x, $0.y, $0.z] })), vertices: CellArray(vertices), lines: CellArray(lines),
            polygons: CellArray(polygons), strips: CellArray(strips),
            attributes: DatasetAttributes(
                cellData: FieldCollection([FieldArray(name: "number", Buffer((0..<count).map { Int32($0) }))])))
    }

    /// Both sides' measures add up to the whole's.
    private func check(_ data: PolyData, _ plane: Plane, sourceComment: String = "") throws {
        let context = ExecutionContext()
        func area(_ data: Dataset) -> Double {
            guard case .poly(let poly) = data else { return .nan }
            var sum = 0.0
            for cell in 0..<poly.polygons.count {
                let ring = poly.polygons.points(of: cell).map { poly.points[Int($0)] }
                var normal = Vector3()
                for index in ring.indices { normal += (ring[index] - ring[0]).cross(ring[(index + 1) % ring.count] - ring[0]) }
                sum += normal.length / 2
            }
            for cell in 0..<poly.strips.count {
                let strip = poly.strips.points(of: cell).map { poly.points[Int($0)] }
                for index in 0..<strip.count - 2 {
                    sum += (strip[index + 1] - strip[index]).cross(strip[index + 2] - strip[index]).length / 2
                }
            }
            return sum
        }
        let whole = try Dataset.poly(data).measures(context: context)
        let wholeArea = area(.poly(data))
        let (front, back) = (try Clip(plane: plane)(.poly(data)), try Clip(plane: Plane(origin: plane.origin, normal: -plane.normal))(.poly(data)))
        let a = try front.measures(context: context)
        let b = try back.measures(context: context)
        #expect(abs(area(front) + area(back) - wholeArea) < 1e-9 * max(1, wholeArea), "\(plane) \(sourceComment)")
        #expect(abs(a.length + b.length - whole.length) < 1e-9 * max(1, whole.length), "\(plane) \(sourceComment)")
        #expect(a.vertexCount + b.vertexCount == whole.vertexCount, "\(plane) \(sourceComment)")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 4] as [UInt64])
    func measuresOfBothSidesAddUp(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var points: [Vector3] = []
        func ring(_ count: Int, _ radius: (Int) -> Double) -> [Int] {
            let first = points.count
            for index in 0..<count {
                let angle = 2 * Double.pi * Double(index) / Double(count)
                let r = radius(index)
                points.append(Vector3(r * clipCosine(angle), r * clipCosine(angle - .pi / 2), 0))
            }
            return Array(first..<first + count)
        }
        let triangle = ring(3) { _ in 1 }
        let quad = ring(4) { _ in 1.3 }
        let heptagon = ring(7) { _ in 1.1 }
        let star = ring(20) { $0 % 2 == 0 ? 2 : 0.5 }
        let zigzag = (0..<30).map { index -> Int in
            points.append(Vector3(random.unit() * 4 - 2, random.unit() * 4 - 2, 0))
            return points.count - 1 + index * 0
        }
        let strip = (0..<9).map { index -> Int in
            points.append(Vector3(Double(index / 2) - 2, Double(index % 2), 0.3))
            return points.count - 1
        }
        let data = poly(
            points, vertices: [[0], [3, 4, 5]], lines: [[0, 5], zigzag], polygons: [triangle, quad, heptagon, star], strips: [strip])
        for _ in 0..<60 {
            try check(data, Plane(origin: random.vector() - 0.5, normal: random.vector() - 0.5), sourceComment: "seed \(seed)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func listsKeepTheirKind() throws {
        let points = [
            Vector3(0, 0, 0), Vector3(2, 0, 0), Vector3(2, 2, 0), Vector3(0, 2, 0), Vector3(0, 0, 1), Vector3(0, 1, 1), Vector3(2, 0, 1),
            Vector3(2, 1, 1),
        ]
        let data = poly(points, vertices: [[0], [1, 3]], lines: [[0, 1, 2, 3]], polygons: [[0, 1, 2, 3]], strips: [[4, 5, 6, 7]])
        let plane = Plane(origin: Vector3(1, 0, 0), normal: Vector3(1, 0, 0))
        guard case .poly(let result) = try Clip(plane: plane)(.poly(data)) else { return }
        #expect(result.vertices.count == 1)
        #expect(result.lines.count == 1 && result.lines.size(of: 0) == 4)
        // The quad's half, and what is left of the strip's two triangles.
        #expect(result.polygons.count == 3)
        #expect(result.strips.count == 0)
        #expect((0..<result.cellCount).map { Int(result.attributes.cellData["number"]!.value($0)) } == [1, 2, 3, 4, 4])
        let behind = Plane(origin: Vector3(-1, 0, 0), normal: Vector3(1, 0, 0))
        guard case .poly(let all) = try Clip(plane: behind)(.poly(data)) else { return }
        #expect(all.strips.count == 1 && all.polygons.count == 1 && all.points.count == 8)
    }
}

/// Cosine by its series, so that tests need no mathematics library.
func clipCosine(_ angle: Double) -> Double {
    var sum = 0.0
    var term = 1.0
    for index in 1..<40 {
        sum += term
        term *= -angle * angle / Double((2 * index - 1) * 2 * index)
    }
    return sum
}
