import Datasets
import Dataflow

/// What one `<Piece>` of a file holds: its arrays, not yet read.
struct XMLPiece: Sendable {
    let loader: XMLArrayLoader
    let element: XMLElement
    var pointArrays: [XMLArrayEntry]
    var cellArrays: [XMLArrayEntry]
    var pointRoles: [AttributeRole: String]
    var cellRoles: [AttributeRole: String]
    /// Of structured pieces.
    var extent: Extent?
    let step: Int

    /// - Parameters:
    ///   - step: which of the file's time steps.
    init(_ element: XMLElement, loader: XMLArrayLoader, step: Int) throws {
        self.loader = loader
        self.element = element
        self.step = step
        pointArrays = try XMLPiece.arrays(element.child("PointData"), step: step)
        cellArrays = try XMLPiece.arrays(element.child("CellData"), step: step)
        pointRoles = XMLPiece.roles(element.child("PointData"))
        cellRoles = XMLPiece.roles(element.child("CellData"))
        extent = try element.integers("Extent").map { try checkedExtent($0, of: element) }
    }

    /// Entries of the arrays directly in an element; of those that change with time, the ones of a step.
    static func arrays(_ element: XMLElement?, step: Int = 0) throws -> [XMLArrayEntry] {
        guard let element else { return [] }
        return try element.children.compactMap { child in
            guard child.name == "DataArray" || child.name == "Array" || child.name == "PDataArray" || child.name == "PArray" else { return nil }
            if let steps = try child.integers("TimeStep"), !steps.contains(step) { return nil }
            return try XMLArrayEntry(child)
        }
    }

    static func roles(_ element: XMLElement?) -> [AttributeRole: String] {
        var roles: [AttributeRole: String] = [:]
        for role in AttributeRole.allCases {
            if let name = element?[role.rawValue], !name.isEmpty { roles[role] = name }
        }
        return roles
    }

    /// Whether there is any point, and any cell.
    func isFilled() throws -> (points: Bool, cells: Bool) {
        if let extent { return (!extent.isEmpty, !extent.isEmpty) }
        let cells = try ["NumberOfCells", "NumberOfVerts", "NumberOfLines", "NumberOfPolys", "NumberOfStrips"].contains { try element.count($0) > 0 }
        return (try element.count("NumberOfPoints") > 0, cells)
    }

    /// Forgets all arrays but these, puts them in this order, and keeps the marks of ghosts.
    mutating func keepArrays(points: [String], cells: [String]) {
        func keep(_ arrays: [XMLArrayEntry], _ names: [String]) -> [XMLArrayEntry] {
            (names + [ghostTypeName]).compactMap { name in arrays.first { $0.name == name } }
        }
        pointArrays = keep(pointArrays, points)
        cellArrays = keep(cellArrays, cells)
    }

    /// An array of an element of the piece (`Points`, `Cells`, …) by name.
    func array(_ name: String, in parent: String) throws -> XMLArrayEntry? {
        try XMLPiece.arrays(element.child(parent), step: step).first { $0.name == name }
    }

    /// The only array of an element of the piece; its name does not matter.
    func onlyArray(in parent: String) throws -> XMLArrayEntry? {
        try XMLPiece.arrays(element.child(parent), step: step).first
    }
}

/// An extent from a file: six numbers, none so large that their product could not be counted.
func checkedExtent(_ numbers: [Int], of element: XMLElement) throws -> Extent {
    guard numbers.count == 6, numbers.allSatisfy({ (-1 << 31...1 << 31).contains($0) }) else {
        throw FormatProblem(
            expected: "six numbers for the extent of \(element.place)", found: quoted(numbers.map(String.init).joined(separator: " ")),
            byte: element.byte)
    }
    let extent = Extent(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
    if extent.isEmpty { return .empty }
    let size = extent.upper &- extent.lower &+ 1
    _ = try product(size.x, size.y, size.z, for: "an extent")
    return extent
}

/// The name of the array that marks ghosts and hidden points and cells.
let ghostTypeName = "vtkGhostType"
/// Bits of `vtkGhostType`: the same for points and cells.
let ghostDuplicateBit: UInt8 = 1

extension ArrayDemand {
    /// Whether an array of a file must be read: wanted, or needed to know what is hidden.
    func needs(_ name: String, _ association: Association) -> Bool { name == ghostTypeName || wants(name, association) }
}
