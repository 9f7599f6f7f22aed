import ArgumentParser
import Datasets
import Files
import Filters

/// A dataset into a file.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes a file's data, or a filter's result, in another format.",
        discussion: """
            tessera convert bunny.ply bunny.vtp
            tessera convert wavelet:64 --contour RTData=157 --normals surface.vtp
            tessera convert can.vtu can-ascii.vtu --encoding ascii

            The ending of OUTPUT says the format: \(FileFormat.writableEndings).

            \(FilterArguments.help)
            """)

    @OptionGroup var input: InputOptions
    @Option(help: "How arrays are written: ascii, base64 (inline), appended-base64 or raw (appended). Other formats than VTK XML: ascii, or raw for binary.")
    var encoding = "raw"
    @Option(help: "zlib, lz4, lzma or none.")
    var compression = "zlib"
    @Option(help: "little or big.")
    var byteOrder = "little"
    @Option(help: "Bits of the counts in front of arrays: 32 or 64.")
    var headerBits = 64
    @Option(help: "Version of a .vtk file: 5.1, or 4.2 for programs before VTK 9.")
    var legacyVersion = "5.1"
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        var inputs = input.inputs
        guard inputs.count >= 2, let output = inputs.popLast() else {
            throw UsageError("convert needs an input and an output: tessera convert INPUT [FILTERS] OUTPUT")
        }
        var options = try writerOptions()
        let session = try Session(parallel)
        let format = try FileFormat.writable(output)
        let pipelines = try session.pipelines(inputs, input)
        guard pipelines.count == 1 else { throw UsageError("convert writes one result, and \(inputs.count) inputs make \(pipelines.count): join them with --append") }
        options.provenance = try session.provenance(inputs: inputs, output: output)
        if format.extensions == ParallelXMLWriter.extensions {
            try session.write(pipelines[0], inPiecesTo: output, time: input.time, options: options)
            return try session.finish()
        }
        if format.extensions == TimeSeriesWriter.extensions {
            try session.write(pipelines[0], asTimeSeriesTo: output, time: input.time, options: options)
            return try session.finish()
        }
        let result = try session.run(pipelines[0], time: input.time)
        try session.onRoot {
            guard var dataset = result else { return }
            if format.needsTriangles && ConvertCommand.isFlat(dataset) { dataset = try Triangulate()(dataset, context: session.context) }
            try session.context.trace.timing("write \(output)") {
                try FileFormat.write(dataset, to: output, options: options, context: session.context)
            }
        }
        try session.finish()
    }

    /// Whether the cells are polygons, lines and points: what becomes triangles.
    private static func isFlat(_ dataset: Dataset) -> Bool {
        switch dataset {
        case .poly: true
        case .unstructured(let grid): grid.runs.allSatisfy { ($0.type.dimension ?? 3) < 3 }
        default: false
        }
    }

    private func writerOptions() throws -> WriterOptions {
        let encodings: [String: XMLWriterOptions.Encoding] = [
            "ascii": .ascii, "base64": .inlineBase64, "appended-base64": .appendedBase64, "raw": .appendedRaw,
        ]
        guard let chosen = encodings[encoding] else {
            throw UsageError("--encoding \(encoding): there are \(encodings.keys.sorted().joined(separator: ", "))")
        }
        let codecs: [String: Codec] = ["zlib": .zlib, "lz4": .lz4, "lzma": .lzma, "none": .none]
        guard let codec = codecs[compression] else {
            throw UsageError("--compression \(compression): there are \(codecs.keys.sorted().joined(separator: ", "))")
        }
        guard headerBits == 32 || headerBits == 64 else { throw UsageError("--header-bits \(headerBits): expected 32 or 64") }
        guard byteOrder == "little" || byteOrder == "big" else { throw UsageError("--byte-order \(byteOrder): expected little or big") }
        var options = XMLWriterOptions(encoding: chosen, compression: codec)
        options.headerWidth = headerBits / 8
        options.byteOrder = byteOrder == "little" ? .littleEndian : .bigEndian
        guard let version = WriterOptions.LegacyVersion(rawValue: legacyVersion) else {
            let known = WriterOptions.LegacyVersion.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--legacy-version \(legacyVersion): there are \(known)")
        }
        return WriterOptions(xml: options, legacyVersion: version)
    }
}
