import Datasets
import Scenes

extension DrawList.Item {
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
