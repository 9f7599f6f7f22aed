import Dataflow
import Datasets
import Execution
import Geometry

/// Cuts a dataset by a plane, or where an array passes a value, and keeps one side.
///
/// Cells on the kept side stay whole, those across are cut; point arrays are interpolated along edges, cell arrays copied. Poly data give
/// poly data (lines stay lines, polygons polygons, strips that are cut become polygons), all other kinds an unstructured grid of tetrahedra,
/// pyramids, wedges, hexahedra (voxels where whole), triangles, quads. Polygons of poly data with five corners or more that are not flat and
/// convex become triangles, cut or not. Parts of neighbouring cells meet face to face, except at the five- and
/// six-sided ends of prisms, whose parts divide these ends.
///
/// Points at the plane (or value) count as kept on either side, but a cell that only touches the kept side goes; so both sides together
/// are the whole. Cells with a point that has no finite value (NaN, infinity) go, and so do hidden cells. Cells of higher order are cut as
/// the linear cells of their corners. Where there are no cells, points of poly data and rows of tables stay or go by themselves.
public struct Clip: Filter {
    /// What cuts.
    public enum Function: Sendable, Hashable {
        /// Keeps the side that the normal points to.
        case plane(Plane)
        /// Keeps what lies above the value of a point array, or below it.
        case array(ArraySelector, value: Double, keepsAbove: Bool)
    }

    public var function: Function

    /// Keeps the side of the plane that its normal points to.
    public init(plane: Plane) { function = .plane(plane) }

    /// Keeps where the array lies above the value, or below it.
    public init(array: ArraySelector, value: Double, keepsAbove: Bool = true) {
        function = .array(array, value: value, keepsAbove: keepsAbove)
    }

    public var name: String {
        switch function {
        case .plane: "clip"
        case .array(let array, _, _): "clip \(array)"
        }
    }

    /// The greatest number of parts that a cell of each kind of dataset can have, as an exponent of two: 11 for a hexahedron, 22 for a hexagonal
    /// prism; strips, poly-lines and concave polygons may have more.
    static func fanBits(_ kind: DatasetKind) -> Int {
        switch kind {
        case .image, .rectilinear, .structured: 4
        case .unstructured: 8
        default: 12
        }
    }

    /// How many low bits of a cell's key number the parts of one cell.
    package static func cellFanBits(of kind: DatasetKind) -> Int { fanBits(kind) }

    public var isLocal: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = try input.fanned(by: 1 << Clip.fanBits(input.kind))
        if input.kind.isStructured { result.kind = .unstructured }
        if input.kind == .poly && input.cellCount == 0 { result.hasOrderedPoints = input.hasOrderedPoints }
        result.wholeExtent = nil
        result.splitting = .none
        result.pointCount = nil
        result.cellCount = nil
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request
        wanted.extent = nil
        if case .array(let array, _, _) = function { wanted.arrays = request.arrays.adding(array) }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        if case .table(let table) = input { return .table(try rows(of: table, context: context)) }
        guard let positions = PointPositions(input) else { throw unsupported("clip", input, needs: "points and cells") }
        let cutting = try clipFunction(of: input, positions)
        if input.hasCellsOfHigherOrder {
            let value = { (point: Int32) in cutting.value(at: Int(point)) }
            return try input.withLinearParts(fanBits: Clip.fanBits(input.kind), following: value, context: context) {
                try apply(to: $0, request: request, context: context)
            }
        }
        var tables = ClipTable.joined
        if case .array(_, _, keepsAbove: false) = function { tables = ClipTable.separated }
        let hidden = HiddenElements(of: input.attributes)
        var states = try cutting.states(pointCount: input.pointCount, context: context)
        states.invalidate(hidden.points)
        if case .poly(let poly) = input, poly.cellCount == 0 { return .poly(try points(of: poly, states, context: context)) }
        let extraction = try CellExtraction(
            input, states: &states, rule: .cut(tables), hidden: hidden.cells, positions: positions, context: context)
        if let unknown = extraction.chunks.lazy.compactMap(\.atoms.unknown).first {
            throw DatasetError("clip cannot cut cell \(unknown.cell): it is a \(unknown.type), and only cells with linear corners are cut")
        }
        try checkFan(of: extraction, input)
        var provenance = Provenance()
        provenance.fanBits = Clip.fanBits(input.kind)
        provenance.salt = 0x636C_6970
        provenance.edgeLower = extraction.edges.lower
        provenance.edgeUpper = extraction.edges.upper
        provenance.edgeParameter = try cutting.parameters(of: extraction.edges, context: context)
        if let centres = extraction.centres() {
            provenance.interior = centres.parents
            provenance.interiorCells = centres.cells
            provenance.interiorSalt = centres.numbers
        }
        if case .poly = input {
            return .poly(try extraction.polyData(of: input, positions: positions, provenance: provenance, context: context))
        }
        return .unstructured(try extraction.unstructured(of: input, positions: positions, provenance: provenance, context: context))
    }

    /// The points on the kept side.
    private func points(of poly: PolyData, _ states: Buffer<UInt8>, context: ExecutionContext) throws -> PolyData {
        var provenance = Provenance()
        provenance.keptPoints = try PointSubset(marks: states, bit: PointState.kept.trailingZeroBitCount, context: context)
            .indices(context: context)
        return PolyData(
            points: try PointPositions(poly.points).points(of: provenance, context: context),
            attributes: try provenance.attributes(of: .poly(poly), context: context))
    }

    /// The rows whose value is on the kept side.
    private func rows(of table: Table, context: ExecutionContext) throws -> Table {
        guard case .array(let array, let value, let keepsAbove) = function else {
            throw unsupported("clip by a plane", .table(table), needs: "points (name the columns of coordinates, or clip by a column)")
        }
        guard value.isFinite else { throw DatasetError("clip needs a finite value, and has \(value)") }
        let (column, _) = try array.resolve(in: DatasetAttributes(pointData: table.columns))
        let marks = try states(
            of: array.scalars(of: column), in: keepsAbove ? value...Double.greatestFiniteMagnitude : -Double.greatestFiniteMagnitude...value, context: context)
        let kept = try PointSubset(marks: marks, bit: 0, context: context).indices(context: context)
        return Table(columns: try table.columns.map { try $0.gathered(kept, context: context) }, fieldData: table.fieldData)
    }

    private func clipFunction(of input: Dataset, _ positions: PointPositions) throws -> ClipFunction {
        switch function {
        case .plane(let plane):
            guard plane.normal.length > 0, plane.normal.length.isFinite else {
                throw DatasetError("clip needs a plane with a normal, and this one's is \(plane.normal)")
            }
            return .plane(plane, positions)
        case .array(let selector, let value, let keepsAbove):
            let (array, association) = try selector.resolve(in: input.attributes)
            guard association == .point else {
                throw DatasetError("clip needs a point array, and \(selector) is a cell array; threshold keeps cells by their values")
            }
            let scalars = try selector.scalars(of: array)
            if let floats = scalars.buffer(of: Float.self) { return .float32(floats, value, keepsAbove: keepsAbove) }
            return .float64(scalars.doubles() ?? Buffer(), value, keepsAbove: keepsAbove)
        }
    }

    /// In pieces, cells must not have more parts than keys have room for.
    private func checkFan(of extraction: CellExtraction, _ input: Dataset) throws {
        if input.piece == nil || extraction.cells.uniform != nil { return }
        let limit = 1 << Clip.fanBits(input.kind)
        if let found = extraction.chunks.lazy.compactMap({ $0.atoms.cellWithParts(moreThan: limit) }).first {
            throw DatasetError("clip cuts cell \(found) into more than \(limit) parts, too many to number in pieces: triangulate it before")
        }
    }
}

extension CellExtraction {
    /// The result of poly data as poly data.
    func polyData(of input: Dataset, positions: PointPositions, provenance: Provenance, context: ExecutionContext) throws -> PolyData {
        var provenance = provenance
        let needsSources = !input.cellData.isEmpty || input.piece != nil
        let vertices = try write(jobs(list: 0), sources: needsSources, context: context)
        let lines = try write(jobs(list: 1), sources: needsSources, context: context)
        // Parts of strips are polygons.
        let polygons = try write(jobs(list: 2) + jobs(list: 3, whole: false), sources: needsSources, context: context)
        let strips = try write(jobs(list: 3, parts: false), sources: needsSources, context: context)
        if needsSources {
            let lists = [vertices.sources!, lines.sources!, polygons.sources!, strips.sources!]
            provenance.cellSources = Buffer(count: lists.reduce(0) { $0 + $1.count }) { out in
                var place = 0
                for list in lists {
                    (out + place).update(from: list.pointer, count: list.count)
                    place += list.count
                }
            }
        }
        provenance.keptPoints = try kept.indices(context: context)
        let attributes = try provenance.attributes(of: input, context: context)
        return PolyData(
            points: try positions.points(of: provenance, context: context), vertices: vertices.cells, lines: lines.cells,
            polygons: polygons.cells, strips: strips.cells, attributes: attributes)
    }
}

extension CellAtoms {
    /// A cell with more than `limit` atoms of one part each, if there is one.
    func cellWithParts(moreThan limit: Int) -> Int32? {
        var first = 0
        for atom in sources.indices {
            if sources[atom] != sources[first] { first = atom }
            if atom - first >= limit { return sources[atom] }
        }
        return nil
    }
}
