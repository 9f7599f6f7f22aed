import CMPI
import Execution
import Messaging

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How a program joins the other ranks of its job.
public struct WorldOptions: Sendable {
    public var communicator: CommunicatorOptions
    /// What threads may do; the rooms above call MPI from one thread at a time.
    public var threadLevel: MPIWorld.ThreadLevel
    /// Who launched us.
    public var launcher = Launcher.current
    /// Whether ranks of one machine send each other short messages through memory that they share, rather than by MPI: unless one of
    /// them says no. The environment's `TESSERA_SHARED_MEMORY=0` says no.
    public var sharesMemory = getenv("TESSERA_SHARED_MEMORY").map { String(cString: $0) != "0" } ?? true
    /// Seconds that a rank that has failed gives the others to say what they saw of it, before it ends the job.
    public var farewellSeconds = 1.0
    /// Says what failed on this rank and returns the process's exit code; by default one line on standard error, and 1.
    public var report: @Sendable (_ error: any Error, _ rank: Int) -> Int32 = { error, rank in
        let line = Array("tessera: rank \(rank): \(error)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        return 1
    }
    /// Whether an error is one that every rank throws, with no message on its way: then MPI is closed as after a success, and the error thrown.
    public var isCommon: @Sendable (any Error) -> Bool = { _ in false }

    public init(communicator: CommunicatorOptions = CommunicatorOptions(), threadLevel: MPIWorld.ThreadLevel = .serialized) {
        self.communicator = communicator
        self.threadLevel = threadLevel
    }
}

/// Runs `body` on the rank that this process is, in the world that the launcher started: MPI is loaded and opened, once in a process, and closed
/// after all ranks have returned.
///
/// If the body throws, here or on another rank, this rank says so (`options.report`), lets the others say so, and ends the job: the call does
/// not return, since MPI cannot be closed after a failure. Ranks that recovered from one (`Communicator.recover`) end well.
///
/// - Throws: `MPIError` if MPI cannot be found, loaded or opened, or is not the launcher's; errors that `options.isCommon`. Then the process
///   should end with an error.
public func withWorld<Result>(_ options: WorldOptions = WorldOptions(), _ body: (MPIWorld) throws -> Result) throws -> Result {
    let world = try MPIWorld(options)
    switch world.communicator.run({ _ in try body(world) }) {
    case .success(let result):
        try world.close(deadline: max(options.communicator.deadline, 5))
        return result
    case .failure(let error) where options.isCommon(error):
        try? world.close(deadline: 5)
        throw error
    case .failure(let error):
        let code = options.report(error, world.rank)
        world.sayGoodbye(seconds: options.farewellSeconds)
        MPIWorld.abort(rank: world.rank, code: code)
    }
}

/// Runs `body` on this rank of a world that it shares with other programs (plain MPI in C, Fortran or Python): MPI is opened, no call is made
/// that those would have to join, and the communicator adopts the world as it is, without checks. Closed with all of them at the end.
///
/// The ranks of one world must open it with the same thread level: MPICH chooses how a collective goes by it, each rank for itself. The default
/// is that of mpi4py; a C program that calls `MPI_Init` has `.single`.
///
/// After a failure as `withWorld`, but that nobody is told.
public func withForeignWorld<Result>(
    _ options: WorldOptions = WorldOptions(threadLevel: .multiple), _ body: (Communicator) throws -> Result
) throws -> Result {
    let library = try MPILibrary.load(launcher: options.launcher)
    let isGuest = try MPIWorld.open(library, options)
    let transport = try MPITransport(adopting: cmpi_constants().pointee.world, deadline: options.communicator.deadline)
    do {
        let result = try body(Communicator(adopting: transport, options: options.communicator))
        transport.close()
        try MPIWorld.finalize(rank: transport.rank, deadline: max(options.communicator.deadline, 5), isGuest: isGuest)
        return result
    } catch {
        MPIWorld.abort(rank: transport.rank, code: options.report(error, transport.rank))
    }
}

extension Communicator {
    /// Takes over a communicator that another part of this process made and keeps, such as mpi4py: `MPI._handleof(comm)`. Its ranks may be
    /// programs that know nothing of Tessera: collectives are plain calls of MPI, and nothing is checked.
    ///
    /// - Throws: `MPIError` if no MPI is loaded.
    public convenience init(adoptingMPI handle: UInt, options: CommunicatorOptions = CommunicatorOptions()) throws {
        self.init(adopting: try MPITransport(adopting: handle, deadline: options.deadline), options: options)
    }

    /// The same with a handle of Fortran's kind: `comm.py2f()`.
    public convenience init(adoptingFortran handle: Int32, options: CommunicatorOptions = CommunicatorOptions()) throws {
        self.init(adopting: try MPITransport(adoptingFortran: handle, deadline: options.deadline), options: options)
    }
}
