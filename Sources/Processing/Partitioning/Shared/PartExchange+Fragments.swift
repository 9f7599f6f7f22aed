import Datasets
import Execution
import Serialization

extension PartExchange {
    /// Sends cells from parts to parts; by rising sender. Collective.
    ///
    /// Within this process nothing is copied; to other ranks goes a dataset of exactly those cells and points.
    func exchangeFragments(_ outgoing: [[(part: Int, fragment: Fragment)]], context: ExecutionContext) throws -> [[Fragment]] {
        try exchangeValues(outgoing.map { $0.map { ($0.part, $0.fragment) } }) {
            try $0.bytes(context: context)
        } read: {
            try Fragment(bytes: $0, from: $1)
        }
    }

    /// Sends datasets from parts to parts; by rising sender. Collective.
    func exchangeDatasets(_ outgoing: [[(part: Int, dataset: Dataset)]], context: ExecutionContext) throws -> [[Dataset]] {
        try exchangeValues(outgoing.map { $0.map { ($0.part, $0.dataset) } }) {
            $0.serialized().array
        } read: { bytes, _ in
            try Dataset(serialized: ByteReader.storage(bytes))
        }
    }

    /// Values stay as they are within this process, and become bytes on their way to other ranks.
    private func exchangeValues<Value>(
        _ outgoing: [[(part: Int, value: Value)]], write: (Value) throws -> [UInt8], read: ([UInt8], _ sender: Int) throws -> Value
    ) throws -> [[Value]] {
        var incoming = [[(part: Int, value: Value)]](repeating: [], count: held.count)
        var remote: [[Message<UInt8>]] = []
        for (sender, messages) in outgoing.enumerated() {
            var away: [Message<UInt8>] = []
            for message in messages {
                if held.contains(message.part) {
                    incoming[message.part - held.lowerBound].append((held.lowerBound + sender, message.value))
                } else {
                    away.append(Message(part: message.part, values: try write(message.value)))
                }
            }
            remote.append(away)
        }
        if !isLocal {
            for (receiver, messages) in try exchange(remote).enumerated() {
                for message in messages { incoming[receiver].append((message.part, try read(message.values, message.part))) }
            }
        }
        return incoming.map { messages in messages.sorted { $0.part < $1.part }.map(\.value) }
    }
}

extension SerializedBytes {
    var array: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { out, count in
            if let base = out.baseAddress { copy(to: UnsafeMutableRawPointer(base)) }
            count = byteCount
        }
    }
}

extension ByteReader {
    static func storage(_ bytes: [UInt8]) -> Storage {
        let storage = Storage(byteCount: bytes.count)
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: storage.address, count: bytes.count).copyMemory(from: $0) }
        return storage
    }
}

extension Fragment {
    /// The cells and points by themselves, with all that is known of them.
    func bytes(context: ExecutionContext) throws -> [UInt8] {
        var alone = self
        alone.known = nil
        // Points stay in the order in which they are listed.
        alone.orders = (0..<points.count).map { PointOrder(group: 0, key: UInt64($0), corner: 0) }
        let result = try PieceAssembly(base: nil, fragments: [alone], sharedPoints: [], baseOrders: nil, context: context).joined()
        var info = PieceInfo(piece: 0, pieceCount: 1)
        (info.cellKeys, info.cellRanks, info.pointIdentities) = (result.keys, result.ranks, result.identities)
        info.cellGhostLevels = levels.map { Buffer($0) }
        info.cellOwners = owners.map { Buffer($0) }
        var dataset = result.dataset
        dataset.attributes.piece = info
        var writer = ByteWriter()
        dataset.serialize(into: &writer)
        writer.write(known != nil)
        writer.writeBlock(known ?? [])
        writer.write(orders != nil)
        writer.writeBlock((orders ?? []).flatMap { [$0.group, $0.key, $0.corner] })
        return writer.finish().array
    }

    /// What `bytes` wrote on another rank.
    init(bytes: [UInt8], from part: Int) throws {
        var reader = ByteReader(ByteReader.storage(bytes))
        let dataset = try Dataset(from: &reader, version: Dataset.formVersion)
        source = try Part(dataset, number: part)
        cells = .all(dataset.cellCount)
        points = .all(dataset.pointCount)
        levels = dataset.piece?.cellGhostLevels?.array
        owners = dataset.piece?.cellOwners?.array
        let hasKnown = try reader.readBool()
        let listed = try reader.readArray(of: Int32.self)
        known = hasKnown ? listed : nil
        let hasOrders = try reader.readBool()
        let numbers = try reader.readArray(of: UInt64.self)
        orders = hasOrders ? stride(from: 0, to: numbers.count - 2, by: 3).map {
            PointOrder(group: numbers[$0], key: numbers[$0 + 1], corner: numbers[$0 + 2])
        } : nil
        try reader.finish()
        guard known == nil || known!.count == dataset.pointCount, orders == nil || orders!.count == dataset.pointCount else {
            throw DatasetError("cells from piece \(part) came with other numbers of points than they have")
        }
    }
}
