import Dataflow
import Datasets
import Execution
import Geometry

/// What a file of bare numbers holds, as only a person can know.
public struct RawVolumeLayout: Sendable, Hashable {
    /// Points on each axis.
    public var size: SIMD3<Int>
    public var type: ScalarType
    public var byteOrder = ByteOrder.littleEndian
    /// Bytes before the numbers; nil: the numbers end with the file.
    public var skip: Int? = 0
    public var components = 1
    public var spacing = Vector3(1, 1, 1)
    public var origin = Vector3()
    /// Of the array.
    public var name = "ImageFile"

    public init(size: SIMD3<Int>, type: ScalarType) {
        self.size = size
        self.type = type
    }

    /// Reads `WxHxD:TYPE[:big|little][:skip=BYTES|skip=end][:components=N][:spacing=X,Y,Z][:origin=X,Y,Z][:name=NAME]`.
    ///
    /// - Throws: `DatasetError` that says which part is wrong.
    public init(parsing text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let example = "such as 256x256x128:uint16:big"
        let sides = parts[0].lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...3).contains(sides.count), sides.allSatisfy({ $0.map { $0 >= 1 && $0 < 1 << 31 } ?? false }) else {
            throw DatasetError("“\(parts[0])” is not a size of one to three axes, \(example)")
        }
        guard parts.count >= 2, let type = RawVolumeLayout.type(parts[1].lowercased()) else {
            throw DatasetError(
                "“\(parts.count >= 2 ? parts[1] : "")” is no type of number; there are int8, uint8, int16, uint16, int32, uint32, int64, uint64, float, double, \(example)")
        }
        var size = SIMD3(1, 1, 1)
        for (axis, side) in sides.enumerated() { size[axis] = side! }
        self.init(size: size, type: type)
        for part in parts.dropFirst(2) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            func vector() -> Vector3? {
                let numbers = pair[1].split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }.filter(\.isFinite)
                return numbers.count == 3 ? Vector3(numbers[0], numbers[1], numbers[2]) : nil
            }
            switch (pair[0].lowercased(), pair.count) {
            case ("big", 1): byteOrder = .bigEndian
            case ("little", 1): byteOrder = .littleEndian
            case ("skip", 2) where pair[1] == "end": skip = nil
            case ("skip", 2):
                guard let count = Int(pair[1]), count >= 0 else { throw DatasetError("“\(part)”: skip= takes a number of bytes, or end") }
                skip = count
            case ("components", 2):
                guard let count = Int(pair[1]), (1...1 << 20).contains(count) else { throw DatasetError("“\(part)”: components= takes a number above zero") }
                components = count
            case ("spacing", 2):
                guard let vector = vector() else { throw DatasetError("“\(part)”: spacing= takes three numbers X,Y,Z") }
                spacing = vector
            case ("origin", 2):
                guard let vector = vector() else { throw DatasetError("“\(part)”: origin= takes three numbers X,Y,Z") }
                origin = vector
            case ("name", 2) where !pair[1].isEmpty: name = pair[1]
            default: throw DatasetError("“\(part)” is none of big, little, skip=, components=, spacing=, origin=, name=")
            }
        }
    }

    private static func type(_ name: String) -> ScalarType? {
        switch name {
        case "char": .int8
        case "uchar", "byte": .uint8
        case "short": .int16
        case "ushort": .uint16
        case "int": .int32
        case "uint": .uint32
        case "float": .float32
        case "double": .float64
        default: ScalarType.allCases.first { $0.name == name }
        }
    }
}

/// Reads a file of bare numbers as an image, x fastest, by a layout that the user gives.
public struct RawVolumeReader: DatasetReader {
    private let image: VolumeImage

    /// - Throws: `FileError` for a file that is not there or has too few bytes.
    public init(path: String, layout: RawVolumeLayout) throws {
        var data = VolumeData(name: layout.name, type: layout.type, files: [path])
        data.components = layout.components
        data.size = layout.size
        data.byteOrder = layout.byteOrder
        data.start = layout.skip.map { .byte($0) } ?? .fromEnd
        do { try data.check() } catch let problem as FormatProblem { throw problem.at(.file, of: path) }
        _ = try data.part(0)
        image = VolumeImage(data: data, origin: layout.origin, spacing: layout.spacing)
    }

    public func describe() throws -> DatasetDescription { image.describe() }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset { try image.read(request, context: context) }
}
