import Dataflow
import Datasets
import Execution
import Foundation
import Testing

@testable import Files

/// Files of a test in a folder of their own, removed with the value.
final class ScratchFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Writes a file and returns its path.
    @discardableResult func write(_ name: String, _ text: String, _ bytes: [UInt8] = []) throws -> String {
        let file = path + "/" + name
        try Data(Array(text.utf8) + bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The bytes of numbers, in either order.
func rawBytes<Value: FixedWidthInteger>(_ values: [Value], isBig: Bool = false) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { Array($0) } }
}

@Suite("Volumes") struct VolumeTests {
    private let context = ExecutionContext(threads: 2)
    /// 3 × 2 × 4 points.
    private let values: [Int16] = (0..<24).map { Int16($0 * 37 - 300) }

    private func read(_ reader: any DatasetReader, _ request: UpdateRequest = UpdateRequest()) throws -> ImageData {
        guard case .image(let image) = try reader.read(request, context: context) else { throw DatasetError("not an image") }
        return image
    }

    private func shorts(_ image: ImageData) throws -> [Int16] {
        try #require(image.attributes.pointData.arrays.first?.buffer(of: Int16.self)).array
    }

    private func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        let compressor = Compressor(.zlib)
        var output = [UInt8](repeating: 0, count: compressor.bound(bytes.count))
        let count = try bytes.withUnsafeBytes { input in try output.withUnsafeMutableBytes { try compressor.compress(input, into: $0) } }
        return Array(output[..<count])
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true], [false, true])
    func metaImagesAreReadInEveryForm(_ isBig: Bool, _ isCompressed: Bool) throws {
        let folder = try ScratchFolder()
        let raw = rawBytes(values, isBig: isBig)
        let body = isCompressed ? try compressed(raw) : raw
        let header = """
            ObjectType = Image
            NDims = 3
            BinaryDataByteOrderMSB = \(isBig)
            \(isCompressed ? "CompressedData = True\nCompressedDataSize = \(body.count)" : "CompressedData = False")
            TransformMatrix = 0 1 0 -1 0 0 0 0 1
            Offset = 1 2 3
            ElementSpacing = 0.5 -2 3
            DimSize = 3 2 4
            ElementType = MET_SHORT

            """
        let local = try folder.write("a.mha", header + "ElementDataFile = LOCAL\n", body)
        let image = try read(MetaImageReader(path: local))
        #expect(try shorts(image) == values)
        #expect(image.extent == Extent(0, 2, 0, 1, 0, 3) && image.spacing == SIMD3(0.5, 2, 3) && image.origin == SIMD3(1, 2, 3))
        #expect(image.direction == [0, 1, 0, -1, 0, 0, 0, 0, 1])
        #expect(image.attributes.pointData.names == ["MetaImage"])
        // A part is the same whatever it takes to come to it.
        let reader = try MetaImageReader(path: local)
        #expect(try reader.describe().splitting == .extents)
        for extent in [Extent(1, 2, 0, 1, 1, 2), Extent(0, 2, 1, 1, 3, 3), Extent(2, 2, 0, 0, 0, 3)] {
            var request = UpdateRequest()
            request.extent = extent
            let part = try read(reader, request)
            let places = (0..<extent.pointCount).map { image.extent.pointIndex(extent.point(at: $0)) }
            #expect(try shorts(part) == places.map { values[$0] } && part.extent == extent)
        }
        try folder.write("b.raw", "", body)
        #expect(try shorts(read(MetaImageReader(path: folder.write("b.mhd", header + "ElementDataFile = b.raw\n")))) == values)
    }

    @Test(.timeLimit(.minutes(1)))
    func metaImagesOfManyFilesTextAndChannels() throws {
        let folder = try ScratchFolder()
        for slice in 0..<4 { try folder.write("s\(2 * slice + 3).raw", "", rawBytes(Array(values[6 * slice..<6 * slice + 6]))) }
        let header = "NDims = 3\nDimSize = 3 2 4\nElementType = MET_SHORT\n"
        #expect(try shorts(read(MetaImageReader(path: folder.write("p.mhd", header + "ElementDataFile = s%d.raw 3 9 2\n")))) == values)
        let list = header + "ElementDataFile = LIST\ns3.raw\ns5.raw\ns7.raw\ns9.raw\n"
        let listed = try MetaImageReader(path: folder.write("l.mhd", list))
        #expect(try shorts(read(listed)) == values)
        // Only files that hold the part are read.
        try FileManager.default.removeItem(atPath: folder.path + "/s9.raw")
        var part = UpdateRequest()
        part.extent = Extent(1, 2, 0, 1, 1, 2)
        let image = try read(listed, part)
        #expect(try shorts(image) == [7, 8, 10, 11, 13, 14, 16, 17].map { values[$0] } && image.extent == part.extent)
        #expect(throws: FileError.self) { try read(listed) }
        let text = try folder.write("t.mha", header + "BinaryData = False\nElementDataFile = LOCAL\n" + values.map { "\($0)" }.joined(separator: " "))
        #expect(try shorts(read(MetaImageReader(path: text))) == values)
        let channels = "NDims = 2\nDimSize = 3 4\nElementNumberOfChannels = 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
        let two = try read(MetaImageReader(path: folder.write("c.mha", channels, rawBytes(values))))
        #expect(two.attributes.pointData.arrays[0].components == 2 && two.extent == Extent(0, 2, 0, 3, 0, 0))
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["raw", "gzip", "hex", "ascii"], [false, true])
    func nrrdsAreReadInEveryEncoding(_ encoding: String, _ isBig: Bool) throws {
        let folder = try ScratchFolder()
        let raw = rawBytes(values, isBig: isBig)
        let body: [UInt8] =
            switch encoding {
            case "gzip": try compressed([9, 9] + raw)
            case "hex": Array(raw.map { String(format: "%02x", $0) }.joined(separator: "\n").utf8)
            case "ascii": Array(values.map { "\($0)" }.joined(separator: "\n").utf8)
            default: [9, 9] + raw
            }
        let skip = encoding == "gzip" || encoding == "raw" ? 2 : 0
        let header = """
            NRRD0004
            # a comment
            type: short
            dimension: 3
            sizes: 3 2 4
            kinds: domain domain domain
            space: left-anterior-superior
            space directions: (0,2,0) (-1,0,0) (0,0,3)
            space origin: (1,2,3)
            endian: \(isBig ? "big" : "little")
            encoding: \(encoding)
            line skip: 1
            byte skip: \(skip)

            """
        var turned: [Int16] = []
        for slice in 0..<4 {
            let first = 6 * slice
            turned += Array(values[(first + 3)..<(first + 6)])
            turned += Array(values[first..<(first + 3)])
        }
        let image = try read(NRRDReader(path: folder.write("a.nrrd", header + "\nskipped\n", body)))
        #expect(try shorts(image) == turned)
        #expect(image.spacing == SIMD3(2, 1, 3) && image.origin == SIMD3(1, 2, 3))
        try folder.write("b.dat", "skipped\n", body)
        #expect(try shorts(read(NRRDReader(path: folder.write("b.nhdr", header + "data file: b.dat\n")))) == turned)
    }

    @Test(.timeLimit(.minutes(1)))
    func nrrdComponentsAreTheFirstOrTheLastAxis() throws {
        let folder = try ScratchFolder()
        let header = "NRRD0005\ntype: short\nendian: little\nencoding: raw\n"
        func image(_ fields: String) throws -> ImageData { try read(NRRDReader(path: folder.write("c.nrrd", header + fields + "\n\n", rawBytes(values)))) }
        let first = try image("dimension: 3\nsizes: 3 4 2")
        #expect(first.attributes.pointData.arrays[0].components == 3 && first.extent == Extent(0, 3, 0, 1, 0, 0))
        let last = try image("dimension: 4\nsizes: 3 2 2 2\nkinds: space space space vector")
        #expect(last.attributes.pointData.arrays[0].components == 2 && last.extent == Extent(0, 2, 0, 1, 0, 1))
        #expect(try shorts(last) == (0..<12).flatMap { [values[$0], values[$0 + 12]] })
        let error = #expect(throws: FileError.self) { try NRRDReader(path: folder.write("z.nrrd", "NRRD0004\ntype: short\ndimension: 1\nsizes: 3\nencoding: bzip2\n\n")) }
        #expect(error?.expected.contains("gzip") == true && error?.found.contains("bzip2") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func rawVolumesHaveTheLayoutThatIsGiven() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("v.raw", "head", rawBytes(values, isBig: true))
        for text in ["3x2x4:int16:big:skip=4:spacing=1,2,3:origin=4,5,6:name=CT", "3x2x4:short:big:skip=end:spacing=1,2,3:origin=4,5,6:name=CT"] {
            let image = try read(RawVolumeReader(path: path, layout: RawVolumeLayout(parsing: text)))
            #expect(try shorts(image) == values && image.spacing == SIMD3(1, 2, 3) && image.origin == SIMD3(4, 5, 6))
            #expect(image.attributes.pointData.names == ["CT"])
        }
        for text in ["", "3x2", "0x2:int8", "3x2x4:foo", "3x2x4:int8:skip=-1", "3x2x4:int8:spacing=1", "3x2x4x5:int8", "99999999999x2:int8"] {
            #expect(throws: DatasetError.self) { try RawVolumeLayout(parsing: text) }
        }
        let large = try RawVolumeLayout(parsing: "2147483647x2147483647x2147483647:double")
        #expect(throws: FileError.self) { try RawVolumeReader(path: path, layout: large) }
        #expect(throws: FileError.self) { try RawVolumeReader(path: path, layout: RawVolumeLayout(parsing: "3x2x5:int16")) }
    }

    @Test(.timeLimit(.minutes(1)))
    func streamsOfSeveralMembersAndDamagedOnes() throws {
        let bytes: [UInt8] = (0..<100_000).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: (index * index) >> 7) }
        let stream = try compressed(bytes)
        var output = [UInt8](repeating: 0, count: bytes.count - 5)
        try stream.withUnsafeBytes { input in try output.withUnsafeMutableBytes { try inflate(input, skipping: 5, into: $0, context: context) } }
        #expect(output == Array(bytes[5...]))
        for length in stride(from: 0, to: stream.count, by: 997) {
            #expect(throws: FormatProblem.self) {
                try Array(stream[..<length]).withUnsafeBytes { input in try output.withUnsafeMutableBytes { try inflate(input, into: $0, context: context) } }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func namesAreNumberedAsPrintfDoes() {
        #expect(numberedNames("a%d.b", from: 1, to: 5, step: 2) == ["a1.b", "a3.b", "a5.b"])
        #expect(numberedNames("%03d", from: 9, to: 11, step: 1) == ["009", "010", "011"])
        #expect(numberedNames("x%3i", from: 2, to: 1, step: -1) == ["x  2", "x  1"])
        #expect(numberedNames("%.2d", from: 1, to: 1, step: 1) == ["01"])
        for pattern in ["a", "a%s", "%99999d", "%"] { #expect(numberedNames(pattern, from: 1, to: 2, step: 1) == nil) }
        #expect(numberedNames("%d", from: 0, to: 1 << 40, step: 1) == nil && numberedNames("%d", from: 0, to: 1, step: 0) == nil)
        #expect(numberedNames("%d", from: .min, to: .max, step: 1) == nil)
    }
}
