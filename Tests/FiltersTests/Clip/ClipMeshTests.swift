import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

@Suite struct ClipMeshTests {
    /// A block of cells that meet face to face: hexahedra, voxels, hexahedra as six pyramids, columns of two wedges.
    static func mixedMesh(_ size: Int, seed: UInt64) -> UnstructuredGrid {
        var random = SplitMix64(seed: seed)
        let side = size + 1
        var points: [Vector3] = []
        for k in 0..<side { for j in 0..<side { for i in 0..<side { points.append(Vector3(Double(i), Double(j), Double(k))) } } }
        let isColumn = (0..<size * size).map { _ in random.next() % 4 == 0 }
        var cells: [(CellType, [Int])] = []
        for k in 0..<size {
            for j in 0..<size {
                for i in 0..<size {
                    let base = (k * side + j) * side + i
                    let c = [0, 1, 1 + side, side].flatMap { [base + $0] }
                    let corners = c + c.map { $0 + side * side }
                    if isColumn[j * size + i] {
                        cells.append((.wedge, [0, 1, 2, 4, 5, 6].map { corners[$0] }))
                        cells.append((.wedge, [0, 2, 3, 4, 6, 7].map { corners[$0] }))
                        continue
                    }
                    switch random.next() % 3 {
                    case 0: cells.append((.hexahedron, corners))
                    case 1: cells.append((.voxel, [0, 1, 3, 2, 4, 5, 7, 6].map { corners[$0] }))
                    default:
                        let middle = points.count
                        points.append(Vector3(Double(i) + 0.5, Double(j) + 0.5, Double(k) + 0.5))
                        for face in SampleCell.hexahedron.faces {
                            cells.append((.pyramid, face.reversed().map { corners[$0] } + [middle]))
                        }
                    }
                }
            }
        }
        let values = points.map { _ in Float(random.unit() * 2 - 1) }
        let linear = points.map { 3 * $0.x - 2 * $0.y + 0.5 * $0.z + 1 }
        let numbers = cells.indices.map { Int32($0) }
        return UnstructuredGrid(
            points: .float64(Buffer(points.flatMap { [$0.x, $0.y, $0.z] })), cells: cells,
            attributes: DatasetAttributes(
                pointData: FieldCollection([FieldArray(name: "s", Buffer(values)), FieldArray(name: "linear", Buffer(linear))]),
                cellData: FieldCollection([FieldArray(name: "number", Buffer(numbers))])))
    }

    /// After a cut by noise every inner face is used twice; faces used once lie on the border of the block or on the cut.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func partsOfNeighboursMeetFaceToFace(seed: UInt64) throws {
        let size = 5
        let mesh = ClipMeshTests.mixedMesh(size, seed: seed)
        #expect(mesh.volumes.allSatisfy { $0 > 0 })
        var total = 0.0
        for keepsAbove in [true, false] {
            guard case .unstructured(let side) = try Clip(array: ArraySelector("s"), value: 0, keepsAbove: keepsAbove)(.unstructured(mesh))
            else { return }
            total += side.volumes.reduce(0, +)
            // Edge points and centres have a value of 0 (centres within rounding), kept points do not.
            let value = side.attributes.pointData["s"]!
            for use in side.faceUses.values where use.count != 2 {
                #expect(use.count == 1, "seed \(seed)")
                let isCut = use.face.allSatisfy { abs(value.value($0)) < 1e-6 }
                let isBorder = (0..<3).contains { axis in
                    [0, Double(size)].contains { end in use.face.allSatisfy { side.points[$0][axis] == end } }
                }
                #expect(isCut || isBorder, "seed \(seed), face \(use.face)")
            }
        }
        #expect(abs(total - Double(size * size * size)) < 1e-9, "seed \(seed): \(total)")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func linearFieldsAndCellArraysComeAlong(seed: UInt64) throws {
        let mesh = ClipMeshTests.mixedMesh(4, seed: seed)
        let plane = Plane(origin: Vector3(2.1, 1.9, 2.05), normal: Vector3(1, 0.5, 0.25))
        guard case .unstructured(let side) = try Clip(plane: plane)(.unstructured(mesh)) else { return }
        let linear = side.attributes.pointData["linear"]!
        for point in 0..<side.points.count {
            let p = side.points[point]
            #expect(abs(linear.value(point) - (3 * p.x - 2 * p.y + 0.5 * p.z + 1)) < 1e-12)
        }
        // A part lies in the cell that it says it comes from.
        let number = side.attributes.cellData["number"]!
        let source = mesh.cellList
        for (cell, part) in side.cellList.enumerated() {
            var box = Bounds()
            for point in source[Int(number.value(cell))].points { box.add(mesh.points[point]) }
            #expect(part.points.allSatisfy { box.contains(side.points[$0]) })
            if cell > 0 { #expect(number.value(cell) >= number.value(cell - 1)) }
        }
        let total = Clip(plane: Plane(origin: plane.origin, normal: -plane.normal))
        let other = try total(.unstructured(mesh)).measures(context: ExecutionContext())
        let sum = try Dataset.unstructured(side).measures(context: ExecutionContext()).absoluteVolume + other.absoluteVolume
        #expect(abs(sum - 64) < 1e-9, "\(sum)")
    }

    @Test(.timeLimit(.minutes(1))) func planeThroughLatticePointsCutsNothing() throws {
        let image = ImageData(extent: Extent(0, 4, 0, 4, 0, 4))
        for normal in [Vector3(1, 0, 0), Vector3(-1, 0, 0), Vector3(0, 0, 2)] {
            guard case .unstructured(let side) = try Clip(plane: Plane(origin: Vector3(2, 2, 2), normal: normal))(.image(image)) else { return }
            #expect(side.cellCount == 32)
            #expect(side.points.count == 75)
            #expect(side.runs.count == 1 && side.runs[0].type == .voxel)
        }
    }

    @Test(.timeLimit(.minutes(1))) func missingValuesAndNothing() throws {
        var values = (0..<27).map { Float($0 % 3) }
        values[13] = .nan
        let image = ImageData(
            extent: Extent(0, 2, 0, 2, 0, 2),
            attributes: DatasetAttributes(pointData: FieldCollection([FieldArray(name: "s", Buffer(values))])))
        // The middle point is one of every cell.
        let none = try Clip(array: ArraySelector("s"), value: 0.5)(.image(image))
        #expect(none.cellCount == 0 && none.pointCount == 0)
        let beyond = try Clip(plane: Plane(origin: Vector3(9, 0, 0), normal: Vector3(1, 0, 0)))(.image(image))
        #expect(beyond.cellCount == 0 && beyond.pointCount == 0)
        #expect(beyond.pointData["s"]?.tupleCount == 0)
        let all = try Clip(plane: Plane(origin: Vector3(-9, 0, 0), normal: Vector3(1, 0, 0)))(.image(image))
        #expect(all.cellCount == 8 && all.pointCount == 27)
        #expect(throws: DatasetError.self) { try Clip(plane: Plane(origin: Vector3(), normal: Vector3()))(.image(image)) }
        #expect(throws: DatasetError.self) { try Clip(array: ArraySelector("t"), value: 0)(.image(image)) }
        #expect(throws: DatasetError.self) { try Clip(array: ArraySelector("s", component: .index(1)), value: 0)(.image(image)) }
        let empty = try Clip(plane: Plane(origin: Vector3(), normal: Vector3(1, 0, 0)))(.unstructured(UnstructuredGrid()))
        #expect(empty.cellCount == 0)
    }

    @Test(.timeLimit(.minutes(1))) func sameBytesForThreadsAndPieces() throws {
        let wavelet = try Wavelet(size: 24).produce(UpdateRequest(), context: ExecutionContext())
        let inputs: [Dataset] = [
            wavelet, .unstructured(ClipMeshTests.mixedMesh(6, seed: 5)),
            try WaveletGrid(size: 12, isSplit: true).produce(UpdateRequest(), context: ExecutionContext()),
        ]
        for (number, input) in inputs.enumerated() {
            let center = input.bounds.center
            let name = input.pointData.names[0]
            let filters: [any Filter] = [
                Clip(plane: Plane(origin: center + 0.1, normal: Vector3(1, 0.5, 0.25))),
                Clip(array: ArraySelector(name), value: name == "s" ? 0 : 157),
                Threshold(array: ArraySelector(name), range: name == "s" ? -0.4...0.9 : 100...180, keepsAnyPoint: true),
            ]
            for (which, filter) in filters.enumerated() {
                let source = Pipeline(DatasetSource(input, signature: "clip test \(number)"))
                var reference: [[UInt8]]?
                for (threads, pieces) in [(1, 1), (2, 1), (3, 1), (2, 2), (1, 3), (2, 7)] {
                    let context = ExecutionContext(threads: threads)
                    let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
                    let result = try executor.result(of: source.appending(filter), pieces: pieces)
                    #expect(result.cellCount > 0)
                    if let reference {
                        #expect(result.digest == reference, "input \(number) filter \(which) threads \(threads) pieces \(pieces)")
                    } else {
                        reference = result.digest
                    }
                }
            }
        }
    }
}
