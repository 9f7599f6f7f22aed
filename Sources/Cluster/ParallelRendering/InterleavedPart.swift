import Datasets
import Scenes

extension Scene {
    /// A part of the scene: of each drawable the cells whose number leaves `part` when divided by `count`, with the places that they have in the whole.
    ///
    /// Parts lie through each other as no decomposition by space lets them. Points and values are shared with the whole, never copied. Copies of
    /// a shape are a part's whole or not at all.
    ///
    /// - Complexity: O(primitives).
    public func interleaved(_ part: Int, of count: Int) -> Scene {
        var scene = self
        scene.actors = actors.map { $0.interleaved(part, of: count) }
        for layer in scene.layers.indices {
            scene.layers[layer].actors = layers[layer].actors.map { $0.interleaved(part, of: count) }
        }
        return scene
    }
}

extension Actor {
    func interleaved(_ part: Int, of count: Int) -> Actor {
        var actor = self
        actor.drawables = drawables.map { $0.interleaved(part, of: count) }
        return actor
    }
}

extension Drawable {
    func interleaved(_ part: Int, of count: Int) -> Drawable {
        if count == 1 { return self }
        var drawable = self
        let kept = (0..<countPerCopy).filter { primitive in
            instances == nil ? (cells.map { Int($0[primitive]) } ?? primitive) % count == part : part == 0
        }
        func indices(_ all: Buffer<Int32>, _ corners: Int) -> Buffer<Int32> {
            Buffer(kept.flatMap { primitive in (0..<corners).map { all[corners * primitive + $0] } })
        }
        func points(_ all: Buffer<Int32>?) -> Buffer<Int32> { Buffer(kept.map { primitive in all.map { $0[primitive] } ?? Int32(primitive) }) }
        switch primitives {
        case .triangles(let all): drawable.primitives = .triangles(indices(all, 3))
        case .lines(let all): drawable.primitives = .lines(indices(all, 2))
        case .points(let all): drawable.primitives = .points(points(all))
        case .spheres(let all, let radius, let radii): drawable.primitives = .spheres(points(all), radius: radius, radii: radii)
        }
        drawable.cells = Buffer(kept.map { primitive in cells.map { $0[primitive] } ?? Int32(primitive) })
        drawable.cellEdges = cellEdges.map { edges in Buffer(kept.map { edges[$0] }) }
        return drawable
    }
}
