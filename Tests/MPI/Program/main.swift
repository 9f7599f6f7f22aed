// What the tests of MPI launch: `mpirun -n 4 MPIProgram transport`. Each rank prints a line that begins with `ok`, or an error.
import CMPI
import Messaging
import MessagingMPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    try run(arguments)
} catch {
    report("error: \(error)")
    exit(1)
}
