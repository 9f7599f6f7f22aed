import Dataflow
import Datasets
import Execution
import Files
import Foundation
import Geometry
import Testing

/// PLY, STL and OBJ files read back as far as the formats can say it.
@Suite struct SurfaceWriterTests {
    /// A strip, a triangle and a quad, with what these formats know by name.
    static let surface: PolyData = {
        var data = PolyData(
            points: XMLSamples.points(9), polygons: CellArray([[0, 1, 2], [3, 4, 8, 7]]), strips: CellArray([[4, 5, 6, 7]]))
        data.attributes.pointData.set(FieldArray(name: "RGB", components: 3, Buffer((0..<27).map { UInt8($0 * 9) })))
        data.attributes.pointData.set(FieldArray(name: "Normals", components: 3, Buffer((0..<27).map { Float($0) / 7 - 1 })))
        data.attributes.pointData.set(FieldArray(name: "TCoords", components: 2, Buffer((0..<18).map { Float($0) * 0.1 })))
        data.attributes.pointData.active = [.scalars: "RGB", .normals: "Normals", .textureCoordinates: "TCoords"]
        data.attributes.cellData.set(FieldArray(name: "intensity", Buffer<UInt8>([7, 8, 9])))
        return data
    }()

    private func written(_ data: PolyData, _ name: String, _ options: WriterOptions, _ check: (Dataset) throws -> Void) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/" + name
        try FileFormat.write(.poly(data), to: path, options: options, context: ExecutionContext(threads: 2))
        try check(try FileSource(path: path).produce(UpdateRequest(), context: ExecutionContext(threads: 2)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
    }

    private static let record = ProvenanceRecord(program: "tessera test", command: "tessera convert 'a b' --slice 1", inputs: [])

    private static func options(_ encoding: XMLWriterOptions.Encoding, _ order: ByteOrder = .littleEndian) -> WriterOptions {
        var xml = XMLWriterOptions(encoding: encoding)
        xml.byteOrder = order
        return WriterOptions(xml: xml, provenance: record)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [options(.ascii), options(.appendedRaw), options(.appendedRaw, .bigEndian)])
    func keepsWhatPLYHolds(_ options: WriterOptions) throws {
        try written(Self.surface, "a.ply", options) { read in
            guard case .poly(let poly) = read else { throw DatasetError("not poly data") }
            #expect(poly.points.array.floats() == Self.surface.points.array.floats())
            let polygons = (0..<poly.polygons.count).map { Array(poly.polygons.points(of: $0)) }
            // The strip's second triangle is turned around.
            #expect(polygons == [[0, 1, 2], [3, 4, 8, 7], [4, 5, 6], [6, 5, 7]])
            for name in ["RGB", "Normals", "TCoords"] {
                #expect(poly.attributes.pointData[name]?.doubles() == Self.surface.attributes.pointData[name]?.doubles())
            }
            #expect(poly.attributes.cellData["intensity"]?.doubles()?.array == [7, 8, 9, 9])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [options(.ascii), options(.appendedRaw)])
    func keepsTrianglesInSTL(_ options: WriterOptions) throws {
        let data = PolyData(points: XMLSamples.points(9), polygons: CellArray([[0, 1, 5], [3, 4, 8], [4, 5, 0]]))
        try written(data, "a.stl", options) { read in
            guard case .poly(let poly) = read else { throw DatasetError("not poly data") }
            let corners = (0..<poly.polygons.count).map { poly.polygons.points(of: $0).map { poly.points[Int($0)] } }
            #expect(corners == (0..<3).map { data.polygons.points(of: $0).map { data.points[Int($0)] } })
        }
    }

    @Test(.timeLimit(.minutes(1))) func keepsCornersInOBJ() throws {
        var data = Self.surface
        data.attributes.pointData = FieldCollection()
        data.lines = CellArray([[0, 1, 2]])
        try written(data, "a.obj", Self.options(.ascii)) { read in
            guard case .poly(let poly) = read else { throw DatasetError("not poly data") }
            // Coordinates come back as Double; they are the nearest to the same Float.
            #expect(poly.points.array.floats() == data.points.array.floats())
            #expect((0..<poly.polygons.count).map { Array(poly.polygons.points(of: $0)) } == [[0, 1, 2], [3, 4, 8, 7], [4, 5, 6], [6, 5, 7]])
            #expect((0..<poly.lines.count).map { Array(poly.lines.points(of: $0)) } == [[0, 1, 2]])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["a.stl", "a.ply", "a.obj"]) func saysThatVolumesNeedASurface(_ name: String) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for sample in XMLSamples.all[0...3] {
            let error = #expect(throws: FileError.self) {
                try FileFormat.write(sample.dataset, to: folder + "/" + name, context: ExecutionContext())
            }
            #expect(error?.description.contains("--surface") == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
