import Execution
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file that appears whole or not at all: written beside its place and renamed by `commit`; removed if that is never called.
public final class OutputFile: Sendable {
    public let path: String
    private let partialPath: String
    private let descriptor: Int32
    private let state = Mutex((position: 0, isDone: false))

    private static let serial = Atomic<Int>(0)

    /// - Throws: `FileError` where the folder does not exist or may not be written to.
    public init(path: String) throws {
        self.path = path
        let number = OutputFile.serial.wrappingAdd(1, ordering: .relaxed).oldValue
        partialPath = "\(path).\(getpid())-\(number).partial"
        UnfinishedFiles.add(partialPath)
        descriptor = open(partialPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            UnfinishedFiles.remove(partialPath)
            throw FileError(file: path, expected: "a place that can be written", found: systemMessage(errno))
        }
    }

    deinit {
        if !state.withLock({ $0.isDone }) {
            close(descriptor)
            unlink(partialPath)
            UnfinishedFiles.remove(partialPath)
        }
    }

    /// Bytes appended so far.
    public var position: Int { state.withLock { $0.position } }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        let place = try reserve(bytes.count)
        try write(bytes, at: place)
    }

    /// Appends text in UTF-8.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Moves the end forward by `count` bytes, which the caller writes with `write(_:at:)`, and returns where they begin.
    public func reserve(_ count: Int) throws -> Int {
        state.withLock { state in
            defer { state.position += count }
            return state.position
        }
    }

    /// Writes bytes at a place that was reserved; different places may be written from different threads.
    public func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws {
        var done = 0
        while done < bytes.count {
            let written = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(place + done))
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(file: path, place: .byte(place + done), expected: "room to write", found: systemMessage(errno))
            }
            done += written
        }
    }

    /// Gives the file its name, replacing what had it.
    ///
    /// - Throws: `FileError`; then nothing has changed.
    public func commit() throws {
        let problem = state.withLock { state -> Int32? in
            precondition(!state.isDone, "a file is committed once")
            // Closing first tells of errors that the system kept back.
            state.isDone = true
            guard close(descriptor) == 0, rename(partialPath, path) == 0 else {
                let number = errno
                unlink(partialPath)
                return number
            }
            return nil
        }
        UnfinishedFiles.remove(partialPath)
        if let problem { throw FileError(file: path, expected: "a place that can be written", found: systemMessage(problem)) }
    }
}
