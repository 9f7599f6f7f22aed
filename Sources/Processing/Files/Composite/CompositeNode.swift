import Datasets

/// A block of a file that lists others: nothing, a file, or blocks.
indirect enum CompositeNode: Sendable {
    case empty
    case file(String)
    /// The number of a dataset.
    case leaf(Int)
    case blocks([(name: String, node: CompositeNode)], isPartitioned: Bool, holdsPartitioned: Bool)

    /// What the elements of a file say.
    ///
    /// - Throws: `FileError` for places of blocks that are no possible ones.
    static func root(of file: XMLFile) throws -> CompositeNode {
        var parser = Parser()
        return try file.at(file.dataset.name) {
            switch file.dataset.name {
            case "vtkPartitionedDataSet": try parser.partitions(file.dataset)
            case "vtkPartitionedDataSetCollection": try parser.list(file.dataset, holdsPartitioned: true)
            default: try parser.list(file.dataset)
            }
        }
    }

    /// The same with files opened; those for which `open` returns nil become empty.
    func opened(_ open: (String) throws -> Int?) rethrows -> CompositeNode {
        switch self {
        case .empty, .leaf: return self
        case .file(let name): return try open(name).map { .leaf($0) } ?? .empty
        case .blocks(let blocks, let isPartitioned, let holdsPartitioned):
            return .blocks(
                try blocks.map { ($0.name, try $0.node.opened(open)) }, isPartitioned: isPartitioned, holdsPartitioned: holdsPartitioned)
        }
    }

    /// The blocks with their datasets in them; nil for blocks that are left out.
    func collection(_ datasets: [Dataset?]) -> BlockCollection {
        guard case .blocks(let blocks, let isPartitioned, let holdsPartitioned) = self else { return BlockCollection(blocks: []) }
        var collection = BlockCollection(
            blocks: blocks.map { block in
                switch block.node {
                case .leaf(let number): BlockCollection.Block(name: block.name, dataset: datasets[number])
                case .blocks: BlockCollection.Block(name: block.name, dataset: .blocks(block.node.collection(datasets)))
                case .empty, .file: BlockCollection.Block(name: block.name, dataset: nil)
                }
            }, isPartitioned: isPartitioned)
        collection.holdsPartitioned = holdsPartitioned
        return collection
    }

    private struct Parser {
        /// Room for blocks that a file's numbers may still ask for.
        private var room = 1 << 20

        mutating func list(_ element: XMLElement, isPartitioned: Bool = false, holdsPartitioned: Bool = false) throws -> CompositeNode {
            var blocks: [(name: String, node: CompositeNode)] = []
            func reserve(_ place: Int, _ child: XMLElement) throws {
                guard place >= 0, place - blocks.count < room else {
                    throw FormatProblem(expected: "the place of a block, fewer than 2^20 in all", found: "\(place)", byte: child.byte)
                }
                while blocks.count <= place {
                    blocks.append(("\(blocks.count)", .empty))
                    room -= 1
                }
            }
            for child in element.children {
                let node: CompositeNode
                switch child.name {
                case "DataSet": node = child["file"].flatMap { $0.isEmpty ? nil : .file($0) } ?? .empty
                case "Block": node = try list(child)
                case "Piece", "Partitions": node = try partitions(child)
                default: continue
                }
                // Files before version 1.0 name a group and a place in it.
                if child["index"] == nil, let group = try child.integer("group") {
                    try reserve(group, child)
                    let place = try child.integer("dataset") ?? 0
                    var inner: [(name: String, node: CompositeNode)] = []
                    if case .blocks(let old, _, _) = blocks[group].node { inner = old }
                    guard place >= 0, place - inner.count < room else {
                        throw FormatProblem(expected: "the place of a block, fewer than 2^20 in all", found: "\(place)", byte: child.byte)
                    }
                    while inner.count <= place {
                        inner.append(("\(inner.count)", .empty))
                        room -= 1
                    }
                    inner[place].node = node
                    blocks[group].node = .blocks(inner, isPartitioned: false, holdsPartitioned: false)
                    continue
                }
                let place = try child.integer("index") ?? blocks.count
                try reserve(place, child)
                blocks[place] = (child["name"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(place)", node)
            }
            return .blocks(blocks, isPartitioned: isPartitioned, holdsPartitioned: holdsPartitioned)
        }

        mutating func partitions(_ element: XMLElement) throws -> CompositeNode { try list(element, isPartitioned: true) }
    }
}
