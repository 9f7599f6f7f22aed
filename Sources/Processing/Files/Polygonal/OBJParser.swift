import Datasets
import Execution

/// What the lines of an OBJ file say, indices checked and counted from 0.
struct OBJContent {
    var points: [Double] = []
    /// Three or four a point, or nothing.
    var colors: [UInt8] = []
    var colorComponents = 0
    var textureCoordinates: [Float] = []
    var normals: [Float] = []
    var vertices = Cells()
    var lines = Cells()
    var faces = Cells()
    /// As `faces`, but with no entries for faces that do not give them.
    var faceTextureCoordinates = Cells()
    var faceNormals = Cells()
    /// One a face; `g` lines before it, less one.
    var groups: [Float] = []
    var hasGroups = false
    var materials: [String] = []
    /// The material from that face on.
    var materialChanges: [(face: Int, material: Int)] = []
    /// Names of the arrays of texture coordinates (materials) in order of appearance, and which coordinates each uses.
    var textureNames: [String] = []
    var textureUses: [Set<Int32>] = []
    var libraries: [String] = []

    struct Cells {
        var offsets: [Int32] = [0]
        var entries: [Int32] = []
        var count: Int { offsets.count - 1 }
        mutating func end() { offsets.append(Int32(entries.count)) }
        func range(_ cell: Int) -> Range<Int> { Int(offsets[cell])..<Int(offsets[cell + 1]) }
        var array: CellArray { CellArray(offsets: Buffer(offsets), connectivity: Buffer(entries)) }
    }
}

/// Reads OBJ files line by line: `v vt vn p l f g usemtl mtllib`; other lines are passed over.
struct OBJParser {
    private var scanner: TextScanner
    private var content = OBJContent()
    private var group: Float = -1
    private var textureName: String?
    private var sawFace = false
    private var hasColors = true

    init(_ file: MappedFile) throws { scanner = try TextScanner(file) }

    /// - Throws: `FileError` for lines that cannot be read and indices that there are not.
    mutating func parse(_ context: ExecutionContext) throws -> OBJContent {
        var lines = 0
        while !scanner.isAtEnd {
            lines += 1
            if lines & 0xFFFF == 0 { try context.checkCancellation() }
            skipBlanks()
            if isAtLineEnd {
                scanner.skipLine()
                continue
            }
            try parseLine()
            scanner.skipLine()
        }
        if !hasColors || content.colors.count != content.points.count / 3 * content.colorComponents { content.colorComponents = 0 }
        content.hasGroups = group >= 0
        try checkIndices()
        return content
    }

    // MARK: Lines

    private mutating func parseLine() throws {
        let place = scanner.position
        let first = scanner.cursor[0]
        let second = scanner.remaining > 1 ? scanner.cursor[1] : 10
        if NumberParsing.isSpace(second) {
            scanner.position += 1
            switch first {
            case UInt8(ascii: "v"): return try parsePoint()
            case UInt8(ascii: "f"): return try parseFace(place)
            case UInt8(ascii: "l"): return try parseSimpleCell(\.lines, least: 2, "line", place)
            case UInt8(ascii: "p"): return try parseSimpleCell(\.vertices, least: 1, "point", place)
            case UInt8(ascii: "g"):
                group += 1
                return
            default: return
            }
        }
        switch restOfWord() {
        case "vt": content.textureCoordinates += try numbers(2, "a texture coordinate")
        case "vn": content.normals += try numbers(3, "a normal")
        case "usemtl": try parseMaterial(place)
        case "mtllib": content.libraries += [try lineWord("the name of a material library", place)]
        default: return
        }
    }

    private mutating func parsePoint() throws {
        var values: [Double] = []
        while values.count < 8, let value = try nextNumber("a coordinate") { values.append(value) }
        guard values.count >= 3 else { throw scanner.error(expected: "three coordinates", found: "\(values.count)") }
        guard content.points.count < 3 * Int(Int32.max) else { throw scanner.error(expected: "fewer than 2³¹ points", found: "more") }
        content.points += values[..<3]
        guard values.count >= 6 else {
            hasColors = hasColors && content.colors.isEmpty
            return
        }
        let components = values.count - 3 > 3 ? 4 : 3
        if content.colors.isEmpty { content.colorComponents = components }
        if components != content.colorComponents { hasColors = false }
        for value in values[3..<3 + components] { content.colors.append(value > 0 ? (value < 1 ? UInt8(value * 255) : 255) : 0) }
    }

    private mutating func parseMaterial(_ place: Int) throws {
        let name = try lineWord("the name of a material", place)
        textureName = name
        if !content.textureNames.contains(name) {
            content.textureNames.append(name)
            content.textureUses.append([])
        }
        use(material: name)
    }

    private mutating func use(material name: String) {
        let number = content.materials.firstIndex(of: name) ?? content.materials.count
        if number == content.materials.count { content.materials.append(name) }
        content.materialChanges.append((content.faces.count, number))
    }

    private mutating func parseSimpleCell(
        _ path: WritableKeyPath<OBJContent, OBJContent.Cells>, least: Int, _ what: String, _ place: Int
    ) throws {
        let before = content[keyPath: path].entries.count
        while try continues() {
            let index = try index(of: content.points.count / 3, "a point of the \(what)")
            content[keyPath: path].entries.append(index)
            if atSlash() { _ = try scanner.integer0("a texture coordinate of the \(what)") }
        }
        let found = content[keyPath: path].entries.count - before
        guard found >= least else { throw scanner.error(expected: "at least \(least) points of a \(what)", found: "\(found)", at: place) }
        content[keyPath: path].end()
    }

    private mutating func parseFace(_ place: Int) throws {
        if !sawFace {
            // VTK gives the first face of a file no material, whatever stands before it; so do we, as the numbers are part of its arrays.
            sawFace = true
            use(material: OBJParser.noMaterial)
        }
        var (corners, textures, normals) = (0, 0, 0)
        while try continues() {
            content.faces.entries.append(try index(of: content.points.count / 3, "a point of the face"))
            corners += 1
            guard atSlash() else { continue }
            if scanner.cursor < scanner.end && scanner.cursor[0] != UInt8(ascii: "/") {
                let coordinate = try index(of: content.textureCoordinates.count / 2, "a texture coordinate of the face")
                content.faceTextureCoordinates.entries.append(coordinate)
                textures += 1
                useTexture(coordinate)
            }
            if atSlash() && !scanner.isAtEnd && !NumberParsing.isSpace(scanner.cursor[0]) {
                content.faceNormals.entries.append(try index(of: content.normals.count / 3, "a normal of the face"))
                normals += 1
            }
        }
        guard corners >= 3 else { throw scanner.error(expected: "at least 3 points of a face", found: "\(corners)", at: place) }
        guard textures == 0 || textures == corners, normals == 0 || normals == corners else {
            throw scanner.error(
                expected: "texture coordinates and normals for all \(corners) points of the face or for none",
                found: "\(textures) texture coordinates, \(normals) normals", at: place)
        }
        content.faces.end()
        content.faceTextureCoordinates.end()
        content.faceNormals.end()
        group = max(group, 0)
        content.groups.append(group)
    }

    static let noMaterial = "NO_MATERIAL"

    private mutating func useTexture(_ coordinate: Int32) {
        if textureName == nil {
            textureName = "TCoords"
            content.textureNames.append("TCoords")
            content.textureUses.append([])
        }
        if let number = content.textureNames.firstIndex(of: textureName!) { content.textureUses[number].insert(coordinate) }
    }

    /// Indices may come before what they name, so they are checked at the end.
    private func checkIndices() throws {
        func check(_ cells: OBJContent.Cells, _ count: Int, _ what: String) throws {
            if let wrong = cells.entries.first(where: { $0 >= count }) {
                throw FileError(
                    file: scanner.file.path, place: .part(what), expected: "an index from 1 to \(count)", found: "\(wrong + 1)")
            }
        }
        try check(content.faces, content.points.count / 3, "points of faces")
        try check(content.lines, content.points.count / 3, "points of lines")
        try check(content.vertices, content.points.count / 3, "points of vertices")
        try check(content.faceTextureCoordinates, content.textureCoordinates.count / 2, "texture coordinates of faces")
        try check(content.faceNormals, content.normals.count / 3, "normals of faces")
    }

    // MARK: Words of a line

    private mutating func skipBlanks() {
        while !scanner.isAtEnd && (scanner.cursor[0] == 32 || scanner.cursor[0] == 9 || scanner.cursor[0] == 13) { scanner.position += 1 }
    }

    private var isAtLineEnd: Bool { scanner.isAtEnd || scanner.cursor[0] == 10 }

    /// Whether another word of this line follows; a backslash at its end continues it on the next.
    private mutating func continues() throws -> Bool {
        while true {
            skipBlanks()
            if isAtLineEnd { return false }
            if scanner.cursor[0] != UInt8(ascii: "\\") { return scanner.cursor[0] != UInt8(ascii: "#") }
            scanner.skipLine()
        }
    }

    private mutating func atSlash() -> Bool {
        guard !scanner.isAtEnd, scanner.cursor[0] == UInt8(ascii: "/") else { return false }
        scanner.position += 1
        return true
    }

    private mutating func restOfWord() -> String {
        let first = scanner.cursor
        while !scanner.isAtEnd && !NumberParsing.isSpace(scanner.cursor[0]) && scanner.cursor - first < 8 { scanner.position += 1 }
        return String(decoding: UnsafeBufferPointer(start: first, count: scanner.cursor - first), as: UTF8.self)
    }

    private mutating func lineWord(_ what: String, _ place: Int) throws -> String {
        skipBlanks()
        guard !isAtLineEnd, let word = scanner.word() else { throw scanner.error(expected: what, found: "the end of the line", at: place) }
        return word
    }

    private mutating func nextNumber(_ what: String) throws -> Double? {
        guard try continues() else { return nil }
        return try scanner.number(what)
    }

    private mutating func numbers(_ count: Int, _ what: String) throws -> [Float] {
        var values: [Float] = []
        for _ in 0..<count {
            guard let value = try nextNumber("a component of \(what)") else {
                throw scanner.error(expected: "\(count) components of \(what)", found: "\(values.count)")
            }
            values.append(Float(value))
        }
        return values
    }

    /// An index counted from 1, or backwards from −1 among the `count` so far, as one counted from 0.
    private mutating func index(of count: Int, _ what: String) throws -> Int32 {
        let place = scanner.position
        let value = try scanner.integer0(what)
        let index = value < 0 ? count + value : value - 1
        guard index >= 0, index < Int(Int32.max) else {
            throw scanner.error(expected: "\(what): 1 or more, or −1 to −\(count)", found: "\(value)", at: place)
        }
        return Int32(index)
    }
}

extension TextScanner {
    /// A whole number where the scanner stands, whatever follows it.
    mutating func integer0(_ expected: String) throws -> Int {
        var next = cursor
        guard let value = NumberParsing.int64(&next, end), abs(value) <= Int64(Int32.max) else { throw error(expected: expected) }
        position += next - cursor
        return Int(value)
    }
}
