import Dataflow
import Datasets
import Execution
import Files
import Foundation
import Geometry
import Testing

/// Tables and volumes read back.
@Suite struct ValueWriterTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test(.timeLimit(.minutes(1))) func keepsTablesInCSV() throws {
        var columns = FieldCollection()
        columns.set(FieldArray(name: "whole, \"quoted\"", Buffer<Int64>([1, -5, 1 << 60])))
        columns.set(FieldArray(name: "real", Buffer([0.1, -1e-300, 12345.678901234567])))
        columns.set(FieldArray(name: "text", strings: ["a,b", "say \"so\"", "two\nlines"]))
        columns.set(FieldArray(name: "pair", components: 2, Buffer<Float>([1, 2.5, 3, 4, 5, 0.1])))
        try inFolder { folder in
            try CSVWriter().write(.table(Table(columns: columns)), to: folder + "/a.csv", context: ExecutionContext(threads: 2))
            let read = try CSVReader(path: folder + "/a.csv").readTable()
            #expect(read.columns.names == ["whole, \"quoted\"", "real", "text", "pair:0", "pair:1"])
            #expect(read.columns["whole, \"quoted\""]?.buffer(of: Int64.self)?.array == [1, -5, 1 << 60])
            #expect(read.columns["real"]?.doubles()?.array == [0.1, -1e-300, 12345.678901234567])
            guard case .strings(let text)? = read.columns["text"]?.values else { throw DatasetError("no text") }
            #expect(text == ["a,b", "say \"so\"", "two\nlines"])
            #expect(read.columns["pair:1"]?.floats()?.array == [2.5, 4, 0.1])
            try CSVWriter().write(.table(Table(columns: columns)), to: folder + "/a.tsv", context: ExecutionContext(threads: 1))
            let first = try String(contentsOfFile: folder + "/a.tsv", encoding: .utf8).split(separator: "\n")[1]
            #expect(first == "1\t0.1\ta,b\t1\t2.5")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 2, 3, 4]) func writesPointsOfEveryKindAsRows(_ kind: Int) throws {
        let dataset = XMLSamples.all[kind].dataset
        try inFolder { folder in
            try CSVWriter().write(dataset, to: folder + "/a.csv", context: ExecutionContext(threads: 2))
            let read = try CSVReader(path: folder + "/a.csv").readTable()
            #expect(read.rowCount == dataset.pointCount)
            let last = dataset.pointCount - 1
            let position: Vector3
            switch dataset {
            case .image(let image): position = image.position(image.extent.point(at: last))
            case .rectilinear(let grid): position = grid.position(local: grid.extent.point(at: last) &- grid.extent.lower)
            case .structured(let grid): position = grid.points[last]
            case .unstructured(let grid): position = grid.points[last]
            case .poly(let poly): position = poly.points[last]
            default: return
            }
            for (name, value) in [("x", position.x), ("y", position.y), ("z", position.z)] {
                let found = try #require(read.columns[name]).value(last)
                #expect(found == value || Float(found) == Float(value), "\(name)")
            }
            #expect(read.columns["u64"]?.doubles() == dataset.pointData["u64"]?.doubles())
        }
    }

    struct Volume: Sendable, CustomTestStringConvertible {
        var ending: String
        var order: ByteOrder
        var compression: Codec
        var components: Int
        var testDescription: String { "\(ending) \(order) \(compression) \(components)" }
    }

    static let volumes: [Volume] = ["nrrd", "mha"].flatMap { ending in
        [ByteOrder.littleEndian, .bigEndian].flatMap { order in
            [Codec.none, .zlib].flatMap { compression in
                [1, 3].map { Volume(ending: ending, order: order, compression: compression, components: $0) }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: volumes) func keepsVolumes(_ volume: Volume) throws {
        let extent = Extent(-1, 10, 2, 5, 0, 2)
        var image = ImageData(extent: extent, origin: Vector3(0.1, -2, 1e-9), spacing: Vector3(0.3, 2, 1))
        let numbers = (0..<extent.pointCount * volume.components).map { Int16(truncatingIfNeeded: $0 * 977) }
        image.attributes.pointData.set(FieldArray(name: "density of it", components: volume.components, Buffer(numbers)))
        image.attributes.pointData.set(FieldArray(name: "other", Buffer(repeating: Float(0), count: extent.pointCount)))
        var options = WriterOptions(xml: XMLWriterOptions(compression: volume.compression))
        options.xml.byteOrder = volume.order
        try inFolder { folder in
            let path = folder + "/a." + volume.ending
            // Two arrays, and nothing says which: an error that names them.
            let error = #expect(throws: FileError.self) { try FileFormat.write(.image(image), to: path, options: options, context: ExecutionContext()) }
            #expect(error?.found.contains("density of it") == true)
            image.attributes.pointData.active = [.scalars: "density of it"]
            try FileFormat.write(.image(image), to: path, options: options, context: ExecutionContext())
            guard case .image(let read) = try FileSource(path: path).produce(UpdateRequest(), context: ExecutionContext()) else { return }
            #expect(read.extent.dimensions == extent.dimensions && read.spacing == image.spacing)
            #expect(read.position(read.extent.lower) == image.position(extent.lower))
            #expect(read.attributes.pointData.arrays.first?.buffer(of: Int16.self)?.array == numbers)
        }
    }
}
