import CKernels

/// The form in which rows of samples travel: runs of samples that hold something.
///
/// A message is made of 32-bit words: the place of its first row, the number of rows, flags, the number of ties; three words a tie (row,
/// column, depth); then, row by row, the number of runs, a word a run (columns to skip since the run before, above its length in samples: 16
/// bits each), and run after run the depths of its samples and their colours, or colours alone. So it costs 8 bytes a sample that holds
/// something, 4 a run and 4 a row.
enum RunCoding {
    static let headerWords = 4
    static let lastFlag: Int32 = 1
    /// Not a message, but where one is: the number of a buffer of the sender, its length in words.
    static let elsewhereFlag: Int32 = 2

    /// The most words that a row of `width` samples can take.
    static func greatestRow(width: Int) -> Int { 2 * width + 2 }

    /// Writes ties, then rows, until the words are used up.
    ///
    /// - Parameters:
    ///   - rows: places in the order of rows; what was written is taken off, as it is of the ties.
    ///   - words: room for the header and at least one row.
    ///   - line: the row at a place.
    /// - Returns: words written.
    @inline(__always) static func write(
        _ rows: inout Range<Int>, ties: inout ArraySlice<TiedSample>, empty: Int32, hasDepths: Bool, width: Int, into words: UnsafeMutablePointer<Int32>, room: Int,
        line: (Int) -> SampleLine
    ) -> Int {
        var used = headerWords
        let tied = ties.prefix((room - headerWords - greatestRow(width: width)) / 3)
        ties = ties.dropFirst(tied.count)
        for tie in tied {
            words[used] = tie.row
            words[used + 1] = tie.column
            words[used + 2] = tie.depth
            used += 3
        }
        let first = rows.lowerBound
        var place = first
        let most = room - greatestRow(width: width)
        while place < rows.upperBound && used <= most {
            used += writeRow(line(place), empty, hasDepths, words + used)
            place += 1
        }
        words[0] = Int32(truncatingIfNeeded: first)
        words[1] = Int32(truncatingIfNeeded: place - first)
        words[2] = place == rows.upperBound && ties.isEmpty ? lastFlag : 0
        words[3] = Int32(truncatingIfNeeded: tied.count)
        rows = place..<rows.upperBound
        return used
    }

    /// Writes one row.
    ///
    /// - Returns: words written.
    @inline(__always) private static func writeRow(
        _ line: SampleLine, _ empty: Int32, _ hasDepths: Bool, _ words: UnsafeMutablePointer<Int32>
    ) -> Int {
        let (depths, colors, columns) = (line.depths, line.colors, line.columns)
        // Runs are listed from the front; where their samples go is known once all are, so those follow in a second pass.
        var runs = 0
        var from = 0
        var open = -1
        var x = columns.lowerBound
        while x < columns.upperBound {
            // Up to the border of a block.
            let count = min(64 &- x & 63, columns.upperBound &- x)
            let isMarked = line.marks.map { $0[x &>> 6] != 0 } ?? true
            let mask = isMarked ? ck_nearer_mask_64(depths + x, empty, Int32(truncatingIfNeeded: count)) : 0
            let full: UInt64 = count == 64 ? .max : (1 &<< UInt64(count)) &- 1
            if mask == full {
                if open < 0 { open = x }
            } else if mask == 0 {
                if open >= 0 {
                    runs &+= 1
                    words[runs] = Int32(truncatingIfNeeded: (open &- from) &<< 16 | (x &- open) & 0xFFFF)
                    from = x
                    open = -1
                }
            } else {
                // Borders between held and empty: set bits of the mask against itself moved by one.
                var borders = (mask ^ (mask &<< 1 | (open >= 0 ? 1 : 0))) & full
                while borders != 0 {
                    let place = x &+ borders.trailingZeroBitCount
                    borders &= borders &- 1
                    if open < 0 {
                        open = place
                    } else {
                        runs &+= 1
                        words[runs] = Int32(truncatingIfNeeded: (open &- from) &<< 16 | (place &- open) & 0xFFFF)
                        from = place
                        open = -1
                    }
                }
            }
            x &+= count
        }
        if open >= 0 {
            runs &+= 1
            words[runs] = Int32(truncatingIfNeeded: (open &- from) &<< 16 | (columns.upperBound &- open) & 0xFFFF)
        }
        words[0] = Int32(truncatingIfNeeded: runs)
        var used = 1 &+ runs
        var column = 0
        for run in 1..<runs &+ 1 {
            let (skip, count) = lengths(words[run])
            column &+= skip
            if hasDepths {
                (words + used).update(from: depths + column, count: count)
                used &+= count
            }
            UnsafeMutableRawPointer(words + used).copyMemory(from: colors + column, byteCount: 4 &* count)
            used &+= count
            column &+= count
        }
        return used
    }

    /// Whether words only say where a message is.
    static func isElsewhere(_ words: UnsafeBufferPointer<Int32>) -> Bool { words.count == headerWords && words[2] == elsewhereFlag }

    @inline(__always) static func lengths(_ word: Int32) -> (skip: Int, count: Int) {
        (Int(UInt32(bitPattern: word) &>> 16), Int(word & 0xFFFF))
    }

    /// Reads one message, whose bytes may be anybody's.
    ///
    /// - Parameter run: a run's place, first column, words of depths (nil without) and colours, and length.
    /// - Returns: whether it is the sender's last of the round.
    /// - Throws: `ScheduleError` for words that are no message for rows of `rows`.
    @inline(__always) static func read(
        _ words: UnsafeBufferPointer<Int32>, rows: Range<Int>, width: Int, hasDepths: Bool, tie: (TiedSample) -> Void,
        run: (Int, Int, UnsafePointer<Int32>?, UnsafePointer<UInt32>, Int) -> Void
    ) throws -> Bool {
        guard words.count >= headerWords, let base = words.baseAddress else { throw damaged("it has \(words.count) words") }
        let (first, count, ties) = (Int(base[0]), Int(base[1]), Int(base[3]))
        guard count >= 0, first >= rows.lowerBound, first <= rows.upperBound, count <= rows.upperBound - first, ties >= 0,
            ties <= (words.count - headerWords) / 3
        else { throw damaged("it says rows \(first) and \(count) more, where \(rows) are due") }
        var used = headerWords
        for _ in 0..<ties {
            let found = TiedSample(row: base[used], column: base[used + 1], depth: base[used + 2])
            guard rows.contains(Int(found.row)), found.column >= 0, Int(found.column) < width else { throw damaged("a tie is outside") }
            tie(found)
            used += 3
        }
        for place in first..<first + count {
            guard used < words.count else { throw damaged("it ends in row \(place)") }
            let runs = Int(base[used])
            guard runs >= 0, runs < words.count &- used else { throw damaged("it has \(runs) runs in row \(place)") }
            let list = base + used + 1
            used &+= 1 &+ runs
            var column = 0
            for index in 0..<runs {
                let (skip, length) = lengths(list[index])
                column &+= skip
                let needed = hasDepths ? 2 &* length : length
                guard column &+ length <= width, needed <= words.count &- used else { throw damaged("a run of row \(place) is too long") }
                let colors = UnsafeRawPointer(base + (used &+ (hasDepths ? length : 0))).assumingMemoryBound(to: UInt32.self)
                run(place, column, hasDepths ? base + used : nil, colors, length)
                used &+= needed
                column &+= length
            }
        }
        return base[2] & lastFlag != 0
    }

    private static func damaged(_ found: String) -> ScheduleError { ScheduleError("a message of samples cannot be read: \(found)") }
}
