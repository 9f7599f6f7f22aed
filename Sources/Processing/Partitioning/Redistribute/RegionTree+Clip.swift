import Datasets
import Execution
import Filters
import Geometry

extension RegionTree {
    /// The planes that bound a part's box inside the whole, each with its normal into the box: by axis, lower side first.
    func planes(of part: Int) -> [Plane] {
        var lower = SIMD3<Double>(repeating: -.infinity)
        var upper = SIMD3<Double>(repeating: .infinity)
        var number = 0
        while let cut = nodes[number].cut {
            let place = scale.coordinate(cut.place, cut.axis)
            let isLower = part < nodes[cut.children.1].parts.lowerBound
            if isLower { upper[cut.axis] = min(upper[cut.axis], place) } else { lower[cut.axis] = max(lower[cut.axis], place) }
            number = isLower ? cut.children.0 : cut.children.1
        }
        var planes: [Plane] = []
        for axis in 0..<3 {
            var (origin, normal) = (Vector3(), Vector3())
            normal[axis] = 1
            if lower[axis] > -.infinity {
                origin[axis] = lower[axis]
                planes.append(Plane(origin: origin, normal: normal))
            }
            if upper[axis] < .infinity {
                origin[axis] = upper[axis]
                planes.append(Plane(origin: origin, normal: -normal))
            }
        }
        return planes
    }

    /// What of a part's cells lies in its box.
    ///
    /// The key of each cell is made of that of the cell that it was cut from, the part, and its number among those of that cell here.
    /// - Throws: `DatasetError` where keys do not fit 64 bits.
    func clipped(_ dataset: Dataset, to part: Int, count: Int, context: ExecutionContext) throws -> Dataset {
        guard var info = dataset.piece, let keys = info.cellKeys, dataset.cellCount > 0 else { return dataset }
        var result = dataset
        for plane in planes(of: part) where result.cellCount > 0 {
            // Cells are told apart by their index while they are cut.
            var piece = result.piece ?? info
            let parents = piece.cellKeys ?? Buffer()
            piece.cellKeys = Buffer(count: result.cellCount) { out in for cell in 0..<result.cellCount { out[cell] = UInt64(cell) } }
            result.attributes.piece = piece
            let bits = UInt64(Clip.cellFanBits(of: result.kind))
            result = try Clip(plane: plane)(result, context: context)
            let cut = result.piece?.cellKeys ?? Buffer()
            var outcome = result.piece ?? piece
            outcome.cellKeys = Buffer(count: cut.count) { out in
                for cell in 0..<cut.count { out[cell] = parents[Int(cut[cell] >> bits)] }
            }
            result.attributes.piece = outcome
        }
        let partBits = UInt64(fanBits(count))
        let numberBits: UInt64 = 12
        let parents = result.piece?.cellKeys ?? keys
        info = result.piece ?? info
        var number: UInt64 = 0
        var fresh = Buffer<UInt64>(uninitializedCount: parents.count)
        try fresh.withUnsafeMutablePointer { out in
            for cell in 0..<parents.count {
                number = cell > 0 && parents[cell] == parents[cell - 1] ? number + 1 : 0
                guard parents[cell].leadingZeroBitCount >= Int(partBits + numberBits), number < 1 << numberBits else {
                    throw DatasetError("cell \(parents[cell]) cannot be cut for \(count) parts: the keys of its parts do not fit 64 bits")
                }
                out[cell] = (parents[cell] << partBits | UInt64(part)) << numberBits | number
            }
        }
        info.cellKeys = fresh
        result.attributes.piece = info
        return result
    }

    private func fanBits(_ count: Int) -> Int {
        var bits = 0
        while 1 << bits < count { bits += 1 }
        return bits
    }
}
