import Datasets

/// Turns polyhedra given as face streams (`faces, size, point…, size, point…`) into cells of distinct points and lists of faces.
///
/// A cell's points come in order of first use.
/// - Throws: `FileError` for streams that end too early or too late, and points that there are not.
func decodedFaceStreams(
    _ streams: CellArray, types: Buffer<UInt8>, pointCount: Int, file: String
) throws -> (cells: CellArray, faces: PolyhedronFaces) {
    var offsets: [Int32] = [0]
    var connectivity: [Int32] = []
    var faceOffsets: [Int32] = [0]
    var facePoints: [Int32] = []
    var ownerOffsets: [Int32] = [0]
    var type = types.elements.makeIterator()
    for cell in 0..<streams.count {
        let stream = streams.points(of: cell)
        if type.next() == CellType.polyhedron.rawValue {
            var known: Set<Int32> = []
            var place = 1
            guard let faceCount = stream.first, faceCount >= 0 else {
                throw FileError(file: file, place: .part("polyhedron \(cell)"), expected: "a number of faces", found: "none")
            }
            for face in 0..<Int(faceCount) {
                guard place < stream.count, stream[place] > 0, Int(stream[place]) < stream.count - place else {
                    throw FileError(
                        file: file, place: .part("polyhedron \(cell), face \(face)"), expected: "the size of a face that fits the cell",
                        found: place < stream.count ? "\(stream[place])" : "the end of the cell")
                }
                for entry in place + 1...place + Int(stream[place]) {
                    let point = stream[entry]
                    guard point >= 0, Int(point) < pointCount else {
                        throw FileError(
                            file: file, place: .part("polyhedron \(cell), face \(face)"), expected: "a point from 0 to \(pointCount - 1)",
                            found: "\(point)")
                    }
                    facePoints.append(point)
                    if known.insert(point).inserted { connectivity.append(point) }
                }
                faceOffsets.append(Int32(facePoints.count))
                place += Int(stream[place]) + 1
            }
            guard place == stream.count else {
                throw FileError(
                    file: file, place: .part("polyhedron \(cell)"), expected: "\(stream.count) numbers", found: "faces that take \(place)")
            }
        } else {
            connectivity.append(contentsOf: stream)
        }
        offsets.append(Int32(connectivity.count))
        ownerOffsets.append(Int32(faceOffsets.count - 1))
    }
    let owners = CellArray(offsets: Buffer(ownerOffsets), connectivity: Buffer((0..<Int32(faceOffsets.count - 1)).map { $0 }))
    let faces = CellArray(offsets: Buffer(faceOffsets), connectivity: Buffer(facePoints))
    return (CellArray(offsets: Buffer(offsets), connectivity: Buffer(connectivity)), PolyhedronFaces(facesOfCells: owners, faces: faces))
}
