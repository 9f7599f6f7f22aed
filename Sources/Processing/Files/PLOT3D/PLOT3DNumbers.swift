import Datasets
import Execution

/// The numbers of a PLOT3D file, wherever they begin.
struct PLOT3DNumbers: Sendable {
    let file: MappedFile
    let layout: PLOT3DLayout
    /// All numbers of a text.
    private let text: Buffer<Float>?

    /// - Throws: `FileError` where a text holds something else than numbers.
    init(_ file: MappedFile, _ layout: PLOT3DLayout, context: ExecutionContext) throws {
        self.file = file
        self.layout = layout
        guard layout.isText else {
            text = nil
            return
        }
        let numbers = TextNumbers(file.bytes, [0..<file.count])
        do {
            text = try numbers.parse(Float.self, count: try numbers.count(context: context), context: context)
        } catch let problem as FormatProblem {
            throw problem.at(.byte(problem.byte ?? 0), of: file.path)
        }
    }

    /// `planes` blocks of `count` numbers that follow each other, as tuples of `components`; missing planes are zero.
    func tuples<Value: Scalar & BinaryFloatingPoint>(
        _: Value.Type, at start: Int, count: Int, planes: Int, components: Int, context: ExecutionContext
    ) throws -> Buffer<Value> {
        try checkMemory(count * components * MemoryLayout<Value>.size, for: "an array of \(file.path)", context)
        let swaps = layout.byteOrder != .native
        let isWide = layout.precision == 8
        return try Buffer<Value>(count: count * components) { out in
            nonisolated(unsafe) let out = out
            nonisolated(unsafe) let bytes = file.bytes
            try context.parallelFor(count, grain: 1 << 15) { range in
                for component in 0..<components {
                    if component >= planes {
                        for point in range { out[point &* components &+ component] = 0 }
                    } else if let text {
                        let source = text.pointer + start + component * count
                        for point in range { out[point &* components &+ component] = Value(source[point]) }
                    } else if isWide {
                        let source = bytes.baseAddress! + start + component * count * 8
                        for point in range {
                            let word = source.loadUnaligned(fromByteOffset: point &* 8, as: UInt64.self)
                            out[point &* components &+ component] = Value(Double(bitPattern: swaps ? word.byteSwapped : word))
                        }
                    } else {
                        let source = bytes.baseAddress! + start + component * count * 4
                        for point in range {
                            let word = source.loadUnaligned(fromByteOffset: point &* 4, as: UInt32.self)
                            out[point &* components &+ component] = Value(Float(bitPattern: swaps ? word.byteSwapped : word))
                        }
                    }
                }
            }
            withExtendedLifetime(text) {}
        }
    }

    /// Whole numbers of four bytes each.
    func integers(at start: Int, count: Int, context: ExecutionContext) throws -> Buffer<Int32> {
        try checkMemory(4 * count, for: "blanking of \(file.path)", context)
        return Buffer<Int32>(count: count) { out in
            for index in 0..<count {
                if let text {
                    out[index] = Int32(clampingDouble: Double(text[start + index]))
                } else {
                    let word = file.bytes.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
                    out[index] = Int32(bitPattern: layout.byteOrder == .native ? word : word.byteSwapped)
                }
            }
        }
    }
}
