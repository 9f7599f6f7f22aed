import Dataflow
import Datasets
import Execution

/// Parts of binary legacy files: extents of lattices, and pieces of cells with the points that they use.
///
/// Since version 5 offsets say where a piece's cells lie. Before, the list of cells is walked from its beginning, size by size.
extension LegacyReader {
    // MARK: Lattices

    func read(_ wanted: Extent, _ request: UpdateRequest, _ loader: LegacyLoader) throws -> Dataset {
        let whole = structure.extent ?? .empty
        let extent = wanted.intersection(whole)
        let cells = XMLLattice.cells(of: whole, in: whole)
        func box(_ part: Extent, _ all: Extent) -> ArrayPart {
            .box(stored: all.dimensions, lower: part.isEmpty ? SIMD3() : part.lower &- all.lower, size: part.dimensions)
        }
        let points = box(extent, whole)
        var attributes = DatasetAttributes()
        attributes.pointData = try collection(structure.pointArrays, .point, request, loader, part: points)
        attributes.cellData = try collection(structure.cellArrays, .cell, request, loader, part: box(XMLLattice.cells(of: extent, in: whole), cells))
        attributes.fieldData = try collection(structure.fieldArrays, .field, request, loader)
        if let visibility = structure.visibility { attributes.pointData.set(try hiddenPoints(visibility, loader, part: points)) }
        switch structure.kind {
        case .image: return .image(imageData(extent, attributes))
        case .rectilinear:
            let axes = try (0..<3).map { axis -> FieldArray in
                let all = try structure.coordinates[axis].map { try loader.load($0) } ?? FieldArray(name: ["x", "y", "z"][axis], Buffer<Float>())
                return extent.isEmpty ? all.sliced(0..<0) : all.sliced(extent.lower[axis] - whole.lower[axis]..<extent.upper[axis] - whole.lower[axis] + 1)
            }
            return .rectilinear(RectilinearGrid(extent: extent, x: axes[0], y: axes[1], z: axes[2], attributes: attributes))
        default:
            let coordinates = try structure.points.flatMap { Points(try loader.load($0, points)) } ?? Points()
            return .structured(StructuredGrid(extent: extent, points: coordinates, attributes: attributes))
        }
    }

    // MARK: Cells

    /// The cells that `ExtractPiece` would take, with keys, and the points that they use, with identities.
    func readOwned(_ request: UpdateRequest, _ loader: LegacyLoader) throws -> Dataset {
        let isPoly = structure.kind == .poly
        let counts = structure.cells.map { $0?.count ?? 0 }
        let total = counts.reduce(0, +)
        let range = PieceShares.cells(request.piece, of: request.pieceCount, cells: total, isPoly: isPoly)
        let pointCount = structure.points?.tuples ?? 0
        let unused = request.piece == 0 ? PointMarks(0..<pointCount) : nil
        var lists: [CellArray] = []
        var first = 0
        for (list, cells) in structure.cells.enumerated() {
            let common = range.clamped(to: first..<first + counts[list])
            let part = common.isEmpty ? 0..<0 : common.lowerBound - first..<common.upperBound - first
            lists.append(try cells.map { try loader.cells($0, part, pointCount: pointCount, marking: unused) } ?? CellArray())
            if isPoly { try checkCellsHavePoints(lists[list], ["vertices", "lines", "polygons", "triangle strips"][list], file: file.path) }
            first += counts[list]
        }
        unused?.invert(within: 0..<pointCount)
        let used = try UsedPoints(lists.map(\.connectivity), limit: pointCount, others: unused, context: loader.context)
        lists = try lists.map { $0.replacingConnectivity(try used.renumbered($0.connectivity, context: loader.context)) }
        let chosen = ArrayPart(TupleChoice(used.points), of: pointCount)
        var attributes = DatasetAttributes()
        attributes.pointData = try collection(structure.pointArrays, .point, request, loader, part: chosen)
        attributes.cellData = try collection(structure.cellArrays, .cell, request, loader, part: ArrayPart(.range(range), of: total))
        attributes.fieldData = try collection(structure.fieldArrays, .field, request, loader)
        var info = PieceInfo(piece: request.piece, pieceCount: request.pieceCount)
        info.cellKeys = Buffer(range.map { UInt64($0) })
        info.pointIdentities = Buffer(count: used.points.count) { out in
            for point in 0..<used.points.count { out[point] = PointIdentity(sourceIndex: Int(used.points.pointer[point])) }
        }
        attributes.piece = info
        let points = try structure.points.flatMap { Points(try loader.load($0, chosen)) } ?? Points()
        if isPoly {
            return .poly(
                PolyData(
                    points: points, vertices: lists[0], lines: lists[1], polygons: lists[2], strips: lists[3], attributes: attributes))
        }
        guard lists[0].count > 0, let typeSlot = structure.cellTypes else {
            return .unstructured(UnstructuredGrid(points: points, attributes: attributes))
        }
        let types = try loader.cellTypes(typeSlot, range)
        try checkCellSizes(lists[0], types: types, file: file.path)
        return .unstructured(inOrder(UnstructuredGrid(points: points, types: types, cells: lists[0], attributes: attributes)))
    }
}

extension LegacyCells {
    /// How many cells there are.
    var count: Int {
        switch self {
        case .offsets(let offsets, _): max(offsets.tuples - 1, 0)
        case .prefixed(let count, _): count
        }
    }
}

extension ArrayPart {
    init(_ choice: TupleChoice, of count: Int) {
        switch choice {
        case .range(let range): self = .box(stored: SIMD3(count, 1, 1), lower: SIMD3(range.lowerBound, 0, 0), size: SIMD3(range.count, 1, 1))
        case .places(let places): self = .tuples(places, of: count)
        }
    }
}

/// Some cells of binary legacy files.
extension LegacyLoader {
    /// Whether some type is that of polyhedra.
    func namesPolyhedra(_ slot: LegacySlot) throws -> Bool {
        let found = PointMarks(0..<1)
        try payload(slot, width: 4).forEachChunk(0..<slot.valueCount, width: 4, benches, context: context) { values, range in
            var any = false
            for index in 0..<range.count {
                any = any || values.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self) == Int32(CellType.polyhedron.rawValue)
            }
            if any { found.mark(0) }
        }
        return found.word(0) != 0
    }

    /// Types of some cells, each known to VTK.
    func cellTypes(_ slot: LegacySlot, _ range: Range<Int>) throws -> Buffer<UInt8> {
        try at(slot) {
            try Buffer<UInt8>(count: range.count) { out in
                try payload(slot, width: 4).forEachChunk(range, width: 4, benches, context: context) { values, part in
                    for index in 0..<part.count {
                        let value = values.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)
                        guard let type = UInt8(exactly: value), CellType(rawValue: type).dimension != nil else {
                            throw outOfRange(slot, part.lowerBound + index, Int64(value), "a cell type of VTK")
                        }
                        out[part.lowerBound - range.lowerBound + index] = type
                    }
                }
            }
        }
    }

    /// Some cells of a list, with every point inside `0 ..< pointCount`.
    ///
    /// - Parameter marks: gets a mark for every point that a cell of the list uses, wanted or not.
    func cells(_ cells: LegacyCells, _ range: Range<Int>, pointCount: Int, marking marks: PointMarks?) throws -> CellArray {
        switch cells {
        case .prefixed(let count, let slot):
            return try prefixed(slot, range, of: count, pointCount, marks)
        case .offsets(let offsetSlot, let connectivitySlot):
            if let marks {
                try forEachChunk(connectivitySlot, 0..<connectivitySlot.valueCount) { place, value in
                    if value < 0 || value >= pointCount { throw outOfRange(connectivitySlot, place, value, "a point from 0 to \(pointCount - 1)") }
                    marks.mark(Int(value))
                }
            }
            if range.isEmpty { return CellArray() }
            let size = connectivitySlot.valueCount
            let bases = Buffer<Int64>(repeating: 0, count: 1)
            nonisolated(unsafe) let base = UnsafeMutablePointer(mutating: bases.pointer)
            try forEachChunk(offsetSlot, range.lowerBound..<range.lowerBound + 1) { _, value in base.pointee = value }
            let first = base.pointee
            withExtendedLifetime(bases) {}
            let offsets = try Buffer<Int32>(count: range.count + 1) { out in
                nonisolated(unsafe) let out = out
                try forEachChunk(offsetSlot, range.lowerBound..<range.upperBound + 1) { place, value in
                    if value < first || value > size || value - first > Int64(Int32.max) {
                        throw outOfRange(offsetSlot, place, value, "an offset from \(first) to \(size)")
                    }
                    out[place - range.lowerBound] = Int32(truncatingIfNeeded: value - first)
                }
            }
            let values = offsets.elements
            for index in 1..<values.count where values[index] < values[index - 1] || first < 0 || range.lowerBound == 0 && first != 0 {
                throw outOfRange(offsetSlot, range.lowerBound + index, Int64(values[index]) + first, "at least the offset before")
            }
            let entries = try Buffer<Int32>(count: Int(values[values.count - 1])) { out in
                nonisolated(unsafe) let out = out
                try forEachChunk(connectivitySlot, Int(first)..<Int(first) + Int(values[values.count - 1])) { place, value in
                    if value < 0 || value >= pointCount { throw outOfRange(connectivitySlot, place, value, "a point from 0 to \(pointCount - 1)") }
                    out[place - Int(first)] = Int32(truncatingIfNeeded: value)
                }
            }
            return CellArray(offsets: offsets, connectivity: entries)
        }
    }

    /// Calls `body` for whole numbers of a slot, on many threads.
    @inline(__always)
    private func forEachChunk(_ slot: LegacySlot, _ range: Range<Int>, _ body: (Int, Int64) throws -> Void) throws {
        let type: ScalarType
        switch slot.type {
        case .number(let number) where !number.isFloatingPoint: type = number
        case .identifier: type = .int32
        default: throw FileError(file: file.path, place: .part(slot.name), expected: "whole numbers", found: slot.declaredType)
        }
        try at(slot) {
            try payload(slot, width: type.byteCount).forEachIndexChunk(range, of: type, benches, context: context) { values, part in
                for index in 0..<part.count { try body(part.lowerBound + index, values.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)) }
            } narrow: { values, part in
                for index in 0..<part.count {
                    try body(part.lowerBound + index, Int64(values.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
                }
            }
        }
    }

    /// Walks over `size, point…, size, point…` up to the last wanted cell, or to the end where points are to be marked.
    private func prefixed(
        _ slot: LegacySlot, _ range: Range<Int>, of count: Int, _ pointCount: Int, _ marks: PointMarks?
    ) throws -> CellArray {
        let end = marks == nil ? range.isEmpty ? 0 : range.upperBound : count
        let numbers = UnsafeRawPointer(file.bytes.baseAddress! + slot.start)
        let total = slot.valueCount
        func number(_ place: Int) -> Int32 { Int32(bigEndian: numbers.loadUnaligned(fromByteOffset: 4 &* place, as: Int32.self)) }
        guard total >= count else {
            throw FileError(
                file: file.path, place: .part(slot.name), expected: "a list of at least \(count) numbers for \(count) \(slot.name)", found: "\(total)")
        }
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(range.count + 1)
        var entries: [Int32] = []
        var place = 0
        var kept = 0
        for cell in 0..<end {
            guard place < total, number(place) >= 0, Int(number(place)) < total - place else {
                throw FileError(
                    file: file.path, place: .part("\(slot.name), cell \(cell)"), expected: "a size that fits the list of \(total) numbers",
                    found: place < total ? "\(number(place))" : "the end of the list")
            }
            let size = Int(number(place))
            let isWanted = range.contains(cell)
            if isWanted || marks != nil {
                for entry in place + 1..<place + 1 + size {
                    let point = number(entry)
                    guard point >= 0, Int(point) < pointCount else {
                        throw FileError(
                            file: file.path, place: .part("\(slot.name), cell \(cell)"), expected: "a point from 0 to \(pointCount - 1)",
                            found: "\(point)")
                    }
                    marks?.mark(Int(point))
                    if isWanted { entries.append(point) }
                }
                if isWanted { offsets.append(Int32(truncatingIfNeeded: entries.count)) }
            }
            place += 1 + size
            if place - kept > 1 << 20 {
                file.release(slot.start + 4 * kept..<slot.start + 4 * place)
                kept = place
                try context.checkCancellation()
            }
        }
        return range.isEmpty ? CellArray() : CellArray(offsets: Buffer(offsets), connectivity: Buffer(entries))
    }
}
