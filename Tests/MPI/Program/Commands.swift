import CMPI
import Messaging
import MessagingMPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One line in one write, so that lines of ranks do not mix.
func report(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func run(_ arguments: [String]) throws {
    switch arguments.first {
    case "info":
        guard let launcher = Launcher.current else { return say("ok no launcher") }
        let world = try MPIWorld()
        say(
            "ok rank \(world.transport.rank) of \(world.transport.size), \(launcher), \(world.library), \(world.library.family), "
                + "\(world.threadLevel), rank \(world.rankOnNode) of \(world.ranksOnNode) on the node, threads \(world.defaultThreadCount)")
        try world.close()
    case "transport":
        let world = try MPIWorld()
        try checkTransport(world.transport)
        try checkGroups(world.transport)
        // Counts that an int cannot say, made small.
        cmpi_set_count_bound(1000)
        try checkTransport(world.transport)
        cmpi_set_count_bound(0)
        say("ok rank \(world.transport.rank) of \(world.transport.size), \(world.library.name)")
        try world.close()
    case "transport-speed":
        var level = MPIWorld.ThreadLevel.serialized
        for known in MPIWorld.ThreadLevel.allCases where arguments.last == "\(known)" { level = known }
        let world = try MPIWorld(threadLevel: level)
        try transportSpeed(world.transport)
        try world.close()
    default:
        throw CheckFailed("usage: MPIProgram info|transport")
    }
}
