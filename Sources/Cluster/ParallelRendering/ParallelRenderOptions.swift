/// How many ranks draw a picture together. Nothing here changes the picture, except `reduction`.
public struct ParallelRenderOptions: Sendable, Hashable {
    /// Who draws what from one frame to the next.
    public enum Balance: String, Sendable, Hashable, CaseIterable {
        /// Tiles of one size; ranks draw what they have.
        case none
        /// Tiles with about as many primitives each; parts of the scene by weight.
        case fixed
        /// As `fixed` for tiles, then corrected by what ranks were counted to do in earlier frames. Parts of the scene move once that pays.
        case dynamic
    }

    /// Where the parts of the scene are that a rank needs for its tile.
    public enum Geometry: String, Sendable, Hashable, CaseIterable {
        /// Every rank keeps all of them, sent once.
        case replicated
        /// A rank gets the parts that show in its tile, and keeps them while there is room.
        case delivered
        /// Replicated where a quarter of each rank's memory holds everything.
        case automatic = "auto"
    }

    public var decomposition: Decomposition
    /// How ranks' pictures come together.
    public var compositing: CompositingMethod
    public var balance: Balance
    public var geometry: Geometry
    /// The picture is drawn at 1/reduction of its width and height, rounded up, and enlarged by repeating pixels: for moving pictures. Scales and
    /// text over it have their full size. At least 1.
    public var reduction: Int {
        didSet { reduction = max(1, reduction) }
    }
    /// Frames that are expected to be drawn of the same data, for choosing.
    public var frames: Int

    public init(
        decomposition: Decomposition = .sortLast, compositing: CompositingMethod = .automatic, balance: Balance = .dynamic,
        geometry: Geometry = .automatic, reduction: Int = 1, frames: Int = 1
    ) {
        self.decomposition = decomposition
        self.compositing = compositing
        self.balance = balance
        self.geometry = geometry
        self.reduction = max(1, reduction)
        self.frames = frames
    }
}
