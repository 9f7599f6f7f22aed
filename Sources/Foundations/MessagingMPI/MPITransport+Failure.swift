import CMPI
import Messaging

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Going on after a rank is lost: the user-level failure mitigation of MPI (ULFM), where the library has it and the launcher switched it on.
extension MPITransport {
    public var survivesFailures: Bool { !isForeign && Self.canSurviveFailures }

    /// Asked of the library and of the environment once; Open MPI's `mpirun --with-ft ulfm` sets the variable.
    static let canSurviveFailures: Bool = {
        guard cmpi_has_fault_tolerance(), let flag = getenv("OMPI_MCA_mpi_ft_enable") else { return false }
        return ["1", "true", "t", "yes", "y"].contains(String(cString: flag).lowercased())
    }()

    public func revoke() {
        guard survivesFailures else { return }
        for channel in Channel.allCases { _ = cmpi_revoke(communicator(of: channel)) }
    }

    public func shrink() throws -> (transport: any Transport, survivors: [Int]) {
        guard survivesFailures else {
            throw TransportError.failed("\(name) cannot go on without a lost rank; Open MPI 5 can, under mpirun --with-ft ulfm")
        }
        var made: UInt = 0
        let code = guarded("MPIX_Comm_shrink") { cmpi_shrink(communicator(of: .user), &made) }
        guard code == 0 else { throw failure(code, in: .user) }
        let other = try (Self.duplicate(made, deadline: deadline), Self.duplicate(made, deadline: deadline))
        let smaller = try MPITransport(
            port: cmpi_port_make(made, other.0, other.1, isCrowded), name: name, isCrowded: isCrowded, deadline: deadline)
        var survivors = [Int32](repeating: 0, count: smaller.size)
        try MPIError.check(
            cmpi_old_ranks(made, communicator(of: .user), &survivors, Int32(smaller.size)), "MPI_Group_translate_ranks")
        if smaller.size < size { MPIWorld.hasLostRanks.withLock { $0 = true } }
        return (smaller, survivors.map(Int.init))
    }

    func failedRanks(_ communicator: UInt) -> [Int] {
        var ranks = [Int32](repeating: 0, count: size)
        let count = cmpi_failed_ranks(communicator, &ranks, Int32(size))
        return ranks.prefix(Int(max(0, count))).map(Int.init).sorted()
    }
}
