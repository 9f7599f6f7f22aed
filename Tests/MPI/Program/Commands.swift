import CMPI
import Execution
import Foundation
import FrameFaults
import Messaging
import MessagingConformance
import MessagingMPI

/// One line in one write, so that lines of ranks do not mix.
func report(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func run(_ arguments: [String]) throws {
    var options = WorldOptions()
    let argument = arguments.dropFirst().first ?? ""
    for known in MPIWorld.ThreadLevel.allCases where arguments.contains("\(known)") { options.threadLevel = known }
    switch arguments.first {
    case "info":
        guard let launcher = Launcher.current else { return say("ok no launcher") }
        try withWorld { world in
            say(
                "ok rank \(world.rank) of \(world.size), \(launcher), \(world.library), \(world.library.family), \(world.threadLevel), "
                    + "rank \(world.rankOnNode) of \(world.ranksOnNode) on the node, threads \(world.defaultThreadCount)")
        }
    case "transport":
        try withWorld(options) { world in
            try checkTransport(world.transport)
            try checkGroups(world.transport)
            // Counts that an int cannot say, made small.
            cmpi_set_count_bound(1000)
            try checkTransport(world.transport)
            cmpi_set_count_bound(0)
            say("ok rank \(world.rank) of \(world.size), \(world.library.name)")
        }
    case "large":
        try withWorld { world in try checkLargeMessage(world.transport) }
    case "conformance":
        options.communicator.deadline = 20
        try withWorld(options) { world in
            for check in conformanceChecks { if getenv("VERBOSE") != nil { report("\(world.rank): \(check.name)") }; try check.run(world.communicator) }
            say("ok rank \(world.rank) of \(world.size), \(world.library.name), \(conformanceChecks.count) checks")
        }
    case "faults": faultChecks.forEach { say($0.name) }
    case "fault": try runFault(argument)
    case "exit", "kill": try runLoss(arguments[0])
    case "frame-faults": frameFaults.forEach { say($0.name) }
    case "frame-fault": try runFrameFault(argument)
    case "frame-loss": try runFrameLoss(argument)
    case "recover": try runRecovery()
    case "foreign": try withForeignWorld { try talkToForeigners($0) }
    case "speed", "transport-speed":
        let bytes = arguments.compactMap { Int($0) }.first
        try withWorld(options) { world in
            if arguments[0] == "speed" { try speed(world.communicator, of: bytes) } else { try transportSpeed(world.transport, of: bytes) }
        }
    default:
        throw CheckFailed(
            "usage: MPIProgram info|transport|large|conformance [LEVEL]|faults|fault NAME|exit|kill|frame-faults|frame-fault NAME|frame-loss exit|frame-loss kill|recover|foreign|speed [LEVEL] [BYTES]|transport-speed [LEVEL] [BYTES]")
    }
}
