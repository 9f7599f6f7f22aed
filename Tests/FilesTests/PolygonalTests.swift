import Dataflow
import Datasets
import Execution
import Foundation
import Testing

@testable import Files

/// Polygon files in the forms that programs really write.
@Suite("Polygon files") struct PolygonalTests {
    private let context = ExecutionContext(threads: 2)

    private func poly(_ reader: any DatasetReader) throws -> PolyData {
        guard case .poly(let poly) = try reader.read(UpdateRequest(), context: context) else { throw DatasetError("no poly data") }
        return poly
    }

    private func lists(_ cells: CellArray) -> [[Int]] { (0..<cells.count).map { cell in cells.points(of: cell).map { Int($0) } } }

    // MARK: STL

    private static let triangle: [Float] = [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]

    private func binary(_ header: String, stated: UInt32, triangles: Int, attribute: UInt16 = 0) -> [UInt8] {
        var bytes = Array(header.utf8)
        bytes += [UInt8](repeating: 32, count: 80 - bytes.count) + rawBytes([stated])
        for number in 0..<triangles {
            bytes += rawBytes(Self.triangle.enumerated().map { ($0.offset < 3 ? $0.element : $0.element + Float(number)).bitPattern }) + rawBytes([attribute])
        }
        return bytes
    }

    @Test(.timeLimit(.minutes(1)))
    func binarySTLHasAsManyTrianglesAsBytes() throws {
        let folder = try ScratchFolder()
        for (header, stated, attribute) in [("x", UInt32(5), UInt16(0)), ("solid binary", 5, 0), ("x", 0, 0), ("x", 3, 7), ("solid", 500, 0), ("COLOR=abcd", .max, 0x7FFF)] {
            let data = try poly(STLReader(path: folder.write("b.stl", "", binary(header, stated: stated, triangles: 5, attribute: attribute))))
            #expect(data.polygons.count == 5, "\(header) \(stated)")
        }
        let trailing = try poly(STLReader(path: folder.write("t.stl", "", binary("x", stated: 5, triangles: 5) + [1, 2, 3])))
        #expect(trailing.polygons.count == 5)
        #expect(try poly(STLReader(path: folder.write("z.stl", "", binary("x", stated: 0, triangles: 0)))).polygons.count == 0)
        #expect(throws: FileError.self) { try STLReader(path: folder.write("c.stl", "", Array(binary("x", stated: 5, triangles: 5).dropLast(60)))) }
    }

    @Test(.timeLimit(.minutes(1)))
    func textSTLComesInManyHands() throws {
        let folder = try ScratchFolder()
        func facet(_ x: Int) -> String {
            "facet normal 0 0 1\n outer loop\n  vertex \(x) 0 0\n  vertex \(x + 1) 0 0\n  vertex \(x) 1e0 0\n endloop\nendfacet\n"
        }
        let one = "solid a b c\n" + facet(0) + facet(1) + "endsolid a b c\n"
        for text in [one, one.replacingOccurrences(of: "\n", with: "\r\n"), one.uppercased(), "\n\n  " + one, one.replacingOccurrences(of: "b c\nfacet", with: "b c\ncolor 1 0 0\nfacet")] {
            let data = try poly(STLReader(path: folder.write("a.stl", text)))
            #expect(lists(data.polygons) == [[0, 1, 2], [1, 3, 4]] && data.points.count == 5)
        }
        #expect(try poly(STLReader(path: folder.write("s.stl", one + "\n" + "solid z\nendsolid z\n" + one))).polygons.count == 4)
        let cut = #expect(throws: FileError.self) { try poly(STLReader(path: folder.write("c.stl", String(one.dropLast(40))))) }
        #expect(cut != nil)
    }

    // MARK: OBJ

    private let vertices = (0..<6).map { "v \($0) \($0 * $0) 1\n" }.joined()

    @Test(.timeLimit(.minutes(1)))
    func objCellsOfEveryKind() throws {
        let folder = try ScratchFolder()
        let text = "# c\no thing\n" + vertices + "g a\nf 1 2 3\ng b\nf -1 -2 \\\n -3 -4 1\ns off\nl 1 2 -1\np 2\np 1 3\nf 1// 2// 3//\n"
        for ends in ["\n", "\r\n"] {
            let data = try poly(OBJReader(path: folder.write("a.obj", text.replacingOccurrences(of: "\n", with: ends))))
            #expect(lists(data.polygons) == [[0, 1, 2], [5, 4, 3, 2, 0], [0, 1, 2]])
            #expect(lists(data.lines) == [[0, 1, 5]] && lists(data.vertices) == [[1], [0, 2]])
            #expect(data.attributes.cellData["GroupIds"]!.doubles()!.array == [0, 0, 0, 0, 1, 1])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func objMaterialsHaveColors() throws {
        let folder = try ScratchFolder()
        try folder.write("m.mtl", "newmtl red\nKd 1 0 0\n\nnewmtl gray\r\nKa 1 1 1\r\nKd 0.5\r\nnewmtl none\n")
        let faces = "usemtl red\nf 1 2 3\nusemtl gray\nf 2 3 4\nusemtl none\nf 3 4 5\nusemtl red\nf 4 5 6\n"
        // The first face of a file has no material in VTK's numbering when a name comes before any face.
        let data = try poly(OBJReader(path: folder.write("m.obj", "mtllib m.mtl\n" + vertices + "f 1 2 3\n" + faces)))
        let colors = try #require(data.attributes.cellData["MaterialColors"]?.buffer(of: UInt8.self)).array
        let expected: [[UInt8]] = [[204, 204, 204], [255, 0, 0], [128, 128, 128], [204, 204, 204], [255, 0, 0]]
        #expect(colors == expected.flatMap { $0 })
        let missing = try poly(OBJReader(path: folder.write("n.obj", "mtllib no.mtl\n" + vertices + faces)))
        #expect(missing.attributes.cellData["MaterialColors"] == nil && context.trace.warnings.contains { $0.contains("no.mtl") })
        try folder.write("b.mtl", "newmtl red\nKd x\n")
        #expect(throws: FileError.self) { try poly(OBJReader(path: folder.write("b.obj", "mtllib b.mtl\n" + vertices + faces))) }
    }

    // MARK: PLY

    private func ply(_ header: String, _ body: String) -> String { "ply\nformat ascii 1.0\n" + header + "end_header\n" + body }

    @Test(.timeLimit(.minutes(1)))
    func plyListsAnywhereArePassedOver() throws {
        let folder = try ScratchFolder()
        let header = """
            element camera 1
            property float a
            property list uchar float b
            element face 2
            property list uchar float weights
            property list int uint vertex_indices
            property uchar red
            property uchar green
            property uchar blue
            element vertex 4
            property double x
            property short y
            property list ushort double w
            property uchar z

            """
        let body = "1 3 4 5 6\n0 3 0 1 2 10 20 30\n2 7 8 4 0 1 2 3 40 50 60\n0 1 0 5\n1 2 2 9 9 6\n2 3 0 7\n3 4 1 1 8\n"
        let data = try poly(PLYReader(path: folder.write("a.ply", ply(header, body))))
        #expect(lists(data.polygons) == [[0, 1, 2], [0, 1, 2, 3]])
        #expect(data.points[3] == SIMD3(3, 4, 8) && data.points.scalarType == .float64)
        #expect(data.attributes.cellData["RGB"]!.doubles()!.array == [10, 20, 30, 40, 50, 60])
    }

    @Test(.timeLimit(.minutes(1)))
    func plyCornersWithOtherTextureBecomePoints() throws {
        let folder = try ScratchFolder()
        let header = "element vertex 4\nproperty float x\nproperty float y\nproperty float z\nproperty float nx\nproperty float ny\nproperty float nz\n"
            + "element face 3\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\n"
        let body = "0 0 0 0 0 1\n1 0 0 0 0 1\n0 1 0 0 0 1\n1 1 0 0 0 1\n"
            + "3 0 1 2 6 0 0 1 0 0 1\n3 2 1 3 6 .5 .5 1 0 1 1\n3 0 2 3 6 0 0 .5 .5 .25 .25\n"
        let data = try poly(PLYReader(path: folder.write("t.ply", ply(header, body))))
        #expect(lists(data.polygons) == [[0, 1, 2], [4, 1, 3], [0, 4, 5]])
        #expect(data.points.count == 6 && data.points[4] == data.points[2] && data.points[5] == data.points[3])
        #expect(data.attributes.pointData.names == ["Normals", "TCoords"] && data.attributes.pointData["Normals"]!.tupleCount == 6)
        #expect(data.attributes.pointData["TCoords"]!.doubles()!.array == [0, 0, 1, 0, 0, 1, 1, 1, 0.5, 0.5, 0.25, 0.25])
    }

    @Test(.timeLimit(.minutes(1)))
    func plyStripsAreRead() throws {
        let folder = try ScratchFolder()
        let header = "element vertex 6\nproperty float x\nproperty float y\nproperty float z\nelement tristrips 1\nproperty list int int vertex_indices\n"
        let body = (0..<6).map { "\($0) 0 0\n" }.joined()
        let data = try poly(PLYReader(path: folder.write("s.ply", ply(header, body + "9 0 1 2 3 -1 4 -1 3 4\n"))))
        #expect(lists(data.strips) == [[0, 1, 2, 3]])
        #expect(throws: FileError.self) { try poly(PLYReader(path: folder.write("w.ply", ply(header, body + "3 0 1 6\n")))) }
    }
}
