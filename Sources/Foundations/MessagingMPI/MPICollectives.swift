import CMPI
import Messaging

/// MPI's own collectives, which ranks of other programs can join. They block, and a deadline cannot end them.
struct MPICollectives: NativeCollectives {
    let transport: MPITransport

    private var communicator: UInt { transport.communicator(of: transport.isForeign ? .user : .collective) }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw transport.failure(code, in: transport.isForeign ? .user : .collective) }
    }

    private func checkRoot(_ root: Int) throws {
        guard (0..<transport.size).contains(root) else { throw TransportError.failed("there is no rank \(root) among \(transport.size)") }
    }

    private func checkSize(_ found: Int, _ expected: Int) throws {
        guard found >= expected else { throw TransportError.truncated(expected: expected, found: found) }
    }

    /// Elements in so many bytes.
    private func count(_ byteCount: Int, _ type: NativeScalar?) -> Int64 { Int64(byteCount / (type?.byteCount ?? 1)) }

    /// A type's place in the table; less than 0 for bytes.
    private func place(_ type: NativeScalar?) -> Int32 { type.flatMap { NativeScalar.allCases.firstIndex(of: $0) }.map(Int32.init) ?? -1 }

    func barrier() throws { try check(cmpi_barrier(communicator)) }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, of type: NativeScalar?, from root: Int) throws {
        try checkRoot(root)
        try check(cmpi_broadcast(communicator, bytes.baseAddress, count(bytes.count, type), place(type), Int32(root)))
    }

    func gather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer?, to root: Int) throws {
        try checkRoot(root)
        if transport.rank == root { try checkSize(all?.count ?? 0, bytes.count * transport.size) }
        try check(cmpi_gather(communicator, bytes.baseAddress, count(bytes.count, type), place(type), all?.baseAddress, Int32(root)))
    }

    func gather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer?, byteCounts: [Int], to root: Int) throws {
        try checkRoot(root)
        if transport.rank == root {
            guard byteCounts.count == transport.size, byteCounts.allSatisfy({ $0 >= 0 }), byteCounts[root] == bytes.count else {
                throw TransportError.failed("gather needs one count a rank, its own among them: found \(byteCounts)")
            }
            try checkSize(all?.count ?? 0, byteCounts.reduce(0, +))
        }
        let counts = byteCounts.map { count($0, type) }
        try check(
            cmpi_gather_counts(
                communicator, bytes.baseAddress, count(bytes.count, type), place(type), all?.baseAddress, counts, Int32(transport.size), Int32(root)))
    }

    func allGather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer) throws {
        try checkSize(all.count, bytes.count * transport.size)
        try check(cmpi_all_gather(communicator, bytes.baseAddress, count(bytes.count, type), place(type), all.baseAddress))
    }

    func scatter(_ all: UnsafeRawBufferPointer?, into bytes: UnsafeMutableRawBufferPointer, of type: NativeScalar?, from root: Int) throws {
        try checkRoot(root)
        if transport.rank == root { try checkSize(all?.count ?? 0, bytes.count * transport.size) }
        try check(cmpi_scatter(communicator, all?.baseAddress, bytes.baseAddress, count(bytes.count, type), place(type), Int32(root)))
    }

    func reduce(
        _ values: UnsafeMutableRawBufferPointer, of type: NativeScalar, _ operation: NativeReduction, to root: Int?
    ) throws {
        if let root { try checkRoot(root) }
        let count = values.count / type.byteCount
        try check(
            cmpi_reduce(
                communicator, values.baseAddress, Int64(count), place(type),
                Int32(NativeReduction.allCases.firstIndex(of: operation)!), Int32(root ?? -1)))
    }

    func allToAll(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer) throws {
        try checkSize(all.count, bytes.count)
        try check(cmpi_all_to_all(communicator, bytes.baseAddress, count(bytes.count / transport.size, type), place(type), all.baseAddress))
    }

    func split(colour: Int?, key: Int) throws -> (any Transport)? {
        if let colour { guard (0...Int(Int32.max)).contains(colour) else { throw TransportError.failed("a colour is 0 or greater") } }
        var made: UInt = 0
        try check(cmpi_split(communicator, Int32(colour ?? 0), colour != nil, Int32(clamping: key), &made))
        guard made != 0 else { return nil }
        return try MPITransport(
            port: cmpi_port_make(made, 0, 0, transport.isCrowded), name: transport.name, isForeign: true, isCrowded: transport.isCrowded,
            deadline: transport.deadline)
    }
}

extension NativeScalar {
    /// Of one value.
    var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        case .int64, .uint64, .double: 8
        }
    }
}
