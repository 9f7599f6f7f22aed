/// A message that came before anybody asked for it: a copy of its bytes, or a note of where the sender keeps them.
struct ArrivedMessage {
    /// Counts the messages of a mailbox, so that a wildcard takes the one that came first.
    var order: UInt64
    var source: Int32
    var tag: Int32
    var byteCount: Int
    var address: UnsafeMutableRawPointer
    /// Of the block that was taken for the copy; 0 where `address` is the sender's.
    var blockCapacity: Int
    /// The sender's operation, which ends when its bytes were fetched.
    var sending: Operation
}

/// The messages of one sender in one channel, first come first.
struct MessageQueue {
    private var items: [ArrivedMessage] = []
    private var head = 0

    mutating func append(_ message: ArrivedMessage) { items.append(message) }

    /// Where the first message with this tag (any, if nil) is.
    func firstIndex(tag: Int32?) -> Int? {
        var index = head
        while index < items.count {
            if tag == nil || items[index].tag == tag { return index }
            index += 1
        }
        return nil
    }

    subscript(index: Int) -> ArrivedMessage { items[index] }

    mutating func remove(at index: Int) -> ArrivedMessage {
        let message = items[index]
        if index == head {
            head += 1
            if head == items.count {
                items.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 64, head * 2 >= items.count {
                items.removeFirst(head)
                head = 0
            }
        } else {
            items.remove(at: index)
        }
        return message
    }

    mutating func removeAll() -> [ArrivedMessage] {
        defer { (items, head) = ([], 0) }
        return Array(items[head...])
    }
}
