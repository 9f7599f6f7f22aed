/// What a person knows of a file and the file does not say.
public struct FileOptions: Sendable, Hashable {
    /// Reads the file as bare numbers laid out like this, whatever its name ends with.
    public var rawLayout: RawVolumeLayout?
    /// The solution that belongs to a PLOT3D grid; nil looks beside the grid, `none` reads none.
    public var solution: String?
    /// Files that list this one, the outermost first.
    var ancestors: [String] = []

    public init(rawLayout: RawVolumeLayout? = nil, solution: String? = nil) {
        self.rawLayout = rawLayout
        self.solution = solution
    }
}
