import Datasets
import Geometry

/// What is known of an array before it is made.
public struct ArrayDescription: Hashable, Sendable {
    public var name: String
    public var association: Association
    /// Nil for text and bits.
    public var type: ScalarType?
    public var components: Int
    /// Least and greatest finite value of each component, where known.
    public var ranges: [ClosedRange<Double>]?

    public init(name: String, association: Association, type: ScalarType?, components: Int = 1, ranges: [ClosedRange<Double>]? = nil) {
        self.name = name
        self.association = association
        self.type = type
        self.components = components
        self.ranges = ranges
    }
}

/// How a stage can answer requests for less than everything.
public enum Splitting: Hashable, Sendable {
    /// Whole only; the executor extracts pieces from it.
    case none
    /// Any piece of any number, with ghosts, keys and identities.
    case pieces
    /// Any part of its lattice; the executor says which a piece needs and marks the ghosts.
    case extents
    /// Any piece of any number without ghosts: cells that no other piece has, in canonical order and with keys, and the points that they use,
    /// each once, in canonical order and with identities. A request's ghost levels are not looked at. Points that no cell uses come with piece 0.
    ///
    /// A point that several use is in each of them, the same in all; which of them owns it is not known yet: `PieceInfo.pointGhostLevels` is
    /// nil and says nothing. Owners and ghosts take an exchange between pieces. Pieces put together as they are, points joined by
    /// identity, are the whole. Without anybody to exchange with, pieces are cut from the whole.
    case ownedPieces
    /// Any piece of any number: some blocks whole, the others absent, every block in one piece. None needs ghosts or names.
    case wholeBlocks

    /// Whether a single rank that makes pieces one after the other has to cut them from the whole.
    public var isCutFromWhole: Bool { self != .pieces && self != .extents }
}

/// What a stage can make, known before it makes anything.
public struct DatasetDescription: Sendable {
    public var kind: DatasetKind
    /// Of blocks: the kinds of the datasets in them.
    public var leafKinds: Set<DatasetKind> = []
    /// For structured data.
    public var wholeExtent: Extent?
    public var arrays: [ArrayDescription]
    /// Of files in several pieces at most so many: ghosts and coincident points are not known before they are read.
    public var pointCount: Int?
    /// Of files in several pieces at most so many.
    public var cellCount: Int?
    public var bounds: Bounds?
    public var timeSteps: [Double]
    public var splitting: Splitting
    /// Bytes of the whole result; an estimate, nil where nothing is known.
    public var byteCount: Int?
    /// Whether most of those bytes are a file's own, mapped.
    public var isMapped: Bool
    /// Bits of a cell's key below the source's cell index: the sum of the fans of the filters so far, each a power of two.
    public private(set) var keyBits = 0
    /// Bits of the source's cell index, once a filter has made other cells of them; before that `cellCount` says.
    private var sourceBits: Int?
    /// The greatest number of points in a cell, where known.
    public var maximumCellSize: Int?
    /// Whether a piece names every point that it owns by its place in an order of all points, and no point has two owners: so it is with
    /// sources; no longer once cells were dropped or points made, which makes owners known only when pieces are put together.
    public var hasOrderedPoints = true
    public init(
        kind: DatasetKind, wholeExtent: Extent? = nil, arrays: [ArrayDescription] = [], pointCount: Int? = nil, cellCount: Int? = nil,
        bounds: Bounds? = nil, timeSteps: [Double] = [], splitting: Splitting = .none, byteCount: Int? = nil, isMapped: Bool = false,
        maximumCellSize: Int? = nil
    ) {
        self.kind = kind
        self.wholeExtent = wholeExtent
        self.arrays = arrays
        self.pointCount = pointCount
        self.cellCount = cellCount
        self.bounds = bounds
        self.timeSteps = timeSteps
        self.splitting = splitting
        self.byteCount = byteCount
        self.isMapped = isMapped
        self.maximumCellSize = maximumCellSize
    }

    /// The time step that answers a request: the one nearest to `time`, the earlier of two as near; the first where no time is asked for.
    /// Nil where there are no steps.
    public func timeStep(nearest time: Double?) -> Double? {
        guard let time else { return timeSteps.first }
        return timeSteps.min { abs($0 - time) < abs($1 - time) }
    }

    /// The description of a dataset that is there already.
    public init(of dataset: Dataset) {
        let attributes = dataset.attributes
        func describe(_ collection: FieldCollection, _ association: Association) -> [ArrayDescription] {
            collection.arrays.map {
                ArrayDescription(name: $0.name, association: association, type: $0.scalarType, components: $0.components)
            }
        }
        self.init(
            kind: dataset.kind, wholeExtent: dataset.extent,
            arrays: describe(attributes.pointData, .point) + describe(attributes.cellData, .cell) + describe(attributes.fieldData, .field),
            pointCount: dataset.pointCount, cellCount: dataset.cellCount, bounds: dataset.bounds, byteCount: dataset.byteCount)
        if case .blocks(let collection) = dataset {
            for leaf in collection.leaves {
                leafKinds.insert(leaf.dataset.kind)
                let leafArrays = DatasetDescription(of: leaf.dataset).arrays
                arrays += leafArrays.filter { array in !arrays.contains { $0.name == array.name && $0.association == array.association } }
            }
        }
    }

    /// The description after a filter that makes up to `fan` cells (rounded up to a power of two) of each cell.
    ///
    /// - Throws: `CellKeyError` where keys would not fit 64 bits.
    public func fanned(by fan: Int) throws -> DatasetDescription {
        var copy = self
        let source = sourceBits ?? Self.bits(of: cellCount)
        copy.sourceBits = source
        copy.keyBits += fanBits(fan)
        copy.hasOrderedPoints = false
        if copy.keyBits + source > 64 { throw CellKeyError(bits: copy.keyBits + source) }
        return copy
    }

    /// Keys begin anew, with the places of so many cells (or of points that cells are made of); nil: it is not known how many.
    public mutating func numberCells(upTo count: Int?) {
        keyBits = 0
        sourceBits = Self.bits(of: count)
    }

    /// The greater keys of two.
    mutating func joinKeys(_ other: DatasetDescription) {
        keyBits = max(keyBits, other.keyBits)
        sourceBits = max(sourceBits ?? Self.bits(of: cellCount), other.sourceBits ?? Self.bits(of: other.cellCount))
    }

    private static func bits(of count: Int?) -> Int { 64 - (count ?? 1 << 31).leadingZeroBitCount }
}

/// Keys of cells that would need more bits than they have: the cells have to be numbered anew first (`NumberCells`), which `Pipeline.appending`
/// sees to.
public struct CellKeyError: Error, Hashable, CustomStringConvertible {
    public var bits: Int

    public var description: String { "this chain of filters needs \(bits) bits to number its cells, and there are 64" }
}

/// The least power of two that is not less than `count`, as its exponent.
@inlinable public func fanBits(_ count: Int) -> Int {
    var bits = 0
    while 1 << bits < count { bits += 1 }
    return bits
}
