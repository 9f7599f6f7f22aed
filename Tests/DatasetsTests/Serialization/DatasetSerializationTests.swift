import Damaging
import Datasets
import Execution
import Geometry
import Serialization
import Testing

@Suite struct DatasetSerializationTests {
    private static func attributes(points: Int, cells: Int) -> DatasetAttributes {
        var attributes = DatasetAttributes()
        attributes.pointData = FieldCollection([
            FieldArray(name: "temperature", Buffer((0..<points).map { Float($0) * 0.5 })),
            FieldArray(name: "velocity", components: 3, Buffer((0..<3 * points).map { Double($0) })),
        ])
        attributes.pointData.active[.scalars] = "temperature"
        attributes.pointData.active[.vectors] = "velocity"
        var named = FieldArray(name: "label", strings: (0..<cells).map { "cell \($0) ✓" })
        named.componentNames = ["text"]
        var letters = FieldArray(name: "letters", Buffer((0..<cells).map { Int8(truncatingIfNeeded: $0) }))
        letters.declaredType = "char"
        let bits = FieldArray(name: "flags", values: .bits(Buffer<UInt8>(repeating: 0xA5, count: (cells + 7) / 8), count: cells))
        attributes.cellData = FieldCollection([named, letters, bits])
        attributes.fieldData = FieldCollection([FieldArray(name: "time", Buffer([1.5])), FieldArray(name: "title", strings: ["a", ""])])
        attributes.firstMadePoint = points / 2
        var piece = PieceInfo(piece: 1, pieceCount: 3, ghostLevels: 1)
        piece.cellGhostLevels = Buffer((0..<cells).map { UInt8($0 % 2) })
        piece.pointGhostLevels = Buffer((0..<points).map { UInt8($0 % 3) })
        piece.cellOwners = Buffer((0..<cells).map { Int32($0 % 3) })
        piece.cellKeys = Buffer((0..<cells).map { UInt64($0) << 3 })
        piece.cellRanks = Buffer<UInt32>(repeating: 0, count: cells)
        piece.pointIdentities = Buffer((0..<points).map { PointIdentity(high: UInt64($0), low: 7) })
        attributes.piece = piece
        return attributes
    }

    static let samples: [(String, Dataset)] = {
        let extent = Extent(-1, 2, 0, 3, 5, 6)
        var lattice = attributes(points: extent.pointCount, cells: extent.cellCount)
        lattice.piece?.wholeExtent = Extent(-1, 20, 0, 3, 0, 9)
        let eight = Points((0..<8).map { Vector3(Double($0 & 1), Double($0 >> 1 & 1), Double($0 >> 2)) })
        let wide = Points.float64(Buffer((0..<24).map { Double($0) }))
        let mixed = UnstructuredGrid(
            points: wide, cells: [(.hexahedron, Array(0..<8)), (.tetrahedron, [0, 1, 2, 4]), (.tetrahedron, [1, 2, 3, 4]), (.polyLine, [0, 7, 3])],
            attributes: attributes(points: 8, cells: 4))
        let faces = PolyhedronFaces(
            facesOfCells: CellArray([[0, 1, 2, 3]]), faces: CellArray([[0, 1, 2], [0, 1, 4], [0, 2, 4], [1, 2, 4]]))
        let polyhedron = UnstructuredGrid(
            points: eight, types: Buffer([CellType.polyhedron.rawValue]), cells: CellArray([[0, 1, 2, 4]]), polyhedronFaces: faces)
        let poly = PolyData(
            points: eight, vertices: CellArray([[0]]), lines: CellArray([[1, 2], [2, 3, 4]]), polygons: CellArray([[0, 1, 3, 2]]),
            strips: CellArray([[0, 1, 2, 3, 4]]), attributes: attributes(points: 8, cells: 5))
        var table = Table(columns: FieldCollection([FieldArray(name: "n", Buffer([Int64(1), 2])), FieldArray(name: "s", strings: ["x", "y"])]))
        table.piece = PieceInfo(piece: 0, pieceCount: 2)
        let all: [(String, Dataset)] = [
            ("image", .image(ImageData(extent: extent, origin: Vector3(1, 2, 3), spacing: Vector3(0.1, 2, -3), attributes: lattice))),
            ("rectilinear", .rectilinear(RectilinearGrid(
                extent: extent, x: FieldArray(name: "x", Buffer([0, 1, 2, 4] as [Float])), y: FieldArray(name: "y", Buffer([0, 1, 2, 4] as [Double])),
                z: FieldArray(name: "z", Buffer([Int32(0), 9])), attributes: lattice))),
            ("structured", .structured(StructuredGrid(
                extent: extent, points: .float32(Buffer((0..<3 * extent.pointCount).map { Float($0) })), attributes: lattice))),
            ("unstructured", .unstructured(mixed)), ("polyhedron", .unstructured(polyhedron)), ("poly", .poly(poly)), ("table", .table(table)),
            ("no cells", .unstructured(UnstructuredGrid(points: eight, type: .hexahedron, connectivity: Buffer()))),
            ("nothing", .poly(PolyData())), ("empty image", .image(ImageData(extent: .empty))),
        ]
        var inner = BlockCollection(blocks: all.prefix(3).map { .init(name: $0.0, dataset: $0.1) }, isPartitioned: true)
        inner.fieldData = FieldCollection([FieldArray(name: "step", Buffer([UInt8(3)]))])
        var outer = BlockCollection(
            blocks: [.init(name: "inner", dataset: .blocks(inner)), .init(name: "absent", dataset: nil), .init(name: "poly", dataset: .poly(poly))])
        outer.holdsPartitioned = true
        return all + [("blocks", .blocks(outer))]
    }()

    /// The form of what was read is the form that was written: nothing got lost, and equal values have equal forms.
    @Test(.timeLimit(.minutes(1))) func everyKindComesBack() throws {
        for (name, dataset) in Self.samples {
            let bytes = dataset.serialized()
            let copy = try Dataset(serialized: bytes.joined())
            #expect(copy.kind == dataset.kind && copy.pointCount == dataset.pointCount && copy.cellCount == dataset.cellCount, "\(name)")
            #expect(copy.serialized().digest == bytes.digest, "\(name)")
            #expect(copy.validate() == dataset.validate(), "\(name)")
            #expect(copy.byteCount == dataset.byteCount, "\(name)")
            #expect(copy.piece?.pointIdentities == dataset.piece?.pointIdentities && copy.piece?.cellOwners == dataset.piece?.cellOwners, "\(name)")
            #expect(copy.attributes.firstMadePoint == dataset.attributes.firstMadePoint, "\(name)")
            #expect(copy.pointData.active == dataset.pointData.active && copy.cellData.names == dataset.cellData.names, "\(name)")
            if case .blocks(let a) = copy, case .blocks(let b) = dataset {
                #expect(a.typeName == b.typeName && a.leaves.map(\.path) == b.leaves.map(\.path) && a.blocks.count == b.blocks.count)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func everyChangeShowsInTheForm() {
        for (name, dataset) in Self.samples where dataset.kind != .blocks && dataset.kind != .table && dataset.piece != nil {
            var changed = dataset
            changed.attributes.piece?.ghostLevels = 2
            #expect(changed.serialized().digest != dataset.serialized().digest, "\(name)")
            changed = dataset
            changed.attributes.pointData.active[.scalars] = nil
            #expect(changed.serialized().digest != dataset.serialized().digest, "\(name)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func largeBuffersAreSharedOnBothSides() throws {
        let values = Buffer((0..<100_000).map { Float($0) })
        let points = Points.float32(Buffer<Float>(repeating: 1, count: 300_000))
        let grid = Dataset.unstructured(UnstructuredGrid(
            points: points, attributes: DatasetAttributes(pointData: FieldCollection([FieldArray(name: "a", values)]))))
        let bytes = grid.serialized()
        #expect(bytes.segments.contains { $0.storage.address == UnsafeMutableRawPointer(mutating: values.pointer) })
        let joined = bytes.joined()
        guard let read = try Dataset(serialized: joined).pointData["a"]?.buffer(of: Float.self) else {
            Issue.record("the array is gone")
            return
        }
        let place = UInt(bitPattern: UnsafeRawPointer(read.pointer)) - UInt(bitPattern: joined.address)
        #expect(place < UInt(joined.byteCount) && place % 64 == 0 && read == values)
    }

    /// Damaged forms are errors, or datasets of consistent sizes; never anything else.
    @Test(.timeLimit(.minutes(1))) func damagedFormsAreErrorsOrDatasets() throws {
        for (name, dataset) in Self.samples {
            let joined = dataset.serialized().joined()
            let bytes = [UInt8](UnsafeRawBufferPointer(start: joined.address, count: joined.byteCount))
            for number in 0..<600 {
                let damaged = Damage.copy(of: bytes, number: number)
                let storage = Storage(byteCount: damaged.count)
                UnsafeMutableRawBufferPointer(start: storage.address, count: damaged.count).copyBytes(from: damaged)
                do {
                    let found = try Dataset(serialized: storage)
                    _ = found.validate()
                    _ = found.serialized().byteCount
                } catch let error as SerializationError {
                    #expect(error.place >= 0 && error.place <= damaged.count && !error.expected.isEmpty, "\(name), copy \(number)")
                }
            }
            for length in stride(from: 0, to: bytes.count, by: 7) {
                var reader = ByteReader(bytes[..<length])
                #expect(throws: SerializationError.self, "\(name), \(length)") { try reader.nested { _ = try Dataset(serialized: Self.storage($0)) } }
            }
        }
    }

    private static func storage(_ reader: ByteReader) throws -> Storage {
        var reader = reader
        let bytes = try (0..<reader.remainingByteCount).map { _ in try reader.read(UInt8.self) }
        let storage = Storage(byteCount: bytes.count)
        UnsafeMutableRawBufferPointer(start: storage.address, count: bytes.count).copyBytes(from: bytes)
        return storage
    }

    @Test(.timeLimit(.minutes(1))) func nestingIsBounded() {
        var dataset = Dataset.poly(PolyData())
        for _ in 0..<200 { dataset = .blocks(BlockCollection(blocks: [.init(name: "in", dataset: dataset)])) }
        #expect(throws: SerializationError.self) { try Dataset(serialized: dataset.serialized().joined()) }
    }
}
