import Datasets
import Execution
import Geometry

/// The glyphs of a dataset as a shape and where its copies stand: what a renderer draws without making their geometry.
///
/// Memory: 160 bytes a copy, and what the arrays of the points need.
public struct GlyphCopies: Sendable {
    public let shape: PolyData
    public let frames: Buffer<InstanceFrame>
    /// The points that have a copy, in order, with their arrays and `GlyphVector`; no cells.
    public let points: PolyData
    /// The place of each in the dataset; nil: all points have a copy.
    public let sources: Buffer<Int32>?
}

extension Glyph {
    /// What the filter makes of a whole dataset, as copies of the shape.
    ///
    /// - Returns: nil where the result depends on more than copies can hold: a shape without cells, or points' normals that would light a
    ///   shape without any.
    /// - Throws: as `apply`, and for pieces.
    /// - Complexity: O(points).
    public func copies(of input: Dataset, context: ExecutionContext) throws -> GlyphCopies? {
        switch input {
        case .table, .blocks: throw unsupported(name, input, needs: "a dataset with points")
        default: break
        }
        guard scaleFactor.isFinite else { throw DatasetError("glyph needs a finite scale factor, and has \(scaleFactor)") }
        if input.piece != nil { throw DatasetError("copies of glyphs are made of whole datasets") }
        let input = try normalized(input, context: context)
        let surface = shape.surface
        if surface.cellCount == 0 || surface.points.count == 0 { return nil }
        if surface.attributes.pointData["Normals"] == nil && (input.pointData[.normals] ?? input.pointData["Normals"]) != nil { return nil }
        let (frames, chosen) = try GlyphFrames.make(self, input, context: context)
        var attributes = DatasetAttributes(fieldData: input.fieldData)
        for array in input.pointData.arrays where array.name != HiddenCells.arrayName {
            attributes.pointData.append(try chosen.map { try array.gathered($0, context: context) } ?? array)
        }
        if let vectors = frames.vectors {
            let floats = FieldArray(name: Glyph.vectorName, components: 3, vectors).floats()!
            attributes.pointData.set(FieldArray(name: Glyph.vectorName, components: 3, floats))
        }
        return GlyphCopies(
            shape: surface, frames: try frames.all(context: context), points: PolyData(points: frames.places, attributes: attributes),
            sources: chosen)
    }
}
