import Dataflow
import Datasets
import Execution
import Geometry

@testable import Filters

/// A small filter of its own, to try what all filters share: keeps cells whose `c` is not negative, gives for each a line from the middle
/// of its first edge to its first point and a vertex in its middle. Makes points on edges and inside cells, and keeps some.
struct Halve: Filter {
    var salt: UInt64 = 9
    var name: String { "halve" }

    func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = try input.fanned(by: 2)
        result.kind = .unstructured
        result.wholeExtent = nil
        return result
    }

    func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var lists: [CellArray] = []
        var points = Points()
        switch input {
        case .unstructured(let grid): (lists, points) = ([grid.cells], grid.points)
        case .poly(let poly): (lists, points) = (poly.cellLists, poly.points)
        default: throw DatasetError("halve needs cells")
        }
        let chosen = input.cellData["c"]
        var sources: [Int32] = []
        var kept: Set<Int32> = []
        var edges: Set<SIMD2<Int32>> = []
        var interior: [[Int]] = []
        var all: [[Int32]] = []
        for list in lists {
            for cell in 0..<list.count { all.append(Array(list.points(of: cell))) }
        }
        for (cell, corners) in all.enumerated() where chosen.map({ $0.value(cell) >= 0 }) ?? true {
            sources.append(Int32(cell))
            // Only points that a line will use: points that no cell uses would depend on the piece.
            if corners.count > 1, corners[0] != corners[1] {
                kept.insert(corners[0])
                edges.insert(SIMD2(min(corners[0], corners[1]), max(corners[0], corners[1])))
            }
            interior.append(corners.map(Int.init))
        }
        let keptPoints = kept.sorted()
        let edgeList = edges.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        var provenance = Provenance()
        provenance.keptPoints = Buffer(keptPoints)
        provenance.edgeLower = Buffer(edgeList.map(\.x))
        provenance.edgeUpper = Buffer(edgeList.map(\.y))
        provenance.edgeParameter = Buffer(edgeList.map { _ in 0.375 })
        provenance.interior = CellArray(interior)
        provenance.interiorCells = Buffer(sources)
        provenance.fanBits = 1
        provenance.salt = salt
        provenance.flattensLists = true
        let keptPlace = Dictionary(uniqueKeysWithValues: keptPoints.enumerated().map { ($1, $0) })
        let edgePlace = Dictionary(uniqueKeysWithValues: edgeList.enumerated().map { ($1, $0 + keptPoints.count) })
        var cells: [(CellType, [Int])] = []
        var cellSources: [Int32] = []
        for (number, source) in sources.enumerated() {
            let corners = all[Int(source)]
            if corners.count > 1, corners[0] != corners[1] {
                cells.append((.line, [edgePlace[SIMD2(min(corners[0], corners[1]), max(corners[0], corners[1]))]!, keptPlace[corners[0]]!]))
                cellSources.append(source)
            }
            cells.append((.vertex, [keptPoints.count + edgeList.count + number]))
            cellSources.append(source)
        }
        provenance.cellSources = Buffer(cellSources)
        guard let positions = Points(try provenance.interpolate(points.array, context: context)) else { throw DatasetError("no points") }
        return .unstructured(
            UnstructuredGrid(points: positions, cells: cells, attributes: try provenance.attributes(of: input, context: context)))
    }
}
