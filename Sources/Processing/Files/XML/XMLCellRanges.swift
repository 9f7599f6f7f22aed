import Dataflow
import Datasets
import Execution

/// Cells of a piece of a file as a dataset of their own, with the points that they use.
struct CellRange<Grid: Sendable>: Sendable {
    var grid: Grid
    /// For each point its place in the piece of the file. Rising.
    var points: Buffer<Int32>
    /// Which cells they are in the piece of the file.
    var cells: TupleChoice
}

/// What is wanted of a piece of a file.
struct CellRangeRequest: Sendable {
    var cells: Range<Int>
    /// Whether cells that `vtkGhostType` marks as duplicates are left out.
    var dropsGhosts: Bool
    /// Whether points that no cell of the piece of the file uses come along.
    var takesUnusedPoints: Bool
    var arrays: ArrayDemand
}

extension XMLPiece {
    /// Whether points and cells can be read in part at less cost than all: none of their numbers are text.
    func isCuttable(in parents: [String]) throws -> Bool {
        for parent in parents {
            for entry in try XMLPiece.arrays(element.child(parent), step: step) {
                if case .ascii = entry.location { return false }
            }
        }
        return true
    }

    /// Some cells of an `UnstructuredGrid` file; touches their part of the arrays, and of points what they use.
    func unstructuredGrid(_ request: CellRangeRequest, context: ExecutionContext) throws -> CellRange<UnstructuredGrid> {
        try loader.file.at(element.place) {
            let (pointCount, cellCount) = try counts()
            let range = request.cells.clamped(to: 0..<cellCount)
            let choice = try ownCells(request, range, of: cellCount, context: context)
            var cells = CellArray()
            var types = Buffer<UInt8>()
            if !range.isEmpty {
                let (connectivity, offsets) = (try required("connectivity", in: "Cells"), try required("offsets", in: "Cells"))
                cells = try loader.lists(connectivity, offsets, range, limit: pointCount, of: "a point", context: context)
                cells = chosen(cells, choice, from: range)
                types = try self.types(of: cellCount, choice, context: context).all
                try checkSizes(types, cells, choice, context: context)
            }
            var unused: PointMarks?
            if request.takesUnusedPoints {
                unused = try unusedPoints(pointCount, [("Cells", range, cellCount)], [cells], context: context)
            }
            let used = try UsedPoints([cells.connectivity], limit: pointCount, others: unused, context: context)
            let local = cells.replacingConnectivity(try used.renumbered(cells.connectivity, context: context))
            let faces = try faces(of: types, choice, range, local, used, cellCount: cellCount, pointCount: pointCount, context: context)
            let attributes = try self.attributes(
                pointCount, TupleChoice(used.points), cellCount, choice, demand: request.arrays, context: context)
            let points = try self.points(pointCount, TupleChoice(used.points), context: context)
            guard cells.count > 0 else {
                return CellRange(grid: UnstructuredGrid(points: points, attributes: attributes), points: used.points, cells: choice)
            }
            let grid = UnstructuredGrid(points: points, types: types, cells: local, polyhedronFaces: faces, attributes: attributes)
            return CellRange(
                grid: loader.file.version < (2, 1) ? grid.exchangingLastUprightEdges() : grid, points: used.points, cells: choice)
        }
    }

    /// Some cells of a `PolyData` file, numbered through its four lists.
    func polyData(_ request: CellRangeRequest, context: ExecutionContext) throws -> CellRange<PolyData> {
        try loader.file.at(element.place) {
            let pointCount = try counts().points
            let counts = try listCounts()
            let cellCount = counts.reduce(0, +)
            let range = request.cells.clamped(to: 0..<cellCount)
            let choice = try ownCells(request, range, of: cellCount, context: context)
            var lists: [CellArray] = []
            var parts: [(parent: String, range: Range<Int>, count: Int)] = []
            var first = 0
            for (list, count) in counts.enumerated() {
                let parent = XMLPiece.listNames[list].parent
                let common = range.clamped(to: first..<first + count)
                let part = common.isEmpty ? 0..<0 : common.lowerBound - first..<common.upperBound - first
                parts.append((parent, part, count))
                if part.isEmpty {
                    lists.append(CellArray())
                } else {
                    let all = try loader.lists(
                        try required("connectivity", in: parent), try required("offsets", in: parent), part, limit: pointCount, of: "a point",
                        context: context)
                    lists.append(chosen(all, choice, from: common))
                }
                first += count
            }
            var unused: PointMarks?
            if request.takesUnusedPoints { unused = try unusedPoints(pointCount, parts, lists, context: context) }
            let used = try UsedPoints(lists.map(\.connectivity), limit: pointCount, others: unused, context: context)
            lists = try lists.map { $0.replacingConnectivity(try used.renumbered($0.connectivity, context: context)) }
            let poly = PolyData(
                points: try points(pointCount, TupleChoice(used.points), context: context), vertices: lists[0], lines: lists[1],
                polygons: lists[2], strips: lists[3],
                attributes: try attributes(pointCount, TupleChoice(used.points), cellCount, choice, demand: request.arrays, context: context))
            return CellRange(grid: poly, points: used.points, cells: choice)
        }
    }

    /// The cells of `range` that belong to the piece.
    private func ownCells(_ request: CellRangeRequest, _ range: Range<Int>, of cellCount: Int, context: ExecutionContext) throws -> TupleChoice {
        guard request.dropsGhosts, !range.isEmpty, let entry = cellArrays.first(where: { $0.name == ghostTypeName }) else { return .range(range) }
        let array = try loader.load(entry, tuples: cellCount, choice: .range(range), context: context)
        guard let marks = array.buffer(of: UInt8.self), marks.count == range.count else { return .range(range) }
        defer { withExtendedLifetime(marks) {} }
        var own: [Int32] = []
        for (index, mark) in marks.elements.enumerated() where mark & ghostDuplicateBit == 0 {
            own.append(Int32(truncatingIfNeeded: range.lowerBound + index))
        }
        return own.count == range.count ? .range(range) : .places(Buffer(own))
    }

    /// Of the cells `range`, numbered like `choice`, the chosen ones.
    private func chosen(_ cells: CellArray, _ choice: TupleChoice, from range: Range<Int>) -> CellArray {
        guard case .places(let places) = choice else { return cells }
        let mine = places.elements.lazy.filter { range.contains(Int($0)) }.map { $0 - Int32(truncatingIfNeeded: range.lowerBound) }
        return cells.chosen(Buffer(Array(mine)))
    }

    /// Points that no cell uses: neither those of `lists` nor any outside the ranges.
    ///
    /// Looks at all connectivity of the file, a part at a time.
    /// - Parameter parts: for each element with cells those that are in `lists`, and how many it has.
    private func unusedPoints(
        _ pointCount: Int, _ parts: [(parent: String, range: Range<Int>, count: Int)], _ lists: [CellArray], context: ExecutionContext
    ) throws -> PointMarks {
        // As many points as the file claims may be there before room is made for marks of them.
        if pointCount > 0 {
            guard let entry = try onlyArray(in: "Points") else {
                throw FormatProblem(expected: "an array in <Points>", found: "none", byte: element.byte)
            }
            let found = try loader.valueCount(entry, context: context) / entry.components
            guard found >= pointCount else { throw FormatProblem(expected: "\(pointCount) points", found: "\(found)", byte: entry.byte) }
        }
        let marks = PointMarks(0..<pointCount)
        for list in lists {
            let entries = list.connectivity.pointer
            try context.parallelFor(list.connectivity.count, grain: 1 << 16) { part in
                for entry in part { marks.mark(Int(entries[entry])) }
            }
            withExtendedLifetime(list) {}
        }
        for (parent, range, count) in parts where count > range.count {
            let offsets = try required("offsets", in: parent)
            let connectivity = try required("connectivity", in: parent)
            func end(_ cell: Int) throws -> Int { cell == 0 ? 0 : Int(try loader.index(offsets, at: cell - 1, context: context)) }
            for others in [0..<range.lowerBound, range.upperBound..<count] where !others.isEmpty {
                let (first, last) = (try end(others.lowerBound), try end(others.upperBound))
                guard first >= 0, first <= last else { continue }
                try loader.forEachIndex(connectivity, first..<last, limit: pointCount, context: context) { marks.mark($0) }
            }
        }
        marks.invert(within: 0..<pointCount)
        return marks
    }
}
