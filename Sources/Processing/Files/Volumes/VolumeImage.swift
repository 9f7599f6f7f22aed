import Dataflow
import Datasets
import Execution
import Geometry

/// An image of one array: what the readers of volumes make of their headers.
struct VolumeImage: Sendable {
    let data: VolumeData
    var origin = Vector3()
    var spacing = Vector3(1, 1, 1)
    /// A rotation, row by row.
    var direction = ImageData.straight

    func describe() -> DatasetDescription {
        DatasetDescription(
            kind: .image, wholeExtent: data.extent,
            arrays: [ArrayDescription(name: data.name, association: .point, type: data.type, components: data.components)],
            pointCount: data.extent.pointCount, cellCount: data.extent.cellCount, bounds: image(data.extent).bounds,
            splitting: data.canReadParts ? .extents : .none, byteCount: data.byteCount,
            isMapped: data.encoding == .raw && data.canReadParts && data.files.count == 1 && data.byteOrder == .native && !data.isUpsideDown)
    }

    func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let wanted = data.canReadParts ? request.extent.map { $0.intersection(data.extent) } ?? data.extent : data.extent
        var image = image(wanted)
        if request.arrays.wants(data.name, .point) {
            image.attributes.pointData.set(try data.load(wanted, context: context))
            image.attributes.pointData.active[.scalars] = data.name
        }
        return .image(image)
    }

    private func image(_ extent: Extent) -> ImageData { ImageData(extent: extent, origin: origin, spacing: spacing, direction: direction) }
}
