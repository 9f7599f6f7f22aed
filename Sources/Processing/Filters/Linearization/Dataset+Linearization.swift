import Datasets
import Execution

extension Dataset {
    /// Whether a filter that cuts cells has to see them as linear ones.
    var hasCellsOfHigherOrder: Bool {
        if case .unstructured(let grid) = self { Linearization.isNeeded(grid) } else { false }
    }

    /// What `filter` makes of the dataset with its cells of higher order taken apart, cells named as results of the dataset's own.
    ///
    /// - Parameters:
    ///   - fanBits: of the filter; all results of a cell together, over its parts, must fit.
    ///   - field: a value of every point, that diagonals of quadratic tetrahedra follow.
    ///   - marksCorners: whether points have an array `Linearization.cornerName` meanwhile, that says which are corners of cells.
    func withLinearParts(
        fanBits: Int, following field: ((Int32) -> Double)? = nil, marksCorners: Bool = false, context: ExecutionContext,
        _ filter: (Dataset) throws -> Dataset
    ) throws -> Dataset {
        guard case .unstructured(let original) = self else { return try filter(self) }
        let linear = try Linearization(original, following: field, context: context)
        var grid = linear.grid
        grid.attributes.cellData.append(FieldArray(name: Linearization.sourceName, linear.sources))
        if marksCorners { grid.attributes.pointData.append(Linearization.corners(of: original, pointCount: grid.points.count)) }
        if let names = Numbering(of: self) { grid.attributes.piece?.cellKeys = Linearization.partKeys(linear.sources, names.cellKeys) }
        var result = try filter(.unstructured(grid))
        var attributes = result.attributes
        let sources = attributes.cellData[Linearization.sourceName]?.buffer(of: Int32.self) ?? Buffer()
        attributes.cellData.remove(Linearization.sourceName)
        attributes.pointData.remove(Linearization.cornerName)
        if attributes.piece != nil, let names = Numbering(of: self) {
            try SurfaceResult.checkFan(sources, fanBits, of: "results")
            attributes.piece?.cellKeys = Provenance(cellSources: sources, fanBits: fanBits).keys(names)
        }
        result.attributes = attributes
        return result
    }
}

extension Linearization {
    /// Names that no file's array has.
    static let sourceName = "\u{1}source"
    static let cornerName = "\u{1}corner"

    /// A number for every part that is the same in every piece and no other part's: what names points that a filter makes inside it.
    ///
    /// They do not rise, and only hold while a filter works on the parts.
    static func partKeys(_ sources: Buffer<Int32>, _ parents: Buffer<UInt64>) -> Buffer<UInt64> {
        Buffer(count: sources.count) { out in
            var number: UInt64 = 0
            for part in 0..<sources.count {
                number = part > 0 && sources.pointer[part] == sources.pointer[part - 1] ? number + 1 : 0
                let cell = PointIdentity(high: 0, low: parents.pointer[Int(sources.pointer[part])])
                out[part] = PointIdentity(between: cell, and: PointIdentity(high: 0, low: number), salt: salt).low
            }
        }
    }

    /// 1 for points that are a corner of a cell of higher order.
    static func corners(of grid: UnstructuredGrid, pointCount: Int) -> FieldArray {
        var cache = LinearPartsCache(grid.attributes)
        var flags = Buffer<UInt8>(repeating: 0, count: pointCount)
        flags.withUnsafeMutablePointer { out in
            for run in grid.runs where run.type.isHigherOrder {
                for cell in run.cells {
                    let points = grid.cells.points(of: cell)
                    guard let parts = cache.parts(of: run.type, cell: cell, pointCount: points.count) else { continue }
                    for point in points.prefix(parts.cornerCount) { out[Int(point)] = 1 }
                }
            }
        }
        return FieldArray(name: cornerName, flags)
    }
}
