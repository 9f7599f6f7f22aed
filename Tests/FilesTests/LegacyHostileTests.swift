import Dataflow
import Datasets
import Execution
import Foundation
import SeededNumbers
import Testing

@testable import Files

/// Files that are cut, changed or lie about their sizes: one clear error or a correct dataset, never a trap.
@Suite("Hostile legacy, PLY, STL, OBJ and NRRD files")
struct LegacyHostileTests {
    static let grid = """
        # vtk DataFile Version 3.0
        title
        ASCII
        DATASET UNSTRUCTURED_GRID
        POINTS 5 double
        0 0 0 1 0 0 0 1 0 0 0 1 1 1 1
        CELLS 2 9
        4 0 1 2 3
        3 1 2 4
        CELL_TYPES 2
        10 5
        POINT_DATA 5
        SCALARS s%20t float 1
        LOOKUP_TABLE default
        1 2 3 nan 5
        FIELD F 2
        c 1 5 char
        -1 2 3 4 255
        b 1 5 bit
        1 0 1 0 1
        METADATA
        INFORMATION 1
        NAME L2_NORM_RANGE LOCATION vtkDataArray
        DATA 2 0 1

        CELL_DATA 2
        VECTORS v int
        1 2 3 4 5 6
        FIELD G 1
        names 1 2 string
        one%20two
        three

        """

    static let polygons = "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty double y\nproperty float z\nproperty uchar red\n"
        + "property uchar green\nproperty uchar blue\nelement face 2\nproperty list uchar int vertex_indices\nend_header\n"
        + "0 0 0 1 2 3\n1 0 0 4 5 6\n0 1 0 7 8 9\n1 1 1 255 0 1\n3 0 1 2\n4 0 1 2 3\n"

    static let object = "# c\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 1\nvn 0 0 1\ng a\nusemtl m\nf 1/1/1 2/1/1 3/1/1\nl 1 2\np 3\nf -1 -2 -3\n"

    static let triangles = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n"

    static let volume: [UInt8] = Array("NRRD0004\ntype: short\ndimension: 3\nsizes: 10 2 2\nendian: big\nspacings: 1 2 3\nencoding: raw\n\n".utf8)
        + [UInt8](repeating: 7, count: 80)

    /// The grid in the binary form of version 5.1.
    static var binaryGrid: [UInt8] {
        var bytes = Array("# vtk DataFile Version 5.1\ntitle\nBINARY\nDATASET POLYDATA\nPOINTS 3 float\n".utf8)
        func add(_ numbers: [Int64]) { for number in numbers { for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * shift))) } } }
        for _ in 0..<9 { bytes += [0x3F, 0x80, 0, 0] }
        bytes += Array("\nPOLYGONS 2 3\nOFFSETS vtktypeint64\n".utf8)
        add([0, 3])
        bytes += Array("\nCONNECTIVITY vtktypeint64\n".utf8)
        add([0, 1, 2])
        bytes += Array("\nPOINT_DATA 3\nFIELD F 2\nid 1 3 vtkIdType\n".utf8) + [0, 0, 0, 1, 0, 0, 0, 2, 255, 255, 255, 255]
        bytes += Array("\nwords 1 3 string\n".utf8) + [0xC1, 65, 0x80, 2, 66, 67, 0xC0] + Array("\nMETADATA\nCOMPONENT_NAMES\nx%20y\n\n".utf8)
        return bytes
    }

    static let samples: [(String, [UInt8])] = [
        (".vtk", Array(grid.utf8)), (".vtk", binaryGrid), (".ply", Array(polygons.utf8)), (".obj", Array(object.utf8)),
        (".stl", Array(triangles.utf8)), (".stl", binaryTriangles), (".nrrd", volume),
    ]

    static var binaryTriangles: [UInt8] {
        Array("solid that is binary".utf8) + [UInt8](repeating: 0, count: 60) + [2, 0, 0, 0] + [UInt8](repeating: 62, count: 100)
    }

    private func read(_ bytes: [UInt8], _ suffix: String) throws -> Dataset {
        let file = try TablesScratchFile(bytes: bytes, suffix: suffix)
        return try LegacyOracleTests.read(file.path)
    }

    /// Reads; checks that what comes is sound, or that the error is a good one.
    private func attempt(_ bytes: [UInt8], _ suffix: String) {
        do {
            let dataset = try read(bytes, suffix)
            for array in dataset.pointData.arrays { #expect(array.tupleCount == dataset.pointCount) }
            for array in dataset.cellData.arrays { #expect(array.tupleCount == dataset.cellCount) }
            let lists: [CellArray]
            switch dataset {
            case .unstructured(let grid): lists = [grid.cells]
            case .poly(let data): lists = data.cellLists
            default: lists = []
            }
            for cells in lists {
                for point in cells.connectivity.array { #expect(point >= 0 && Int(point) < dataset.pointCount) }
            }
        } catch let error as FileError {
            #expect(!error.expected.isEmpty && !error.found.isEmpty && error.file.hasSuffix(suffix))
        } catch {
            Issue.record("\(suffix): unexpected error \(error)")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: samples.indices)
    func samplesAreSound(_ index: Int) throws {
        let (suffix, bytes) = LegacyHostileTests.samples[index]
        let dataset = try read(bytes, suffix)
        #expect(dataset.pointCount > 0)
    }

    @Test(.timeLimit(.minutes(1)), arguments: samples.indices)
    func cutFiles(_ index: Int) {
        let (suffix, bytes) = LegacyHostileTests.samples[index]
        for length in 0..<bytes.count { attempt(Array(bytes[..<length]), suffix) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: samples.indices)
    func changedFiles(_ index: Int) {
        let (suffix, whole) = LegacyHostileTests.samples[index]
        for seed in 0..<600 {
            var bytes = whole
            var generator = SplitMix64(seed: UInt64(seed * 7 + index))
            for _ in 0..<1 + seed % 4 {
                let place = Int(generator.next() >> 8 % UInt64(bytes.count))
                bytes[place % bytes.count] = seed % 2 == 0 ? UInt8(truncatingIfNeeded: generator.next() >> 20) : 48 + UInt8(generator.next() >> 20 % 10)
            }
            attempt(bytes, suffix)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: samples.indices)
    func numbersThatLie(_ index: Int) {
        let (suffix, bytes) = LegacyHostileTests.samples[index]
        let text = String(decoding: bytes, as: UTF8.self)
        guard Array(text.utf8) == bytes else { return }
        let pieces = text.split(separator: " ", omittingEmptySubsequences: false)
        for place in pieces.indices {
            for lie in ["-1", "2147483647", "99999999999999999999", "9223372036854775807", "4294967296", "", "x"] {
                var changed = pieces
                changed[place] = Substring(lie)
                attempt(Array(changed.joined(separator: " ").utf8), suffix)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func valuesOfTheSample() throws {
        let dataset = try read(Array(LegacyHostileTests.grid.utf8), ".vtk")
        #expect(dataset.pointData.names == ["s t", "c", "b"])
        #expect(dataset.pointData.active[.scalars] == "s t" && dataset.cellData.active[.vectors] == "v")
        #expect(dataset.pointData.arrays.map(\.typeName) == ["float32", "char8", "bit"])
        #expect(dataset.pointData["c"]?.value(4) == -1)
        guard case .strings(let names)? = dataset.cellData["names"]?.values else { throw DatasetError("names are not text") }
        #expect(names == ["one two", "three"])
        let carriage = LegacyHostileTests.grid.replacingOccurrences(of: "\n", with: "\r\n").replacingOccurrences(of: " ", with: "\t  ")
            .replacingOccurrences(of: "#\t  vtk\t  DataFile\t  Version\t  3.0", with: "# vtk DataFile Version 3.0")
        let same = try read(Array(carriage.utf8), ".vtk")
        #expect(same.pointData.names == ["s t", "c", "b"] && same.cellData.names == ["v", "names"])
        let binary = try read(LegacyHostileTests.binaryGrid, ".vtk")
        guard case .strings(let words)? = binary.pointData["words"]?.values else { throw DatasetError("words are not text") }
        #expect(words == ["A", "BC", ""])
        #expect(binary.pointData["words"]?.componentNames == ["x y"])
        #expect(binary.pointData["id"]?.value(2) == -1 && binary.pointData["id"]?.scalarType == .int64)
    }

    @Test(.timeLimit(.minutes(1)))
    func errorsNameTheirPlace() throws {
        func error(_ old: String, _ new: String) -> FileError? {
            let text = LegacyHostileTests.grid.replacingOccurrences(of: old, with: new)
            do {
                _ = try read(Array(text.utf8), ".vtk")
                return nil
            } catch { return error as? FileError }
        }
        #expect(error("1 2 3 nan 5", "1 2 x nan 5")?.place == .line(15))
        #expect(error("1 2 3 nan 5", "1 2 3")?.place == .line(16))
        #expect(error("4 0 1 2 3", "4 0 1 2 9")?.place == .part("cells, cell 0"))
        #expect(error("10 5", "12 5")?.place == .part("cell 0"))
        #expect(error("10 5", "10 99")?.place == .part("cell types, number 1"))
        #expect(error("CELL_DATA 2", "CELL_DATA 3")?.place == .line(26))
        #expect(error("Version 3.0", "Version 9.0")?.place == .line(1))
        #expect(error("VECTORS v int", "WINDOWS v int")?.place == .line(27))
        #expect(error("1 2 3 4 5 6", "1 2 3 4 5 6.5")?.place == .line(28))
    }

    @Test(.timeLimit(.minutes(1)))
    func polyhedraAreFaceStreams() throws {
        let text = """
            # vtk DataFile Version 3.0
            t
            ASCII
            DATASET UNSTRUCTURED_GRID
            POINTS 5 float
            0 0 0 1 0 0 0 1 0 0 0 1 1 1 1
            CELLS 2 23
            4 0 1 2 3
            17 4 3 1 2 3 3 1 4 2 3 2 4 3 3 3 4 1
            CELL_TYPES 2
            10 42
            """
        guard case .unstructured(let grid) = try read(Array(text.utf8), ".vtk") else { throw DatasetError("no grid") }
        #expect(Array(grid.cells.points(of: 1)) == [1, 2, 3, 4])
        #expect(grid.polyhedronFaces?.faces.count == 4 && grid.polyhedronFaces?.facesOfCells.size(of: 1) == 4)
    }
}
