import Datasets
import Execution

/// Faces of polyhedra in `UnstructuredGrid` files, in the form of file version 2.3 and in that before.
extension XMLPiece {
    /// Faces of all cells; nil where none is a polyhedron.
    func polyhedronFaces(
        _ types: Buffer<UInt8>, _ cells: CellArray, cellCount: Int, pointCount: Int, context: ExecutionContext
    ) throws -> PolyhedronFaces? {
        guard types.elements.contains(CellType.polyhedron.rawValue) else { return nil }
        let faces = try faces(0..<cellCount, of: cellCount, pointCount: pointCount, context: context)
        try checkFaces(faces.facesOfCells, faces.faces, of: cells, pointCount: pointCount)
        return faces
    }

    /// Faces of some cells, over the points that these use; nil where none is a polyhedron.
    ///
    /// - Parameters:
    ///   - types: of the chosen cells.
    ///   - choice: the chosen cells, in `range`.
    ///   - cells: the chosen cells, over used points.
    func faces(
        of types: Buffer<UInt8>, _ choice: TupleChoice, _ range: Range<Int>, _ cells: CellArray, _ used: UsedPoints, cellCount: Int,
        pointCount: Int, context: ExecutionContext
    ) throws -> PolyhedronFaces? {
        guard types.elements.contains(CellType.polyhedron.rawValue) else { return nil }
        let all = try faces(range, of: cellCount, pointCount: pointCount, context: context)
        var lists: [Int32] = []
        var listOffsets: [Int32] = [0]
        var points: [Int32] = []
        var pointOffsets: [Int32] = [0]
        for position in 0..<choice.count {
            for face in all.facesOfCells.points(of: choice.place(position) - range.lowerBound) {
                lists.append(Int32(truncatingIfNeeded: lists.count))
                for point in all.faces.points(of: Int(face)) {
                    guard let place = used.place(of: point) else {
                        throw FormatProblem(
                            expected: "faces of cell \(choice.place(position)) over the points of the cell", found: "point \(point)",
                            byte: element.byte)
                    }
                    points.append(place)
                }
                pointOffsets.append(Int32(truncatingIfNeeded: points.count))
            }
            listOffsets.append(Int32(truncatingIfNeeded: lists.count))
        }
        let result = PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(listOffsets), connectivity: Buffer(lists)),
            faces: CellArray(offsets: Buffer(pointOffsets), connectivity: Buffer(points)))
        try checkFaces(result.facesOfCells, result.faces, of: cells, pointCount: used.points.count)
        return result
    }

    /// Faces of the cells `range`, over the points of the file's piece.
    private func faces(_ range: Range<Int>, of cellCount: Int, pointCount: Int, context: ExecutionContext) throws -> PolyhedronFaces {
        guard let connectivity = try array("face_connectivity", in: "Cells") else {
            return try faceStream(range, of: cellCount, pointCount: pointCount, context: context)
        }
        // Since file version 2.3: lists of points, and lists of faces.
        let offsets = try required("face_offsets", in: "Cells")
        let faceLists = try required("polyhedron_to_faces", in: "Cells")
        let faceListOffsets = try required("polyhedron_offsets", in: "Cells")
        let faceCount = min(try loader.valueCount(offsets, context: context), Int(Int32.max))
        let facesOfCells = try loader.lists(faceLists, faceListOffsets, range, limit: faceCount, of: "a face", context: context)
        if range == 0..<cellCount {
            let faces = try loader.lists(connectivity, offsets, 0..<faceCount, limit: pointCount, of: "a point", context: context)
            return PolyhedronFaces(facesOfCells: facesOfCells, faces: faces)
        }
        // Writers put the faces of neighbouring cells side by side.
        guard let low = facesOfCells.connectivity.elements.min(), let high = facesOfCells.connectivity.elements.max() else {
            return PolyhedronFaces(facesOfCells: facesOfCells, faces: CellArray())
        }
        let faces = try loader.lists(connectivity, offsets, Int(low)..<Int(high) + 1, limit: pointCount, of: "a point", context: context)
        let shifted = Buffer(facesOfCells.connectivity.elements.map { $0 - low })
        return PolyhedronFaces(facesOfCells: facesOfCells.replacingConnectivity(shifted), faces: faces)
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
    private func faceStream(_ range: Range<Int>, of cellCount: Int, pointCount: Int, context: ExecutionContext) throws -> PolyhedronFaces {
        let faceEntry = try required("faces", in: "Cells")
        let offsetEntry = try required("faceoffsets", in: "Cells")
        func integers(_ entry: XMLArrayEntry, _ range: Range<Int>, of count: Int) throws -> [Int] {
            let array = try loader.load(entry, tuples: count, choice: .range(range), context: context)
            guard let values = array.doubles(), let type = entry.scalarType, !type.isFloatingPoint, entry.components == 1 else {
                throw FormatProblem(expected: "whole numbers in \(entry.place)", found: "another type", byte: entry.byte)
            }
            return values.elements.map { $0 >= -1 && $0 <= 4e15 ? Int($0) : -2 }
        }
        let ends = try integers(offsetEntry, range, of: cellCount)
        // The stream goes on behind the last polyhedron before the range.
        var first = 0
        var unseen = range.lowerBound
        while unseen > 0 && first == 0 {
            let block = max(0, unseen - 1 << 16)..<unseen
            if let end = try integers(offsetEntry, block, of: cellCount).last(where: { $0 >= 0 }) { first = end }
            unseen = block.lowerBound
        }
        let total = try loader.valueCount(faceEntry, context: context)
        let last = ends.last { $0 >= 0 } ?? first
        guard first <= last, last <= total else {
            throw FormatProblem(expected: "ends of faces that rise to \(total)", found: "\(first) and \(last)", byte: offsetEntry.byte)
        }
        let stream = try integers(faceEntry, first..<last, of: total)
        var faceOffsets: [Int32] = [0]
        var facePoints: [Int32] = []
        var listOffsets: [Int32] = [0]
        var lists: [Int32] = []
        var place = 0
        func next(_ expected: String, below limit: Int) throws -> Int {
            guard place < stream.count, stream[place] >= 0, stream[place] < limit else {
                let found = place < stream.count ? "\(stream[place])" : "the end of the array"
                throw FormatProblem(expected: "\(expected) at place \(first + place) of faces", found: found, byte: faceEntry.byte)
            }
            defer { place += 1 }
            return stream[place]
        }
        for (index, end) in ends.enumerated() {
            if end >= 0 {
                for _ in 0..<(try next("a number of faces", below: stream.count)) {
                    for _ in 0..<(try next("a number of points", below: stream.count)) {
                        facePoints.append(Int32(try next("a point", below: pointCount)))
                    }
                    lists.append(Int32(faceOffsets.count - 1))
                    faceOffsets.append(Int32(facePoints.count))
                }
                guard first + place == end else {
                    throw FormatProblem(
                        expected: "faces of cell \(range.lowerBound + index) that end at \(end)", found: "\(first + place)", byte: offsetEntry.byte)
                }
            }
            listOffsets.append(Int32(lists.count))
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(listOffsets), connectivity: Buffer(lists)),
            faces: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(facePoints)))
    }
}
