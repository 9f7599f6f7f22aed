#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Thrown, before any work, by a request that cannot fit the memory that it may use.
public struct MemoryExceededError: Error, Hashable, CustomStringConvertible {
    /// Bytes that the request needs at least.
    public var needed: Int
    /// Bytes that it may use.
    public var limit: Int
    /// What needs them.
    public var purpose: String

    public init(needed: Int, limit: Int, purpose: String) {
        self.needed = needed
        self.limit = limit
        self.purpose = purpose
    }

    public var description: String {
        "\(purpose) needs at least \(formatBytes(needed)), but only \(formatBytes(limit)) may be used; "
            + "give more with --memory, or use more pieces"
    }
}

/// How many bytes of memory the process may have resident at its peak.
public struct MemoryBudget: Sendable, Hashable {
    /// In bytes.
    public var limit: Int

    public init(limit: Int) { self.limit = limit }

    /// 80 % of the least of the machine's memory, the control group's limit and the resource limit.
    public static func standard() -> MemoryBudget {
        var least = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            if let text = firstLine(of: path), let bytes = Int(text), bytes > 0 { least = min(least, bytes) }
        }
        var resource = rlimit()
        #if canImport(Glibc)
        let known = getrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &resource) == 0
        #else
        let known = getrlimit(RLIMIT_AS, &resource) == 0
        #endif
        if known, resource.rlim_cur < rlim_t(Int.max) { least = min(least, Int(resource.rlim_cur)) }
        return MemoryBudget(limit: least / 5 * 4)
    }

    private static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, 64, file) != nil else { return nil }
        let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The process's resident set now, in bytes; where the system does not tell, its greatest so far.
public func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return peakResidentBytes() }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return peakResidentBytes() }
    let words = line.prefix { $0 != 0 }.split(separator: 32)
    guard words.count > 1, let pages = Int(String(decoding: words[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) else {
        return peakResidentBytes()
    }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// The process's greatest resident set so far, in bytes.
public func peakResidentBytes() -> Int {
    var usage = rusage()
    #if canImport(Glibc)
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) * 1024
    #else
    guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss)
    #endif
}

/// A count of bytes as people write it: `1.5 GB` (powers of 1000).
public func formatBytes(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 1000 || unit == "TB" {
            if unit == "B" { return "\(bytes) B" }
            let tenths = Int((value * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        value /= 1000
    }
    return "\(bytes) B"
}
