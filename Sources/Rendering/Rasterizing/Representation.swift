import Datasets
import Scenes

extension DrawList.Item {
    /// Whether both draw the same primitives of the same points in the same way.
    func hasSameParts(as other: DrawList.Item) -> Bool {
        let (a, b) = (drawable, other.drawable)
        guard material.representation == other.material.representation, a.points.isIdentical(to: b.points) else { return false }
        guard isSame(a.cells, b.cells), isSame(a.cellEdges, b.cellEdges), isSame(a.cellIds, b.cellIds),
            a.firstCell == b.firstCell, isSame(a.instances?.frames, b.instances?.frames), isSame(a.instances?.sources, b.instances?.sources)
        else { return false }
        switch (a.primitives, b.primitives) {
        case (.triangles(let i), .triangles(let j)), (.lines(let i), .lines(let j)): return i.isIdentical(to: j)
        case (.points(let i), .points(let j)): return isSame(i, j)
        case (.spheres(let i, let r, let radii), .spheres(let j, let s, let others)):
            return isSame(i, j) && r == s && isSame(radii, others)
        default: return false
        }
    }

    private func isSame<Element>(_ a: Buffer<Element>?, _ b: Buffer<Element>?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.isIdentical(to: b)
    }

    /// Memory that says what is drawn: a first sign of whether two items are the same.
    var buffer: UnsafeRawPointer {
        switch drawable.primitives {
        case .triangles(let indices), .lines(let indices): UnsafeRawPointer(indices.pointer)
        case .points(let indices), .spheres(let indices, _, _):
            if let indices { UnsafeRawPointer(indices.pointer) } else { drawable.points.address }
        }
    }

    /// What is drawn for the material's representation: triangles as their cells' edges or corners where it asks for those.
    ///
    /// - Throws: `DatasetError` for a drawable whose parts do not fit together.
    func represented() throws -> DrawList.Item {
        try drawable.validate()
        guard material.representation != .surface, case .triangles(let indices) = drawable.primitives else { return self }
        var item = self
        var drawn: [Int32] = []
        var cells: [Int32] = []
        let triangles = indices.elements
        for triangle in 0..<indices.count / 3 {
            let edges = drawable.cellEdges.map { $0[triangle] } ?? 7
            let cell = drawable.cells.map { $0[triangle] } ?? Int32(triangle)
            for corner in 0..<3 {
                let (a, b) = (triangles[3 * triangle + corner], triangles[3 * triangle + (corner + 1) % 3])
                if material.representation == .points {
                    drawn.append(a)
                    cells.append(cell)
                } else if edges >> UInt8(corner) & 1 == 1 {
                    drawn.append(a)
                    drawn.append(b)
                    cells.append(cell)
                }
            }
        }
        withExtendedLifetime(indices) {}
        item.drawable.primitives = material.representation == .points ? .points(Buffer(drawn)) : .lines(Buffer(drawn))
        item.drawable.cells = Buffer(cells)
        item.drawable.cellEdges = nil
        return item
    }
}
