import Dataflow
import Datasets
import Execution
import Geometry

/// Reads raw NRRD volumes (`.nrrd`, `.nhdr`), attached and detached, in one file or in one a slice.
///
/// The array is named `ImageFile` or by the header's labels. As in VTK's reader, a first axis of at most 9 (or a fourth one) holds
/// components, spacing comes from `spacings` or the lengths of `space directions`, and in left-handed spaces rows are turned upside down.
public struct NRRDReader: DatasetReader {
    private let path: String
    private let header: NRRDHeader
    private let components: Int
    private let extent: Extent
    private let spacing: Vector3
    /// Bytes of the volume.
    private let byteCount: Int

    /// - Throws: `FileError` for a file that is not there, is not well formed or has another encoding.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        var scanner = try TextScanner(file)
        header = try NRRDHeader(&scanner)
        self.path = path
        var sizes = header.sizes
        var spacings = header.spacings
        let hasComponents = sizes.count > 3 || sizes[0] <= 9 || spacings.first == 0
        components = hasComponents ? sizes.removeFirst() : 1
        if hasComponents && !spacings.isEmpty { spacings.removeFirst() }
        guard sizes.count <= 3 else {
            throw scanner.error(expected: "three axes, and one of components", found: "\(header.sizes.count) axes", at: 0)
        }
        var size = SIMD3(1, 1, 1)
        var step = Vector3(1, 1, 1)
        for (axis, length) in sizes.enumerated() { size[axis] = length }
        for (axis, length) in spacings.enumerated() where axis < 3 && length != 0 { step[axis] = length }
        spacing = step
        var bytes = header.type.byteCount
        for factor in [components, size.x, size.y, size.z] {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: factor)
            guard !overflow, product < 1 << 48 else { throw scanner.error(expected: "a possible size", found: "\(header.sizes)", at: 0) }
            bytes = product
        }
        guard bytes / (header.type.byteCount * components) <= Int(Int32.max) else {
            throw scanner.error(expected: "fewer than 2³¹ points", found: "\(size)", at: 0)
        }
        byteCount = bytes
        extent = Extent(lower: SIMD3(), upper: size &- 1)
    }

    public func describe() throws -> DatasetDescription {
        DatasetDescription(
            kind: .image, wholeExtent: extent,
            arrays: [ArrayDescription(name: header.name, association: .point, type: header.type, components: components)],
            pointCount: extent.pointCount, cellCount: extent.cellCount, bounds: image(DatasetAttributes()).bounds, byteCount: byteCount)
    }

    private func image(_ attributes: DatasetAttributes) -> ImageData {
        ImageData(
            extent: extent, origin: Vector3(header.origin[0], header.origin[1], header.origin[2]), spacing: spacing, attributes: attributes)
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var attributes = DatasetAttributes()
        if request.arrays.wants(header.name, .point) {
            attributes.pointData.set(try array(context))
            attributes.pointData.active[.scalars] = header.name
        }
        return .image(image(attributes))
    }

    private func array(_ context: ExecutionContext) throws -> FieldArray {
        switch header.type {
        case .int8: try load(Int8.self, context)
        case .uint8: try load(UInt8.self, context)
        case .int16: try load(Int16.self, context)
        case .uint16: try load(UInt16.self, context)
        case .int32: try load(Int32.self, context)
        case .uint32: try load(UInt32.self, context)
        case .int64: try load(Int64.self, context)
        case .uint64: try load(UInt64.self, context)
        case .float32: try load(Float.self, context)
        case .float64: try load(Double.self, context)
        }
    }

    private func load<Value: Scalar>(_: Value.Type, _ context: ExecutionContext) throws -> FieldArray {
        let names = header.dataFiles.isEmpty ? [path] : header.dataFiles.map(resolved)
        let start = header.dataFiles.isEmpty ? header.dataStart : 0
        guard byteCount % names.count == 0, extent.dimensions.z % names.count == 0 else {
            throw FileError(
                file: path, expected: "as many slices in each data file", found: "\(names.count) files for \(extent.dimensions.z) slices")
        }
        let part = byteCount / names.count
        let files = try names.map { name in
            let file = try MappedFile(path: name)
            guard file.count - start >= part else {
                throw FileError(
                    file: name, place: .byte(file.count), expected: "\(part) bytes of data", found: "\(max(0, file.count - start))")
            }
            return file
        }
        let width = MemoryLayout<Value>.size
        let row = extent.dimensions.x * components
        let (rows, slices) = (extent.dimensions.y, extent.dimensions.z)
        let slicesPerFile = slices / files.count
        let swaps = header.byteOrder != .native && width > 1
        let buffer = try Buffer<Value>(count: byteCount / width) { out in
            nonisolated(unsafe) let out = UnsafeMutableRawPointer(out)
            try context.parallelFor(slices, grain: 1) { range in
                for slice in range {
                    let source = files[slice / slicesPerFile].bytes.baseAddress! + start + slice % slicesPerFile * rows * row * width
                    for line in 0..<rows {
                        let from = source + (header.isUpsideDown ? rows - 1 - line : line) * row * width
                        let to = out + (slice * rows + line) * row * width
                        if swaps {
                            swapBytes(from: from, to: to, count: row, width: width)
                        } else {
                            to.copyMemory(from: from, byteCount: row * width)
                        }
                    }
                }
            }
        }
        return FieldArray(name: header.name, components: components, buffer)
    }

    /// A name relative to the header's folder.
    private func resolved(_ name: String) -> String {
        if name.hasPrefix("/") { return name }
        guard let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }
}
