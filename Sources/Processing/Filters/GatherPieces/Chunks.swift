import Datasets
import Execution

/// Values that come in chunks and become one buffer in the end.
struct ChunkList<Value: BitwiseCopyable & Sendable> {
    typealias Chunk = [Value]
    private var chunks: [Chunk] = []

    mutating func append(_ chunk: Chunk) {
        if !chunk.isEmpty { chunks.append(chunk) }
    }

    /// All values, chunk after chunk.
    func joined() -> Buffer<Value> {
        Buffer(count: chunks.reduce(0) { $0 + $1.count }) { out in
            var next = 0
            for chunk in chunks {
                chunk.withUnsafeBufferPointer { (out + next).initialize(from: $0.baseAddress!, count: $0.count) }
                next += chunk.count
            }
        }
    }
}

/// Sizes of cells that come one by one: written out from where they begin to differ.
struct CellSizes {
    private(set) var count = 0
    private var first = 0
    /// Ends of the cells so far, after a 0; empty while all have one size.
    private(set) var offsets: [Int32] = []

    /// The size of all; nil where they differ, or cells have no points.
    var uniform: Int? { offsets.isEmpty && first > 0 ? first : nil }

    mutating func append(_ size: Int) {
        if count == 0 {
            first = size
            if size == 0 { offsets = [0] }
        } else if offsets.isEmpty && size != first {
            offsets = (0...count).map { Int32(truncatingIfNeeded: $0 &* first) }
        }
        if !offsets.isEmpty { offsets.append(offsets[offsets.count - 1] &+ Int32(truncatingIfNeeded: size)) }
        count += 1
    }
}

/// Points with their arrays, piece after piece.
struct PointChunks {
    private(set) var count = 0
    private var positions: [FieldArray] = []
    private var arrays: [[FieldArray]] = []

    /// Adds the points `chosen` of a piece, whose arrays must be those of the model.
    mutating func append(_ chosen: Buffer<Int32>, of piece: Dataset, like model: Dataset, _ context: ExecutionContext) throws {
        if chosen.count == 0 { return }
        let matched = try PointChunks.matched(piece.pointData, like: model.pointData, "point")
        if let points = piece.explicitPoints { positions.append(try points.gathered(chosen, context: context).array) }
        if arrays.isEmpty { arrays = matched.map { _ in [] } }
        for (number, array) in matched.enumerated() { arrays[number].append(try array.gathered(chosen, context: context)) }
        count += chosen.count
    }

    mutating func takePositions() -> [FieldArray] {
        defer { positions = [] }
        return positions
    }

    /// The chunks of one array, which are forgotten here.
    mutating func take(_ number: Int) -> [FieldArray] {
        guard arrays.indices.contains(number) else { return [] }
        defer { arrays[number] = [] }
        return arrays[number]
    }

    /// A piece's arrays in the order of the model's.
    ///
    /// - Throws: `DatasetError` where one is missing or is of another type.
    static func matched(_ collection: FieldCollection, like model: FieldCollection, _ what: String) throws -> [FieldArray] {
        try model.arrays.enumerated().map { position, array in
            let atPosition = collection.arrays.indices.contains(position) ? collection.arrays[position] : nil
            guard let found = atPosition?.name == array.name ? atPosition : collection[array.name] else {
                throw DatasetError("pieces do not fit together: \(what) array \(array.name) is missing in one")
            }
            guard found.typeName == array.typeName, found.components == array.components else {
                throw DatasetError(
                    "pieces do not fit together: \(what) array \(array.name) is \(array.typeName)×\(array.components) in one and "
                        + "\(found.typeName)×\(found.components) in another")
            }
            return found
        }
    }
}

/// Numbers of points by their names: of the points of this piece and the one before, or of all.
struct RecentNames {
    private var recent = NameTable(capacity: 0)
    private var older = NameTable(capacity: 0)
    private let remembersAll: Bool

    init(remembersAll: Bool) { self.remembersAll = remembersAll }

    mutating func nextPiece(expecting count: Int) {
        if remembersAll { return recent.reserve(count) }
        older = recent
        recent = NameTable(capacity: count)
    }

    /// The number of `identity`; `number` where it is new. What was found in the piece before is remembered for the next.
    mutating func number(of identity: PointIdentity, ifNew number: Int32) -> Int32 {
        if !remembersAll, let known = older.find(identity) { return recent.number(of: identity, ifNew: known) }
        return recent.number(of: identity, ifNew: number)
    }
}

/// Numbers of identities: an open-addressing table with linear probing, at most half full.
struct NameTable {
    private var keys: [PointIdentity]
    private var values: [Int32]
    private var mask: Int
    private var count = 0

    private static let free = Int32.min

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        mask = size - 1
        keys = [PointIdentity](repeating: PointIdentity(high: 0, low: 0), count: size)
        values = [Int32](repeating: NameTable.free, count: size)
    }

    /// Makes room for as many more names.
    mutating func reserve(_ more: Int) {
        if (count + more) * 2 <= keys.count { return }
        var larger = NameTable(capacity: count + more)
        for slot in values.indices where values[slot] != NameTable.free { _ = larger.number(of: keys[slot], ifNew: values[slot]) }
        self = larger
    }

    /// Source indices are spread, names of made points are hashes already.
    private func slot(_ identity: PointIdentity) -> Int {
        Int(truncatingIfNeeded: (identity.low &* 0x9E37_79B9_7F4A_7C15) &>> 20) & mask
    }

    func find(_ identity: PointIdentity) -> Int32? {
        var place = slot(identity)
        while values[place] != NameTable.free {
            if keys[place] == identity { return values[place] }
            place = (place &+ 1) & mask
        }
        return nil
    }

    mutating func number(of identity: PointIdentity, ifNew number: Int32) -> Int32 {
        var place = slot(identity)
        while values[place] != NameTable.free {
            if keys[place] == identity { return values[place] }
            place = (place &+ 1) & mask
        }
        keys[place] = identity
        values[place] = number
        count += 1
        return number
    }
}

extension Dataset {
    /// A dataset of its kind with the names and types of its arrays and nothing in them.
    func withoutTuples(_ context: ExecutionContext) throws -> Dataset {
        func emptied(_ collection: FieldCollection) throws -> FieldCollection {
            try collection.map { try $0.gathered(Buffer<Int32>(), context: context) }
        }
        var attributes = DatasetAttributes(fieldData: fieldData)
        attributes.pointData = try emptied(pointData)
        attributes.cellData = try emptied(cellData)
        let points = try (explicitPoints ?? Points()).gathered(Buffer(), context: context)
        if case .unstructured = self {
            return .unstructured(UnstructuredGrid(points: points, types: Buffer(), cells: CellArray(), attributes: attributes))
        }
        return .poly(PolyData(points: points, attributes: attributes))
    }
}
