import Datasets

/// The edges of the cells of a dataset, cell by cell.
struct CellEdges {
    private let blocks: CellBlocks
    private let hidden: HiddenCells?
    private let polyhedra: PolyhedronFaces?
    /// Cells.
    var count: Int { blocks.count }

    /// Nil for tables and blocks.
    init?(_ dataset: Dataset) {
        guard let blocks = CellBlocks(dataset) else { return nil }
        self.blocks = blocks
        hidden = HiddenCells(of: dataset)
        if case .unstructured(let grid) = dataset { polyhedra = grid.polyhedronFaces } else { polyhedra = nil }
    }

    /// How a type's edges follow from its points.
    private enum Shape {
        case none
        /// Pairs of the cell's own point numbers.
        case pairs([(Int, Int)])
        /// From each of the leading points to the next; nil: all points.
        case chain(Int?)
        /// The same, and from the last to the first; 0: half of the points.
        case ring(Int?)
        case strip
        case polyhedron

        init(_ type: CellType) {
            switch type.rawValue {
            case 3, 4: self = .chain(nil)
            case 21, 35, 68, 75: self = .chain(2)
            case 5, 7, 9: self = .ring(nil)
            case 22, 34, 69, 76: self = .ring(3)
            case 23, 28, 30, 70, 77: self = .ring(4)
            case 36: self = .ring(0)
            case 6: self = .strip
            case 8: self = .pairs([(0, 1), (1, 3), (2, 3), (0, 2)])
            case 11: self = .pairs(CellTopology.hexahedron.edges.map { (CellTopology.voxelOrder[$0.0], CellTopology.voxelOrder[$0.1]) })
            case 10, 24, 71, 78: self = .pairs(CellTopology.tetrahedron.edges)
            case 12, 25, 29, 33, 72, 79: self = .pairs(CellTopology.hexahedron.edges)
            case 13, 26, 31, 32, 73, 80: self = .pairs(CellTopology.wedge.edges)
            case 14, 27, 37, 74, 81: self = .pairs(CellTopology.pyramid.edges)
            case 15: self = .pairs(CellTopology.pentagonalPrism.edges)
            case 16: self = .pairs(CellTopology.hexagonalPrism.edges)
            case 42: self = .polyhedron
            default: self = .none
            }
        }
    }

    /// Calls `body` with every edge of the cells `range`, in order; the lower point first. Edges from a point to itself are left out.
    @inline(__always) func forEach(in range: Range<Int>, _ body: (_ cell: Int, _ lower: Int32, _ higher: Int32) -> Void) {
        @inline(__always) func edge(_ cell: Int, _ a: Int32, _ b: Int32) {
            if a < b { body(cell, a, b) } else if b < a { body(cell, b, a) }
        }
        blocks.forEach(in: range) { block in
            let shape = Shape(block.type)
            for index in 0..<block.count {
                let cell = block.first &+ index
                if let hidden, hidden.flags[cell] != 0 { continue }
                let points = block.points + block.start(index)
                let size = block.size(index)
                switch shape {
                case .none: break
                case .pairs(let pairs):
                    pairs.withUnsafeBufferPointer { pairs in for pair in pairs { edge(cell, points[pair.0], points[pair.1]) } }
                case .chain(let leading):
                    let end = min(leading ?? size, size)
                    var place = 1
                    while place < end {
                        edge(cell, points[place &- 1], points[place])
                        place &+= 1
                    }
                case .ring(let leading):
                    let end = leading == 0 ? size / 2 : min(leading ?? size, size)
                    var place = 1
                    while place < end {
                        edge(cell, points[place &- 1], points[place])
                        place &+= 1
                    }
                    if end > 2 { edge(cell, points[end &- 1], points[0]) }
                case .strip:
                    var place = 1
                    while place < size {
                        if place > 1 { edge(cell, points[place &- 2], points[place]) }
                        edge(cell, points[place &- 1], points[place])
                        place &+= 1
                    }
                case .polyhedron:
                    guard let polyhedra, cell < polyhedra.facesOfCells.count else { break }
                    for number in polyhedra.facesOfCells.points(of: cell) {
                        let face = polyhedra.faces.points(of: Int(number))
                        for corner in 0..<face.count { edge(cell, face[corner], face[corner &+ 1 == face.count ? 0 : corner &+ 1]) }
                    }
                }
            }
        }
    }
}
