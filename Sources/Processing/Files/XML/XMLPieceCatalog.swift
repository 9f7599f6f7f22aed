import Datasets
import Dataflow
import Execution
import Synchronization

/// The pieces that a file lists, of a parallel file those of its files, each opened once.
final class XMLPieceCatalog: Sendable {
    /// A `<Piece>` with its arrays, and the element of the listing file that names its file.
    struct Entry: Sendable {
        var listing: XMLElement
        var element: XMLElement
        var loader: XMLArrayLoader
    }

    struct Opened: Sendable {
        var entries: [Entry] = []
        /// Names of files that are not there.
        var missing: [String] = []
    }

    private let file: XMLFile
    private let loader: XMLArrayLoader
    private let state = Mutex<Opened?>(nil)
    private let marks = Mutex<[Int: GhostMarks]>([:])

    init(_ file: XMLFile, _ loader: XMLArrayLoader) {
        self.file = file
        self.loader = loader
    }

    /// All pieces; opens their files the first time.
    ///
    /// - Throws: `FileError` that names the file that is damaged, cannot be read or is of another kind, or the first where none is there.
    func opened() throws -> Opened {
        try state.withLock { state in
            if let state { return state }
            let opened = try open()
            state = opened
            return opened
        }
    }

    private func open() throws -> Opened {
        let elements = file.dataset.children("Piece")
        var opened = Opened()
        if !file.isParallel {
            opened.entries = elements.map { Entry(listing: $0, element: $0, loader: loader) }
            return opened
        }
        let folder = file.path.lastIndex(of: "/").map { String(file.path[...$0]) } ?? ""
        for element in elements {
            let source = element["Source"].flatMap { $0.isEmpty ? nil : $0.hasPrefix("/") ? $0 : folder + $0 }
            guard let source, MappedFile.exists(source) else {
                opened.missing.append(source ?? "without a Source")
                continue
            }
            try file.at(element.place) {
                let piece = try XMLFile(path: source)
                guard piece.kind == file.kind, !piece.isParallel else {
                    throw FileError(file: piece.path, expected: "a file of \(file.kind.rawValue), a piece of \(file.path)", found: piece.dataset.name)
                }
                let loader = XMLArrayLoader(piece)
                opened.entries += piece.dataset.children("Piece").map { Entry(listing: element, element: $0, loader: loader) }
            }
        }
        if opened.missing.count == elements.count, let first = opened.missing.first {
            throw FileError(
                file: elements.contains { $0["Source"]?.isEmpty == false } ? first : file.path, expected: "at least one piece of \(file.path)",
                found: "no such file")
        }
        return opened
    }

    /// What marks of ghosts say at a time step, in all pieces of the file: so every part of it has the same arrays. Looks once at those
    /// of which the file does not tell the greatest, a byte each.
    ///
    /// - Parameter whole: the extent of structured data.
    func ghostMarks(step: Int, whole: Extent? = nil, context: ExecutionContext) throws -> GhostMarks {
        if let known = marks.withLock({ $0[step] }) { return known }
        var found = GhostMarks()
        for entry in try opened().entries {
            try entry.loader.file.at(entry.element.place) {
                let piece = try XMLPiece(entry.element, loader: entry.loader, step: step)
                func tuples(_ association: Association) throws -> Int {
                    guard let whole else { return association == .point ? try piece.counts().points : try piece.cellCount() }
                    let extent = piece.extent ?? .empty
                    return association == .point ? extent.pointCount : XMLLattice.cells(of: extent, in: whole).pointCount
                }
                let points = try piece.unionOfMarks(piece.pointArrays, tuples: { try tuples(.point) }, context)
                let cells = try piece.unionOfMarks(piece.cellArrays, tuples: { try tuples(.cell) }, context)
                found.points = found.points || points & ~ghostDuplicateBit != 0
                found.cells = found.cells || cells & ~ghostDuplicateBit != 0
                found.hasGhosts = found.hasGhosts || cells & ghostDuplicateBit != 0
            }
        }
        marks.withLock { $0[step] = found }
        return found
    }
}

extension XMLPiece {
    /// Cells of a piece of an unstructured grid or poly data, ghosts included.
    func cellCount() throws -> Int {
        loader.file.kind == .poly ? try listCounts().reduce(0, +) : try counts().cells
    }

    /// Every bit that is set somewhere in `vtkGhostType`, where that is among the arrays.
    fileprivate func unionOfMarks(_ arrays: [XMLArrayEntry], tuples count: () throws -> Int, _ context: ExecutionContext) throws -> UInt8 {
        guard let entry = arrays.first(where: { $0.name == ghostTypeName }), entry.scalarType == .uint8, entry.components == 1 else { return 0 }
        // Most files tell that there are no marks, or of duplicates only: nothing to read then.
        if let greatest = entry.greatest, greatest == 0 || greatest == 1 { return greatest == 1 ? ghostDuplicateBit : 0 }
        let tuples = try count()
        let block = 1 << 22
        var union: UInt8 = 0
        for first in stride(from: 0, to: tuples, by: block) {
            let range = first..<min(tuples, first + block)
            let marks = try loader.load(entry, tuples: tuples, choice: .range(range), context: context).buffer(of: UInt8.self)
            union |= marks?.elements.reduce(0, |) ?? 0
        }
        return union
    }
}
