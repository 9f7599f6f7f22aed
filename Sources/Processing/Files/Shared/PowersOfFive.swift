/// 128-bit approximations of the powers of five that decimal numbers in Double need.
///
/// Entry `q - smallest` holds the 128 highest bits of 5^q: cut off for q ≥ 0 and q < -27, rounded up for -27 ≤ q < 0.
/// Source: D. Lemire, "Number Parsing at a Gigabyte per Second", Software: Practice and Experience 51 (2021).
enum PowersOfFive {
    static let smallest = -342
    static let greatest = 308

    static let table: [(high: UInt64, low: UInt64)] = {
        var table = [(high: UInt64, low: UInt64)](repeating: (0, 0), count: greatest - smallest + 1)
        // 5^q, exactly: 308 · log2(5) < 768 bits.
        var power = WideInteger(words: 12)
        power.words[0] = 1
        for q in 0...greatest {
            table[q - smallest] = power.highest128
            power.multiply(by: 5)
        }
        // 2^1151 / 5^n: dividing again and again by 5 and cutting off equals dividing once.
        var quotient = WideInteger(words: 18)
        quotient.words[17] = 1 << 63
        for n in 1...(-smallest) {
            quotient.divide(by: 5)
            var entry = quotient.highest128
            if n <= 27 {
                let (low, carry) = entry.low.addingReportingOverflow(1)
                entry = (entry.high &+ (carry ? 1 : 0), low)
            }
            table[-n - smallest] = entry
        }
        return table
    }()

    /// A natural number of fixed width, least significant word first.
    private struct WideInteger {
        var words: [UInt64]
        init(words count: Int) { words = [UInt64](repeating: 0, count: count) }

        mutating func multiply(by factor: UInt64) {
            var carry: UInt64 = 0
            for index in words.indices {
                let product = words[index].multipliedFullWidth(by: factor)
                let (low, overflow) = product.low.addingReportingOverflow(carry)
                words[index] = low
                carry = product.high &+ (overflow ? 1 : 0)
            }
        }

        mutating func divide(by divisor: UInt64) {
            var rest: UInt64 = 0
            for index in words.indices.reversed() {
                (words[index], rest) = divisor.dividingFullWidth((rest, words[index]))
            }
        }

        /// The 128 bits from the highest one that is set.
        var highest128: (high: UInt64, low: UInt64) {
            let top = words.lastIndex { $0 != 0 }!
            func word(_ index: Int) -> UInt64 { index >= 0 ? words[index] : 0 }
            let shift = UInt64(words[top].leadingZeroBitCount)
            if shift == 0 { return (word(top), word(top - 1)) }
            return (
                word(top) << shift | word(top - 1) >> (64 - shift), word(top - 1) << shift | word(top - 2) >> (64 - shift)
            )
        }
    }
}
