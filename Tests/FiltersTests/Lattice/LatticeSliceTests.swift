import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

@Suite struct LatticeSliceTests {
    private func area(_ dataset: Dataset, _ plane: Plane, threads: Int = 2) throws -> Double {
        SurfaceMeasure(polyData(try Slice(plane: plane)(dataset, context: ExecutionContext(threads: threads)))).area
    }

    @Test(.timeLimit(.minutes(1))) func cutsHaveTheAreaOfTheBox() throws {
        let box = image(Extent(0, 70, 0, 20, 0, 10), spacing: Vector3(0.5, 1, 2)) { $0.x + 10 * $0.y + 100 * $0.z }
        for dataset in [box, structured(box), rectilinear(box)] {
            #expect(abs(try area(dataset, Plane(origin: Vector3(7.1, 0, 0), normal: Vector3(1, 0, 0))) - 400) < 1e-3)
            #expect(abs(try area(dataset, Plane(origin: Vector3(0, 3.3, 0), normal: Vector3(0, -2, 0))) - 700) < 1e-3)
            // Through points of the lattice.
            #expect(abs(try area(dataset, Plane(origin: Vector3(0, 0, 10), normal: Vector3(0, 0, 1))) - 700) < 1e-3)
            // An oblique cut of the whole height: the base's width times the slope.
            let oblique = try area(dataset, Plane(origin: Vector3(17.5, 10, 10), normal: Vector3(1, 0, 0.25)))
            #expect(abs(oblique - 20 * 20 * (1 + 0.0625).squareRoot()) < 1e-2)
            #expect(try area(dataset, Plane(origin: Vector3(99, 0, 0), normal: Vector3(1, 0, 0))) == 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func pointsLieInThePlaneAndCarryTheField() throws {
        let box = image(Extent(-5, 25, 3, 20, -2, 10)) { $0.x + 10 * $0.y - 3 * $0.z }
        let plane = Plane(origin: Vector3(9.3, 11, 4.2), normal: Vector3(0.36, 0.48, 0.8))
        for dataset in [box, structured(box), rectilinear(box)] {
            let cut = polyData(try Slice(plane: plane)(dataset))
            let field = try #require(cut.attributes.pointData["s"])
            #expect(cut.polygons.count > 100)
            for point in 0..<cut.points.count {
                let position = cut.points[point]
                #expect(abs(plane.signedDistance(to: position)) < 1e-4)
                #expect(abs(field.value(point) - (position.x + 10 * position.y - 3 * position.z)) < 1e-3)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func fallingAndUnorderedAxesAreClassifiedPointByPoint() throws {
        let box = image(Extent(0, 80, 0, 6, 0, 6), spacing: Vector3(-1, 1, 1)) { $0.x }
        #expect(abs(try area(box, Plane(origin: Vector3(-33.5, 0, 0), normal: Vector3(1, 0, 0.1))) - 36 * (1.01).squareRoot()) < 1e-3)
    }

    /// A cut by the ends of rows against one by words of bits, which a hidden cell that is not cut asks for.
    @Test(.timeLimit(.minutes(1)), arguments: 1...60) func rowsAndBitsAgree(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        func axis(_ limit: Int) -> FieldArray {
            var values = (0...Int.random(in: 1...limit, using: &random)).map { _ in Double(Int.random(in: 0...900, using: &random)) / 10 }
            values.sort()
            if seed % 3 == 0 { values.reverse() }
            return FieldArray(name: "axis", Buffer(values))
        }
        let (x, y, z) = (axis(150), axis(20), axis(20))
        let extent = Extent(0, x.tupleCount - 1, 0, y.tupleCount - 1, 0, z.tupleCount - 1)
        var grid = RectilinearGrid(extent: extent, x: x, y: y, z: z)
        grid.attributes.cellData.set(FieldArray(name: "id", Buffer((0..<extent.cellCount).map { Int32($0) })))
        grid.attributes.pointData.set(FieldArray(name: "s", Buffer((0..<extent.pointCount).map { Double($0) })))
        let some = Vector3(
            x.value(Int.random(in: 0..<x.tupleCount, using: &random)), y.value(Int.random(in: 0..<y.tupleCount, using: &random)),
            z.value(Int.random(in: 0..<z.tupleCount, using: &random)))
        let normals = [Vector3(1, 0, 0), Vector3(0, -1, 0), Vector3(0, 0, 1), Vector3(1, 1, 1), Vector3(-0.2, 3, 1), Vector3(5, -0.1, 0.3)]
        for normal in normals {
            let plane = Plane(origin: seed % 2 == 0 ? some : some + Vector3(0.123, 0.456, 0.789), normal: normal)
            let byRows = polyData(try Slice(plane: plane)(.rectilinear(grid), context: ExecutionContext(threads: 2)))
            let ids = try #require(byRows.attributes.cellData["id"])
            let cut = Set((0..<ids.tupleCount).map { Int(ids.value($0)) })
            guard let whole = (0..<extent.cellCount).first(where: { !cut.contains($0) }) else { continue }
            var hiding = grid
            var flags = [UInt8](repeating: 0, count: extent.cellCount)
            flags[whole] = 32
            hiding.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer(flags)))
            var byBits = polyData(try Slice(plane: plane)(.rectilinear(hiding), context: ExecutionContext(threads: 2)))
            byBits.attributes.cellData.remove("vtkGhostType")
            #expect(fingerprint(.poly(byRows)) == fingerprint(.poly(byBits)), "seed \(seed), \(plane)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func sameBytesForAnyThreadsAndPieces() throws {
        let executor = Executor(context: ExecutionContext(threads: 2), extractor: ExtractPiece(), gatherer: GatherPieces())
        var random = SplitMix64(seed: 5)
        let field = image(Extent(0, 66, 0, 17, 0, 19)) { _ in Double.random(in: 0...1, using: &random) }
        let plane = Plane(origin: Vector3(30, 8, 9), normal: Vector3(0.5, 1, 0.25))
        for (kind, dataset) in [field, structured(field), rectilinear(field)].enumerated() {
            let one = fingerprint(try Slice(plane: plane)(dataset, context: ExecutionContext(threads: 1)))
            for threads in 2...3 { #expect(fingerprint(try Slice(plane: plane)(dataset, context: ExecutionContext(threads: threads))) == one) }
            let pipeline = Pipeline(DatasetSource(dataset, signature: "slice \(kind)")).appending(Slice(plane: plane))
            let whole = fingerprint(try executor.result(of: pipeline))
            for pieces in [2, 3, 7] {
                #expect(fingerprint(try executor.result(of: pipeline, pieces: pieces)) == whole, "kind \(kind), \(pieces) pieces")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func flatLatticesGiveLines() throws {
        let flat = image(Extent(0, 30, 0, 20, 0, 0)) { $0.x }
        let cut = polyData(try Slice(plane: Plane(origin: Vector3(10.5, 0, 0), normal: Vector3(1, 0, 0)))(flat))
        #expect(cut.lines.count == 20 && cut.points.count == 21)
    }
}
