import Execution
import Foundation
import Messaging
import Serialization

/// A value with a byte form, of any size.
struct Parcel: Serializable, Equatable {
    static let formName = "parcel"
    static let formVersion: UInt16 = 1
    var name: String
    var values: [Int64]

    init(_ name: String, _ values: [Int64]) { (self.name, self.values) = (name, values) }

    func serialize(into writer: inout ByteWriter) {
        writer.write(name)
        writer.writeBlock(values)
    }

    init(from reader: inout ByteReader, version: UInt16) throws {
        name = try reader.readString()
        values = try reader.readArray(of: Int64.self)
    }
}

let taskChecks: [ConformanceCheck] = [
    ConformanceCheck("whole values") { world, seed in
        let next = (world.rank + 1) % world.size
        let previous = (world.rank + world.size - 1) % world.size
        for count in [0, 5, 40_000] {
            func parcel(_ rank: Int) -> Parcel { Parcel("of \(rank)", numbers(count, rank, seed)) }
            if world.rank % 2 == 0 || world.size == 1 { try world.sendSerialized(parcel(world.rank), to: next) }
            let received = try world.receiveSerialized(Parcel.self, from: previous)
            if world.rank % 2 == 1 { try world.sendSerialized(parcel(world.rank), to: next) }
            try expectEqual(received == parcel(previous), true)
            let root = Int(seed) % world.size
            let shared = try world.broadcastSerialized(world.rank == root ? parcel(root) : nil, from: root)
            try expectEqual(shared == parcel(root), true)
            let all = try world.gatherSerialized(parcel(world.rank), to: root)
            try expectEqual(all == (world.rank == root ? (0..<world.size).map(parcel) : nil), true)
        }
    },
    ConformanceCheck("map: every task once, results in order") { world, seed in
        for count in [0, 1, world.size - 1, world.size, 3 * world.size + 2, 200] {
            let tasks = (0..<count).map { $0 * 3 + Int(seed) }
            var done = 0
            let results = try world.map(tasks) { task in
                done += 1
                if task % 50 == 0 { Thread.sleep(forTimeInterval: 0.002) }
                return task * task
            }
            try expectEqual(results, tasks.map { $0 * $0 })
            try expectEqual(try world.allReduce(done, .sum), count)
        }
    },
    ConformanceCheck("map: results as they come") { world, seed in
        let tasks = (0..<40).map { $0 }
        var seen = Set<Int>()
        try world.map(tasks) { Parcel("task \($0)", numbers($0 * 100, $0, seed)) } deliver: { index, parcel in
            try expectEqual(world.rank, 0)
            try expect(seen.insert(index).inserted, "task \(index) twice")
            try expectEqual(parcel == Parcel("task \(index)", numbers(index * 100, index, seed)), true)
        }
        try expectEqual(seen.count, world.rank == 0 ? tasks.count : 0)
        let inOrder = try world.mapSerialized(["a", "bc"]) { Parcel($0, [1]) }
        try expectEqual(inOrder, world.rank == 0 ? [Parcel("a", [1]), Parcel("bc", [1])] : nil)
    },
    ConformanceCheck("calls by name") { world, seed in
        let controller = try Controller(world)
        var noticed: [String] = []
        controller.register("double") { (parcel: Parcel, caller: Int) in
            Parcel("\(parcel.name) from \(caller) on \(world.rank)", parcel.values.map { $0 &* 2 })
        }
        controller.register("note") { (parcel: Parcel, caller: Int) in
            noticed.append(parcel.name)
            return parcel
        }
        controller.register("fail") { (_: Parcel, _: Int) -> Parcel in throw WrongResult("as it should") }
        if world.rank == 0 {
            for rank in 0..<world.size {
                let result = try controller.call("double", on: rank, Parcel("x", numbers(2000, rank, seed)), returning: Parcel.self)
                try expectEqual(result.name, "x from 0 on \(rank)")
                try expectEqual(result.values == numbers(2000, rank, seed).map { $0 &* 2 }, true)
                for name in ["fail", "nothing of this name"] {
                    do {
                        _ = try controller.call(name, on: rank, Parcel("", []), returning: Parcel.self)
                        throw WrongResult("no error from \(name)")
                    } catch let error as RemoteCallError where rank != 0 {
                        try expectEqual(error.rank, rank)
                    } catch {
                        try expect(rank == 0, "\(error)")
                    }
                }
            }
            try controller.notifyAll("note", Parcel("one", []))
            try controller.notifyAll("note", Parcel("two", []))
            try controller.endService()
        } else {
            try controller.serve()
        }
        try expectEqual(noticed, ["one", "two"])
        controller.close()
        try world.barrier()
    },
    ConformanceCheck("ranks that call each other at the same time") { world, seed in
        let controller = try Controller(world)
        var done = 0
        controller.register("echo") { (parcel: Parcel, caller: Int) in parcel }
        controller.register("done") { (parcel: Parcel, caller: Int) in
            done += 1
            return parcel
        }
        let next = (world.rank + 1) % world.size
        for round in 0..<5 {
            let result = try controller.call("echo", on: next, Parcel("\(world.rank).\(round)", []), returning: Parcel.self)
            try expectEqual(result.name, "\(world.rank).\(round)")
        }
        // Those who are done go on answering until all are.
        if world.rank == 0 {
            try controller.serve(until: { done == world.size - 1 })
            try controller.endService()
        } else {
            try controller.notify("done", on: 0, Parcel("", []))
            try controller.serve()
        }
        controller.close()
    },
]
