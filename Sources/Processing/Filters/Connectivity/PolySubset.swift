import Datasets
import Execution

/// Some cells of whole poly data, as poly data over the points that they use.
enum PolySubset {
    /// - Parameter states: one a cell; not zero where it stays.
    static func extract(_ poly: PolyData, states: Buffer<UInt8>, context: ExecutionContext) throws -> PolyData {
        let state = states.pointer
        defer { withExtendedLifetime(states) {} }
        var lists: [CellArray] = []
        var sources: [Buffer<Int32>] = []
        var staysWhole = true
        var first = 0
        for list in poly.cellLists {
            let base = first
            first += list.count
            let grain = 1 << 14
            var parts = try context.parallelMap(list.count, grain: grain) { range in
                var (cells, entries) = (0, 0)
                for cell in range where state[base &+ cell] != 0 {
                    cells &+= 1
                    entries &+= list.size(of: cell)
                }
                return (cells: cells, entries: entries)
            }
            var total = (cells: 0, entries: 0)
            for part in parts.indices {
                let size = parts[part]
                parts[part] = total
                total = (total.cells + size.cells, total.entries + size.entries)
            }
            let chosen = Buffer<Int32>(uninitializedCount: total.cells)
            nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: chosen.pointer)
            sources.append(chosen)
            let begins = parts
            if total.cells == list.count {
                lists.append(list)
                try context.parallelFor(list.count, grain: 1 << 16) { range in
                    for cell in range { source[cell] = Int32(truncatingIfNeeded: base &+ cell) }
                }
                continue
            }
            staysWhole = false
            let connectivity = Buffer<Int32>(uninitializedCount: total.entries)
            let offsets = Buffer<Int32>(uninitializedCount: total.cells + 1)
            nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
            nonisolated(unsafe) let offset = UnsafeMutablePointer(mutating: offsets.pointer)
            let points = list.connectivity.pointer
            try context.parallelChunks(list.count, grain: grain) { chunk, range in
                var place = begins[chunk]
                for cell in range where state[base &+ cell] != 0 {
                    let (begin, size) = (list.offset(cell), list.size(of: cell))
                    for corner in 0..<size { entry[place.entries &+ corner] = points[begin &+ corner] }
                    offset[place.cells] = Int32(truncatingIfNeeded: place.entries)
                    source[place.cells] = Int32(truncatingIfNeeded: base &+ cell)
                    place.cells &+= 1
                    place.entries &+= size
                }
            }
            offset[total.cells] = Int32(truncatingIfNeeded: total.entries)
            lists.append(total.cells == 0 ? CellArray() : CellArray(offsets: offsets, connectivity: connectivity))
            withExtendedLifetime(list) {}
        }
        let compaction = try PointCompaction(lists, points: poly.points.count, context: context)
        if staysWhole && compaction.kept == nil { return poly }
        var provenance = Provenance()
        provenance.keptPoints = compaction.kept
        if !staysWhole {
            provenance.cellSources = Buffer(count: sources.reduce(0) { $0 + $1.count }) { out in
                var place = out
                for part in sources {
                    place.update(from: part.pointer, count: part.count)
                    place += part.count
                }
            }
        }
        return PolyData(
            points: try compaction.kept.map { try poly.points.gathered($0, context: context) } ?? poly.points, vertices: compaction.lists[0],
            lines: compaction.lists[1], polygons: compaction.lists[2], strips: compaction.lists[3],
            attributes: try provenance.attributes(of: .poly(poly), context: context))
    }
}
