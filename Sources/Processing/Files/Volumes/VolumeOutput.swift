import Datasets
import Execution

/// What formats of volumes take of an image: one point array.
struct VolumeOutput {
    var image: ImageData
    var array: FieldArray
    var type: ScalarType
    /// Where the first point lies.
    var origin: [Double]

    /// - Parameter format: what people call the format, for errors.
    /// - Throws: `FileError` for other kinds than images, and where it is not clear which array is meant.
    init(_ dataset: Dataset, format: String, path: String, context: ExecutionContext) throws {
        guard case .image(let image) = dataset else {
            throw FileError(file: path, expected: "an image for \(format)", found: "a dataset of type \(dataset.kind.rawValue)")
        }
        let numbers = dataset.pointData.arrays.filter { $0.scalarType != nil && $0.name != ghostTypeName }
        guard let array = dataset.pointData[.scalars] ?? (numbers.count == 1 ? numbers[0] : nil), let type = array.scalarType else {
            let names = numbers.map { "“\($0.name)”" }.joined(separator: ", ")
            throw FileError(
                file: path, expected: "one array of numbers, or scalars among several, for \(format)",
                found: numbers.isEmpty ? "none" : "\(numbers.count): \(names)")
        }
        guard !image.extent.isEmpty else { throw FileError(file: path, expected: "points for \(format)", found: "none") }
        for other in dataset.pointData.arrays + dataset.cellData.arrays where other.name != array.name {
            context.trace.record(warning: "\(path): \(format) holds one array, “\(array.name)”; “\(other.name)” is left out")
        }
        self.image = image
        self.array = array
        self.type = type
        let first = image.position(image.extent.lower)
        origin = [first.x, first.y, first.z]
    }

    var sizes: [Int] { [image.extent.dimensions.x, image.extent.dimensions.y, image.extent.dimensions.z] }
    var spacing: [Double] { [image.spacing.x, image.spacing.y, image.spacing.z] }

    /// The direction of an axis: a column of the image's matrix.
    func direction(_ axis: Int) -> [Double] { (0..<3).map { image.direction[3 * $0 + axis] } }
}

/// A number as text that reads back the same, without a needless fraction.
func shortText(_ value: Double) -> String {
    var text = TextBuffer()
    text.append(value)
    return String(decoding: text.bytes, as: UTF8.self)
}
