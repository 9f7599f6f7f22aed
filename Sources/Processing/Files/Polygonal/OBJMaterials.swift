import Datasets
import Execution

/// Diffuse colours (`Kd`) of the materials in the libraries of an OBJ file.
struct OBJMaterials {
    private(set) var colors: [String: SIMD3<UInt8>] = [:]

    /// Adds the materials of a library; later ones of a name replace earlier ones.
    ///
    /// - Throws: `FileError` where the file cannot be read, or a colour is not three numbers.
    mutating func add(_ path: String, _ context: ExecutionContext) throws {
        let file = try MappedFile(path: path)
        guard file.count > 0 else { return }
        var scanner = try TextScanner(file)
        var name: String?
        var lines = 0
        while !scanner.isAtEnd {
            lines += 1
            if lines & 0xFFFF == 0 { try context.checkCancellation() }
            let place = scanner.position
            guard let line = scanner.line() else { break }
            let words = line.split { $0 == " " || $0 == "\t" }
            switch words.first {
            case "newmtl" where words.count > 1: name = String(words[1])
            case "Kd" where words.count > 1 && words[1] != "spectral" && words[1] != "xyz":
                let values = words[1...].prefix(3).compactMap { Double($0) }
                // One number stands for three.
                guard let name, values.count == 3 || (values.count == 1 && words.count == 2) else {
                    throw scanner.error(expected: "a colour of a material: Kd R G B", at: place)
                }
                func byte(_ value: Double) -> UInt8 { value > 0 ? (value < 1 ? UInt8(value * 255 + 0.5) : 255) : 0 }
                colors[name] = SIMD3(byte(values[0]), byte(values[values.count > 1 ? 1 : 0]), byte(values[values.count > 1 ? 2 : 0]))
            default: continue
            }
        }
    }
}

extension OBJContent {
    /// Adds the colours of materials where libraries beside the file know them; a library that is not there is a warning.
    func addColors(to data: inout PolyData, beside path: String, _ context: ExecutionContext) throws {
        var known = OBJMaterials()
        for library in libraries {
            let name = resolved(library, beside: path)
            if MappedFile.exists(name) {
                try known.add(name, context)
            } else {
                context.trace.record(warning: "\(path): the material library \(name) is missing")
            }
        }
        guard materials.contains(where: { known.colors[$0] != nil }),
            case .int32(let ids)? = data.attributes.cellData["MaterialIds"]?.values
        else { return }
        // The gray that materials have without a colour.
        let colors = materials.map { known.colors[$0] ?? SIMD3(204, 204, 204) }
        let bytes = Buffer<UInt8>(count: 3 * ids.count) { out in
            for (cell, id) in ids.elements.enumerated() {
                for channel in 0..<3 { out[3 * cell + channel] = colors[Int(id)][channel] }
            }
        }
        data.attributes.cellData.set(FieldArray(name: "MaterialColors", components: 3, bytes))
    }
}
