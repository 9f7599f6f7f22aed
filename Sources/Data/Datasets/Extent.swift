/// A box of point indices of a structured dataset, both ends included, as in VTK: `i0 i1 j0 j1 k0 k1`.
@frozen public struct Extent: Hashable, Sendable, CustomStringConvertible {
    public var lower: SIMD3<Int>
    public var upper: SIMD3<Int>

    @inlinable public init(lower: SIMD3<Int>, upper: SIMD3<Int>) {
        self.lower = lower
        self.upper = upper
    }

    @inlinable public init(_ i0: Int, _ i1: Int, _ j0: Int, _ j1: Int, _ k0: Int, _ k1: Int) {
        lower = SIMD3(i0, j0, k0)
        upper = SIMD3(i1, j1, k1)
    }

    /// The extent without points.
    public static let empty = Extent(0, -1, 0, -1, 0, -1)

    @inlinable public var isEmpty: Bool { upper.x < lower.x || upper.y < lower.y || upper.z < lower.z }

    /// Points on each axis; zero on all where empty.
    @inlinable public var dimensions: SIMD3<Int> { isEmpty ? SIMD3() : upper &- lower &+ 1 }

    @inlinable public var pointCount: Int {
        let size = dimensions
        return size.x * size.y * size.z
    }

    /// Cells on each axis, at least 1: an axis with one point is flat.
    @inlinable public var cellDimensions: SIMD3<Int> {
        let size = dimensions
        return SIMD3(max(size.x - 1, 1), max(size.y - 1, 1), max(size.z - 1, 1))
    }

    /// Cells: voxels, or pixels, lines or one vertex where axes are flat.
    @inlinable public var cellCount: Int {
        if isEmpty { return 0 }
        let size = cellDimensions
        return size.x * size.y * size.z
    }

    /// How many axes have more than one point.
    @inlinable public var dimension: Int {
        let size = dimensions
        return (size.x > 1 ? 1 : 0) + (size.y > 1 ? 1 : 0) + (size.z > 1 ? 1 : 0)
    }

    /// The place of point (i, j, k), given in the same numbers as the extent; i runs fastest.
    @inlinable public func pointIndex(_ point: SIMD3<Int>) -> Int {
        let size = dimensions
        let local = point &- lower
        return (local.z * size.y + local.y) * size.x + local.x
    }

    /// The numbers (i, j, k) of the point at a place.
    @inlinable public func point(at index: Int) -> SIMD3<Int> {
        let size = dimensions
        return lower &+ SIMD3(index % size.x, index / size.x % size.y, index / (size.x * size.y))
    }

    @inlinable public func contains(_ other: Extent) -> Bool {
        other.isEmpty
            || (lower.x <= other.lower.x && lower.y <= other.lower.y && lower.z <= other.lower.z && upper.x >= other.upper.x
                && upper.y >= other.upper.y && upper.z >= other.upper.z)
    }

    /// The common part.
    @inlinable public func intersection(_ other: Extent) -> Extent {
        let common = Extent(
            lower: SIMD3(max(lower.x, other.lower.x), max(lower.y, other.lower.y), max(lower.z, other.lower.z)),
            upper: SIMD3(min(upper.x, other.upper.x), min(upper.y, other.upper.y), min(upper.z, other.upper.z)))
        return common.isEmpty ? .empty : common
    }

    /// The extent grown by `levels` points on every side, but not beyond `whole`.
    @inlinable public func grown(by levels: Int, within whole: Extent) -> Extent {
        if isEmpty { return self }
        return Extent(lower: lower &- levels, upper: upper &+ levels).intersection(whole)
    }

    public var array: [Int] { [lower.x, upper.x, lower.y, upper.y, lower.z, upper.z] }

    public var description: String { array.map(String.init).joined(separator: " ") }

    /// The kind of its cells: voxels, pixels, lines or a vertex.
    @inlinable public func cellType(structured: Bool) -> CellType {
        switch dimension {
        case 3: structured ? .hexahedron : .voxel
        case 2: structured ? .quad : .pixel
        case 1: .line
        default: .vertex
        }
    }
}

/// How an extent is cut into pieces.
public enum ExtentSplitMode: Sendable, Hashable {
    /// Halves the longest axis again and again, as VTK's extent translator does.
    case block
    case xSlab, ySlab, zSlab
}

extension Extent {
    /// The points of piece `piece` of `count`, ghost levels added inside the whole; empty where there are more pieces than cells.
    ///
    /// Neighbouring pieces share the points of the face between them; every cell belongs to exactly one piece.
    /// Source: the halving rule of `vtkExtentTranslator`.
    public func piece(_ piece: Int, of count: Int, ghostLevels: Int = 0, mode: ExtentSplitMode = .block) -> Extent {
        guard !isEmpty, piece >= 0, piece < count else { return .empty }
        var extent = self
        var piece = piece
        var count = count
        while count > 1 {
            let size = extent.upper &- extent.lower
            var axis: Int
            switch mode {
            case .block: axis = size.z >= size.y && size.z >= size.x ? 2 : (size.y >= size.x ? 1 : 0)
            case .xSlab: axis = 0
            case .ySlab: axis = 1
            case .zSlab: axis = 2
            }
            if mode != .block && size[axis] < 2 { axis = size.z >= size.y && size.z >= size.x ? 2 : (size.y >= size.x ? 1 : 0) }
            if size[axis] < 2 {
                // One cell left: it goes to the first piece.
                if piece == 0 { break }
                return .empty
            }
            let firstCount = count / 2
            // At least one cell: a slab without thickness would be a layer of flat cells.
            let middle = extent.lower[axis] + max(1, size[axis] * firstCount / count)
            if piece < firstCount {
                extent.upper[axis] = middle
                count = firstCount
            } else {
                extent.lower[axis] = middle
                piece -= firstCount
                count -= firstCount
            }
        }
        return extent.grown(by: ghostLevels, within: self)
    }
}
