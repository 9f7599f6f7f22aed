import Datasets
import Execution

/// Cells of legacy files, checked.
extension LegacyLoader {
    /// The cells of one list with every point inside `0 ..< pointCount`.
    ///
    /// - Parameter isStream: cells of that number hold something else than points (faces of polyhedra); their values are not checked here.
    /// - Throws: `FileError` for sizes and points that cannot be.
    func cells(_ cells: LegacyCells, pointCount: Int, isStream: (Int) -> Bool = { _ in false }) throws -> CellArray {
        switch cells {
        case .offsets(let offsetSlot, let connectivitySlot):
            let size = connectivitySlot.valueCount
            let offsets = try indices(offsetSlot, in: 0...Int64(size), "an offset from 0 to \(size)")
            defer { withExtendedLifetime(offsets) {} }
            let values = offsets.elements
            for index in 0..<values.count {
                let previous = index == 0 ? 0 : values[index - 1]
                if values[index] < previous || (index == 0 && values[0] != 0) {
                    throw outOfRange(offsetSlot, index, Int64(values[index]), index == 0 ? "the first offset, 0" : "at least \(previous)")
                }
            }
            guard let last = values.last, Int(last) == size else {
                throw FileError(
                    file: file.path, place: .part(offsetSlot.name), expected: "offsets that end with \(size)", found: "\(values.last ?? 0)")
            }
            let greatest = Int64(max(pointCount, 1) - 1)
            let connectivity = try indices(connectivitySlot, in: 0...greatest, pointMeaning(pointCount))
            if size > 0 && pointCount == 0 { throw outOfRange(connectivitySlot, 0, Int64(connectivity[0]), "no point, as there are none") }
            return CellArray(offsets: offsets, connectivity: connectivity)
        case .prefixed(let count, let slot):
            return try prefixedCells(count, slot, pointCount, isStream)
        }
    }

    private func pointMeaning(_ pointCount: Int) -> String { "a point from 0 to \(pointCount - 1)" }

    private func prefixedCells(_ count: Int, _ slot: LegacySlot, _ pointCount: Int, _ isStream: (Int) -> Bool) throws -> CellArray {
        let list = try buffer(slot, Int32.self)
        defer { withExtendedLifetime(list) {} }
        let numbers = list.elements
        guard numbers.count >= count else {
            throw FileError(
                file: file.path, place: .part(slot.name), expected: "a list of at least \(count) numbers for \(count) \(slot.name)",
                found: "\(numbers.count)")
        }
        var place = 0
        let offsets = try Buffer<Int32>(count: count + 1) { out in
            for cell in 0..<count {
                out[cell] = Int32(truncatingIfNeeded: place - cell)
                guard place < numbers.count, numbers[place] >= 0, Int(numbers[place]) < numbers.count - place else {
                    throw FileError(
                        file: file.path, place: .part("\(slot.name), cell \(cell)"),
                        expected: "a size from 0 to \(numbers.count - place - 1) (what is left of the list)",
                        found: place < numbers.count ? "\(numbers[place])" : "the end of the list")
                }
                place += Int(numbers[place]) + 1
            }
            out[count] = Int32(truncatingIfNeeded: place - count)
        }
        guard place == numbers.count else {
            throw FileError(
                file: file.path, place: .part(slot.name), expected: "a list of \(numbers.count) numbers", found: "\(count) cells that take \(place)")
        }
        defer { withExtendedLifetime(offsets) {} }
        let connectivity = try Buffer<Int32>(count: numbers.count - count) { out in
            let bounds = offsets.elements
            for cell in 0..<count {
                let first = Int(bounds[cell])
                let last = Int(bounds[cell + 1])
                let stream = isStream(cell)
                for entry in first..<last {
                    let point = numbers[entry &+ cell &+ 1]
                    if !stream && (point < 0 || Int(point) >= pointCount) {
                        throw FileError(
                            file: file.path, place: .part("\(slot.name), cell \(cell)"), expected: pointMeaning(pointCount), found: "\(point)")
                    }
                    out[entry] = point
                }
            }
        }
        return CellArray(offsets: offsets, connectivity: connectivity)
    }

    /// One type a cell, each known to VTK.
    func cellTypes(_ slot: LegacySlot) throws -> Buffer<UInt8> {
        let list = try buffer(slot, Int32.self)
        defer { withExtendedLifetime(list) {} }
        let numbers = list.elements
        return try Buffer<UInt8>(count: numbers.count) { out in
            for index in 0..<numbers.count {
                guard let type = UInt8(exactly: numbers[index]), CellType(rawValue: type).dimension != nil else {
                    throw outOfRange(slot, index, Int64(numbers[index]), "a cell type of VTK")
                }
                out[index] = type
            }
        }
    }
}

/// Checks sizes of cells against their types.
///
/// - Parameter shift: added to the numbers of cells in errors.
/// - Throws: `FileError` for a cell that has not as many points as its type says, or none.
func checkCellSizes(_ cells: CellArray, types: Buffer<UInt8>, file: String) throws {
    let type = types.elements
    let sizes = (0...255).map { CellType(rawValue: UInt8($0)).pointCount ?? -1 }
    try sizes.withUnsafeBufferPointer { sizes in
        for cell in 0..<cells.count {
            let expected = sizes[Int(type[cell])]
            let found = cells.size(of: cell)
            if expected >= 0 ? found != expected : found == 0 {
                let kind = CellType(rawValue: type[cell])
                throw FileError(
                    file: file, place: .part("cell \(cell)"),
                    expected: expected >= 0 ? "\(expected) points of a \(kind)" : "at least one point of a \(kind)", found: "\(found)")
            }
        }
    }
}

/// Checks that no cell is without points.
func checkCellsHavePoints(_ cells: CellArray, _ name: String, file: String) throws {
    guard cells.offsets != nil else { return }
    for cell in 0..<cells.count where cells.size(of: cell) == 0 {
        throw FileError(file: file, place: .part("\(name), cell \(cell)"), expected: "at least one point", found: "none")
    }
}
