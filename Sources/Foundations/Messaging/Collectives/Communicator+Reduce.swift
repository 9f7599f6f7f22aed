import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Communicator {
    /// Combines the ranks' arrays element by element, in the order of ranks 0, 1, 2, …, and gives the result to every rank.
    ///
    /// All arrays have the same length.
    public func allReduce<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element] {
        try call {
            if let result = try adoptedReduce(values, operation, to: nil) { return result }
            let header = try begin(
                .allReduce, elementSize: MemoryLayout<Element>.stride, count: values.count, reduction: operation.code, CallSite(file, line))
            if size == 1 { return values }
            if isSmall(values) { return try foldAll(header, values, operation, upTo: size) }
            var result = values
            try reduceBySegments(header, &result, operation)
            return result
        }
    }

    /// Combines one value of every rank and gives the result to every rank.
    public func allReduce<Value: Transferable>(
        _ value: Value, _ operation: Reduction<Value>, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        try call {
            if let result = try adoptedReduce([value], operation, to: nil) { return result[0] }
            let stride = MemoryLayout<Value>.stride
            let header = try begin(.allReduce, elementSize: stride, count: 1, reduction: operation.code, CallSite(file, line))
            if size == 1 { return value }
            return try withUnsafeTemporaryAllocation(of: Value.self, capacity: size) { all in
                try withUnsafePointer(to: value) {
                    try allGatherBlocks(header, UnsafeRawBufferPointer(start: $0, count: stride), into: UnsafeMutableRawBufferPointer(all))
                }
                for other in 1..<size { operation.fold(all.baseAddress!, all.baseAddress! + other, 1) }
                return all[0]
            }
        }
    }

    /// Combines the ranks' arrays element by element, in the order of ranks, on the root.
    ///
    /// - Returns: nil on other ranks than the root.
    public func reduce<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element]? {
        try call {
            if let result = try adoptedReduce(values, operation, to: root) { return rank == root ? result : nil }
            let header = try begin(
                .reduce, elementSize: MemoryLayout<Element>.stride, count: values.count, root: root, reduction: operation.code,
                CallSite(file, line))
            if rank != root {
                try values.withUnsafeBytes { try sendPacket(header, $0, to: root) }
                return nil
            }
            var result = values
            var next = values
            for other in 0..<size {
                if other == rank {
                    next = values
                } else {
                    try next.withUnsafeMutableBytes { try receivePacket(header, from: other, into: $0) }
                }
                if other == 0 { result = next } else { fold(&result, next, operation) }
            }
            return result
        }
    }

    /// Combines one value of every rank on the root; nil on other ranks.
    public func reduce<Value: Transferable>(
        _ value: Value, _ operation: Reduction<Value>, to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value? {
        try reduce([value], operation, to: root, file: file, line: line)?[0]
    }

    // MARK: Scans

    /// Combines the arrays of ranks 0 … this one, element by element, in the order of ranks.
    public func scan<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element] {
        try call {
            if isAdopted, let native = transport.native { return foldInOrder(Array(try adoptedAllGather(values, native)[...rank]), operation) }
            let header = try begin(
                .scan, elementSize: MemoryLayout<Element>.stride, count: values.count, reduction: operation.code, CallSite(file, line))
            if isSmall(values) { return try foldAll(header, values, operation, upTo: rank + 1) }
            return try passAlong(header, values, operation).through
        }
    }

    /// Combines one value of ranks 0 … this one.
    public func scan<Value: Transferable>(
        _ value: Value, _ operation: Reduction<Value>, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        try scan([value], operation, file: file, line: line)[0]
    }

    /// Combines `initial` with the arrays of the ranks before this one, element by element, in the order of ranks; rank 0 gets `initial`.
    public func exclusiveScan<Element: Transferable>(
        _ values: [Element], _ operation: Reduction<Element>, initial: Element, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Element] {
        try call {
            let before: [Element]
            if isAdopted, let native = transport.native {
                before = foldInOrder(Array(try adoptedAllGather(values, native)[..<rank]), operation)
            } else {
                let header = try begin(
                    .exclusiveScan, elementSize: MemoryLayout<Element>.stride, count: values.count, reduction: operation.code,
                    CallSite(file, line))
                before =
                    isSmall(values)
                    ? try foldAll(header, values, operation, upTo: rank) : try passAlong(header, values, operation).before
            }
            var result = [Element](repeating: initial, count: values.count)
            if rank > 0 { fold(&result, before, operation) }
            return result
        }
    }

    /// Combines `initial` with one value of the ranks before this one; rank 0 gets `initial`.
    public func exclusiveScan<Value: Transferable>(
        _ value: Value, _ operation: Reduction<Value>, initial: Value, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        try exclusiveScan([value], operation, initial: initial, file: file, line: line)[0]
    }

    // MARK: How

    private func isSmall<Element>(_ values: [Element]) -> Bool {
        values.count * MemoryLayout<Element>.stride * size <= 64 << 10
    }

    /// All arrays of one length into one, in their order; nothing of none.
    func foldInOrder<Element>(_ all: [[Element]], _ operation: Reduction<Element>) -> [Element] {
        guard var result = all.first else { return [] }
        for next in all.dropFirst() { fold(&result, next, operation) }
        return result
    }

    private func fold<Element>(_ result: inout [Element], _ next: [Element], _ operation: Reduction<Element>) {
        result.withUnsafeMutableBufferPointer { result in
            next.withUnsafeBufferPointer { next in
                if let address = result.baseAddress, let other = next.baseAddress { operation.fold(address, other, result.count) }
            }
        }
    }

    /// Everybody gets everything and folds the first `end` arrays; empty result for none.
    private func foldAll<Element: Transferable>(
        _ header: CollectiveHeader, _ values: [Element], _ operation: Reduction<Element>, upTo end: Int
    ) throws -> [Element] {
        let count = values.count
        return try withUnsafeTemporaryAllocation(of: Element.self, capacity: max(1, count * size)) { all in
            let bytes = UnsafeMutableRawBufferPointer(start: all.baseAddress, count: count * size * MemoryLayout<Element>.stride)
            try values.withUnsafeBytes { try allGatherBlocks(header, $0, into: bytes) }
            guard end > 0, count > 0 else { return [] }
            let result = all.baseAddress!
            for other in 1..<max(1, end) { operation.fold(result, result + other * count, count) }
            return Array(UnsafeBufferPointer(start: result, count: count))
        }
    }

    /// Each rank folds one segment of all arrays and gives it to all.
    private func reduceBySegments<Element: Transferable>(
        _ header: CollectiveHeader, _ values: inout [Element], _ operation: Reduction<Element>
    ) throws {
        let count = values.count
        let stride = MemoryLayout<Element>.stride
        func segment(_ rank: Int) -> Range<Int> {
            let (whole, more) = count.quotientAndRemainder(dividingBy: size)
            let start = rank * whole + min(rank, more)
            return start..<start + whole + (rank < more ? 1 : 0)
        }
        let own = segment(rank)
        try withUnsafeTemporaryAllocation(of: Element.self, capacity: max(1, own.count * size)) { columns in
            try values.withUnsafeMutableBufferPointer { values in
                let base = values.baseAddress!
                func bytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
                    UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count * stride)
                }
                let first = columns.baseAddress!
                try spread(header, isCommon: false, part: { UnsafeRawBufferPointer(bytes(segment($0))) }) {
                    for peer in peersInTurn {
                        try receivePacket(
                            header, from: peer,
                            into: UnsafeMutableRawBufferPointer(start: first + peer * own.count, count: own.count * stride))
                    }
                }
                memcpy(first + rank * own.count, base + own.lowerBound, own.count * stride)
                for other in 1..<size { operation.fold(first, first + other * own.count, own.count) }
                memcpy(base + own.lowerBound, first, own.count * stride)
                try spread(header, isCommon: true, part: { _ in UnsafeRawBufferPointer(bytes(own)) }) {
                    for peer in peersInTurn { try receivePacket(header, from: peer, into: bytes(segment(peer))) }
                }
            }
        }
    }

    /// Each rank receives what the ranks before it make, adds its own, and sends that to the next.
    private func passAlong<Element: Transferable>(
        _ header: CollectiveHeader, _ values: [Element], _ operation: Reduction<Element>
    ) throws -> (before: [Element], through: [Element]) {
        var before = values
        var through = values
        if rank > 0 {
            try before.withUnsafeMutableBytes { try receivePacket(header, from: rank - 1, into: $0) }
            through = before
            fold(&through, values, operation)
        }
        if rank < size - 1 { try through.withUnsafeBytes { try sendPacket(header, $0, to: rank + 1) } }
        return (before, through)
    }
}
