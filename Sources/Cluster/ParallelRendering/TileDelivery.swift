import Execution
import Images
import Messaging
import Scenes

/// Brings finished tiles to one rank: runs of pixels that are not background, in messages of at most a mebibyte.
final class TileDelivery {
    private let communicator: Communicator
    private(set) var bytesSent = 0
    private(set) var messagesSent = 0
    private static let tag = 21
    private static let room = 1 << 18

    /// - Parameter communicator: nobody else's messages meet on it.
    init(_ communicator: Communicator) { self.communicator = communicator }

    func close() { communicator.release() }

    /// Forgets what was counted.
    func start() { (bytesSent, messagesSent) = (0, 0) }

    /// Sends a tile of a picture whose rows are `stride` pixels apart.
    func send(_ tile: PixelRegion, of pixels: UnsafePointer<UInt32>, stride: Int, background: UInt32, to root: Int) throws {
        var words: [UInt32] = []
        words.reserveCapacity(min(Self.room, tile.width * tile.height + 2 * tile.height))
        func flush() throws {
            try communicator.send(words, to: root, tag: Self.tag)
            bytesSent += words.count * 4
            messagesSent += 1
            words.removeAll(keepingCapacity: true)
        }
        for row in 0..<tile.height {
            // A row of runs takes at most three words for two pixels.
            if words.count + 2 * tile.width + 2 > Self.room && !words.isEmpty { try flush() }
            let line = pixels + ((tile.y + row) * stride + tile.x)
            let mark = words.count
            words.append(0)
            var x = 0
            while x < tile.width {
                if line[x] == background {
                    x += 1
                    continue
                }
                let first = x
                while x < tile.width && line[x] != background { x += 1 }
                words.append(UInt32(first) << 16 | UInt32(x - first))
                words.append(contentsOf: UnsafeBufferPointer(start: line + first, count: x - first))
                words[mark] += 1
            }
        }
        try flush()
    }

    /// Receives a tile into a picture that is background there.
    func receive(_ tile: PixelRegion, from sender: Int, into pixels: UnsafeMutablePointer<UInt32>, stride: Int) throws {
        var row = 0
        while row < tile.height {
            let words = try communicator.receive(UInt32.self, from: sender, tag: Self.tag)
            var place = 0
            while place < words.count {
                guard row < tile.height else { throw AssignmentError("rank \(sender) sends more rows than its tile has") }
                let runs = Int(words[place])
                place += 1
                let line = pixels + ((tile.y + row) * stride + tile.x)
                for _ in 0..<runs {
                    guard place < words.count else { throw AssignmentError("rank \(sender) sends a row that ends too soon") }
                    let (first, count) = (Int(words[place] >> 16), Int(words[place] & 0xFFFF))
                    guard first + count <= tile.width, place + 1 + count <= words.count else {
                        throw AssignmentError("rank \(sender) sends pixels outside of its tile")
                    }
                    for x in 0..<count { line[first + x] = words[place + 1 + x] }
                    place += 1 + count
                }
                row += 1
            }
            if words.isEmpty { throw AssignmentError("rank \(sender) sends nothing of its tile") }
        }
    }
}
