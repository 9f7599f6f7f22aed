import Dataflow
import Datasets
import Execution
import Files
import Foundation
import Geometry
import Testing

@Suite struct XMLRoundTripTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        var kind: Int
        var options: XMLWriterOptions
        var testDescription: String {
            "\(XMLSamples.all[kind].name) \(options.encoding) \(options.compression) \(options.headerWidth) \(options.byteOrder) \(options.blockSize)"
        }
    }

    static let variants: [Variant] = {
        var variants: [Variant] = []
        for kind in XMLSamples.all.indices {
            for encoding in XMLWriterOptions.Encoding.allCases {
                for compression in [Codec.none, .zlib, .lz4, .lzma] where encoding != .ascii || compression == .none {
                    for headerWidth in [4, 8] {
                        for byteOrder in [ByteOrder.littleEndian, .bigEndian] {
                            for blockSize in [64, 1 << 16] {
                                var options = XMLWriterOptions(encoding: encoding, compression: compression)
                                options.headerWidth = headerWidth
                                options.byteOrder = byteOrder
                                options.blockSize = blockSize
                                variants.append(Variant(kind: kind, options: options))
                            }
                        }
                    }
                }
            }
        }
        return variants
    }()

    @Test(.timeLimit(.minutes(1)), arguments: variants)
    func readsBackWhatWasWritten(_ variant: Variant) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sample = XMLSamples.all[variant.kind]
        let path = "\(folder)/sample.\(sample.name)"
        let expected = XMLSamples.fingerprint(sample.dataset)
        try XMLWriter(options: variant.options).write(sample.dataset, to: path, context: ExecutionContext(threads: 2))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["sample.\(sample.name)"])
        for threads in [1, 3] {
            let dataset = try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext(threads: threads))
            #expect(XMLSamples.fingerprint(dataset) == expected)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: variants.filter { $0.kind < 3 })
    func readsPartsOfLattices(_ variant: Variant) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sample = XMLSamples.all[variant.kind]
        let path = "\(folder)/sample.\(sample.name)"
        try XMLWriter(options: variant.options).write(sample.dataset, to: path, context: ExecutionContext(threads: 2))
        let whole = try #require(sample.dataset.extent)
        let reader = try XMLReader(path: path)
        for part in [Extent(0, 2, 2, 4, 1, 2), Extent(-1, 3, 2, 5, 1, 1), Extent(1, 1, 3, 3, 0, 2), Extent(-1, 3, 3, 4, 0, 2)] {
            var request = UpdateRequest()
            request.extent = part
            request.arrays = .only(point: ["float"], cell: ["i64", "names", "bits"])
            let dataset = try reader.read(request, context: ExecutionContext(threads: 2))
            #expect(dataset.extent == part)
            #expect(dataset.pointData.names == ["float"])
            let array = try #require(dataset.pointData["float"])
            let original = try #require(sample.dataset.pointData["float"])
            for index in 0..<part.pointCount {
                #expect(array.value(index) == original.value(whole.pointIndex(part.point(at: index))))
            }
            let cells = try #require(dataset.cellData["i64"])
            #expect(cells.tupleCount == part.cellCount)
            guard case .strings(let names) = try #require(dataset.cellData["names"]).values else { continue }
            #expect(names.count == part.cellCount)
            // Cell (i, j, k) begins at point (i, j, k); on a flat axis it is the layer above, or the last one.
            let size = part.cellDimensions
            for index in 0..<part.cellCount {
                let cell: SIMD3<Int> = SIMD3(index % size.x, index / size.x % size.y, index / (size.x * size.y)) &+ part.lower
                let wholeSize = whole.cellDimensions
                var local = cell &- whole.lower
                for axis in 0..<3 { local[axis] = min(local[axis], wholeSize[axis] - 1) }
                let number = (local.z * wholeSize.y + local.y) * wholeSize.x + local.x
                #expect(names[index] == "cell ä \(number)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func keepsPolyhedraAndGhosts() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let faces = PolyhedronFaces(
            facesOfCells: CellArray([[0, 1, 2, 3], []]), faces: CellArray([[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]]))
        var grid = UnstructuredGrid(
            points: XMLSamples.points(8), types: Buffer([42, 10]), cells: CellArray([[0, 1, 2, 3], [4, 5, 6, 7]]), polyhedronFaces: faces)
        let path = folder + "/p.vtu"
        try XMLWriter().write(.unstructured(grid), to: path, context: ExecutionContext())
        let read = try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext())
        #expect(XMLSamples.fingerprint(read) == XMLSamples.fingerprint(.unstructured(grid)))
        var piece = PieceInfo(piece: 1, pieceCount: 2, ghostLevels: 1)
        piece.cellGhostLevels = Buffer([0, 2])
        grid.attributes.piece = piece
        try XMLWriter().write(.unstructured(grid), to: path, context: ExecutionContext())
        let marked = try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext())
        #expect(marked.cellData["vtkGhostType"]?.buffer(of: UInt8.self)?.array == [0, 1])
    }

    @Test(.timeLimit(.minutes(1))) func mergesPiecesOfOneFile() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func piece(_ x: Int, _ values: String) -> String {
            """
            <Piece NumberOfPoints="4" NumberOfCells="1"><PointData Scalars="v"><DataArray type="Int32" Name="v" format="ascii">\(values)</DataArray></PointData>
            <Points><DataArray type="Float32" NumberOfComponents="3" format="ascii">\(x) 0 0 \(x + 1) 0 0 \(x + 1) 1 0 \(x) 1 -0.0</DataArray></Points>
            <Cells><DataArray type="Int64" Name="connectivity" format="ascii">0 1 2 3</DataArray><DataArray type="Int32" Name="offsets" format="ascii">4</DataArray>
            <DataArray type="UInt8" Name="types" format="ascii">9</DataArray></Cells></Piece>
            """
        }
        let text = "<?xml version=\"1.0\"?><!-- a > b --><VTKFile type='UnstructuredGrid' version='0.1'><UnstructuredGrid>" + piece(0, "1 2 3 4")
            + piece(1, "5 6 7 8") + "</UnstructuredGrid></VTKFile>"
        let path = folder + "/two.vtu"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let dataset = try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext(threads: 2))
        #expect(dataset.pointCount == 6 && dataset.cellCount == 2)
        #expect(dataset.pointData["v"]?.buffer(of: Int32.self)?.array == [1, 2, 3, 4, 6, 7])
        guard case .unstructured(let grid) = dataset else { return }
        #expect(grid.cells.connectivity.array == [0, 1, 2, 3, 1, 4, 5, 2])
    }

    @Test(.timeLimit(.minutes(1))) func leavesNothingBehindWhenCancelled() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let context = ExecutionContext(threads: 2)
        context.cancellation.cancel()
        #expect(throws: CancelledError.self) {
            try XMLWriter().write(XMLSamples.all[3].dataset, to: folder + "/a.vtu", context: context)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
