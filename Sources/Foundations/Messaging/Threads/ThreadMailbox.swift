import Synchronization

/// What has come for a rank, what it waits for, and its operations. All but `events` and `controlCount` belong to who holds the lock.
final class ThreadMailbox: @unchecked Sendable {
    // Unchecked: everything that changes is touched with `monitor` held, or is atomic.
    enum SlotState { case free, pending, busy, complete, truncated }

    /// An operation that could not be completed at once.
    struct Slot {
        var generation: UInt = 0
        var state = SlotState.free
        var envelope = Envelope(rank: 0, tag: 0, byteCount: 0)
        var capacity = 0
    }

    /// A receive that waits for its message.
    struct Posted {
        var slot: Int
        var source: Int32?
        var tag: Int32?
        var address: UnsafeMutableRawPointer?
        var capacity: Int
    }

    let monitor = Monitor()
    /// Counts what happened here, so that a waiting thread can look without the lock.
    let events = Atomic<UInt>(0)
    /// Control messages that nobody has taken yet.
    let controlCount = Atomic<Int>(0)
    var posted: [[Posted]]
    private var arrived: [MessageQueue]
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var order: UInt64 = 0
    private var freeBlocks: [[UnsafeMutableRawPointer]] = [[], []]
    private let size: Int

    private static let blockCapacities = [256, 4160]

    init(size: Int) {
        self.size = size
        posted = Array(repeating: [], count: Channel.allCases.count)
        arrived = Array(repeating: MessageQueue(), count: size * Channel.allCases.count)
    }

    deinit {
        for index in arrived.indices {
            for message in arrived[index].removeAll() where message.blockCapacity > 0 { message.address.deallocate() }
        }
        for blocks in freeBlocks { for block in blocks { block.deallocate() } }
    }

    /// Says that something happened; with the lock held.
    func signal() {
        events.wrappingAdd(1, ordering: .releasing)
        monitor.broadcast()
    }

    // MARK: Operations

    func makeSlot(capacity: Int) -> Operation {
        let index: Int
        if let free = freeSlots.popLast() {
            index = free
        } else {
            index = slots.count
            slots.append(Slot())
        }
        slots[index].generation &+= 1
        slots[index].state = .pending
        slots[index].capacity = capacity
        return Operation(handle: UInt(index + 1), detail: slots[index].generation)
    }

    /// The slot of an operation that still goes on.
    func slotIndex(_ operation: Operation) -> Int? {
        let index = Int(bitPattern: operation.handle) - 1
        guard index >= 0, index < slots.count, slots[index].generation == operation.detail, slots[index].state != .free else { return nil }
        return index
    }

    func state(_ index: Int) -> SlotState { slots[index].state }
    func envelope(_ index: Int) -> Envelope { slots[index].envelope }
    func capacity(_ index: Int) -> Int { slots[index].capacity }
    func setState(_ index: Int, _ state: SlotState) { slots[index].state = state }

    func complete(_ index: Int, _ envelope: Envelope, as state: SlotState = .complete) {
        slots[index].state = state
        slots[index].envelope = envelope
    }

    func freeSlot(_ index: Int) {
        slots[index].state = .free
        freeSlots.append(index)
    }

    // MARK: Messages

    /// Takes the first receive out of the list that this message answers.
    func takePosted(source: Int32, tag: Int32, channel: Channel) -> Posted? {
        let index = posted[channel.rawValue].firstIndex { ($0.source == nil || $0.source == source) && ($0.tag == nil || $0.tag == tag) }
        return index.map { posted[channel.rawValue].remove(at: $0) }
    }

    /// Where the earliest message is that a receive would get.
    func find(source: Int?, tag: Int32?, channel: Channel) -> (queue: Int, index: Int)? {
        let base = channel.rawValue * size
        if let source { return arrived[base + source].firstIndex(tag: tag).map { (base + source, $0) } }
        var best: (queue: Int, index: Int)?
        var bestOrder = UInt64.max
        for queue in base..<base + size {
            guard let index = arrived[queue].firstIndex(tag: tag) else { continue }
            let order = arrived[queue][index].order
            if order < bestOrder { (best, bestOrder) = ((queue, index), order) }
        }
        return best
    }

    func message(at place: (queue: Int, index: Int)) -> ArrivedMessage { arrived[place.queue][place.index] }

    func remove(at place: (queue: Int, index: Int), channel: Channel) -> ArrivedMessage {
        if channel == .control { controlCount.wrappingSubtract(1, ordering: .relaxed) }
        return arrived[place.queue].remove(at: place.index)
    }

    func append(_ message: ArrivedMessage, channel: Channel) {
        var message = message
        message.order = order
        order += 1
        if channel == .control { controlCount.wrappingAdd(1, ordering: .relaxed) }
        arrived[channel.rawValue * size + Int(message.source)].append(message)
    }

    // MARK: Memory for copies

    func takeBlock(_ byteCount: Int) -> (UnsafeMutableRawPointer, capacity: Int) {
        for (kind, capacity) in Self.blockCapacities.enumerated() where byteCount <= capacity {
            let block = freeBlocks[kind].popLast() ?? .allocate(byteCount: capacity, alignment: 64)
            return (block, capacity)
        }
        return (.allocate(byteCount: byteCount, alignment: 64), byteCount)
    }

    func giveBlock(_ block: UnsafeMutableRawPointer, capacity: Int) {
        if let kind = Self.blockCapacities.firstIndex(of: capacity), freeBlocks[kind].count < 64 {
            freeBlocks[kind].append(block)
        } else {
            block.deallocate()
        }
    }
}
