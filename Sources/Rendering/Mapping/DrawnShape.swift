import Datasets
import Execution
import Geometry

/// What decides how poly data is drawn besides its cells: whether it is nothing but points, and how large those are. Known of a whole dataset by
/// `add` of what is known of its parts.
public struct DrawnShape: Sendable, Hashable, BitwiseCopyable {
    public private(set) var cells = 0
    /// Cells that are more than points.
    private var surfaces = 0
    /// Points that would be drawn as spheres.
    public private(set) var spheres = 0
    private var lower = Vector3(repeating: .infinity)
    private var upper = Vector3(repeating: -.infinity)

    /// Of nothing.
    public init() {}

    init(_ poly: PolyData, _ dataset: Dataset, context: ExecutionContext) throws {
        cells = poly.cellCount
        surfaces = poly.cellCount - poly.vertices.count
        if cells == 0 {
            spheres = OwnPoints(dataset).map { $0.count } ?? poly.points.count
        } else if surfaces == 0 {
            let hidden = try HiddenCells(dataset).slice(0, poly.vertices.count)
            for cell in 0..<poly.vertices.count where hidden.map({ $0[cell] == 0 }) ?? true { spheres += poly.vertices.size(of: cell) }
        }
        // Points of other pieces are there, too, where those are counted.
        let bounds = try poly.points.bounds(in: context)
        if !bounds.isEmpty { (lower, upper) = (bounds.lower, bounds.upper) }
    }

    /// Whether there are cells, and all of them are points.
    var isPoints: Bool { cells > 0 && surfaces == 0 }

    var bounds: Bounds { lower.x <= upper.x ? Bounds(lower: lower, upper: upper) : Bounds() }

    /// Adds what is known of another part of the same dataset.
    public mutating func add(_ other: DrawnShape) {
        cells += other.cells
        surfaces += other.surfaces
        spheres += other.spheres
        if !other.bounds.isEmpty {
            var box = bounds
            box.add(other.bounds)
            (lower, upper) = (box.lower, box.upper)
        }
    }
}

/// The points of a piece that no other piece has.
struct OwnPoints {
    /// Rising.
    let indices: Buffer<Int32>

    /// Nil where all are.
    init?(_ dataset: Dataset) {
        guard let levels = dataset.piece?.pointGhostLevels, levels.count >= dataset.pointCount, levels.elements.contains(where: { $0 != 0 }) else {
            return nil
        }
        indices = Buffer((0..<Int32(dataset.pointCount)).filter { levels[Int($0)] == 0 })
    }

    var count: Int { indices.count }
}

extension DatasetMapper {
    /// What decides how each leaf of a dataset is drawn (of one that is no blocks: the only one).
    public static func shapes(of dataset: Dataset, context: ExecutionContext) throws -> [DrawnShape] {
        switch dataset {
        case .poly(let poly): return [try DrawnShape(poly, dataset, context: context)]
        case .blocks(let blocks):
            return try blocks.leaves.map(\.dataset).filter { $0.kind != .table }.map { leaf in
                guard case .poly(let poly) = leaf else { return DrawnShape() }
                return try DrawnShape(poly, leaf, context: context)
            }
        default: return [DrawnShape()]
        }
    }
}
