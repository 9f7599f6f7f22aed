/// Why a scene file cannot be read: where in it, what was expected and what was found.
public struct SceneFileError: Error, Hashable, CustomStringConvertible {
    public var file: String
    public var place: JSONNode.Place?
    /// The keys that lead to the value: `actors[1].steps[0].values`.
    public var path: String
    public var expected: String
    public var found: String
    /// The word that was probably meant.
    public var suggestion: String?

    public init(file: String, place: JSONNode.Place? = nil, path: String = "", expected: String, found: String, suggestion: String? = nil) {
        self.file = file
        self.place = place
        self.path = path
        self.expected = expected
        self.found = found
        self.suggestion = suggestion
    }

    public var description: String {
        let position = place.map { ":\($0.line):\($0.column)" } ?? ""
        let keys = path.isEmpty ? "" : " \(path):"
        let hint = suggestion.map { "; did you mean \($0)?" } ?? ""
        return "\(file)\(position):\(keys) expected \(expected), found \(found)\(hint)"
    }
}
