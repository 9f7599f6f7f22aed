/// Why a file cannot be read or written: which file, where in it, what was expected and what was found.
public struct FileError: Error, Hashable, CustomStringConvertible {
    /// A position in a file, in the terms that help most to find it.
    public enum Place: Sendable, Hashable, CustomStringConvertible {
        /// The file as a whole.
        case file
        /// A line, counted from 1.
        case line(Int)
        /// A byte, counted from 0.
        case byte(Int)
        /// A named part: an element, an array, a column.
        case part(String)

        public var description: String {
            switch self {
            case .file: ""
            case .line(let line): "line \(line)"
            case .byte(let byte): "byte \(byte)"
            case .part(let name): name
            }
        }
    }

    public var file: String
    public var place: Place
    public var expected: String
    public var found: String

    public init(file: String, place: Place = .file, expected: String, found: String) {
        self.file = file
        self.place = place
        self.expected = expected
        self.found = found
    }

    public var description: String {
        let position = place == .file ? "" : ", \(place)"
        return "\(file)\(position): expected \(expected), found \(found)"
    }
}

/// What is wrong with a part of a file, before somebody who knows file and place makes a `FileError` of it.
struct FormatProblem: Error, Hashable {
    var expected: String
    var found: String
    /// The byte of the file where it is wrong, if that is known.
    var byte: Int?

    init(expected: String, found: String, byte: Int? = nil) {
        self.expected = expected
        self.found = found
        self.byte = byte
    }

    func at(_ place: FileError.Place, of file: String) -> FileError {
        if case .part(let name) = place, let byte {
            return FileError(file: file, place: .part("\(name), byte \(byte)"), expected: expected, found: found)
        }
        return FileError(file: file, place: place, expected: expected, found: found)
    }
}
