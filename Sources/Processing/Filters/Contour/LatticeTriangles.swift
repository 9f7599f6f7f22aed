import Datasets
import Execution

extension LatticeCrossings {
    /// Writes the triangles of a chunk, voxel by voxel, and where wanted the voxel of each.
    func writeTriangles(
        chunk: Int, connectivity: UnsafeMutablePointer<Int32>, sources: UnsafeMutablePointer<Int32>?, table: UnsafePointer<UInt8>,
        starts: UnsafePointer<Int>
    ) {
        let first = triangleStarts[chunk]
        if triangleStarts[chunk + 1] == first { return }
        let (nx, ny, nz, words) = (shape.nx, shape.ny, shape.nz, shape.words)
        let plane = ny &* words
        let rows = chunk << shape.chunkShift..<min(shape.rows, (chunk + 1) << shape.chunkShift)
        let allowed = allowed?.pointer
        let isActive = isActive.pointer
        let shift = shape.chunkShift
        var out = connectivity + 3 &* first
        // Before here there is room for two triangles in the chunk's own part.
        let roomy = connectivity + (3 &* triangleStarts[chunk + 1] &- 5)
        var source = sources.map { $0 + first }
        var (k, j) = rows.lowerBound.quotientAndRemainder(dividingBy: ny)
        // Stands for the records of words from which nothing is crossed.
        let nothing = Buffer<UInt64>(repeating: 0, count: 4)
        defer { withExtendedLifetime(nothing) {} }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 12) { buffer in
            let ids = buffer.baseAddress!
            func record(_ place: Int) -> UnsafePointer<UInt64> {
                isActive[place] ? records.pointer + 4 &* place : nothing.pointer
            }
            for row in rows {
                defer {
                    j &+= 1
                    if j == ny { (j, k) = (0, k &+ 1) }
                }
                if j &+ 1 >= ny || k &+ 1 >= nz { continue }
                let a = above.pointer + row &* words
                let (b, c, d) = (a + words, a + plane, a + (plane &+ words))
                // Numbers of the four rows' first points.
                let startA = Int32(truncatingIfNeeded: starts[row &>> shift])
                let startB = Int32(truncatingIfNeeded: starts[(row &+ 1) &>> shift])
                let startC = Int32(truncatingIfNeeded: starts[(row &+ ny) &>> shift])
                let startD = Int32(truncatingIfNeeded: starts[(row &+ ny &+ 1) &>> shift])
                for word in 0..<words {
                    let place = row &* words &+ word
                    if !isActive[place] { continue }
                    let ra = records.pointer + 4 &* place
                    if ra[3] &>> 32 == 0 { continue }
                    let a0 = a[word]
                    let b0 = b[word]
                    let c0 = c[word]
                    let d0 = d[word]
                    let hasNext = word &+ 1 < words
                    let a1 = a0 &>> 1 | (hasNext ? a[word &+ 1] &<< 63 : 0)
                    let b1 = b0 &>> 1 | (hasNext ? b[word &+ 1] &<< 63 : 0)
                    let c1 = c0 &>> 1 | (hasNext ? c[word &+ 1] &<< 63 : 0)
                    let d1 = d0 &>> 1 | (hasNext ? d[word &+ 1] &<< 63 : 0)
                    var active =
                        (a0 | a1 | b0 | b1 | c0 | c1 | d0 | d1) & ~(a0 & a1 & b0 & b1 & c0 & c1 & d0 & d1)
                        & LatticeCrossings.voxelMask(word, nx)
                    if let allowed { active &= allowed[row &* words &+ word] }
                    let rb = record(place &+ words)
                    let rc = record(place &+ plane)
                    let rd = record(place &+ (plane &+ words))
                    let (xa, ya, za) = (ra[0], ra[1], ra[2])
                    let (xb, yb, zb) = (rb[0], rb[1], rb[2])
                    let (xc, yc, zc) = (rc[0], rc[1], rc[2])
                    let (xd, yd, zd) = (rd[0], rd[1], rd[2])
                    let baseA = startA &+ Int32(truncatingIfNeeded: ra[3])
                    let baseB = startB &+ Int32(truncatingIfNeeded: rb[3])
                    let baseC = startC &+ Int32(truncatingIfNeeded: rc[3])
                    let baseD = startD &+ Int32(truncatingIfNeeded: rd[3])
                    // The edges from point i + 1 that are x edges only shift ranks.
                    let ra1 = hasNext ? record(place &+ 1) : nothing.pointer
                    let rb1 = hasNext ? record(place &+ (words &+ 1)) : nothing.pointer
                    let rc1 = hasNext ? record(place &+ (plane &+ 1)) : nothing.pointer
                    let xa1 = xa &>> 1 | ra1[0] &<< 63
                    let ya1 = ya &>> 1 | ra1[1] &<< 63
                    let xb1 = xb &>> 1 | rb1[0] &<< 63
                    let yb1 = yb &>> 1 | rb1[1] &<< 63
                    let xc1 = xc &>> 1 | rc1[0] &<< 63
                    while active != 0 {
                        let i = UInt64(truncatingIfNeeded: active.trailingZeroBitCount)
                        let below = (active & (0 &- active)) &- 1
                        active &= active &- 1
                        let entry = table + 16 &* LatticeCrossings.voxelCase(a0, a1, b0, b1, c0, c1, d0, d1, i)

                        let atA = LatticeCrossings.rank(baseA, xa, ya, za, below)
                        let atB = LatticeCrossings.rank(baseB, xb, yb, zb, below)
                        let atC = LatticeCrossings.rank(baseC, xc, yc, zc, below)
                        let atD = LatticeCrossings.rank(baseD, xd, yd, zd, below)
                        ids[0] = atA
                        ids[1] = atB
                        ids[2] = atC
                        ids[3] = atD
                        let afterXA = atA &+ LatticeCrossings.bit(xa, i)
                        let afterYA = afterXA &+ LatticeCrossings.bit(ya, i)
                        let nextA = afterYA &+ LatticeCrossings.bit(za, i) &+ LatticeCrossings.bit(xa1, i)
                        ids[4] = afterXA
                        ids[8] = afterYA
                        ids[5] = nextA
                        ids[9] = nextA &+ LatticeCrossings.bit(ya1, i)
                        let afterXB = atB &+ LatticeCrossings.bit(xb, i)
                        let afterYB = afterXB &+ LatticeCrossings.bit(yb, i)
                        let nextB = afterYB &+ LatticeCrossings.bit(zb, i) &+ LatticeCrossings.bit(xb1, i)
                        ids[10] = afterYB
                        ids[11] = nextB &+ LatticeCrossings.bit(yb1, i)
                        let afterXC = atC &+ LatticeCrossings.bit(xc, i)
                        ids[6] = afterXC
                        ids[7] =
                            afterXC &+ LatticeCrossings.bit(yc, i) &+ LatticeCrossings.bit(zc, i) &+ LatticeCrossings.bit(xc1, i)

                        let triangles = Int(entry[0])
                        if triangles <= 2 && out < roomy {
                            // Most voxels have two triangles: both are written even where the second is overwritten next.
                            out[0] = ids[Int(entry[1])]
                            out[1] = ids[Int(entry[2])]
                            out[2] = ids[Int(entry[3])]
                            out[3] = ids[Int(entry[4])]
                            out[4] = ids[Int(entry[5])]
                            out[5] = ids[Int(entry[6])]
                        } else {
                            var corner = 0
                            while corner < 3 &* triangles {
                                out[corner] = ids[Int(entry[corner &+ 1])]
                                out[corner &+ 1] = ids[Int(entry[corner &+ 2])]
                                out[corner &+ 2] = ids[Int(entry[corner &+ 3])]
                                corner &+= 3
                            }
                        }
                        out += 3 &* triangles
                        if source != nil {
                            let voxel = Int32(truncatingIfNeeded: (k &* (ny &- 1) &+ j) &* (nx &- 1) &+ 64 &* word) &+ Int32(truncatingIfNeeded: i)
                            for triangle in 0..<triangles { source![triangle] = voxel }
                            source! += triangles
                        }
                    }
                }
            }
        }
    }

    /// The number of the first crossed edge from point i, whose lower neighbours in the word are `below`.
    @inline(__always) private static func rank(_ base: Int32, _ x: UInt64, _ y: UInt64, _ z: UInt64, _ below: UInt64) -> Int32 {
        base
            &+ Int32(
                truncatingIfNeeded: (x & below).nonzeroBitCount &+ (y & below).nonzeroBitCount &+ (z & below).nonzeroBitCount)
    }

    @inline(__always) private static func bit(_ word: UInt64, _ i: UInt64) -> Int32 { Int32(truncatingIfNeeded: (word &>> i) & 1) }
}
