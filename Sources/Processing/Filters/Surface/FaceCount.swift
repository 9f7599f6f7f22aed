import CKernels
import Dataflow
import Datasets
import Execution

/// The external faces among the cells of a grid, found by a sketch and counted exactly.
struct FaceCount {
    /// The faces that an odd number of cells have, each once, as the first of these cells lists it; by cell, then number in the cell.
    ///
    /// In a mesh whose cells share faces in pairs these are the faces of one cell only; like VTK, a face of three cells counts as one.
    static func externalFaces(of cells: VolumeCells, context: ExecutionContext) throws -> Buffer<FaceCandidate> {
        let bits = try FaceSketch.boundaryPoints(of: cells, context: context)
        let candidates = try FaceCount.candidates(cells, bits, context: context)
        let isExternal = try oddFaces(candidates, cells, context: context)
        var count = 0
        for index in 0..<candidates.count { count += Int(isExternal.pointer[index]) }
        return Buffer(count: count) { out in
            var place = 0
            for index in 0..<candidates.count where isExternal.pointer[index] != 0 {
                out[place] = candidates.pointer[index]
                place += 1
            }
        }
    }

    /// The faces whose points are all marked, in order.
    static func candidates(_ cells: VolumeCells, _ bits: Buffer<UInt32>, context: ExecutionContext) throws -> Buffer<FaceCandidate> {
        let parts = try context.parallelMap(cells.batches.count, grain: 8) { range in
            var found: [FaceCandidate] = []
            for batch in range {
                for segment in cells.segments[cells.batches[batch]] { collect(cells, segment, bits.pointer, &found) }
            }
            return found
        }
        let count = parts.reduce(0) { $0 + $1.count }
        return Buffer(count: count) { out in
            var place = 0
            for part in parts {
                part.withUnsafeBufferPointer { if $0.count > 0 { (out + place).initialize(from: $0.baseAddress!, count: $0.count) } }
                place += part.count
            }
        }
    }

    private static func collect(
        _ cells: VolumeCells, _ segment: CellSegment, _ bits: UnsafePointer<UInt32>, _ found: inout [FaceCandidate]
    ) {
        let ids = cells.grid.cells.connectivity.pointer + segment.firstEntry
        guard let faces = CellFaces.of(segment.type), !faces.facesWithin.isEmpty, segment.size == 4 || segment.size == 8 else {
            collectAny(cells, segment, bits, &found)
            return
        }
        faces.facesWithin.withUnsafeBufferPointer { within in
            if segment.size == 8 {
                for cell in 0..<segment.count {
                    let set = within[Int(ck_bits_8(bits, ids + cell &* 8))]
                    if set != 0 { append(set, faces, ids + cell &* 8, segment.firstCell + cell, &found) }
                }
                return
            }
            var cell = 0
            while cell &+ 2 <= segment.count {
                let marked = ck_bits_8(bits, ids + cell &* 4)
                let (low, high) = (within[Int(marked & 15)], within[Int(marked &>> 4)])
                if low | high != 0 {
                    append(low, faces, ids + cell &* 4, segment.firstCell + cell, &found)
                    append(high, faces, ids + (cell &* 4 &+ 4), segment.firstCell + cell + 1, &found)
                }
                cell &+= 2
            }
            if cell < segment.count {
                var marked = 0
                for corner in 0..<4 {
                    let id = ids[cell &* 4 &+ corner]
                    marked |= Int(bits[Int(id) &>> 5] &>> UInt32(id & 31) & 1) &<< corner
                }
                append(within[marked], faces, ids + cell &* 4, segment.firstCell + cell, &found)
            }
        }
    }

    @inline(never) private static func append(
        _ set: UInt32, _ faces: CellFaces, _ ids: UnsafePointer<Int32>, _ cell: Int, _ found: inout [FaceCandidate]
    ) {
        var set = set
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 8) { points in
            while set != 0 {
                let face = set.trailingZeroBitCount
                set &= set &- 1
                let first = Int(faces.offsets[face])
                let count = Int(faces.offsets[face + 1]) - first
                for corner in 0..<count { points[corner] = ids[Int(faces.corners[first + corner])] }
                found.append(FaceCandidate(points.baseAddress!, count, cell: cell, face: face))
            }
        }
    }

    private static func collectAny(
        _ cells: VolumeCells, _ segment: CellSegment, _ bits: UnsafePointer<UInt32>, _ found: inout [FaceCandidate]
    ) {
        FaceCursor(cells).forEachFace(of: segment) { cell, face, points, count in
            var marked: UInt32 = count > 0 ? 1 : 0
            for corner in 0..<count { marked &= bits[Int(points[corner]) &>> 5] &>> UInt32(points[corner] & 31) }
            if marked != 0 { found.append(FaceCandidate(points, count, cell: cell, face: face)) }
        }
    }

    /// 1 for the first of every set of equal faces whose number is odd.
    ///
    /// Faces are dealt to parts by a hash, in order, and each part is counted in a table of its own: exact, and the same for any
    /// number of threads.
    static func oddFaces(_ candidates: Buffer<FaceCandidate>, _ cells: VolumeCells, context: ExecutionContext) throws -> Buffer<UInt8> {
        let count = candidates.count
        let partBits = count < 1 << 14 ? 0 : min(12, fanBits(count >> 11))
        let parts = 1 << partBits
        let grain = max(1 << 14, (count + 63) / 64)
        let chunks = (count + grain - 1) / grain
        let face = candidates.pointer
        // Count the faces of each chunk in each part, then deal them out.
        var starts = [Int](repeating: 0, count: chunks * parts)
        try starts.withUnsafeMutableBufferPointer { slots in
            nonisolated(unsafe) let slots = slots
            try context.parallelChunks(count, grain: grain) { chunk, range in
                let own = slots.baseAddress! + chunk * parts
                for index in range { own[part(face[index], partBits)] += 1 }
            }
        }
        var partStarts = [0]
        for part in 0..<parts {
            var sum = partStarts.last!
            for chunk in 0..<chunks {
                let size = starts[chunk * parts + part]
                starts[chunk * parts + part] = sum
                sum += size
            }
            partStarts.append(sum)
        }
        let dealt = try Buffer<Int32>(count: count) { out in
            nonisolated(unsafe) let out = out
            try starts.withUnsafeMutableBufferPointer { slots in
                nonisolated(unsafe) let slots = slots
                try context.parallelChunks(count, grain: grain) { chunk, range in
                    let own = slots.baseAddress! + chunk * parts
                    for index in range {
                        let part = part(face[index], partBits)
                        out[own[part]] = Int32(truncatingIfNeeded: index)
                        own[part] += 1
                    }
                }
            }
        }
        return try Buffer<UInt8>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(parts, grain: 1) { range in
                for part in range { countPart(dealt.slice(partStarts[part]..<partStarts[part + 1]), candidates, cells, out) }
            }
        }
    }

    @inline(__always) private static func part(_ face: FaceCandidate, _ bits: Int) -> Int { bits == 0 ? 0 : Int(face.hash &>> UInt64(64 &- bits)) }

    private static func countPart(
        _ members: Buffer<Int32>, _ candidates: Buffer<FaceCandidate>, _ cells: VolumeCells, _ isOdd: UnsafeMutablePointer<UInt8>
    ) {
        if members.count == 0 { return }
        let face = candidates.pointer
        let slots = 1 << fanBits(2 * members.count)
        let table = Buffer<Int32>(repeating: -1, count: slots)
        let slot = UnsafeMutablePointer(mutating: table.pointer)
        for position in 0..<members.count {
            let index = Int(members.pointer[position])
            let own = face[index]
            var place = Int(truncatingIfNeeded: own.hash) & (slots &- 1)
            isOdd[index] = 0
            while true {
                let other = Int(slot[place])
                if other < 0 {
                    slot[place] = Int32(truncatingIfNeeded: index)
                    isOdd[index] = 1
                    break
                }
                if own.matches(face[other]) && (own.isExact || isSameRing(own, face[other], cells)) {
                    isOdd[other] ^= 1
                    break
                }
                place = (place &+ 1) & (slots &- 1)
            }
        }
        withExtendedLifetime(table) {}
    }

    private static func isSameRing(_ a: FaceCandidate, _ b: FaceCandidate, _ cells: VolumeCells) -> Bool {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * cells.largestFace) { scratch in
            let cursor = FaceCursor(cells)
            let first = scratch.baseAddress!
            let second = first + cells.largestFace
            let (m, n) = (cursor.write(a, to: first), cursor.write(b, to: second))
            return Filters.isSameRing(UnsafeBufferPointer(start: first, count: m), UnsafeBufferPointer(start: second, count: n))
        }
    }
}
