import Testing

@testable import Execution

@Suite struct SharedMemoryTests {
    @Test(.timeLimit(.minutes(1))) func memoryIsSeenByWhoKnowsItsName() throws {
        guard let made = SharedMemory(byteCount: 1 << 16) else { return }  // Nothing to share on this system.
        let seen = try #require(SharedMemory(made.handle, byteCount: 1 << 16))
        made.address.storeBytes(of: 77, as: Int.self)
        #expect(seen.address.load(as: Int.self) == 77)
        var stranger = made.handle
        stranger.token ^= 1
        #expect(SharedMemory(stranger, byteCount: 1 << 16) == nil)
        made.hide()
        #expect(SharedMemory(made.handle, byteCount: 1 << 16) == nil)
        seen.address.storeBytes(of: 78, as: Int.self)
        #expect(made.address.load(as: Int.self) == 78)
    }
}
