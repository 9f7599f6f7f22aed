import Execution
import Serialization

/// Tasks over ranks: each rank takes new ones when it has done its own. Rank 0 hands them out between tasks of its own.
extension Communicator {
    /// Runs `work` once for each task, on whichever rank is free; results in the order of tasks, on every rank.
    ///
    /// All ranks call this with the same tasks. There may be fewer tasks than ranks, or none. A task may take longer than the deadline. A task
    /// that throws ends the map: its rank throws that error, the others `RankFailedError`.
    public func map<Task, Value: Transferable>(
        _ tasks: [Task], file: StaticString = #fileID, line: UInt32 = #line, _ work: (Task) throws -> Value
    ) throws -> [Value] {
        let stride = MemoryLayout<Value>.stride
        var results = [Value?](repeating: nil, count: rank == 0 ? tasks.count : 0)
        try mapBytes(tasks.count, file: file, line: line) { index in
            let value = try work(tasks[index])
            let storage = Storage(byteCount: stride)
            withUnsafeBytes(of: value) { storage.address.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            return SerializedBytes([.init(storage: storage, byteOffset: 0, byteCount: stride)])
        } deliver: { index, storage in
            guard storage.byteCount == stride else {
                throw argumentError(.map, "a result of \(storage.byteCount) bytes instead of \(stride)", CallSite(file, line))
            }
            results[index] = storage.address.loadUnaligned(as: Value.self)
        }
        var values = results.compactMap { $0 }
        try broadcast(&values, from: 0, file: file, line: line)
        return values
    }

    /// Runs `work` once for each task, on whichever rank is free, and hands results to rank 0 as they come.
    ///
    /// - Parameter deliver: called on rank 0 only, once for each task, in the order in which they are done.
    public func map<Task, Value: Serializable>(
        _ tasks: [Task], file: StaticString = #fileID, line: UInt32 = #line, _ work: (Task) throws -> Value,
        deliver: (_ index: Int, Value) throws -> Void
    ) throws {
        try mapBytes(tasks.count, file: file, line: line) { try work(tasks[$0]).serialized() } deliver: {
            try deliver($0, try Value(serialized: $1))
        }
    }

    /// Runs `work` once for each task, on whichever rank is free; results in the order of tasks on rank 0, nil on others.
    public func mapSerialized<Task, Value: Serializable>(
        _ tasks: [Task], file: StaticString = #fileID, line: UInt32 = #line, _ work: (Task) throws -> Value
    ) throws -> [Value]? {
        var results = [Value?](repeating: nil, count: tasks.count)
        try map(tasks, file: file, line: line, work) { results[$0] = $1 }
        return rank == 0 ? results.compactMap { $0 } : nil
    }

    /// The same over indices and bytes.
    ///
    /// - Parameters:
    ///   - checkpoint: results that it holds already are delivered from it and not made again; new ones are kept in it by the rank that makes
    ///     them.
    ///   - deliver: called on rank 0 only, once for each index, as results come.
    public func mapBytes(
        _ count: Int, checkpoint: Checkpoint? = nil, file: StaticString = #fileID, line: UInt32 = #line,
        work: (Int) throws -> SerializedBytes, deliver: (Int, Storage) throws -> Void
    ) throws {
        try call {
            let site = CallSite(file, line)
            let header = try begin(.map, elementSize: 0, count: count, site)
            try synchronize(header)
            // How long a task takes is nobody's mistake: from here on only losses and errors end a wait.
            let usual = deadline
            deadline = .infinity
            defer { deadline = usual }
            let farm = TaskFarm(communicator: self, header: header, count: count, checkpoint: checkpoint)
            do {
                if rank == 0 { try farm.coordinate(work, deliver) } else { try farm.work(work) }
            } catch {
                // The others, who wait without a deadline, learn of it at once; this rank throws its own error.
                farm.tellOthers("threw in a map: \(error)")
                throw error
            }
            deadline = usual
            try synchronize(header)
        }
    }
}
