import CKernels
import Dataflow
import Datasets
import Execution
import Geometry

/// Writes the glyphs of one dataset.
struct GlyphMaker {
    private let glyph: Glyph
    private let input: Dataset
    private let demand: ArrayDemand
    private let context: ExecutionContext

    init(_ glyph: Glyph, _ input: Dataset, _ demand: ArrayDemand, _ context: ExecutionContext) {
        self.glyph = glyph
        self.input = input
        self.demand = demand
        self.context = context
    }

    private var shape: PolyData { glyph.shape.surface }

    func make() throws -> Dataset {
        let names = try input.orderedPointNames(for: glyph.name)
        let (frames, chosen) = try GlyphFrames.make(glyph, input, context: context)
        let count = frames.count
        let perGlyph = shape.points.count
        let entries = shape.cellLists.map(\.connectivity.count).max() ?? 0
        if count * max(perGlyph, entries, shape.cellCount) > Int(Int32.max) {
            throw DatasetError(
                "\(count) glyphs of \(perGlyph) points are too many for one piece, which holds \(Int32.max): "
                    + "mask points first, take a simpler shape or use more pieces")
        }
        var attributes = DatasetAttributes(fieldData: input.fieldData)
        attributes.pointData.active = input.pointData.active
        for array in input.pointData.arrays where demand.wants(array.name, .point) && array.name != HiddenCells.arrayName {
            attributes.pointData.append(try repeated(chosen.map { try array.gathered($0, context: context) } ?? array, perGlyph))
        }
        if let vectors = frames.vectors, demand.wants(Glyph.vectorName, .point) {
            let floats = FieldArray(name: Glyph.vectorName, components: 3, vectors).floats()!
            attributes.pointData.set(try repeated(FieldArray(name: Glyph.vectorName, components: 3, floats), perGlyph))
        }
        if let normals = shape.attributes.pointData["Normals"]?.doubles(), normals.count == 3 * perGlyph, demand.wants("Normals", .point) {
            attributes.pointData.set(FieldArray(name: "Normals", components: 3, try frames.normals(normals, context: context)))
            attributes.pointData.active[.normals] = "Normals"
        }
        let held = Set(attributes.pointData.names)
        attributes.pointData.active = attributes.pointData.active.filter { held.contains($0.value) }
        attributes.piece = try piece(names, chosen)
        let lists = try shape.cellLists.map { try repeated($0, count, perGlyph) }
        return .poly(
            PolyData(
                points: .float32(try frames.points(shape.points, context: context)), vertices: lists[0], lines: lists[1], polygons: lists[2],
                strips: lists[3], attributes: attributes))
    }

    /// Glyphs of a piece have the places of their points as names: cells and points of a glyph follow those of the glyph before.
    private func piece(_ names: Buffer<PointIdentity>?, _ chosen: Buffer<Int32>?) throws -> PieceInfo? {
        guard let piece = input.piece, let all = names else { return nil }
        let names = try chosen.map { try all.gathered($0, context: context) } ?? all
        let count = names.count
        let perGlyph = shape.points.count
        var result = PieceInfo(piece: piece.piece, pieceCount: piece.pieceCount)
        let name = names.pointer
        result.pointIdentities = try Buffer(count: count * perGlyph) { out in
            try context.parallelFor(count, grain: max(1, 1 << 14 / perGlyph)) { range in
                for glyph in range {
                    let first = name[glyph].low &* UInt64(perGlyph)
                    for point in 0..<perGlyph { out[glyph &* perGlyph &+ point] = PointIdentity(high: 0, low: first &+ UInt64(point)) }
                }
            }
        }
        var keys = Buffer<UInt64>(uninitializedCount: count * shape.cellCount)
        let shift = UInt64(glyph.cellFanBits)
        keys.withUnsafeMutablePointer { out in
            var place = 0
            var number: UInt64 = 0
            for list in shape.cellLists {
                for glyph in 0..<count {
                    for cell in 0..<list.count {
                        out[place] = name[glyph].low &<< shift | (number &+ UInt64(cell))
                        place &+= 1
                    }
                }
                number += UInt64(list.count)
            }
        }
        result.cellKeys = keys
        withExtendedLifetime(names) {}
        return result
    }

    /// A list of the shape's cells once for every glyph.
    private func repeated(_ list: CellArray, _ count: Int, _ perGlyph: Int) throws -> CellArray {
        if list.count == 0 || count == 0 { return CellArray() }
        let size = list.connectivity.count
        let source = list.connectivity.pointer
        let connectivity = try Buffer<Int32>(count: count * size) { out in
            try context.parallelFor(count, grain: max(1, 1 << 15 / size)) { range in
                for glyph in range {
                    let shift = Int32(truncatingIfNeeded: glyph &* perGlyph)
                    let to = out + glyph &* size
                    for entry in 0..<size { to[entry] = source[entry] &+ shift }
                }
            }
        }
        defer { withExtendedLifetime(list) {} }
        guard let offsets = list.offsets else { return CellArray(uniformSize: list.uniformSize, connectivity: connectivity) }
        let offset = offsets.pointer
        let cells = list.count
        let all = try Buffer<Int32>(count: count * cells + 1) { out in
            try context.parallelFor(count, grain: max(1, 1 << 15 / cells)) { range in
                for glyph in range {
                    let shift = Int32(truncatingIfNeeded: glyph &* size)
                    for cell in 0..<cells { out[glyph &* cells &+ cell] = offset[cell] &+ shift }
                }
            }
            out[count * cells] = Int32(truncatingIfNeeded: count * size)
        }
        return CellArray(offsets: all, connectivity: connectivity)
    }

    /// Every tuple `times` times.
    private func repeated(_ array: FieldArray, _ times: Int) throws -> FieldArray {
        var result: FieldArray
        switch array.values {
        case .int8(let values): result = try repeated(values, array, times)
        case .uint8(let values): result = try repeated(values, array, times)
        case .int16(let values): result = try repeated(values, array, times)
        case .uint16(let values): result = try repeated(values, array, times)
        case .int32(let values): result = try repeated(values, array, times)
        case .uint32(let values): result = try repeated(values, array, times)
        case .int64(let values): result = try repeated(values, array, times)
        case .uint64(let values): result = try repeated(values, array, times)
        case .float32(let values): result = try repeated(values, array, times)
        case .float64(let values): result = try repeated(values, array, times)
        case .strings, .bits:
            let places = Buffer<Int32>(count: array.tupleCount * times) { out in
                for place in 0..<array.tupleCount * times { out[place] = Int32(truncatingIfNeeded: place / max(1, times)) }
            }
            result = try array.gathered(places, context: context)
        }
        result.componentNames = array.componentNames
        result.declaredType = array.declaredType
        return result
    }

    @inline(__always) private func repeated<Value: Scalar>(_ values: Buffer<Value>, _ array: FieldArray, _ times: Int) throws -> FieldArray {
        let components = array.components
        let source = values.pointer
        let count = array.tupleCount
        let result = try Buffer<Value>(count: values.count * times) { out in
            try context.parallelFor(count, grain: max(1, 1 << 15 / max(1, times * components))) { range in
                if components == 1 {
                    for tuple in range {
                        let value = source[tuple]
                        let to = out + tuple &* times
                        for place in 0..<times { to[place] = value }
                    }
                } else {
                    for tuple in range {
                        let from = source + tuple &* components
                        let to = out + tuple &* times &* components
                        for place in 0..<times { (to + place &* components).update(from: from, count: components) }
                    }
                }
            }
        }
        withExtendedLifetime(values) {}
        return FieldArray(name: array.name, components: components, result)
    }
}
