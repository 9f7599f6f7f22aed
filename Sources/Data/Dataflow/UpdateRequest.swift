import Datasets

/// Which arrays a consumer wants.
public enum ArrayDemand: Hashable, Sendable {
    case all
    /// Only arrays of these names; field arrays always come along.
    case only(point: Set<String>, cell: Set<String>)

    public func wants(_ name: String, _ association: Association) -> Bool {
        switch (self, association) {
        case (.all, _), (_, .field), (_, .row): true
        case (.only(let names, _), .point): names.contains(name)
        case (.only(_, let names), .cell): names.contains(name)
        }
    }

    /// What is wanted by either.
    public func union(_ other: ArrayDemand) -> ArrayDemand {
        guard case .only(let p, let c) = self, case .only(let q, let d) = other else { return .all }
        return .only(point: p.union(q), cell: c.union(d))
    }

    /// The demand with the array that `selector` names added; where it does not say of what, of points and of cells.
    public func adding(_ selector: ArraySelector) -> ArrayDemand {
        union(.only(
            point: selector.association == .cell ? [] : [selector.name], cell: selector.association == .point ? [] : [selector.name]))
    }
}

/// What is wanted of a stage: a piece, ghosts around it, a part of the lattice, arrays, a time. An argument, never hidden state.
public struct UpdateRequest: Hashable, Sendable {
    public var piece = 0
    public var pieceCount = 1
    /// How lattices are cut into pieces.
    public var splitMode = ExtentSplitMode.block
    /// Layers of ghost cells around the piece.
    public var ghostLevels = 0
    /// For structured data: only these points (then ghosts are already in it). Nil: what the piece needs.
    public var extent: Extent?
    public var arrays = ArrayDemand.all
    /// The time wanted, answered by the nearest time step; nil: the first step.
    public var time: Double?

    /// Everything.
    public init() {}

    public init(piece: Int, of pieceCount: Int, ghostLevels: Int = 0) {
        self.piece = piece
        self.pieceCount = pieceCount
        self.ghostLevels = ghostLevels
    }

    /// The same request with more ghost levels; none are needed for a whole.
    public func addingGhostLevels(_ levels: Int) -> UpdateRequest {
        var copy = self
        copy.ghostLevels += levels
        return copy
    }

    /// The request for the whole of what this asks a piece of.
    public var whole: UpdateRequest {
        var copy = self
        copy.piece = 0
        copy.pieceCount = 1
        copy.splitMode = .block
        copy.ghostLevels = 0
        copy.extent = nil
        return copy
    }

    public var isWhole: Bool { pieceCount == 1 && extent == nil }
}
