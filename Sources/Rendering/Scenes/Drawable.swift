import Datasets
import Geometry

/// Primitives that a renderer draws, with what is known at their points and cells. A value that shares its buffers.
public struct Drawable: Sendable {
    /// What is drawn; indices are those of `points`. Indices out of range are refused by `validate()`.
    public enum Primitives: Sendable {
        /// Three indices a triangle.
        case triangles(Buffer<Int32>)
        /// Two indices a segment.
        case lines(Buffer<Int32>)
        /// One index a point; nil draws every point.
        case points(Buffer<Int32>?)
        /// One index a sphere, nil for every point; all of one radius, or with a radius for each point.
        case spheres(Buffer<Int32>?, radius: Float, radii: Buffer<Float>?)
    }

    /// Where colours come from.
    public enum Colors: Sendable {
        /// The material.
        case material
        /// A number for each point, interpolated, then mapped.
        case pointScalars(Buffer<Float>)
        /// A number for each cell, mapped.
        case cellScalars(Buffer<Float>)
        /// Red, green, blue and alpha for each point, interpolated.
        case pointColors(Buffer<UInt8>, components: Int)
        /// Red, green, blue and alpha for each cell.
        case cellColors(Buffer<UInt8>, components: Int)
    }

    public var points: Points
    /// Added to every point, in Double.
    public var origin = Vector3()
    public var primitives: Primitives
    /// Three numbers a point, of any length.
    public var normals: Buffer<Float>?
    public var colors = Colors.material
    /// How opaque points or cells (of copies: one value a copy, as of cells) are, besides material and colours; nil: no less than these say.
    public var opacities: OpacityScalars?
    /// The cell of each primitive; nil where a primitive's number is that of its cell.
    public var cells: Buffer<Int32>?
    /// The number of the drawable's first cell in the dataset that it was made of.
    public var firstCell = 0
    /// The numbers, for picking, of the drawable's cells in the dataset that filters began with, where they were carried along.
    public var cellIds: Buffer<Int64>?
    /// Of a piece: the place of each of the drawable's cells in the order of the whole dataset's cells, compared after `cellRanks`; nil where a
    /// cell's number is its place.
    public var cellKeys: Buffer<UInt64>?
    public var cellRanks: Buffer<UInt32>?
    /// The drawable's place among those that the whole dataset has, where some may have nothing to draw; nil: its place in its actor.
    public var order: Int?
    /// For triangles that are parts of polygons: bit i is set where the edge from corner i to the next is an edge of the
    /// polygon; nil where all are.
    public var cellEdges: Buffer<UInt8>?
    /// Copies of the primitives, which then are triangles, lines or points; nil: they are drawn once, where they are.
    ///
    /// Copies come one after the other, each with all primitives. Their colours are the material's, or `cellScalars` or `cellColors` of
    /// one value a copy; `pointBounds` is the box of all copies.
    public var instances: Instances?
    /// The box of the points (not of spheres' surfaces), without `origin`.
    public var pointBounds: Bounds
    /// Of a piece: the box of the whole dataset's points; nil: `pointBounds`.
    public var wholePointBounds: Bounds?

    public init(points: Points, primitives: Primitives, bounds: Bounds? = nil) {
        self.points = points
        self.primitives = primitives
        pointBounds = bounds ?? points.bounds
    }

    /// How many primitives there are, copies included.
    public var count: Int { countPerCopy * (instances?.count ?? 1) }

    /// How many primitives there are, or each copy has.
    public var countPerCopy: Int {
        switch primitives {
        case .triangles(let indices): indices.count / 3
        case .lines(let indices): indices.count / 2
        case .points(let indices): indices?.count ?? points.count
        case .spheres(let indices, _, _): indices?.count ?? points.count
        }
    }

    /// The box of everything that is drawn.
    public var bounds: Bounds { box(around: pointBounds) }

    /// The box of what the whole dataset draws, of which this may be a part: what cameras and axes stand around.
    public var wholeBounds: Bounds { box(around: wholePointBounds ?? pointBounds) }

    private func box(around points: Bounds) -> Bounds {
        guard !points.isEmpty else { return points }
        var box = Bounds(lower: points.lower + origin, upper: points.upper + origin)
        if case .spheres(_, let radius, let radii) = primitives {
            var greatest = radius
            if let radii { greatest = radii.elements.reduce(0) { $1 > $0 ? $1 : $0 } }
            box.lower -= Vector3(repeating: Double(greatest))
            box.upper += Vector3(repeating: Double(greatest))
        }
        return box
    }

    /// - Throws: `DatasetError` for indices that no point has and for attributes of the wrong length.
    /// - Complexity: O(primitives).
    public func validate() throws {
        switch primitives {
        case .triangles(let indices), .lines(let indices): try check(indices, points.count, "drawable")
        case .points(let indices): try check(indices, points.count, "drawable points")
        case .spheres(let indices, _, let radii):
            try check(indices, points.count, "drawable spheres")
            if let radii { try checkCount(radii.count, points.count, "sphere radii") }
        }
        if let cells { try checkCount(cells.count, countPerCopy, "cells of primitives") }
        if let cellIds {
            if let cells { try check(cells, cellIds.count, "ids of cells") } else { try checkCount(cellIds.count, countPerCopy, "ids of cells") }
        }
        if let cellEdges { try checkCount(cellEdges.count, countPerCopy, "edges of primitives") }
        if let sources = instances?.sources { try checkCount(sources.count, instances!.count, "points of copies") }
        try validateAttributes()
    }

    /// Checks normals and colours alone, for primitives that were checked before.
    ///
    /// - Complexity: O(primitives) where colours come from cells, else O(1).
    public func validateAttributes() throws {
        if let normals { try checkCount(normals.count, 3 * points.count, "point normals") }
        if let opacities {
            let count = opacities.values.count
            if let instances {
                try checkCount(opacities.isByCell ? count : 0, instances.count, "opacities of copies")
            } else if !opacities.isByCell {
                try checkCount(count, points.count, "opacities of points")
            } else if let cells {
                try check(cells, count, "cells of primitives")
            } else {
                try checkCount(count, self.count, "opacities of cells")
            }
        }
        let cellLimit: Int
        if instances != nil {
            if case .spheres = primitives { throw DatasetError("copies are of triangles, lines or points, and these are spheres") }
            switch colors {
            case .pointScalars, .pointColors: throw DatasetError("copies have one colour each, and these have one at each point")
            default: break
            }
        }
        switch colors {
        case .material: return
        case .pointScalars(let values): return try checkCount(values.count, points.count, "point scalars")
        case .pointColors(let values, let components):
            return try checkCount(values.count, components * points.count, "point colours")
        case .cellScalars(let values): cellLimit = values.count
        case .cellColors(let values, let components): cellLimit = values.count / components
        }
        if let instances { return try checkCount(cellLimit, instances.count, "colours of copies") }
        if let cells { try check(cells, cellLimit, "cells of primitives") } else { try checkCount(cellLimit, count, "cell values") }
    }

    private func check(_ indices: Buffer<Int32>?, _ limit: Int, _ what: String) throws {
        guard let indices else { return }
        var worst: UInt32 = 0
        for index in indices.elements {
            let bits = UInt32(bitPattern: index)
            worst = bits > worst ? bits : worst
        }
        if indices.count > 0 && Int(worst) >= limit {
            throw DatasetError("\(what): expected indices under \(limit), found \(Int32(bitPattern: worst))")
        }
    }

    private func checkCount(_ found: Int, _ expected: Int, _ what: String) throws {
        if found < expected { throw DatasetError("\(what): expected \(expected) values, found \(found)") }
    }
}
