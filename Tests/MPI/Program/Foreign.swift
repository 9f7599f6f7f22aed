import Messaging
import MessagingMPI

/// The Swift side of `Tests/MPI/foreign.py`: the same calls in the same order, with mpi4py's ranks among the others.
func talkToForeigners(_ world: Communicator) throws {
    let size = world.size
    let everyone = Array(0..<size)
    for root in everyone {
        var values = world.rank == root ? (0..<1000).map { Double($0 + root) } : [Double](repeating: 0, count: 1000)
        try values.withUnsafeMutableBufferPointer { try world.broadcast($0, from: root) }
        try expect(values == (0..<1000).map { Double($0 + root) }, "broadcast from \(root)")
    }
    let sums = try world.allReduce([Int64(world.rank), 1, 10], .sum)
    try expect(sums == [Int64(size * (size - 1) / 2), Int64(size), Int64(10 * size)], "all-reduce: \(sums)")
    let greatest = try world.allReduce([Float(world.rank) * 0.5], .maximum)
    try expect(greatest == [Float(size - 1) * 0.5], "all-reduce: \(greatest)")
    for root in everyone {
        let gathered = try world.gather([Int32(world.rank), Int32(world.rank * world.rank)], to: root)
        let right = everyone.map { [Int32($0), Int32($0 * $0)] }
        try expect(gathered == (world.rank == root ? right : nil), "gather to \(root): \(String(describing: gathered))")
    }
    guard let part = try world.split(colour: world.rank % 2, key: -world.rank) else { throw CheckFailed("split gave nothing") }
    let members = everyone.filter { $0 % 2 == world.rank % 2 }
    let sum = try part.allReduce([Int64(world.rank)], .sum)
    try expect(part.size == members.count && sum == [Int64(members.reduce(0, +))], "split: \(part.size) ranks, \(sum)")
    try expect(members.reversed()[part.rank] == world.rank, "split: rank \(part.rank)")
    let next = (world.rank + 1) % size
    let previous = (world.rank + size - 1) % size
    let pending = try world.startSend([Int64(world.rank * 7)], to: next, tag: 3)
    let received = try world.receive(Int64.self, from: previous, tag: 3)
    _ = try pending.wait()
    try expect(received == [Int64(previous * 7)], "ring: \(received)")
    try world.barrier()
    say("ok rank \(world.rank) of \(size), Swift")
}
