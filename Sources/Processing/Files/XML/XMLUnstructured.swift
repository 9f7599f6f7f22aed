import Datasets
import Dataflow
import Execution

extension XMLPiece {
    /// Points and attributes are read for as many as the piece says it has.
    func counts() throws -> (points: Int, cells: Int) {
        let points = try element.count("NumberOfPoints")
        let cells = try element.count("NumberOfCells")
        for count in [points, cells] where count > Int(Int32.max) {
            throw FormatProblem(expected: "fewer than 2^31 points and cells in a piece", found: "\(count)", byte: element.byte)
        }
        return (points, cells)
    }

    /// - Parameters:
    ///   - points: how many the piece has, and which of them are wanted.
    ///   - cells: the same of cells.
    func attributes(
        _ points: Int, _ chosenPoints: TupleChoice, _ cells: Int, _ chosenCells: TupleChoice, demand: ArrayDemand, context: ExecutionContext
    ) throws -> DatasetAttributes {
        func collection(
            _ entries: [XMLArrayEntry], _ tuples: Int, _ choice: TupleChoice, _ association: Association, _ roles: [AttributeRole: String]
        ) throws -> FieldCollection {
            var collection = FieldCollection()
            // What gives cells of higher order their shape is read whoever asks.
            let shaping = Set([AttributeRole.rationalWeights, .higherOrderDegrees].compactMap { roles[$0] })
            for entry in entries where demand.needs(entry.name, association) || shaping.contains(entry.name) {
                collection.set(try loader.load(entry, tuples: tuples, choice: choice, context: context))
            }
            collection.active = roles.filter { collection[$0.value] != nil }
            return collection
        }
        return DatasetAttributes(
            pointData: try collection(pointArrays, points, chosenPoints, .point, pointRoles),
            cellData: try collection(cellArrays, cells, chosenCells, .cell, cellRoles))
    }

    /// Points of the piece, which has `count` of them.
    func points(_ count: Int, _ choice: TupleChoice, context: ExecutionContext) throws -> Points {
        guard choice.count > 0 else {
            let type = try onlyArray(in: "Points")?.scalarType
            return type == .float64 ? .float64(Buffer()) : .float32(Buffer())
        }
        guard let entry = try onlyArray(in: "Points") else {
            throw FormatProblem(expected: "an array in <Points>", found: "none", byte: element.byte)
        }
        guard entry.components == 3, entry.scalarType != nil else {
            throw FormatProblem(expected: "points with 3 numbers each", found: "\(entry.components) components", byte: entry.byte)
        }
        guard let points = Points(try loader.load(entry, tuples: count, choice: choice, context: context)) else {
            throw FormatProblem(expected: "points with 3 numbers each", found: "another type", byte: entry.byte)
        }
        return points
    }

    func required(_ name: String, in parent: String) throws -> XMLArrayEntry {
        guard let entry = try array(name, in: parent) else {
            throw FormatProblem(expected: "an array \(name) in <\(parent)>", found: "none", byte: element.byte)
        }
        return entry
    }

    /// The piece of an `UnstructuredGrid` file as a dataset.
    func unstructuredGrid(demand: ArrayDemand, context: ExecutionContext) throws -> UnstructuredGrid {
        try loader.file.at(element.place) {
            let (pointCount, cellCount) = try counts()
            let points = try self.points(pointCount, .range(0..<pointCount), context: context)
            let attributes = try self.attributes(
                pointCount, .range(0..<pointCount), cellCount, .range(0..<cellCount), demand: demand, context: context)
            guard cellCount > 0 else { return UnstructuredGrid(points: points, attributes: attributes) }
            let cells = try loader.lists(
                try required("connectivity", in: "Cells"), try required("offsets", in: "Cells"), 0..<cellCount, limit: pointCount, of: "a point",
                context: context)
            let everything = TupleChoice.range(0..<cellCount)
            let types = try self.types(of: cellCount, everything, context: context)
            if let type = types.uniform, cells.offsets == nil, type.pointCount == cells.uniformSize {
                return UnstructuredGrid(points: points, type: type, connectivity: cells.connectivity, attributes: attributes)
            }
            try checkSizes(types.all, cells, everything, context: context)
            let faces = try polyhedronFaces(types.all, cells, cellCount: cellCount, pointCount: pointCount, context: context)
            let grid = UnstructuredGrid(points: points, types: types.all, cells: cells, polyhedronFaces: faces, attributes: attributes)
            return loader.file.version < (2, 1) ? grid.exchangingLastUprightEdges() : grid
        }
    }

    /// The types of some of the piece's `count` cells, and the type of all of them where they have one.
    func types(of count: Int, _ choice: TupleChoice, context: ExecutionContext) throws -> (all: Buffer<UInt8>, uniform: CellType?) {
        let entry = try required("types", in: "Cells")
        let array = try loader.load(entry, tuples: count, choice: choice, context: context)
        guard entry.components == 1, let type = array.scalarType, !type.isFloatingPoint else {
            throw FormatProblem(expected: "one whole number for each type", found: "another type", byte: entry.byte)
        }
        let types: Buffer<UInt8>
        if case .uint8(let buffer) = array.values {
            types = buffer
        } else {
            let wide = array.doubles() ?? Buffer()
            if let bad = wide.elements.first(where: { !($0 >= 0 && $0 <= 255) }) {
                throw FormatProblem(expected: "a cell type from 0 to 255", found: "\(bad)", byte: entry.byte)
            }
            types = Buffer(wide.elements.map { UInt8($0) })
        }
        guard choice.count > 0 else { return (types, nil) }
        let first = types.pointer[0]
        let same = try context.parallelMap(choice.count, grain: 1 << 18) { range in
            var difference: UInt8 = 0
            for index in range { difference |= types.pointer[index] ^ first }
            return difference == 0
        }
        return (types, same.allSatisfy { $0 } ? CellType(rawValue: first) : nil)
    }

    /// Kernels rely on every cell having as many points as its type says.
    func checkSizes(_ types: Buffer<UInt8>, _ cells: CellArray, _ choice: TupleChoice, context: ExecutionContext) throws {
        let sizes = (0...255).map { Int32(CellType(rawValue: UInt8($0)).pointCount ?? -1) }
        let uniform = cells.offsets == nil ? Int32(cells.uniformSize) : nil
        try sizes.withUnsafeBufferPointer { sizes in
            nonisolated(unsafe) let sizes = sizes
            try context.parallelFor(types.count, grain: 1 << 16) { range in
                let type = types.pointer
                let offsets = cells.offsets?.pointer
                for cell in range {
                    let expected = sizes[Int(type[cell])]
                    if expected <= 0 { continue }
                    let size = offsets.map { $0[cell + 1] &- $0[cell] } ?? uniform ?? 0
                    if size != expected {
                        throw FormatProblem(
                            expected: "\(expected) points for cell \(choice.place(cell)), a \(CellType(rawValue: type[cell]))", found: "\(size)",
                            byte: element.byte)
                    }
                }
            }
        }
    }

    // MARK: Poly data

    /// Elements and counts of the four lists of cells, in the order of the cells.
    static let listNames = [("Verts", "NumberOfVerts"), ("Lines", "NumberOfLines"), ("Polys", "NumberOfPolys"), ("Strips", "NumberOfStrips")]
        .map { (parent: $0.0, attribute: $0.1) }

    /// How many cells each of the four lists has.
    func listCounts() throws -> [Int] {
        let counts = try XMLPiece.listNames.map { try element.count($0.attribute) }
        for count in counts where count > Int(Int32.max) {
            throw FormatProblem(expected: "fewer than 2^31 cells in a piece", found: "\(count)", byte: element.byte)
        }
        return counts
    }

    /// The piece of a `PolyData` file as a dataset.
    func polyData(demand: ArrayDemand, context: ExecutionContext) throws -> PolyData {
        try loader.file.at(element.place) {
            let pointCount = try counts().points
            let counts = try listCounts()
            let lists = try counts.enumerated().map { list, count -> CellArray in
                let parent = XMLPiece.listNames[list].parent
                return count == 0
                    ? CellArray()
                    : try loader.lists(
                        try required("connectivity", in: parent), try required("offsets", in: parent), 0..<count, limit: pointCount,
                        of: "a point", context: context)
            }
            let cellCount = counts.reduce(0, +)
            return PolyData(
                points: try points(pointCount, .range(0..<pointCount), context: context), vertices: lists[0], lines: lists[1],
                polygons: lists[2], strips: lists[3],
                attributes: try attributes(
                    pointCount, .range(0..<pointCount), cellCount, .range(0..<cellCount), demand: demand, context: context))
        }
    }
}
