import Datasets
import Execution

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file's bytes, mapped for reading; unmapped when the last buffer that views them is gone.
public final class MappedFile: @unchecked Sendable {
    // Unchecked: the mapping never changes and nobody writes to it.
    public let path: String
    /// All bytes; valid while the file lives.
    public let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// - Throws: `FileError` where there is no such file, it may not be read or is not a regular file.
    public init(path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileError(file: path, expected: "a readable file", found: systemMessage(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileError(file: path, expected: "a readable file", found: systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "something else"
            throw FileError(file: path, expected: "a regular file", found: kind)
        }
        let size = Int(status.st_size)
        if size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            isMapped = false
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw FileError(file: path, expected: "a file that can be mapped", found: systemMessage(errno))
        }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
        isMapped = true
    }

    deinit {
        if isMapped { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }
    }

    public var count: Int { bytes.count }

    /// Whether there is something of that name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The bytes `range` as memory that keeps the file mapped; nothing is copied.
    ///
    /// - Precondition: `range` lies inside the file and the file is not empty.
    public func storage(_ range: Range<Int>) -> Storage {
        precondition(range.lowerBound >= 0 && range.upperBound <= count && count > 0, "a part lies inside its file")
        return Storage(borrowing: bytes.baseAddress! + range.lowerBound, byteCount: range.count, owner: self)
    }

    /// A view of `count` numbers from `byteOffset` in the file's own bytes.
    ///
    /// - Returns: nil where they are not inside the file or not aligned for their type.
    public func view<Element>(of type: Element.Type, at byteOffset: Int, count: Int) -> Buffer<Element>? {
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard count > 0, !overflow, byteOffset >= 0, byteOffset <= self.count, size <= self.count - byteOffset,
            (UInt(bitPattern: bytes.baseAddress!) + UInt(byteOffset)) % UInt(MemoryLayout<Element>.alignment) == 0
        else { return nil }
        return Buffer(viewing: storage(byteOffset..<byteOffset + size), count: count)
    }

    /// Lets the system take back the memory of the pages inside `range` until they are looked at again; small ranges stay.
    func release(_ range: Range<Int>) {
        let page = 1 << 16
        let first = (max(range.lowerBound, 0) + page - 1) & ~(page - 1)
        let end = min(range.upperBound, count) & ~(page - 1)
        guard isMapped, end - first >= 1 << 20 else { return }
        // Mappings begin at a page, and the greatest pages there are have 64 KiB.
        madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress! + first), end - first, MADV_DONTNEED)
    }

    /// Where lines begin and end is found again only when an error must be told.
    public func line(ofByte byte: Int) -> Int {
        var line = 1
        for index in 0..<min(max(byte, 0), count) where bytes[index] == 10 { line += 1 }
        return line
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }
