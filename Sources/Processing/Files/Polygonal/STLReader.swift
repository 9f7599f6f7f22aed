import Dataflow
import Datasets
import Execution
import Geometry

/// Reads triangle files (`.stl`), binary and text, with any number of solids.
///
/// As VTK's reader does: exactly coincident points become one (the first), triangles that lose a corner by that are left out, and the
/// normals of the file are ignored. A binary file may begin with `solid`: its size decides.
public struct STLReader: DatasetReader {
    private let file: MappedFile
    /// Triangles of a binary file; nil for text.
    private let triangleCount: Int?

    private static let headerSize = 84
    private static let facetSize = 50

    /// - Throws: `FileError` for a file that is not there or neither form.
    public init(path: String) throws {
        file = try MappedFile(path: path)
        let scanner = try TextScanner(file)
        let beginsLikeText = scanner.peekedWord() == "solid"
        let body = file.count - STLReader.headerSize
        guard body >= 0 else {
            guard beginsLikeText else { throw scanner.error(expected: "solid or at least 84 bytes", at: 0) }
            triangleCount = nil
            return
        }
        let stated = Int(UInt32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: 80, as: UInt32.self)))
        let fits = stated * STLReader.facetSize
        if beginsLikeText && fits != body && !STLReader.hasBinaryBytes(file) {
            triangleCount = nil
        } else if body % STLReader.facetSize == 0 {
            // Some programs write a wrong number; the file's size tells the right one.
            triangleCount = body / STLReader.facetSize
        } else if fits <= body && stated > 0 {
            triangleCount = stated
        } else {
            throw FileError(
                file: path, place: .byte(80), expected: "\(stated) triangles of 50 bytes", found: "\(body) bytes until the end of the file")
        }
    }

    /// Whether the beginning holds bytes that no text does.
    private static func hasBinaryBytes(_ file: MappedFile) -> Bool {
        file.bytes.prefix(4096).contains { $0 == 0 || $0 >= 128 || ($0 < 32 && !NumberParsing.isSpace($0)) }
    }

    public func describe() throws -> DatasetDescription {
        DatasetDescription(kind: .poly, byteCount: triangleCount.map { 24 * $0 } ?? file.count / 4)
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var builder = Builder(expectedCount: (triangleCount ?? file.count / 250) / 2)
        if let triangleCount {
            try readBinary(triangleCount, into: &builder, context)
        } else {
            try readText(into: &builder, context)
        }
        return .poly(builder.finished())
    }

    private struct Builder {
        var merger: PointMerger
        var connectivity: [Int32] = []

        init(expectedCount: Int) { merger = PointMerger(expectedCount: expectedCount) }

        mutating func add(_ corners: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)) {
            let a = merger.insert(corners.0.x, corners.0.y, corners.0.z)
            let b = merger.insert(corners.1.x, corners.1.y, corners.1.z)
            let c = merger.insert(corners.2.x, corners.2.y, corners.2.z)
            if a != b && b != c && a != c { connectivity += [a, b, c] }
        }

        func finished() -> PolyData {
            PolyData(
                points: .float32(Buffer(merger.coordinates)),
                polygons: CellArray(uniformSize: 3, connectivity: Buffer(connectivity)))
        }
    }

    private func readBinary(_ count: Int, into builder: inout Builder, _ context: ExecutionContext) throws {
        guard count <= Int(Int32.max) / 3 else {
            throw FileError(file: file.path, place: .byte(80), expected: "at most 2³¹ points", found: "\(count) triangles")
        }
        let bytes = file.bytes
        for triangle in 0..<count {
            if triangle & 0xFFFF == 0 { try context.checkCancellation() }
            let first = STLReader.headerSize + triangle * STLReader.facetSize + 12
            func coordinate(_ index: Int) -> Float {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: first + 4 * index, as: UInt32.self)))
            }
            func corner(_ index: Int) -> SIMD3<Float> { SIMD3(coordinate(3 * index), coordinate(3 * index + 1), coordinate(3 * index + 2)) }
            builder.add((corner(0), corner(1), corner(2)))
        }
    }

    private func readText(into builder: inout Builder, _ context: ExecutionContext) throws {
        var scanner = try TextScanner(file)
        var triangles = 0
        while let word = scanner.peekedWord() {
            guard word == "solid" else { throw scanner.error(expected: "solid") }
            scanner.skipSpaces()
            scanner.skipLine()
            facets: while true {
                switch scanner.peekedWord() {
                case "facet":
                    if triangles & 0xFFFF == 0 { try context.checkCancellation() }
                    triangles += 1
                    builder.add(try facet(&scanner))
                case "color":
                    scanner.skipSpaces()
                    scanner.skipLine()
                case "endsolid", "end":
                    scanner.skipSpaces()
                    scanner.skipLine()
                    break facets
                default: throw scanner.error(expected: "facet or endsolid")
                }
            }
        }
    }

    private func facet(_ scanner: inout TextScanner) throws -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
        scanner.skipSpaces()
        scanner.skipLine()
        try expect("outer", &scanner)
        scanner.skipLine()
        let corners = (try corner(&scanner), try corner(&scanner), try corner(&scanner))
        try expect("endloop", &scanner)
        try expect("endfacet", &scanner)
        return corners
    }

    private func corner(_ scanner: inout TextScanner) throws -> SIMD3<Float> {
        try expect("vertex", &scanner)
        // VTK rounds twice, by way of Double, and so do we: points coincide where they do there.
        return SIMD3(
            Float(try scanner.number("x of a vertex")), Float(try scanner.number("y of a vertex")), Float(try scanner.number("z of a vertex")))
    }

    private func expect(_ keyword: String, _ scanner: inout TextScanner) throws {
        guard scanner.consume(keyword) else { throw scanner.error(expected: keyword) }
    }
}
