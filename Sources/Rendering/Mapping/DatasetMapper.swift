import Datasets
import Execution
import Foundation
import Geometry
import Scenes

/// Turns datasets into drawables: poly data as points, lines and triangles, points without cells as spheres.
///
/// Buffers are shared where their layout fits. Cells that are hidden or ghosts are left out. Other kinds of dataset have to be
/// turned into poly data first, say by their external surface.
public struct DatasetMapper: Sendable {
    /// What gives the colour; nil for the material's. Arrays of UInt8 with three or four components are colours themselves
    /// unless a component or the magnitude is asked for.
    public var colorBy: ArraySelector?
    /// What says how opaque each part is, and values, rising, with their opacities 0…1 (`OpacityScalars`); nil: the material and the colours.
    public var opacityBy: ArraySelector?
    public var opacityPoints: [SIMD2<Float>] = []
    /// Of points that are drawn as spheres; nil chooses one from their number and the box that they fill.
    public var sphereRadius: Double?
    /// What the whole dataset's leaves have, where only a part of it is drawn here; nil: what the dataset has.
    public var shapes: [DrawnShape]?

    public init(colorBy: ArraySelector? = nil, sphereRadius: Double? = nil) {
        self.colorBy = colorBy
        self.sphereRadius = sphereRadius
    }

    /// The cell array (Int64) that tells picking which cell of the dataset that filters began with each cell comes from. Add it to a
    /// source's output; filters carry it along as any other.
    public static let originalCellIds = "vtkOriginalCellIds"

    /// The drawables that show a dataset, empty for one without anything to show.
    ///
    /// - Throws: `DatasetError` for a kind that cannot be drawn as it is, for an array that is not there, and for text.
    /// - Complexity: O(cells); O(1) for triangles without hidden ones.
    public func drawables(of dataset: Dataset, context: ExecutionContext) throws -> [Drawable] {
        switch dataset {
        case .poly(let poly):
            let shape = try shapes?.first ?? DrawnShape(poly, dataset, context: context)
            var made = try drawables(of: poly, shape, dataset: dataset, context: context)
            if shapes != nil { for index in made.indices { made[index].wholePointBounds = shape.bounds } }
            guard let opacities = try opacities(of: dataset) else { return made }
            return made.map { drawable in
                var drawable = drawable
                drawable.opacities = opacities
                if opacities.isByCell {
                    drawable.opacities?.values = opacities.values.slice(min(drawable.firstCell, opacities.values.count)..<opacities.values.count)
                }
                return drawable
            }
        case .blocks(let blocks):
            // An array may be absent from some blocks, not from all.
            let leaves = blocks.leaves.map(\.dataset).filter { $0.kind != .table }
            let holders = leaves.filter { holdsColor($0) }
            if colorBy != nil, holders.isEmpty, let first = leaves.first { _ = try colorBy?.resolve(in: first.attributes) }
            return try leaves.enumerated().flatMap { number, leaf in
                var mapper = self
                if !holdsColor(leaf) { mapper.colorBy = nil }
                if let opacityBy, (try? opacityBy.resolve(in: leaf.attributes)) == nil { mapper.opacityBy = nil }
                if let shapes { mapper.shapes = number < shapes.count ? [shapes[number]] : [] }
                return try mapper.drawables(of: leaf, context: context).map { drawable in
                    var drawable = drawable
                    drawable.order = drawable.order.map { $0 + number * PolyDataList.count }
                    return drawable
                }
            }
        case .table:
            throw DatasetError("a table has no place in space: name the columns that are coordinates, such as --points x,y,z")
        case .image, .rectilinear, .structured, .unstructured:
            throw DatasetError("\(dataset.kind.rawValue) is drawn by its external surface: apply the surface filter first")
        }
    }

    /// The opacities of a dataset's points or cells; nil where none are asked for.
    func opacities(of dataset: Dataset) throws -> OpacityScalars? {
        guard let opacityBy, !opacityPoints.isEmpty else { return nil }
        let (array, association) = try opacityBy.resolve(in: dataset.attributes)
        guard let values = try opacityBy.scalars(of: array).floats() else { throw DatasetError("array \(array.name) holds text, not numbers") }
        return OpacityScalars(values: values, isByCell: association == .cell, points: opacityPoints)
    }

    private func holdsColor(_ dataset: Dataset) -> Bool {
        guard let colorBy else { return true }
        return (try? colorBy.resolve(in: dataset.attributes)) != nil
    }

    /// The least and greatest finite value that the selector picks in a dataset, over all blocks; nil where there is none, and for
    /// arrays that are colours themselves.
    public static func range(of selector: ArraySelector, in dataset: Dataset, context: ExecutionContext) throws -> ClosedRange<Double>? {
        if case .blocks(let blocks) = dataset {
            var whole: ClosedRange<Double>?
            for leaf in blocks.leaves where (try? selector.resolve(in: leaf.dataset.attributes)) != nil {
                guard let part = try range(of: selector, in: leaf.dataset, context: context) else { continue }
                whole = min(whole?.lowerBound ?? part.lowerBound, part.lowerBound)...max(whole?.upperBound ?? part.upperBound, part.upperBound)
            }
            return whole
        }
        let array = try selector.resolve(in: dataset.attributes).array
        if isColor(array, selector) { return nil }
        return try array.range(of: selector.component, context: context)
    }

    static func isColor(_ array: FieldArray, _ selector: ArraySelector) -> Bool {
        array.scalarType == .uint8 && (array.components == 3 || array.components == 4) && selector.component == .automatic
            && array.buffer(of: UInt8.self) != nil
    }

    // MARK: Poly data

    private func drawables(of poly: PolyData, _ shape: DrawnShape, dataset: Dataset, context: ExecutionContext) throws -> [Drawable] {
        let points = poly.points
        if points.count == 0 { return [] }
        // A shape that was not given is that of these points.
        let bounds = shapes == nil ? shape.bounds : try points.bounds(in: context)
        let values = try ColorValues(colorBy, dataset)
        let hidden = try HiddenCells(dataset)
        let normals = Self.normals(of: dataset)
        let ids = dataset.cellData[Self.originalCellIds]?.buffer(of: Int64.self)
        func cellIds(_ first: Int, _ count: Int) -> Buffer<Int64>? {
            guard let ids, first + count <= ids.count else { return nil }
            return ids.slice(first..<first + count)
        }
        var drawables: [Drawable] = []
        func finish(_ drawable: inout Drawable, _ list: PolyDataList, _ firstCell: Int, _ cellCount: Int) {
            drawable.order = list.rawValue
            let cells = firstCell..<firstCell + cellCount
            if let keys = dataset.piece?.cellKeys, cells.upperBound <= keys.count { drawable.cellKeys = keys.slice(cells) }
            if let ranks = dataset.piece?.cellRanks, cells.upperBound <= ranks.count { drawable.cellRanks = ranks.slice(cells) }
        }
        func add(
            _ list: PolyDataList, _ primitives: PrimitiveList?, firstCell: Int, cellCount: Int, _ make: (Buffer<Int32>) -> Drawable.Primitives
        ) throws {
            guard let primitives, primitives.indices.count > 0 else { return }
            var drawable = Drawable(points: points, primitives: make(primitives.indices), bounds: bounds)
            drawable.normals = normals
            drawable.cells = primitives.cells
            drawable.cellEdges = primitives.edges
            drawable.colors = values.colors(firstCell: firstCell, cellCount: cellCount)
            drawable.firstCell = firstCell
            drawable.cellIds = cellIds(firstCell, cellCount)
            finish(&drawable, list, firstCell, cellCount)
            drawables.append(drawable)
        }
        let (vertices, lines, polygons, strips) = (poly.vertices, poly.lines, poly.polygons, poly.strips)
        if shape.cells == 0 {
            let own = OwnPoints(dataset)?.indices
            if let own, own.count == 0 { return [] }
            var drawable = spheres(points, own, bounds, shape, values.pointColors)
            // A point's key stands in the place of a cell's.
            drawable.cells = own
            drawable.order = PolyDataList.vertices.rawValue
            drawable.cellKeys = Self.keys(of: dataset.piece?.pointIdentities)
            return [drawable]
        }
        let builder = PrimitiveBuilder(points: points, context: context)
        var first = 0
        let vertexList = try builder.vertices(vertices, hidden.slice(first, vertices.count))
        if shape.isPoints {
            guard let vertexList, vertexList.indices.count > 0 else { return [] }
            var drawable = spheres(points, vertexList.indices, bounds, shape, values.colors(firstCell: 0, cellCount: vertices.count))
            drawable.cells = vertexList.cells
            drawable.cellIds = cellIds(0, vertices.count)
            finish(&drawable, .vertices, 0, vertices.count)
            return [drawable]
        }
        try add(.vertices, vertexList, firstCell: first, cellCount: vertices.count) { .points($0) }
        first += vertices.count
        try add(.lines, try builder.segments(lines, hidden.slice(first, lines.count)), firstCell: first, cellCount: lines.count) { .lines($0) }
        first += lines.count
        try add(.polygons, try builder.triangles(polygons, hidden.slice(first, polygons.count)), firstCell: first, cellCount: polygons.count) {
            .triangles($0)
        }
        first += polygons.count
        try add(.strips, try builder.strips(strips, hidden.slice(first, strips.count)), firstCell: first, cellCount: strips.count) {
            .triangles($0)
        }
        return drawables
    }

    private func spheres(
        _ points: Points, _ indices: Buffer<Int32>?, _ bounds: Bounds, _ shape: DrawnShape, _ colors: Drawable.Colors
    ) -> Drawable {
        let radius = sphereRadius ?? Self.defaultRadius(count: shape.spheres, shape.bounds)
        var drawable = Drawable(points: points, primitives: .spheres(indices, radius: Float(radius), radii: nil), bounds: bounds)
        drawable.colors = colors
        return drawable
    }

    /// Places of points that no cell uses in the order of all points.
    private static func keys(of identities: Buffer<PointIdentity>?) -> Buffer<UInt64>? {
        identities.map { identities in
            Buffer(count: identities.count) { out in
                for index in 0..<identities.count { out[index] = identities[index].low }
            }
        }
    }

    /// A quarter of the distance that points would have if they filled the box evenly.
    static func defaultRadius(count: Int, _ bounds: Bounds) -> Double {
        let diagonal = bounds.diagonal
        return diagonal > 0 ? 0.25 * diagonal / cbrt(Double(max(count, 1))) : 0.5
    }

    /// Point normals: the array with that role, else one named Normals.
    private static func normals(of dataset: Dataset) -> Buffer<Float>? {
        guard let array = dataset.pointData[.normals] ?? dataset.pointData["Normals"], array.components == 3,
            array.tupleCount >= dataset.pointCount
        else { return nil }
        return array.floats()
    }
}

/// The lists of poly data, in the order in which they are drawn.
private enum PolyDataList: Int {
    case vertices, lines, polygons, strips
    static let count = 4
}

/// The values that give a dataset's colours.
struct ColorValues {
    private var scalars: Buffer<Float>?
    private var bytes: Buffer<UInt8>?
    private var components = 1
    private var association = Association.point

    init(_ selector: ArraySelector?, _ dataset: Dataset) throws {
        guard let selector else { return }
        let found = try selector.resolve(in: dataset.attributes)
        association = found.association
        if (found.array.components == 3 || found.array.components == 4) && selector.component == .automatic,
            let buffer = found.array.buffer(of: UInt8.self)
        {
            bytes = buffer
            components = found.array.components
        } else {
            let array = try selector.scalars(of: found.array)
            guard let floats = array.floats() else { throw DatasetError("array \(found.array.name) holds text, not numbers") }
            scalars = floats
        }
    }

    /// For drawables without cells.
    var pointColors: Drawable.Colors { association == .point ? colors(firstCell: 0, cellCount: 0) : .material }

    /// For drawables of the cells from `firstCell`, numbered from zero.
    func colors(firstCell: Int, cellCount: Int) -> Drawable.Colors {
        if let scalars {
            if association == .point { return .pointScalars(scalars) }
            if firstCell + cellCount <= scalars.count { return .cellScalars(scalars.slice(firstCell..<firstCell + cellCount)) }
        }
        if let bytes {
            if association == .point { return .pointColors(bytes, components: components) }
            let range = firstCell * components..<(firstCell + cellCount) * components
            if range.upperBound <= bytes.count { return .cellColors(bytes.slice(range), components: components) }
        }
        return .material
    }
}

/// Which cells are not drawn: hidden ones and ghosts.
struct HiddenCells {
    private var marks: [Buffer<UInt8>] = []

    init(_ dataset: Dataset) throws {
        let count = dataset.cellCount
        if let levels = dataset.piece?.cellGhostLevels, levels.count >= count { marks.append(levels) }
        if let types = dataset.cellData["vtkGhostType"]?.buffer(of: UInt8.self), types.count >= count { marks.append(types) }
        if case .poly(let poly) = dataset, let cells = HiddenCells.cellsOfHiddenPoints(poly) { marks.append(cells) }
        marks.removeAll { !$0.elements.contains { $0 != 0 } }
    }

    /// 1 for each cell with a hidden point; nil where no point is hidden.
    private static func cellsOfHiddenPoints(_ poly: PolyData) -> Buffer<UInt8>? {
        guard let points = poly.attributes.pointData["vtkGhostType"]?.buffer(of: UInt8.self), points.count == poly.points.count,
            points.elements.contains(where: { $0 & LatticeBlanking.hiddenPoint != 0 })
        else { return nil }
        return Buffer(count: poly.cellCount) { out in
            var first = 0
            for list in poly.cellLists {
                for cell in 0..<list.count {
                    let isHidden = list.points(of: cell).contains { points[Int($0)] & LatticeBlanking.hiddenPoint != 0 }
                    out[first + cell] = isHidden ? 1 : 0
                }
                first += list.count
            }
        }
    }

    /// A number that is not zero for each cell of the range that is not drawn; nil where all are.
    func slice(_ first: Int, _ count: Int) -> Buffer<UInt8>? {
        if marks.isEmpty || count == 0 { return nil }
        let parts = marks.map { $0.slice(first..<first + count) }
        if parts.count == 1 { return parts[0] }
        return Buffer(count: count) { out in
            for cell in 0..<count { out[cell] = parts.reduce(0) { $0 | $1[cell] } }
        }
    }
}
