import CKernels
import Datasets
import Geometry

/// Float coordinate tables of an axis-aligned lattice for the vector kernel: coordinates, and per point the reciprocal of the distance
/// between its neighbours.
struct VectorTables {
    let x: Buffer<Float>
    let y: Buffer<Float>
    let z: Buffer<Float>
    let inverseX: Buffer<Float>
    let inverseY: Buffer<Float>
    let inverseZ: Buffer<Float>

    init(_ tables: AxisTables) {
        func inverse(_ table: [Double]) -> Buffer<Float> {
            Buffer(
                table.indices.map { index in
                    let span = table[min(index + 1, table.count - 1)] - table[max(index - 1, 0)]
                    return span != 0 ? Float(1 / span) : 0
                })
        }
        (x, y, z) = (Buffer(tables.x.map { Float($0) }), Buffer(tables.y.map { Float($0) }), Buffer(tables.z.map { Float($0) }))
        (inverseX, inverseY, inverseZ) = (inverse(tables.x), inverse(tables.y), inverse(tables.z))
    }
}

/// Eight edges at a time: the points of Float samples on an axis-aligned lattice.
///
/// Edges are collected, in canonical order, into a list of (point, axis); the list is then worked off with gathers. The last
/// vector is padded, so every point comes from the same instructions wherever it stands.
struct LatticeVectorPoints {
    private typealias Lanes = SIMD8<Float>
    private typealias Indices = SIMD8<Int32>

    let shape: LatticeShape
    let values: UnsafePointer<Float>
    let threshold: Float
    let tables: VectorTables

    /// Edges in the list before it is worked off.
    private static let capacity = 512

    /// Writes the points of a chunk in canonical order.
    func writePoints(chunk: Int, of crossings: LatticeCrossings, to output: LatticePointOutput<Float>) {
        var point = crossings.pointStarts[chunk]
        if crossings.pointStarts[chunk + 1] == point { return }
        let (ny, words, plane) = (shape.ny, shape.words, shape.nx &* shape.ny)
        let rows = chunk << shape.chunkShift..<min(shape.rows, (chunk + 1) << shape.chunkShift)
        var (k, j) = rows.lowerBound.quotientAndRemainder(dividingBy: ny)
        let capacity = LatticeVectorPoints.capacity
        // A word adds up to 192 edges; vectors read and write up to 8 entries behind the end.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * (capacity + 208)) { buffer in
            let codes = buffer.baseAddress!
            let lines = codes + (capacity + 208)
            var count = 0
            func flush() {
                if count == 0 { return }
                for pad in 0..<8 {
                    codes[count &+ pad] = codes[count &- 1]
                    lines[count &+ pad] = lines[count &- 1]
                }
                work(codes, lines, count: count, k: k, firstPoint: point, output)
                point &+= count
                count = 0
            }
            for row in rows {
                defer {
                    j &+= 1
                    if j == ny {
                        flush()
                        (j, k) = (0, k &+ 1)
                    }
                }
                let record = crossings.records.pointer + 4 &* row &* words
                // The planes behind are far: asked for while the list is made, they are near when it is worked off.
                let farther = values + (row &* shape.nx &+ (k &+ 1 < shape.nz ? plane : 0))
                let farthest = values + (row &* shape.nx &+ (k &+ 2 < shape.nz ? 2 &* plane : 0))
                let isActive = crossings.isActive.pointer + row &* words
                for word in 0..<words where isActive[word] {
                    let x = record[4 &* word]
                    let y = record[4 &* word &+ 1]
                    let z = record[4 &* word &+ 2]
                    var remaining = x | y | z
                    if remaining == 0 { continue }
                    if count > capacity { flush() }
                    let first = count
                    while remaining != 0 {
                        let i = UInt64(truncatingIfNeeded: remaining.trailingZeroBitCount)
                        remaining &= remaining &- 1
                        let place = 64 &* word &+ Int(truncatingIfNeeded: i)
                        ck_prefetch(farther + place)
                        ck_prefetch(farthest + place)
                        let code = Int32(truncatingIfNeeded: place) &<< 2
                        codes[count] = code
                        count &+= Int((x &>> i) & 1)
                        codes[count] = code | 1
                        count &+= Int((y &>> i) & 1)
                        codes[count] = code | 2
                        count &+= Int((z &>> i) & 1)
                    }
                    let line = Int32(truncatingIfNeeded: j)
                    for entry in first..<count { lines[entry] = line }
                }
            }
            flush()
        }
    }

    @inline(__always) private func load(_ pointer: UnsafePointer<Int32>) -> Indices {
        UnsafeRawPointer(pointer).loadUnaligned(as: Indices.self)
    }

    /// Works a list off: edges of plane k.
    private func work(
        _ codes: UnsafePointer<Int32>, _ lines: UnsafePointer<Int32>, count: Int, k: Int, firstPoint: Int,
        _ output: LatticePointOutput<Float>
    ) {
        let nx = Int32(truncatingIfNeeded: shape.nx)
        let ny = Int32(truncatingIfNeeded: shape.ny)
        let stepZ = nx &* ny
        let (zero, one) = (Indices(repeating: 0), Indices(repeating: 1))
        let (lastX, lastY) = (Indices(repeating: nx &- 1), Indices(repeating: ny &- 1))
        let (maskX, maskZ) = (Indices(repeating: nx), Indices(repeating: stepZ))
        // k is the same for all lower ends; upper ends along z lie at k + 1.
        let upperK = min(k + 1, shape.nz - 1)
        let zLow = Int32(truncatingIfNeeded: k > 0 ? Int(stepZ) : 0)
        let zHigh = Int32(truncatingIfNeeded: k + 1 < shape.nz ? Int(stepZ) : 0)
        let zHighUpper = Indices(repeating: k + 2 < shape.nz ? stepZ : 0)
        let zStart = Lanes(repeating: tables.z[k])
        let zLength = Lanes(repeating: tables.z[upperK] - tables.z[k])
        let inverseZ0 = Lanes(repeating: tables.inverseZ[k])
        let inverseZ1 = Lanes(repeating: tables.inverseZ[upperK])
        let (tableX, tableY) = (tables.x.pointer, tables.y.pointer)
        let (inverseX, inverseY) = (tables.inverseX.pointer, tables.inverseY.pointer)
        let value = Lanes(repeating: threshold)
        let plane = Indices(repeating: Int32(truncatingIfNeeded: k) &* stepZ)
        let withNormals = output.normals != nil

        var done = 0
        while done < count {
            let code = load(codes + done)
            let j = load(lines + done)
            let i = code &>> 2
            let axis = code & 3
            let alongY = axis & one
            let alongZ = axis &>> 1
            let alongX = one &- alongY &- alongZ
            let p = plane &+ j &* maskX &+ i
            let q = p &+ alongX &+ ((zero &- alongY) & maskX) &+ ((zero &- alongZ) & maskZ)

            let start = ck_gather_8f(values, p)
            let end = ck_gather_8f(values, q)
            var t = (value - start) / (end - start)
            if ck_within_8f(t, 0, 1) != 255 {
                for lane in 0..<8 { t[lane] = SampledField<Float>.parameter(threshold, start[lane], end[lane]) }
            }

            let i1 = i &+ alongX
            let j1 = j &+ alongY
            let x0 = ck_gather_8f(tableX, i)
            let y0 = ck_gather_8f(tableY, j)
            let x = x0 + t * (ck_gather_8f(tableX, i1) - x0)
            let y = y0 + t * (ck_gather_8f(tableY, j1) - y0)
            let z = zStart + t * (zLength * Lanes(alongZ))

            var (nx8, ny8, nz8) = (Lanes(), Lanes(), Lanes())
            if withNormals {
                // −1 in lanes that have a lower or a higher neighbour, so the sign bit says whether to step.
                let hasLowX0 = (zero &- i) &>> 31
                let hasHighX0 = (i &- lastX) &>> 31
                let hasLowX1 = (zero &- i1) &>> 31
                let hasHighX1 = (i1 &- lastX) &>> 31
                let toLowY0 = ((zero &- j) &>> 31) & maskX
                let toHighY0 = ((j &- lastY) &>> 31) & maskX
                let toLowY1 = ((zero &- j1) &>> 31) & maskX
                let toHighY1 = ((j1 &- lastY) &>> 31) & maskX
                let upperMask = zero &- alongZ
                let toLowZ1 = (upperMask & maskZ) | (~upperMask & Indices(repeating: zLow))
                let toHighZ1 = (upperMask & zHighUpper) | (~upperMask & Indices(repeating: zHigh))
                let partZ = Lanes(alongZ)

                let gx0 = (ck_gather_8f(values, p &- hasHighX0) - ck_gather_8f(values, p &+ hasLowX0)) * ck_gather_8f(inverseX, i)
                let gy0 = (ck_gather_8f(values, p &+ toHighY0) - ck_gather_8f(values, p &- toLowY0)) * ck_gather_8f(inverseY, j)
                let gz0 =
                    (ck_gather_8f(values, p &+ Indices(repeating: zHigh)) - ck_gather_8f(values, p &- Indices(repeating: zLow)))
                    * inverseZ0
                let gx1 = (ck_gather_8f(values, q &- hasHighX1) - ck_gather_8f(values, q &+ hasLowX1)) * ck_gather_8f(inverseX, i1)
                let gy1 = (ck_gather_8f(values, q &+ toHighY1) - ck_gather_8f(values, q &- toLowY1)) * ck_gather_8f(inverseY, j1)
                let gz1 =
                    (ck_gather_8f(values, q &+ toHighZ1) - ck_gather_8f(values, q &- toLowZ1))
                    * (inverseZ0 * (Lanes(repeating: 1) - partZ) + inverseZ1 * partZ)
                let gx = gx0 + t * (gx1 - gx0)
                let gy = gy0 + t * (gy1 - gy0)
                let gz = gz0 + t * (gz1 - gz0)
                // Divided by the greatest component first, so that no square overflows or vanishes.
                let greatest = ck_max_8f(ck_max_8f(ck_max_8f(gx, 0 - gx), ck_max_8f(gy, 0 - gy)), ck_max_8f(gz, 0 - gz))
                let scale = Lanes(repeating: -1) / greatest
                (nx8, ny8, nz8) = (gx * scale, gy * scale, gz * scale)
                let inverse = Lanes(repeating: 1) / ck_square_root_8f(nx8 * nx8 + ny8 * ny8 + nz8 * nz8)
                // A flat or NaN neighbourhood has no direction: NaN becomes zero.
                nx8 = ck_zero_for_nan_8f(nx8 * inverse)
                ny8 = ck_zero_for_nan_8f(ny8 * inverse)
                nz8 = ck_zero_for_nan_8f(nz8 * inverse)
            }

            let point = firstPoint &+ done
            let left = count &- done
            if left >= 8 {
                ck_store_triples_8f(output.positions + 3 &* point, x, y, z)
                if let normals = output.normals { ck_store_triples_8f(normals + 3 &* point, nx8, ny8, nz8) }
            } else {
                for lane in 0..<left {
                    let place = 3 &* (point &+ lane)
                    (output.positions[place], output.positions[place &+ 1], output.positions[place &+ 2]) = (x[lane], y[lane], z[lane])
                    if let normals = output.normals {
                        (normals[place], normals[place &+ 1], normals[place &+ 2]) = (nx8[lane], ny8[lane], nz8[lane])
                    }
                }
            }
            if output.lower != nil {
                for lane in 0..<min(8, left) { output.writeEdge(point &+ lane, Int(p[lane]), Int(q[lane]), Double(t[lane])) }
            }
            done &+= 8
        }
    }
}
