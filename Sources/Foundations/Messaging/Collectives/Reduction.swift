/// How values of ranks become one: an operation on pairs, applied in the order of ranks, so that the result is the same on every transport.
public struct Reduction<Element: Transferable>: Sendable {
    /// Ranks must agree on it.
    public let name: String
    /// The engine's own operation of this meaning.
    public let native: NativeReduction?
    /// Makes a[i] = a[i] ∘ b[i].
    @usableFromInline let fold: @Sendable (UnsafeMutablePointer<Element>, UnsafePointer<Element>, Int) -> Void
    /// The name as a number that fits a header, never 0.
    let code: UInt8

    @inlinable public init(name: String, combine: @escaping @Sendable (Element, Element) -> Element) {
        self.init(name: name, native: nil, combine: combine)
    }

    @inlinable init(name: String, native: NativeReduction?, combine: @escaping @Sendable (Element, Element) -> Element) {
        self.init(name: name, native: native) { result, next, count in
            for index in 0..<count { result[index] = combine(result[index], next[index]) }
        }
    }

    @usableFromInline init(
        name: String, native: NativeReduction?, fold: @escaping @Sendable (UnsafeMutablePointer<Element>, UnsafePointer<Element>, Int) -> Void
    ) {
        self.name = name
        self.native = native
        self.fold = fold
        code = ReductionCode.make(name)
    }
}


extension Reduction where Element: FixedWidthInteger {
    /// Wraps around on overflow, as MPI's sum does.
    @inlinable public static var sum: Reduction { Reduction(name: "sum", native: .sum) { $0 &+ $1 } }
    /// Wraps around on overflow.
    @inlinable public static var product: Reduction { Reduction(name: "product", native: .product) { $0 &* $1 } }
    /// 1 where both are not 0, else 0.
    @inlinable public static var and: Reduction { Reduction(name: "and", native: .logicalAnd) { $0 != 0 && $1 != 0 ? 1 : 0 } }
    /// 1 where one is not 0, else 0.
    @inlinable public static var or: Reduction { Reduction(name: "or", native: .logicalOr) { $0 != 0 || $1 != 0 ? 1 : 0 } }
    @inlinable public static var bitwiseAnd: Reduction { Reduction(name: "bitwiseAnd", native: .bitwiseAnd) { $0 & $1 } }
    @inlinable public static var bitwiseOr: Reduction { Reduction(name: "bitwiseOr", native: .bitwiseOr) { $0 | $1 } }
    @inlinable public static var bitwiseXor: Reduction { Reduction(name: "bitwiseXor", native: .bitwiseExclusiveOr) { $0 ^ $1 } }
}

extension Reduction where Element: FloatingPoint {
    @inlinable public static var sum: Reduction { Reduction(name: "sum", native: .sum) { $0 + $1 } }
    @inlinable public static var product: Reduction { Reduction(name: "product", native: .product) { $0 * $1 } }
}

extension Reduction where Element: Comparable {
    /// Of values that do not compare (NaN) the earlier rank's counts.
    @inlinable public static var minimum: Reduction { Reduction(name: "minimum", native: .minimum) { $1 < $0 ? $1 : $0 } }
    /// Of values that do not compare (NaN) the earlier rank's counts.
    @inlinable public static var maximum: Reduction { Reduction(name: "maximum", native: .maximum) { $1 > $0 ? $1 : $0 } }
}

extension Reduction where Element == Bool {
    @inlinable public static var and: Reduction { Reduction(name: "and", native: nil) { $0 && $1 } }
    @inlinable public static var or: Reduction { Reduction(name: "or", native: nil) { $0 || $1 } }
}

/// Names of reductions as one byte.
enum ReductionCode {
    private static let known = ["sum", "product", "minimum", "maximum", "and", "or", "bitwiseAnd", "bitwiseOr", "bitwiseXor"]

    /// Never 0.
    static func make(_ name: String) -> UInt8 {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return UInt8(truncatingIfNeeded: hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) | 1
    }

    static func name(_ code: UInt8) -> String { known.first { make($0) == code } ?? "user-defined \(code)" }
}
