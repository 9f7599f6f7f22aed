import Dataflow
import Datasets
import Execution
import Geometry

/// Regions of cells that hang together by common points, labelled or picked.
///
/// - Regions are numbered from 0 in the order of their first cells. Points that coincide without being the same do not connect: `Clean` joins
///   them. Hidden cells and cells without points belong to none, and go.
/// - `.all` gives all cells and, for points and for cells, the array `RegionId`; the other selections give some regions, without it.
/// - The result holds the points that its cells use, in the input's order. Poly data stays poly data, all else becomes an unstructured grid.
/// - Pieces: needs the whole dataset, since a region may wind through all of it. Its result is the same for any split.
///
/// Complexity: O(connectivity · α(points)); memory 8 bytes a point and 5 a cell besides the result.
/// Method: a forest over the points, joined by all threads without locks (each root below its children, so that a region's root is its
/// lowest point whoever joined it). Source: `vtkConnectivityFilter`.
public struct Connectivity: Filter {
    /// Which regions come out.
    public enum Selection: Hashable, Sendable {
        /// All, labelled.
        case all
        /// The one with the most cells; of several, the first.
        case largest
        /// The one with the point that is nearest to a place; of points as near, the first.
        case closest(to: Vector3)
        /// Those with these numbers; numbers that there are not are ignored.
        case regions(Set<Int>)
    }

    public var selection: Selection

    /// The name of the arrays that say to which region points and cells belong.
    public static let regionName = "RegionId"

    public init(_ selection: Selection = .all) { self.selection = selection }

    public var name: String { "connectivity" }
    public var needsWhole: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("\(name) needs a dataset with cells, and this is a table") }
        var result = input
        result.numberCells(upTo: nil)
        result.splitting = .none
        if input.kind != .poly { result.kind = .unstructured }
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        if selection == .all {
            for place in [Association.point, .cell] {
                result.arrays.append(ArrayDescription(name: Connectivity.regionName, association: place, type: .int64))
            }
        }
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let cells = CellBlocks(input) else { throw unsupported(name, input, needs: "a dataset with cells") }
        let regions = try Regions(cells, pointCount: input.pointCount, hidden: HiddenCells(of: input)?.flags, context: context)
        var whole = input
        whole.attributes.piece = nil
        let chosen: Set<Int>?
        switch selection {
        case .all:
            chosen = nil
            whole.attributes.pointData.set(FieldArray(name: Connectivity.regionName, try regions.ofPoints(context: context)))
            whole.attributes.cellData.set(FieldArray(name: Connectivity.regionName, try regions.ofCells(context: context)))
        case .largest: chosen = regions.largest.map { [$0] } ?? []
        case .closest(let place): chosen = try regions.nearest(to: place, in: input).map { [$0] } ?? []
        case .regions(let numbers): chosen = numbers
        }
        let states = try regions.cellStates(of: chosen, context: context)
        if case .poly(let poly) = whole { return .poly(try PolySubset.extract(poly, states: states, context: context)) }
        if case .unstructured(let grid) = whole, !states.elements.contains(0),
            try PointCompaction([grid.cells], points: whole.pointCount, context: context).kept == nil
        {
            return whole
        }
        return .unstructured(
            try CellSubset.extract(
                whole, states: Buffer(repeating: 0, count: whole.pointCount), rule: .byCell(states), hidden: nil, context: context))
    }
}
