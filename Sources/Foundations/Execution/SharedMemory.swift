#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Memory that several processes of one machine see: nameless, gone when the last of them has let it go, however they end.
///
/// Linux only (`memfd_create`); elsewhere there is none.
public final class SharedMemory: @unchecked Sendable {
    // Unchecked: whoever uses the memory sees to it that one at a time writes.
    public let address: UnsafeMutableRawPointer
    public let byteCount: Int
    /// Open as long as others look for the memory, else −1.
    private var descriptor: CInt = -1

    /// How another process finds it.
    public struct Handle: Sendable, BitwiseCopyable {
        var process: Int32
        /// −1: there is none.
        var descriptor: Int32
        /// Part of its name.
        var token: UInt64

        public static let none = Handle(process: 0, descriptor: -1, token: 0)
    }

    public let handle: Handle

    private typealias Create = @convention(c) (UnsafePointer<CChar>, CUnsignedInt) -> CInt

    /// The C library's function, which its headers show to programs in C alone.
    private static let create: Create? = dlsym(nil, "memfd_create").map { unsafeBitCast($0, to: Create.self) }

    /// Fresh memory, all zero, that takes no room until it is written; nil where the system has none to share.
    public init?(byteCount: Int) {
        let token = UInt64.random(in: .min ... .max)
        guard byteCount > 0, let create = Self.create else { return nil }
        let descriptor = create(Self.name(token), 1 /* MFD_CLOEXEC */)
        guard descriptor >= 0 else { return nil }
        guard ftruncate(descriptor, off_t(byteCount)) == 0, let address = Self.map(descriptor, byteCount) else {
            close(descriptor)
            return nil
        }
        self.address = address
        self.byteCount = byteCount
        self.descriptor = descriptor
        handle = Handle(process: getpid(), descriptor: descriptor, token: token)
    }

    /// That of another process; nil where it cannot be seen from here.
    public init?(_ handle: Handle, byteCount: Int) {
        let path = "/proc/\(handle.process)/fd/\(handle.descriptor)"
        var target = [CChar](repeating: 0, count: 128)
        // The process of that number may be a stranger: its name says whether the memory is the one that was meant.
        let expected = "/memfd:" + Self.name(handle.token)
        guard handle.descriptor >= 0, readlink(path, &target, target.count - 1) >= expected.utf8.count,
            strncmp(target, expected, expected.utf8.count) == 0
        else { return nil }
        let opened = open(path, O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        guard let address = Self.map(opened, byteCount) else { return nil }
        self.address = address
        self.byteCount = byteCount
        self.handle = handle
    }

    deinit {
        hide()
        munmap(address, byteCount)
    }

    /// Ends the time in which other processes can find the memory; those that have keep it.
    public func hide() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private static func name(_ token: UInt64) -> String { "tessera-" + String(token, radix: 16) }

    private static func map(_ descriptor: CInt, _ byteCount: Int) -> UnsafeMutableRawPointer? {
        let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        return address == MAP_FAILED ? nil : address
    }
}
