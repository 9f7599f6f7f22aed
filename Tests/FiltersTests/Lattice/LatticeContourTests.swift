import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

@Suite struct LatticeContourTests {
    private func contour(_ dataset: Dataset, _ values: [Double], normals: Bool = false, threads: Int = 2) throws -> PolyData {
        polyData(
            try Contour(array: ArraySelector("s"), values: values, computesNormals: normals)(dataset, context: ExecutionContext(threads: threads)))
    }

    private func ball(_ size: Int) -> Dataset {
        let half = Double(size - 1) / 2
        return image(Extent(0, size - 1, 0, size - 1, 0, size - 1)) { ($0 - Vector3(repeating: half)).length }
    }

    @Test(.timeLimit(.minutes(1))) func sphereHasItsAreaVolumeAndTopology() throws {
        let radius = 12.3
        let field = ball(33)
        for dataset in [field, structured(field), rectilinear(field)] {
            let measure = SurfaceMeasure(try contour(dataset, [radius]))
            #expect(abs(measure.area / (4 * .pi * radius * radius) - 1) < 0.01)
            #expect(abs(abs(measure.volume) / (4 / 3 * .pi * radius * radius * radius) - 1) < 0.01)
            #expect(measure.euler == 2)
            #expect(measure.openEdges == 0 && measure.turnedEdges == 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func normalsPointAgainstTheGradient() throws {
        let field = ball(25)
        for dataset in [field, structured(field), rectilinear(field)] {
            let surface = try contour(dataset, [9], normals: true)
            let normals = try #require(surface.attributes.pointData["Normals"])
            for point in 0..<surface.points.count {
                let out = (surface.points[point] - Vector3(12, 12, 12)).normalized
                let normal = Vector3(normals.value(point, 0), normals.value(point, 1), normals.value(point, 2))
                #expect(abs(normal.length - 1) < 1e-5)
                #expect(normal.dot(out) < -0.99)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func countsAreThoseOfVTK() throws {
        let wavelet = try Wavelet(size: 64).produce(UpdateRequest(), context: ExecutionContext(threads: 2))
        let surface = polyData(try Contour(array: ArraySelector("RTData"), values: [157])(wavelet))
        #expect(surface.polygons.count == 66260 && surface.points.count == 33620)
        let gyroid = try Gyroid(size: 64).produce(UpdateRequest(), context: ExecutionContext(threads: 2))
        let dense = polyData(try Contour(array: ArraySelector("gyroid"), values: [0.1])(gyroid))
        #expect(dense.polygons.count == 312704 && dense.points.count == 156822)
    }

    /// Noise inside a shell of zeros meets every one of the 256 cases; a closed surface without turned edges shows that they fit.
    @Test(.timeLimit(.minutes(1)), arguments: 1...6) func noiseGivesClosedSurfaces(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let extent = Extent(0, 69, 0, 11, 0, 9)
        let field = image(extent) { point in
            let isInside = (0..<3).allSatisfy { point[$0] > 0 && point[$0] < Double(extent.upper[$0]) }
            return isInside ? Double.random(in: 0...1, using: &random) : 0
        }
        let measure = SurfaceMeasure(try contour(field, [0.5]))
        #expect(measure.area > 0 && measure.openEdges == 0 && measure.turnedEdges == 0, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(1))) func sameBytesForAnyThreads() throws {
        var random = SplitMix64(seed: 7)
        let field = image(Extent(-3, 130, 2, 30, 5, 25)) { _ in Double.random(in: 0...1, using: &random) }
        for dataset in [field, structured(field)] {
            let one = fingerprint(.poly(try contour(dataset, [0.5, 0.25], normals: true, threads: 1)))
            for threads in 2...3 { #expect(fingerprint(.poly(try contour(dataset, [0.5, 0.25], normals: true, threads: threads))) == one) }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true]) func sameBytesForAnyPieces(normals: Bool) throws {
        let executor = Executor(context: ExecutionContext(threads: 2), extractor: ExtractPiece(), gatherer: GatherPieces())
        var random = SplitMix64(seed: 11)
        let field = image(Extent(-2, 20, 0, 17, 3, 19), spacing: Vector3(0.5, 1, 2), origin: Vector3(1, 2, 3)) { _ in
            Double.random(in: 0...1, using: &random)
        }
        for (kind, dataset) in [field, structured(field), rectilinear(field)].enumerated() {
            let pipeline = Pipeline(DatasetSource(dataset, signature: "noise \(kind)"))
                .appending(Contour(array: ArraySelector("s"), values: [0.4, 0.6], computesNormals: normals))
            let whole = fingerprint(try executor.result(of: pipeline))
            for pieces in [2, 3, 7] {
                #expect(fingerprint(try executor.result(of: pipeline, pieces: pieces)) == whole, "kind \(kind), \(pieces) pieces")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func valuesEqualToSamplesAndNaNMakeFinitePoints() throws {
        var random = SplitMix64(seed: 3)
        let field = image(Extent(0, 20, 0, 12, 0, 12)) { _ in
            let number = Int.random(in: 0...5, using: &random)
            return number == 5 ? .nan : (number == 4 ? .infinity : Double(number))
        }
        for dataset in [field, structured(field)] {
            let surface = try contour(dataset, [1, 2], normals: true)
            #expect(surface.polygons.count > 0)
            let normals = try #require(surface.attributes.pointData["Normals"])
            for point in 0..<surface.points.count {
                let position = surface.points[point]
                #expect(position.x.isFinite && position.y.isFinite && position.z.isFinite)
                #expect(normals.value(point, 0).isFinite)
            }
            for entry in surface.polygons.connectivity.elements { #expect(entry >= 0 && Int(entry) < surface.points.count) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func smallAndFlatLattices() throws {
        let voxel = image(Extent(0, 1, 0, 1, 0, 1)) { $0.x + 2 * $0.y + 4 * $0.z }
        #expect(try contour(voxel, [0.5]).polygons.count == 1)
        #expect(try contour(voxel, [9]).polygons.count == 0)
        // A disc on each pair of axes.
        for flat in 0..<3 {
            var extent = Extent(0, 40, 0, 40, 0, 40)
            extent.lower[flat] = 20
            extent.upper[flat] = 20
            for dataset in [image(extent) { ($0 - Vector3(20, 20, 20)).length }] {
                let ring = try contour(dataset, [15])
                var length = 0.0
                for line in 0..<ring.lines.count {
                    let ends = ring.lines.points(of: line)
                    length += (ring.points[Int(ends[0])] - ring.points[Int(ends[1])]).length
                }
                #expect(abs(length / (30 * .pi) - 1) < 0.01)
                #expect(ring.lines.count == ring.points.count)
            }
        }
        let row = image(Extent(0, 9, 4, 4, 4, 4)) { $0.x * $0.x }
        let points = try contour(row, [6.5])
        #expect(points.vertices.count == 1 && abs(points.points[0].x - 2.5) < 1e-6)
        #expect(try contour(image(Extent(3, 3, 4, 4, 4, 4)) { _ in 1 }, [1]).cellCount == 0)
    }

    @Test(.timeLimit(.minutes(1))) func attributesFollow() throws {
        guard case .image(var data) = image(Extent(0, 8, 0, 7, 0, 6), { $0.x }) else { return }
        let extent = data.extent
        data.attributes.pointData.set(FieldArray(name: "y", Buffer((0..<extent.pointCount).map { Double(extent.point(at: $0).y) })))
        data.attributes.cellData.set(FieldArray(name: "cell", Buffer((0..<extent.cellCount).map { Int32($0) })))
        let surface = try contour(.image(data), [2.25, 5.5])
        let s = try #require(surface.attributes.pointData["s"])
        let y = try #require(surface.attributes.pointData["y"])
        for point in 0..<surface.points.count {
            #expect(abs(surface.points[point].x - s.value(point)) < 1e-6)
            #expect(abs(surface.points[point].y - y.value(point)) < 1e-6)
        }
        let cells = try #require(surface.attributes.cellData["cell"])
        #expect(surface.polygons.count == 2 * 2 * 7 * 6)
        var last = -1.0
        for cell in 0..<surface.polygons.count {
            #expect(cells.value(cell) >= last)
            last = cells.value(cell)
            let corner = surface.points[Int(surface.polygons.points(of: cell)[0])]
            #expect(Int(cells.value(cell)) % 8 == Int(corner.x))
        }
    }

    @Test(.timeLimit(.minutes(1))) func hiddenCellsAreNotCut() throws {
        guard case .image(var data) = image(Extent(0, 4, 0, 4, 0, 4), { $0.x }) else { return }
        var flags = [UInt8](repeating: 0, count: 64)
        for cell in 0..<64 where cell / 4 % 4 == 1 { flags[cell] = 32 }
        data.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer(flags)))
        let surface = try contour(.image(data), [1.5])
        #expect(surface.polygons.count == 2 * 12)
        // A row of its own and two rows together.
        #expect(surface.points.count == 5 * (2 + 3))
        data.attributes.cellData = FieldCollection()
        var points = [UInt8](repeating: 0, count: 125)
        points[0] = 2
        data.attributes.pointData.set(FieldArray(name: "vtkGhostType", Buffer(points)))
        #expect(try contour(.image(data), [0.5]).polygons.count == 2 * 15)
    }

    @Test(.timeLimit(.minutes(1))) func turnedImagesAreTurned() throws {
        guard case .image(var data) = ball(21) else { return }
        data.direction = [0, -1, 0, 1, 0, 0, 0, 0, 1]
        data.origin = Vector3(100, 0, 0)
        let surface = try contour(.image(data), [7], normals: true)
        let center = data.position(SIMD3(10, 10, 10))
        let normals = try #require(surface.attributes.pointData["Normals"])
        for point in 0..<surface.points.count {
            let out = surface.points[point] - center
            #expect(abs(out.length - 7) < 0.1)
            #expect(Vector3(normals.value(point, 0), normals.value(point, 1), normals.value(point, 2)).dot(out.normalized) < -0.98)
        }
    }
}
