/// The order of the bytes of a number.
public enum ByteOrder: Sendable, Hashable {
    case littleEndian, bigEndian

    public static var native: ByteOrder {
        #if _endian(little)
        .littleEndian
        #else
        .bigEndian
        #endif
    }
}

/// Turns the bytes of each of `count` numbers of `width` bytes around, in place. The address needs no alignment.
public func swapBytes(_ address: UnsafeMutableRawPointer, count: Int, width: Int) {
    swapBytes(from: address, to: address, count: count, width: width)
}

/// Copies `count` numbers of `width` bytes with their bytes turned around. Neither address needs alignment; they may be the same.
public func swapBytes(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int, width: Int) {
    switch width {
    case 2:
        for index in 0..<count {
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self).byteSwapped, toByteOffset: 2 &* index, as: UInt16.self)
        }
    case 4:
        for index in 0..<count {
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self).byteSwapped, toByteOffset: 4 &* index, as: UInt32.self)
        }
    case 8:
        for index in 0..<count {
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self).byteSwapped, toByteOffset: 8 &* index, as: UInt64.self)
        }
    default:
        if source != UnsafeRawPointer(target) { target.copyMemory(from: source, byteCount: count &* width) }
    }
}
