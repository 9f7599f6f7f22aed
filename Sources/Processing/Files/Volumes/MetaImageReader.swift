import Dataflow
import Datasets
import Execution

/// Reads MetaImage volumes (`.mha`, `.mhd`): binary of both byte orders, compressed and text; behind the header, in a file of its own or in
/// one a slice.
///
/// The array is named `MetaImage`. As in VTK's reader, spacings are taken as lengths, `TransformMatrix` is the image's direction, and the
/// function from elements to intensities is not applied.
public struct MetaImageReader: DatasetReader {
    private let image: VolumeImage

    /// - Throws: `FileError` for a file that is not there, is not well formed or has more than three axes.
    public init(path: String) throws {
        let header = try MetaImageHeader(try MappedFile(path: path))
        let size = try header.sizes()
        var data = try header.data(size: size)
        let skipped = try header.headerSize()
        if header.dataFile == "LOCAL" {
            data.start = skipped.map { $0 < 0 ? .fromEnd : .byte($0) } ?? .byte(header.end)
        } else {
            data.start = skipped.map { $0 < 0 ? .fromEnd : .byte($0) } ?? .byte(0)
            data.files = try header.files(size: size, axes: size.count).map { resolved($0, beside: path) }
            if data.files.count > 1 { data.encodedCount = nil }
            if data.files.count == 1, !MappedFile.exists(data.files[0]), MappedFile.exists(data.files[0] + ".gz") {
                data.files[0] += ".gz"
                data.encoding = .deflated
                data.encodedCount = nil
            }
        }
        do { try data.check() } catch let problem as FormatProblem { throw problem.at(.part("DimSize"), of: path) }
        let place = try header.place(axes: size.count)
        image = VolumeImage(data: data, origin: place.origin, spacing: place.spacing, direction: place.direction)
    }

    public func describe() throws -> DatasetDescription { image.describe() }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset { try image.read(request, context: context) }
}
