/// How many ranks draw a picture together. Nothing here changes the picture, except `reduction`.
public struct ParallelRenderOptions: Sendable, Hashable {
    public var decomposition: Decomposition
    /// How ranks' pictures come together.
    public var compositing: CompositingMethod

    public init(decomposition: Decomposition = .sortLast, compositing: CompositingMethod = .automatic) {
        self.decomposition = decomposition
        self.compositing = compositing
    }
}
