import Datasets
import Execution

/// Text that is being put together, as bytes of UTF-8.
struct TextBuffer {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(byte: Unicode.Scalar) { bytes.append(UInt8(ascii: byte)) }

    /// A whole number in decimal digits.
    mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(value.magnitude)
        if rest < 10 {
            bytes.append(48 &+ UInt8(truncatingIfNeeded: rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            bytes.append(48 &+ UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// The shortest text that reads back as the same number; `nan`, `inf`, `-inf`.
    mutating func append<Real: BinaryFloatingPoint & LosslessStringConvertible>(_ value: Real) {
        if value.isNaN {
            append("nan")
            return
        }
        bytes.append(contentsOf: value.description.utf8)
        // 1.0 as 1.
        let count = bytes.count
        if count > 2, bytes[count - 1] == UInt8(ascii: "0"), bytes[count - 2] == UInt8(ascii: ".") { bytes.removeLast(2) }
    }
}

extension FieldArray {
    /// Appends values `range` as text, `separator` between them; of strings their text as it is.
    func append(_ range: Range<Int>, separator: Unicode.Scalar, to text: inout TextBuffer) {
        switch values {
        case .int8(let b): appendIntegers(b, range, separator, &text)
        case .uint8(let b): appendIntegers(b, range, separator, &text)
        case .int16(let b): appendIntegers(b, range, separator, &text)
        case .uint16(let b): appendIntegers(b, range, separator, &text)
        case .int32(let b): appendIntegers(b, range, separator, &text)
        case .uint32(let b): appendIntegers(b, range, separator, &text)
        case .int64(let b): appendIntegers(b, range, separator, &text)
        case .uint64(let b): appendIntegers(b, range, separator, &text)
        case .float32(let b): appendReals(b, range, separator, &text)
        case .float64(let b): appendReals(b, range, separator, &text)
        case .bits(let b, _):
            for index in range {
                if index > range.lowerBound { text.append(byte: separator) }
                text.append(b.pointer[index >> 3] >> (7 - UInt8(index & 7)) & 1)
            }
        case .strings(let strings):
            for index in range {
                if index > range.lowerBound { text.append(byte: separator) }
                text.append(strings[index])
            }
        }
    }
}

private func appendIntegers<Value: FixedWidthInteger & Scalar>(
    _ values: Buffer<Value>, _ range: Range<Int>, _ separator: Unicode.Scalar, _ text: inout TextBuffer
) {
    let source = values.pointer
    for index in range {
        if index > range.lowerBound { text.append(byte: separator) }
        text.append(source[index])
    }
}

private func appendReals<Value: BinaryFloatingPoint & LosslessStringConvertible & Scalar>(
    _ values: Buffer<Value>, _ range: Range<Int>, _ separator: Unicode.Scalar, _ text: inout TextBuffer
) {
    let source = values.pointer
    for index in range {
        if index > range.lowerBound { text.append(byte: separator) }
        text.append(source[index])
    }
}
