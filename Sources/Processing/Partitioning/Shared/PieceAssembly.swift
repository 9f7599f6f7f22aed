import Datasets
import Execution
import Filters

/// Puts a piece and fragments of other parts together: cells by name, points by their place in the order of the whole, one of each.
struct PieceAssembly {
    /// The piece itself, whose cells and points all stay; nil where everything comes in fragments.
    let base: Part?
    let fragments: [Fragment]
    /// Points of the piece by the places that fragments know them by.
    let sharedPoints: [Int32]
    /// The order of the piece's points; nil where their names rise.
    let baseOrders: [PointOrder]?
    let context: ExecutionContext

    /// What was put together, and where things went.
    struct Result {
        var dataset: Dataset
        /// Where each tuple comes from: source 0 is the piece if there is one, then the fragments.
        var points: RunList
        var cells: RunList
        /// For each source the new place of each of its points that came along.
        var pointPlaces: [Buffer<Int32>]
        var keys: Buffer<UInt64>
        var ranks: Buffer<UInt32>?
        var identities: Buffer<PointIdentity>
    }

    private var sources: [Part] { (base.map { [$0] } ?? []) + fragments.map(\.source) }

    /// - Throws: `DatasetError` where arrays differ, or there are too many points for one piece.
    func joined() throws -> Result {
        let sources = sources
        let firstFragment = base == nil ? 0 : 1
        let (points, places) = try mergePoints(sources, firstFragment)
        let listCount = sources.map(\.lists.count).max() ?? 1
        var cells = RunList()
        var lists: [CellArray] = []
        for list in 0..<listCount {
            let own = mergeCells(sources, firstFragment, list)
            lists.append(try connect(own, sources, list, places))
            for run in own.runs { cells.append(source: Int(run.source), first: Int(run.first), count: Int(run.count)) }
        }
        guard points.count < Int(Int32.max) else {
            throw DatasetError("a piece would have \(points.count) points; one piece holds fewer than \(Int32.max)")
        }
        let model = sources.first { $0.cellCount + $0.pointCount > 0 } ?? sources[0]
        var attributes = DatasetAttributes(fieldData: (base ?? model).dataset.fieldData)
        attributes.pointData = try points.gather(
            sources.map(\.dataset.pointData), counts: sources.map(\.pointCount), of: "point", context: context)
        attributes.cellData = try cells.gather(
            sources.map(\.dataset.cellData), counts: sources.map(\.cellCount), of: "cell", context: context)
        let coordinates = try points.gather(sources.map { $0.dataset.explicitPoints ?? Points() }, context: context)
        let dataset: Dataset
        if case .poly = model.dataset {
            dataset = .poly(
                PolyData(
                    points: coordinates, vertices: lists[0], lines: lists[1], polygons: lists[2], strips: lists[3], attributes: attributes))
        } else {
            dataset = .unstructured(try grid(sources, cells, lists[0], places, coordinates, attributes))
        }
        return Result(
            dataset: dataset, points: points, cells: cells, pointPlaces: places,
            keys: try cells.gather(sources.map(\.keys), context: context),
            ranks: sources.contains { $0.ranks != nil }
                ? try cells.gather(sources.map { $0.ranks ?? Buffer(repeating: 0, count: $0.cellCount) }, context: context) : nil,
            identities: try points.gather(sources.map(\.identities), context: context))
    }

    // MARK: Cells

    private struct CellNames: SortedNames {
        /// Of the list: its keys, ranks, and the cells of it that come along (nil: all).
        let keys: UnsafePointer<UInt64>
        let ranks: UnsafePointer<UInt32>?
        let indices: UnsafePointer<Int32>?
        let first: Int
        let count: Int

        struct Name: Comparable {
            var rank: UInt32
            var key: UInt64
            @inline(__always) static func < (a: Name, b: Name) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.key < b.key }
        }

        @inline(__always) func cell(_ position: Int) -> Int { indices.map { Int($0[position]) } ?? first &+ position }
        @inline(__always) func name(_ position: Int) -> Name {
            let cell = cell(position)
            return Name(rank: ranks?[cell] ?? 0, key: keys[cell])
        }
    }

    /// The cells of one list, in order, as cells of their sources.
    private func mergeCells(_ sources: [Part], _ firstFragment: Int, _ list: Int) -> RunList {
        var names: [CellNames] = []
        for (number, source) in sources.enumerated() {
            let first = source.firstCells.indices.contains(list) ? source.firstCells[list] : 0
            let count = source.lists.indices.contains(list) ? source.lists[list].count : 0
            var indices: UnsafePointer<Int32>?
            var taken = count
            if number >= firstFragment, let chosen = fragments[number - firstFragment].cells.pointer {
                // Those of the list lie together.
                let all = fragments[number - firstFragment].cells.count
                func place(_ cell: Int) -> Int {
                    var (low, high) = (0, all)
                    while low < high {
                        let middle = (low + high) / 2
                        if Int(chosen[middle]) < cell { low = middle + 1 } else { high = middle }
                    }
                    return low
                }
                let begin = place(first)
                taken = place(first + count) - begin
                indices = chosen + begin
            }
            names.append(
                CellNames(keys: source.keys.pointer, ranks: source.ranks?.pointer, indices: indices, first: first, count: taken))
        }
        var runs = RunList()
        merge(names) { source, range, _ in
            guard let indices = names[source].indices else {
                runs.append(source: source, first: names[source].first + range.lowerBound, count: range.count)
                return
            }
            for position in range { runs.append(source: source, first: Int(indices[position]), count: 1) }
        }
        withExtendedLifetime((sources, fragments)) {}
        return runs
    }

    /// The cells of one list with their points renumbered.
    private func connect(_ runs: RunList, _ sources: [Part], _ list: Int, _ places: [Buffer<Int32>]) throws -> CellArray {
        if runs.count == 0 { return CellArray() }
        struct Access {
            var ids: UnsafePointer<Int32>
            var offsets: UnsafePointer<Int32>?
            var size: Int
            var first: Int
            var map: UnsafePointer<Int32>
        }
        let access = sources.indices.map { number -> Access in
            let source = sources[number].lists.indices.contains(list) ? sources[number].lists[list] : CellArray()
            return Access(
                ids: source.connectivity.pointer, offsets: source.offsets?.pointer, size: source.uniformSize,
                first: sources[number].firstCells.indices.contains(list) ? sources[number].firstCells[list] : 0,
                map: places[number].pointer)
        }
        defer { withExtendedLifetime((sources, places)) {} }
        let used = Set(runs.runs.map(\.source)).map { access[Int($0)] }
        if let size = used.first?.size, size > 0, used.allSatisfy({ $0.offsets == nil && $0.size == size }) {
            let connectivity = try Buffer<Int32>(count: runs.count * size) { out in
                try context.parallelFor(runs.count, grain: 1 << 14) { range in
                    runs.forEach(in: range) { source, first, count, target in
                        let from = access[source].ids + (first &- access[source].first) &* size
                        let map = access[source].map
                        let to = out + target &* size
                        for entry in 0..<count &* size { to[entry] = map[Int(from[entry])] }
                    }
                }
            }
            return CellArray(uniformSize: size, connectivity: connectivity)
        }
        let offsets = Buffer<Int32>(count: runs.count + 1) { out in
            var sum: Int32 = 0
            for run in runs.runs {
                let source = access[Int(run.source)]
                for cell in Int(run.first) - source.first..<Int(run.first) - source.first + Int(run.count) {
                    let target = Int(run.target) + cell - (Int(run.first) - source.first)
                    out[target] = sum
                    sum &+= source.offsets.map { $0[cell + 1] &- $0[cell] } ?? Int32(truncatingIfNeeded: source.size)
                }
            }
            out[runs.count] = sum
        }
        let begin = offsets.pointer
        let connectivity = try Buffer<Int32>(count: Int(begin[runs.count])) { out in
            try context.parallelFor(runs.count, grain: 1 << 14) { range in
                runs.forEach(in: range) { source, first, count, target in
                    let local = first &- access[source].first
                    let from = access[source].ids + (access[source].offsets.map { Int($0[local]) } ?? local &* access[source].size)
                    let map = access[source].map
                    let to = out + Int(begin[target])
                    for entry in 0..<Int(begin[target &+ count] &- begin[target]) { to[entry] = map[Int(from[entry])] }
                }
            }
        }
        return CellArray(offsets: offsets, connectivity: connectivity)
    }

    private func grid(
        _ sources: [Part], _ cells: RunList, _ list: CellArray, _ places: [Buffer<Int32>], _ points: Points, _ attributes: DatasetAttributes
    ) throws -> UnstructuredGrid {
        let grids = sources.map { source -> UnstructuredGrid? in
            if case .unstructured(let grid) = source.dataset { return grid }
            return nil
        }
        let runs = Set(grids.flatMap { grid in (grid?.runs ?? []).map { SIMD2(Int($0.type.rawValue), $0.size) } })
        let hasFaces = grids.contains { $0?.polyhedronFaces != nil }
        if runs.count == 1, let only = runs.first, only.y > 0, list.offsets == nil, list.uniformSize == only.y,
            CellType(rawValue: UInt8(only.x)).pointCount == only.y, !hasFaces
        {
            return UnstructuredGrid(
                points: points, type: CellType(rawValue: UInt8(only.x)), connectivity: list.connectivity, attributes: attributes)
        }
        let types = try cells.gather(grids.map { $0?.explicitTypes() }, context: context)
        var faces: PolyhedronFaces?
        if hasFaces { faces = PolyhedronFaces.gathered(grids.map { $0?.polyhedronFaces }, cells, places) }
        return UnstructuredGrid(points: points, types: types, cells: list, polyhedronFaces: faces, attributes: attributes)
    }
}

extension PolyhedronFaces {
    /// The faces of the cells that `runs` list, numbered in that order.
    static func gathered(_ sources: [PolyhedronFaces?], _ runs: RunList, _ places: [Buffer<Int32>]) -> PolyhedronFaces {
        var faceOffsets: [Int32] = [0]
        var faceNumbers: [Int32] = []
        var pointOffsets: [Int32] = [0]
        var points: [Int32] = []
        for run in runs.runs {
            for cell in Int(run.first)..<Int(run.first + run.count) {
                if let source = sources[Int(run.source)], cell < source.facesOfCells.count {
                    for face in source.facesOfCells.points(of: cell) {
                        faceNumbers.append(Int32(truncatingIfNeeded: faceNumbers.count))
                        for point in source.faces.points(of: Int(face)) { points.append(places[Int(run.source)][Int(point)]) }
                        pointOffsets.append(Int32(truncatingIfNeeded: points.count))
                    }
                }
                faceOffsets.append(Int32(truncatingIfNeeded: faceNumbers.count))
            }
        }
        return PolyhedronFaces(
            facesOfCells: CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(faceNumbers)),
            faces: CellArray(offsets: Buffer(pointOffsets), connectivity: Buffer(points)))
    }
}
