import Dataflow
import Datasets
import Execution
import Files
import Foundation
import Geometry
import Testing

/// What is written as a legacy file reads back the same.
@Suite struct LegacyWriterTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        var kind: Int
        var version: WriterOptions.LegacyVersion
        var isText: Bool
        var testDescription: String { "\(LegacyWriterTests.samples[kind].name) \(version.rawValue) \(isText ? "text" : "binary")" }

        var options: WriterOptions {
            WriterOptions(xml: XMLWriterOptions(encoding: isText ? .ascii : .appendedRaw), legacyVersion: version)
        }
    }

    static let samples: [(name: String, dataset: Dataset)] = {
        var samples = XMLSamples.all.map { sample -> (name: String, dataset: Dataset) in
            guard case .image(var image) = sample.dataset else { return sample }
            image.direction = ImageData.straight
            return (sample.name, .image(image))
        }
        let faces = PolyhedronFaces(
            facesOfCells: CellArray([[0, 1, 2, 3], []]), faces: CellArray([[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]]))
        let grid = UnstructuredGrid(
            points: XMLSamples.points(8), types: Buffer([42, 10]), cells: CellArray([[0, 1, 2, 3], [4, 5, 6, 7]]), polyhedronFaces: faces)
        samples.append(("polyhedra", .unstructured(grid)))
        samples.append(("empty", .unstructured(UnstructuredGrid())))
        samples.append(("table", .table(Table(columns: XMLSamples.attributes(points: 9, cells: 9).cellData))))
        return samples
    }()

    static let variants: [Variant] = samples.indices.flatMap { kind in
        WriterOptions.LegacyVersion.allCases.flatMap { version in
            [true, false].map { Variant(kind: kind, version: version, isText: $0) }
        }
    }

    /// Lines of a fingerprint without what the format does not keep: the order of arrays, and `char` for Int8.
    private func comparable(_ dataset: Dataset) -> [String] {
        var lines = XMLSamples.fingerprint(dataset)
        if case .table(let table) = dataset {
            lines += XMLSamples.fingerprint(.poly(PolyData(attributes: DatasetAttributes(cellData: table.columns))))
        }
        return lines.map { $0.replacing(" char8 ", with: " int8 ") }.sorted()
    }

    @Test(.timeLimit(.minutes(1)), arguments: variants)
    func readsBackWhatWasWritten(_ variant: Variant) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/sample.vtk"
        var expected = LegacyWriterTests.samples[variant.kind].dataset
        try LegacyWriter(options: variant.options).write(expected, to: path, context: ExecutionContext(threads: 2))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["sample.vtk"])
        let read = try LegacyReader(path: path).read(UpdateRequest(), context: ExecutionContext(threads: 3))
        if variant.version == .v4_2 { expected = fromZero(expected) }
        #expect(comparable(read) == comparable(expected))
    }

    /// Version 4.2 has no place for where a lattice begins.
    private func fromZero(_ dataset: Dataset) -> Dataset {
        func moved(_ extent: Extent) -> Extent { Extent(lower: SIMD3(), upper: extent.dimensions &- 1) }
        switch dataset {
        case .image(var image):
            image.origin = image.position(image.extent.lower)
            image.extent = moved(image.extent)
            return .image(image)
        case .rectilinear(var grid):
            grid.extent = moved(grid.extent)
            return .rectilinear(grid)
        case .structured(var grid):
            grid.extent = moved(grid.extent)
            return .structured(grid)
        default: return dataset
        }
    }

    @Test(.timeLimit(.minutes(1))) func saysWhatItCannotHold() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let blocks = BlockCollection(blocks: [.init(name: "a", dataset: LegacyWriterTests.samples[3].dataset)])
        for dataset in [XMLSamples.all[0].dataset, .blocks(blocks)] {
            let error = #expect(throws: FileError.self) {
                try LegacyWriter().write(dataset, to: folder + "/a.vtk", context: ExecutionContext())
            }
            #expect(error?.description.contains("write .vt") == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func keepsIdentifiersThatNeed64Bits() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var data = PolyData(points: XMLSamples.points(2))
        for (name, values) in [("small", [1, -2]), ("large", [1 << 40, -1] as [Int64])] {
            var array = FieldArray(name: name, Buffer(values))
            array.declaredType = "vtkIdType"
            data.attributes.pointData.set(array)
        }
        let path = folder + "/a.vtk"
        try LegacyWriter().write(.poly(data), to: path, context: ExecutionContext())
        let read = try LegacyReader(path: path).read(UpdateRequest(), context: ExecutionContext())
        #expect(read.pointData["small"]?.declaredType == "vtkIdType")
        #expect(read.pointData["small"]?.buffer(of: Int64.self)?.array == [1, -2])
        #expect(read.pointData["large"]?.buffer(of: Int64.self)?.array == [1 << 40, -1])
    }
}
