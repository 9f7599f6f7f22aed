import Datasets
import Dataflow
import Execution

extension XMLPiece {
    /// Points and attributes are read for as many as the piece says it has.
    private func counts() throws -> (points: Int, cells: Int) {
        let points = try element.count("NumberOfPoints")
        let cells = try element.count("NumberOfCells")
        for count in [points, cells] where count > Int(Int32.max) {
            throw FormatProblem(expected: "fewer than 2^31 points and cells in a piece", found: "\(count)", byte: element.byte)
        }
        return (points, cells)
    }

    func attributes(points: Int, cells: Int, demand: ArrayDemand, context: ExecutionContext) throws -> DatasetAttributes {
        func collection(_ entries: [XMLArrayEntry], _ tuples: Int, _ association: Association, _ roles: [AttributeRole: String]) throws -> FieldCollection {
            var collection = FieldCollection()
            // What gives cells of higher order their shape is read whoever asks.
            let shaping = Set([AttributeRole.rationalWeights, .higherOrderDegrees].compactMap { roles[$0] })
            for entry in entries where demand.needs(entry.name, association) || shaping.contains(entry.name) {
                collection.set(try loader.load(entry, tuples: tuples, context: context))
            }
            collection.active = roles.filter { collection[$0.value] != nil }
            return collection
        }
        return DatasetAttributes(
            pointData: try collection(pointArrays, points, .point, pointRoles), cellData: try collection(cellArrays, cells, .cell, cellRoles))
    }

    func points(_ count: Int, context: ExecutionContext) throws -> Points {
        guard count > 0 else {
            let type = try onlyArray(in: "Points")?.scalarType
            return type == .float64 ? .float64(Buffer()) : .float32(Buffer())
        }
        guard let entry = try onlyArray(in: "Points") else {
            throw FormatProblem(expected: "an array in <Points>", found: "none", byte: element.byte)
        }
        guard entry.components == 3, entry.scalarType != nil else {
            throw FormatProblem(expected: "points with 3 numbers each", found: "\(entry.components) components", byte: entry.byte)
        }
        guard let points = Points(try loader.load(entry, tuples: count, context: context)) else {
            throw FormatProblem(expected: "points with 3 numbers each", found: "another type", byte: entry.byte)
        }
        return points
    }

    private func required(_ name: String, in parent: String) throws -> XMLArrayEntry {
        guard let entry = try array(name, in: parent) else {
            throw FormatProblem(expected: "an array \(name) in <\(parent)>", found: "none", byte: element.byte)
        }
        return entry
    }

    /// The piece of an `UnstructuredGrid` file as a dataset.
    func unstructuredGrid(demand: ArrayDemand, context: ExecutionContext) throws -> UnstructuredGrid {
        try loader.file.at(element.place) {
            let (pointCount, cellCount) = try counts()
            let points = try self.points(pointCount, context: context)
            let attributes = try self.attributes(points: pointCount, cells: cellCount, demand: demand, context: context)
            guard cellCount > 0 else { return UnstructuredGrid(points: points, attributes: attributes) }
            let cells = try loader.lists(
                try required("connectivity", in: "Cells"), try required("offsets", in: "Cells"), count: cellCount, limit: pointCount,
                of: "a point", context: context)
            let types = try self.types(cellCount, context: context)
            if let type = types.uniform, cells.offsets == nil, type.pointCount == cells.uniformSize {
                return UnstructuredGrid(points: points, type: type, connectivity: cells.connectivity, attributes: attributes)
            }
            try checkSizes(types.all, cells, context: context)
            let faces = try polyhedronFaces(types.all, cells, cellCount: cellCount, pointCount: pointCount, context: context)
            let grid = UnstructuredGrid(points: points, types: types.all, cells: cells, polyhedronFaces: faces, attributes: attributes)
            return loader.file.version < (2, 1) ? grid.exchangingLastUprightEdges() : grid
        }
    }

    private func types(_ count: Int, context: ExecutionContext) throws -> (all: Buffer<UInt8>, uniform: CellType?) {
        let entry = try required("types", in: "Cells")
        let array = try loader.load(entry, tuples: count, context: context)
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
        let first = types.pointer[0]
        let same = try context.parallelMap(count, grain: 1 << 18) { range in
            var difference: UInt8 = 0
            for index in range { difference |= types.pointer[index] ^ first }
            return difference == 0
        }
        return (types, same.allSatisfy { $0 } ? CellType(rawValue: first) : nil)
    }

    /// Kernels rely on every cell having as many points as its type says.
    private func checkSizes(_ types: Buffer<UInt8>, _ cells: CellArray, context: ExecutionContext) throws {
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
                            expected: "\(expected) points for cell \(cell), a \(CellType(rawValue: type[cell]))", found: "\(size)",
                            byte: element.byte)
                    }
                }
            }
        }
    }

    // MARK: Polyhedra

    private func polyhedronFaces(
        _ types: Buffer<UInt8>, _ cells: CellArray, cellCount: Int, pointCount: Int, context: ExecutionContext
    ) throws -> PolyhedronFaces? {
        guard types.elements.contains(CellType.polyhedron.rawValue) else { return nil }
        if let connectivity = try array("face_connectivity", in: "Cells") {
            // Since file version 2.3: lists of points, and lists of faces.
            let offsets = try required("face_offsets", in: "Cells")
            let faceLists = try required("polyhedron_to_faces", in: "Cells")
            let faceListOffsets = try required("polyhedron_offsets", in: "Cells")
            let faceCount = try loader.loadField(offsets, context: context).valueCount
            let faces = try loader.lists(connectivity, offsets, count: faceCount, limit: pointCount, of: "a point", context: context)
            let facesOfCells = try loader.lists(faceLists, faceListOffsets, count: cellCount, limit: faceCount, of: "a face", context: context)
            try checkFaces(facesOfCells, faces, of: cells, pointCount: pointCount)
            return PolyhedronFaces(facesOfCells: facesOfCells, faces: faces)
        }
        let read = try faceStream(cellCount: cellCount, pointCount: pointCount, context: context)
        try checkFaces(read.facesOfCells, read.faces, of: cells, pointCount: pointCount)
        return read
    }

    /// Faces must not have points that their cell does not name: pieces and filters take the cell's.
    private func checkFaces(_ facesOfCells: CellArray, _ faces: CellArray, of cells: CellArray, pointCount: Int) throws {
        // A face has two cells at most; where one is named over and over the file is damaged, and would take time without end.
        var room = 8 * faces.connectivity.count + 64
        for face in facesOfCells.connectivity.elements {
            room -= faces.size(of: Int(face))
            guard room >= 0 else {
                throw FormatProblem(expected: "faces of one or two cells", found: "face \(face) and others in many", byte: element.byte)
            }
        }
        var owner = [Int32](repeating: -1, count: pointCount)
        for cell in 0..<facesOfCells.count {
            let list = facesOfCells.points(of: cell)
            if list.isEmpty { continue }
            let number = Int32(truncatingIfNeeded: cell)
            for point in cells.points(of: cell) { owner[Int(point)] = number }
            for face in list {
                for point in faces.points(of: Int(face)) where owner[Int(point)] != number {
                    throw FormatProblem(
                        expected: "faces of cell \(cell) over the points of the cell", found: "point \(point) in face \(face)", byte: element.byte)
                }
            }
        }
    }

    /// Before file version 2.3: for each polyhedron the number of its faces, and for each face the number of its points and the points.
    private func faceStream(cellCount: Int, pointCount: Int, context: ExecutionContext) throws -> PolyhedronFaces {
        let faceEntry = try required("faces", in: "Cells")
        let offsetEntry = try required("faceoffsets", in: "Cells")
        func integers(_ entry: XMLArrayEntry, _ tuples: Int?) throws -> [Int] {
            let array = try tuples.map { try loader.load(entry, tuples: $0, context: context) } ?? loader.loadField(entry, context: context)
            guard let values = array.doubles(), let type = entry.scalarType, !type.isFloatingPoint else {
                throw FormatProblem(expected: "whole numbers in \(entry.place)", found: "another type", byte: entry.byte)
            }
            return values.elements.map { $0 >= -1 && $0 <= 4e15 ? Int($0) : -2 }
        }
        let stream = try integers(faceEntry, nil)
        let ends = try integers(offsetEntry, cellCount)
        var faceOffsets: [Int32] = [0]
        var facePoints: [Int32] = []
        var listOffsets: [Int32] = [0]
        var lists: [Int32] = []
        var place = 0
        func next(_ expected: String, below limit: Int) throws -> Int {
            guard place < stream.count, stream[place] >= 0, stream[place] < limit else {
                let found = place < stream.count ? "\(stream[place])" : "the end of the array"
                throw FormatProblem(expected: "\(expected) at place \(place) of faces", found: found, byte: faceEntry.byte)
            }
            defer { place += 1 }
            return stream[place]
        }
        for cell in 0..<cellCount {
            if ends[cell] >= 0 {
                for _ in 0..<(try next("a number of faces", below: stream.count)) {
                    for _ in 0..<(try next("a number of points", below: stream.count)) {
                        facePoints.append(Int32(try next("a point", below: pointCount)))
                    }
                    lists.append(Int32(faceOffsets.count - 1))
                    faceOffsets.append(Int32(facePoints.count))
                }
                guard place == ends[cell] else {
                    throw FormatProblem(expected: "faces of cell \(cell) that end at \(ends[cell])", found: "\(place)", byte: offsetEntry.byte)
                }
            }
            listOffsets.append(Int32(lists.count))
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(listOffsets), connectivity: Buffer(lists)),
            faces: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(facePoints)))
    }

    // MARK: Poly data

    /// The piece of a `PolyData` file as a dataset.
    func polyData(demand: ArrayDemand, context: ExecutionContext) throws -> PolyData {
        try loader.file.at(element.place) {
            let pointCount = try counts().points
            let names = [("Verts", "NumberOfVerts"), ("Lines", "NumberOfLines"), ("Polys", "NumberOfPolys"), ("Strips", "NumberOfStrips")]
            var lists: [CellArray] = []
            for (parent, attribute) in names {
                let count = try element.count(attribute)
                guard count <= Int(Int32.max) else {
                    throw FormatProblem(expected: "fewer than 2^31 cells in a piece", found: "\(count)", byte: element.byte)
                }
                if count == 0 {
                    lists.append(CellArray())
                } else {
                    lists.append(
                        try loader.lists(
                            try required("connectivity", in: parent), try required("offsets", in: parent), count: count,
                            limit: pointCount, of: "a point", context: context))
                }
            }
            let cellCount = lists.reduce(0) { $0 + $1.count }
            return PolyData(
                points: try self.points(pointCount, context: context), vertices: lists[0], lines: lists[1], polygons: lists[2],
                strips: lists[3], attributes: try attributes(points: pointCount, cells: cellCount, demand: demand, context: context))
        }
    }
}
