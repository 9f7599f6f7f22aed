import CKernels
import Datasets
import Execution

/// How the points and cells of a filter's result follow from those of its input: what carries arrays, keys, identities and ghost
/// levels over.
///
/// Result points, in order: kept ones, then points on edges, then points inside cells. Result cells, in order, name their source.
struct Provenance {
    /// Input points that come over unchanged, rising. Nil: all of them, in place. A filter keeps either all points or only such that its
    /// result's cells use: which others it keeps would depend on the piece.
    var keptPoints: Buffer<Int32>?
    /// Lower and higher end, one pair an edge point: input points, `lower < upper`.
    var edgeLower = Buffer<Int32>()
    var edgeUpper = Buffer<Int32>()
    /// Where on the edge, 0 at the lower end, 1 at the higher.
    var edgeParameter = Buffer<Double>()
    /// What tells points on the same edge apart: the number of the contour value. Nil: all zero.
    var edgeSalt: Buffer<UInt8>?
    /// Points inside cells: those whose mean each is (as offsets and entries), folded in the order listed. An entry is an input point,
    /// or `~edge` for an edge point.
    var interior: CellArray?
    /// What each entry of `interior` counts; they add up to one for each point. Nil: all alike. Points with weights are named by their
    /// parents, as several cells may have them.
    var interiorWeights: Buffer<Double>?
    /// The input cell of each interior point, and a number that tells points inside one cell apart.
    var interiorCells = Buffer<Int32>()
    var interiorSalt: Buffer<UInt8>?
    /// The input cell of each result cell, rising (within each list of a `PolyData`). Nil: all of them, in place.
    var cellSources: Buffer<Int32>?
    /// Exponent of the greatest number of result cells that an input cell may have, as `describe` stated it.
    var fanBits = 0
    /// Whether the result puts the lists of poly data into one (an unstructured grid made of poly data): then cells compare by list first.
    var flattensLists = false
    /// A number that tells result points of this filter from those of another of the same parents; part of made points' identities.
    var salt: UInt64 = 0

    /// Points of the result.
    func pointCount(inputPoints: Int) -> Int {
        (keptPoints?.count ?? inputPoints) + edgeLower.count + (interior?.count ?? 0)
    }

    /// The result's arrays and piece: point arrays interpolated (linearly along edges from the lower end, means inside cells), cell arrays
    /// copied from the source cells, field arrays shared.
    ///
    /// Integers are interpolated in Double and rounded; text is taken from the nearer end, the first point of a mean.
    func attributes(of input: Dataset, context: ExecutionContext) throws -> DatasetAttributes {
        let source = input.attributes
        var result = DatasetAttributes(fieldData: source.fieldData)
        result.pointData = try source.pointData.map { try interpolate($0, context: context) }
        result.cellData = try source.cellData.map { array in try cellSources.map { try array.gathered($0, context: context) } ?? array }
        if let piece = source.piece {
            result.piece = try carry(piece, of: input)
        } else {
            result.firstMadePoint = firstMadePoint(of: input)
        }
        return result
    }

    /// The first point of the result that is not the source's own: kept points of the input that were made stay made. Nil: there is none.
    ///
    /// A filter that builds its attributes itself sets `DatasetAttributes.firstMadePoint` to this on whole datasets (`piece` nil).
    func firstMadePoint(of input: Dataset) -> Int? {
        let inputPoints = input.pointCount
        let first = input.attributes.firstMadePoint ?? inputPoints
        var own = first
        if let keptPoints {
            // Kept points rise: those of the source come first.
            var low = 0
            var high = keptPoints.count
            let kept = keptPoints.pointer
            while low < high {
                let middle = (low + high) / 2
                if Int(kept[middle]) < first { low = middle + 1 } else { high = middle }
            }
            own = low
            withExtendedLifetime(keptPoints) {}
        }
        return own < pointCount(inputPoints: inputPoints) ? own : nil
    }

    /// One point array of the result.
    func interpolate(_ array: FieldArray, context: ExecutionContext) throws -> FieldArray {
        if keptPoints == nil && edgeLower.isEmpty && interior == nil { return array }
        let interpolation = Interpolation(provenance: self, array: array, context: context)
        // Every type by name: a visit through another room's generic code would not be compiled for the type.
        var result: FieldArray
        switch array.values {
        case .int8(let values): result = try interpolation.visit(values)
        case .uint8(let values): result = try interpolation.visit(values)
        case .int16(let values): result = try interpolation.visit(values)
        case .uint16(let values): result = try interpolation.visit(values)
        case .int32(let values): result = try interpolation.visit(values)
        case .uint32(let values): result = try interpolation.visit(values)
        case .int64(let values): result = try interpolation.visit(values)
        case .uint64(let values): result = try interpolation.visit(values)
        case .float32(let values): result = try interpolation.visit(values)
        case .float64(let values): result = try interpolation.visit(values)
        case .bits:
            var visitor = interpolation
            guard let bits = try array.visit(&visitor) else { return array }
            result = bits
        case .strings: return try array.gathered(nearestPoints(inputPoints: array.tupleCount), context: context)
        }
        result.componentNames = array.componentNames
        result.declaredType = array.declaredType
        return result
    }

    /// For each result point the input point that text is taken from.
    private func nearestPoints(inputPoints: Int) -> Buffer<Int32> {
        let kept = keptPoints?.count ?? inputPoints
        return Buffer(count: pointCount(inputPoints: inputPoints)) { out in
            for point in 0..<kept { out[point] = keptPoints?[point] ?? Int32(point) }
            for edge in 0..<edgeLower.count { out[kept + edge] = edgeParameter[edge] < 0.5 ? edgeLower[edge] : edgeUpper[edge] }
            if let interior {
                for cell in 0..<interior.count {
                    let first = interior.points(of: cell).first ?? 0
                    out[kept + edgeLower.count + cell] = first >= 0 ? first : edgeLower[Int(~first)]
                }
            }
        }
    }

    private struct Interpolation: FieldVisitor {
        typealias Failure = any Error
        let provenance: Provenance
        let array: FieldArray
        let context: ExecutionContext

        func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> FieldArray {
            let components = array.components
            let inputPoints = array.tupleCount
            let total = provenance.pointCount(inputPoints: inputPoints)
            let source = values.pointer
            let result = try Buffer<Value>(count: total * components) { out in
                let keptCount = provenance.keptPoints?.count ?? inputPoints
                if let kept = provenance.keptPoints {
                    let index = kept.pointer
                    try context.parallelFor(keptCount, grain: 1 << 15) { range in
                        if components == 1 {
                            for point in range { out[point] = source[Int(index[point])] }
                        } else {
                            for point in range {
                                let from = source + Int(index[point]) &* components
                                let to = out + point &* components
                                for component in 0..<components { to[component] = from[component] }
                            }
                        }
                    }
                } else {
                    out.update(from: source, count: inputPoints * components)
                }
                try interpolateEdges(source, out + keptCount * components, components)
                try averageInteriors(source, out + (keptCount + provenance.edgeLower.count) * components, components)
            }
            return FieldArray(name: array.name, components: components, result)
        }

        private func interpolateEdges<Value: Scalar>(
            _ source: UnsafePointer<Value>, _ out: UnsafeMutablePointer<Value>, _ components: Int
        ) throws {
            let lower = provenance.edgeLower.pointer
            let upper = provenance.edgeUpper.pointer
            let parameter = provenance.edgeParameter.pointer
            try context.parallelFor(provenance.edgeLower.count, grain: 1 << 14) { range in
                for edge in range {
                    // Ends lie far apart in memory: asked for well before they are needed.
                    let ahead = edge &+ 24 < range.upperBound ? edge &+ 24 : edge
                    ck_prefetch(source + Int(lower[ahead]) &* components)
                    ck_prefetch(source + Int(upper[ahead]) &* components)
                    let a = source + Int(lower[edge]) &* components
                    let b = source + Int(upper[edge]) &* components
                    let t = parameter[edge]
                    let to = out + edge &* components
                    for component in 0..<components {
                        let start = a[component].asDouble
                        to[component] = Value(clampingDouble: start + t * (b[component].asDouble - start))
                    }
                }
            }
        }

        /// Sums by weight, of input points only, folded in the order listed.
        private func addWeighted<Value: Scalar>(
            _ source: UnsafePointer<Value>, _ out: UnsafeMutablePointer<Value>, _ components: Int, _ interior: CellArray,
            _ weights: Buffer<Double>
        ) throws {
            let weight = weights.pointer
            try context.parallelFor(interior.count, grain: 1 << 12) { range in
                for cell in range {
                    let points = interior.points(of: cell)
                    let first = interior.offset(cell)
                    for component in 0..<components {
                        var sum = 0.0
                        for (place, point) in points.enumerated() {
                            sum += weight[first &+ place] * source[Int(point) &* components &+ component].asDouble
                        }
                        out[cell &* components &+ component] = Value(clampingDouble: sum)
                    }
                }
            }
        }

        private func averageInteriors<Value: Scalar>(
            _ source: UnsafePointer<Value>, _ out: UnsafeMutablePointer<Value>, _ components: Int
        ) throws {
            guard let interior = provenance.interior else { return }
            let lower = provenance.edgeLower.pointer
            let upper = provenance.edgeUpper.pointer
            let parameter = provenance.edgeParameter.pointer
            if let weights = provenance.interiorWeights {
                try addWeighted(source, out, components, interior, weights)
                return
            }
            try context.parallelFor(interior.count, grain: 1 << 12) { range in
                for cell in range {
                    let points = interior.points(of: cell)
                    for component in 0..<components {
                        var sum = 0.0
                        for point in points {
                            if point >= 0 {
                                sum += source[Int(point) &* components &+ component].asDouble
                            } else {
                                let start = source[Int(lower[Int(~point)]) &* components &+ component].asDouble
                                let end = source[Int(upper[Int(~point)]) &* components &+ component].asDouble
                                sum += start + parameter[Int(~point)] * (end - start)
                            }
                        }
                        out[cell &* components &+ component] = Value(clampingDouble: sum / Double(points.count))
                    }
                }
            }
        }
    }

    /// The result's piece: keys, identities and ghost levels.
    private func carry(_ piece: PieceInfo, of input: Dataset) throws -> PieceInfo {
        guard let names = Numbering(of: input) else { return piece }
        var result = piece
        result.wholeExtent = nil
        result.cellKeys = keys(names)
        result.pointIdentities = identities(names, inputPoints: input.pointCount)
        result.cellGhostLevels = piece.cellGhostLevels.map { pick($0, cellSources) }
        result.cellOwners = piece.cellOwners.map { pick($0, cellSources) }
        result.cellRanks = try ranks(piece.cellRanks, of: input).map { pick($0, cellSources) }
        if let levels = piece.pointGhostLevels {
            let kept = keptPoints?.count ?? input.pointCount
            result.pointGhostLevels = Buffer(count: pointCount(inputPoints: input.pointCount)) { out in
                let level = levels.pointer
                for point in 0..<kept { out[point] = level[keptPoints.map { Int($0[point]) } ?? point] }
                for edge in 0..<edgeLower.count { out[kept + edge] = max(level[Int(edgeLower[edge])], level[Int(edgeUpper[edge])]) }
                if let interior {
                    for cell in 0..<interior.count {
                        out[kept + edgeLower.count + cell] = interior.points(of: cell).map {
                            $0 >= 0 ? level[Int($0)] : max(level[Int(edgeLower[Int(~$0)])], level[Int(edgeUpper[Int(~$0)])])
                        }.max() ?? 0
                    }
                }
            }
        }
        return result
    }

    /// The ranks of the input's cells after this filter.
    ///
    /// Cells of poly data go list by list in the result, which keys do not say where the lists come from one grid. Where all lists become
    /// one, the list's number goes in two bits before the rank so far; else one bit says whether the cell is a strip, as strips may join
    /// the polygons. Nil stays nil where that bit is 0 for all: then every rank is 0.
    func ranks(_ ranks: Buffer<UInt32>?, of input: Dataset) throws -> Buffer<UInt32>? {
        guard case .poly(let poly) = input, flattensLists || ranks != nil || poly.strips.count > 0 else { return ranks }
        let bits: UInt32 = flattensLists ? 2 : 1
        if let ranks, ranks.elements.contains(where: { $0 & (1 << bits - 1) != 0 }) {
            throw DatasetError("this chain joins the lists of poly data more often than pieces can number: use fewer filters in one chain")
        }
        return Buffer(count: poly.cellCount) { out in
            var cell = 0
            for (number, list) in poly.cellLists.enumerated() {
                let digit = flattensLists ? UInt32(number) : (number == 3 ? 1 : 0)
                for _ in 0..<list.count {
                    out[cell] = digit << (32 - bits) | (ranks?.pointer[cell] ?? 0) >> bits
                    cell += 1
                }
            }
        }
    }

    private func pick<Value>(_ values: Buffer<Value>, _ indices: Buffer<Int32>?) -> Buffer<Value> {
        guard let indices else { return values }
        return Buffer(count: indices.count) { out in
            let source = values.pointer
            let index = indices.pointer
            for position in 0..<indices.count { out[position] = source[Int(index[position])] }
        }
    }

    /// Key of a result cell: its parent's key times the fan, plus its number among the parent's cells (counted from where the source
    /// last changed).
    func keys(_ names: Numbering) -> Buffer<UInt64> {
        guard let cellSources else {
            let parents = names.cellKeys
            if fanBits == 0 { return parents }
            return Buffer(count: parents.count) { out in
                for cell in 0..<parents.count { out[cell] = parents[cell] << UInt64(fanBits) }
            }
        }
        return Buffer(count: cellSources.count) { out in
            let source = cellSources.pointer
            var number: UInt64 = 0
            for cell in 0..<cellSources.count {
                number = cell > 0 && source[cell] == source[cell - 1] ? number + 1 : 0
                out[cell] = names.cellKey(Int(source[cell])) << UInt64(fanBits) | number
            }
        }
    }

    private func identities(_ names: Numbering, inputPoints: Int) -> Buffer<PointIdentity> {
        let kept = keptPoints?.count ?? inputPoints
        return Buffer(count: pointCount(inputPoints: inputPoints)) { out in
            for point in 0..<kept { out[point] = names.pointIdentity(keptPoints.map { Int($0[point]) } ?? point) }
            for edge in 0..<edgeLower.count {
                out[kept + edge] = PointIdentity(
                    between: names.pointIdentity(Int(edgeLower[edge])), and: names.pointIdentity(Int(edgeUpper[edge])),
                    salt: salt &* 256 &+ UInt64(edgeSalt?[edge] ?? 0))
            }
            if let interior, let interiorWeights {
                for point in 0..<interior.count {
                    let first = interior.offset(point)
                    var own = PointIdentity(high: 3, low: UInt64(interior.size(of: point)))
                    for (place, parent) in interior.points(of: point).enumerated() {
                        own = PointIdentity(between: own, and: names.pointIdentity(Int(parent)), salt: salt ^ interiorWeights[first + place].bitPattern)
                    }
                    out[kept + edgeLower.count + point] = own
                }
            }
            for cell in 0..<interiorCells.count {
                let key = names.cellKey(Int(interiorCells[cell]))
                out[kept + edgeLower.count + cell] = PointIdentity(
                    between: PointIdentity(high: 2, low: key), and: PointIdentity(high: 2, low: UInt64(interiorSalt?[cell] ?? 0)), salt: salt)
            }
        }
    }
}
