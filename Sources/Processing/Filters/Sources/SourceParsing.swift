import Dataflow
import Datasets

/// The kinds of procedural source, by the word in front of the colon: `wavelet`, `gyroid`, `sphere`, `plane`, `points`, `hexes`, `tets`,
/// `arrow`, `cone`, `cylinder`, `cube`, `disk`.
public let proceduralSourceNames = ["wavelet", "gyroid", "sphere", "plane", "points", "hexes", "tets", "arrow", "cone", "cylinder", "cube", "disk"]

/// The procedural source that a text names, or nil where the text names none (then it is a file's name).
///
///     wavelet:N      gyroid:N      N points on each axis
///     sphere:THETAxPHI             points around the axis × from pole to pole
///     plane:XxY                    quadrilaterals along x × y
///     points:N[:SEED]              N random points
///     hexes:N        tets:N        the wavelet with N/2 points on each axis as voxels, or six tetrahedra to a voxel
///     arrow:N   cone:N   cylinder:N   disk:N    shapes with N points around
///     cube:SIZE                    a cube with this edge length
///
/// - Throws: `DatasetError` that says what was expected, where the word is known and the numbers are wrong.
public func proceduralSource(parsing text: String) throws -> (any Source)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let word = parts.first, parts.count >= 2, proceduralSourceNames.contains(String(word)) else { return nil }

    func fail(_ expected: String) -> DatasetError { DatasetError("source \(text): expected \(expected)") }
    func size(_ range: ClosedRange<Int>, form: String) throws -> Int {
        guard parts.count == 2, let value = Int(parts[1]), range.contains(value) else {
            throw fail("\(form), with N from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
    func pair(_ range: ClosedRange<Int>, form: String) throws -> (Int, Int) {
        let numbers = parts.count == 2 ? parts[1].split(separator: "x", omittingEmptySubsequences: false) : []
        guard numbers.count == 2, let first = Int(numbers[0]), let second = Int(numbers[1]), range.contains(first),
            range.contains(second)
        else { throw fail("\(form), with numbers from \(range.lowerBound) to \(range.upperBound)") }
        return (first, second)
    }
    // 1290³ is the greatest cube below 2³¹.
    let source: any Source
    switch word {
    case "wavelet": source = Wavelet(size: try size(1...1290, form: "wavelet:N"))
    case "gyroid": source = Gyroid(size: try size(1...1290, form: "gyroid:N"))
    case "sphere":
        let (theta, phi) = try pair(3...1_000_000, form: "sphere:THETAxPHI")
        source = SphereSource(thetaResolution: theta, phiResolution: phi)
    case "plane":
        let (x, y) = try pair(1...1_000_000, form: "plane:XxY")
        source = PlaneSource(xResolution: x, yResolution: y)
    case "points":
        guard parts.count <= 3, let count = Int(parts[1]), count >= 0, count <= Int(Int32.max) else {
            throw fail("points:N or points:N:SEED, with N from 0 to \(Int32.max)")
        }
        if parts.count == 3 {
            guard let seed = UInt64(parts[2]) else { throw fail("points:N:SEED, with a whole number as seed") }
            source = RandomPoints(count: count, seed: seed)
        } else {
            source = RandomPoints(count: count)
        }
    case "arrow":
        let resolution = try size(3...1_000_000, form: "arrow:N")
        source = ShapeSource(.arrow(tipResolution: resolution, shaftResolution: resolution), name: "arrow")
    case "cone": source = ShapeSource(.cone(resolution: try size(3...1_000_000, form: "cone:N")), name: "cone")
    case "cylinder": source = ShapeSource(.cylinder(resolution: try size(3...1_000_000, form: "cylinder:N")), name: "cylinder")
    case "disk": source = ShapeSource(.disk(resolution: try size(3...1_000_000, form: "disk:N")), name: "disk")
    case "cube":
        guard parts.count == 2, let edge = Double(parts[1]), edge > 0, edge.isFinite else { throw fail("cube:SIZE, with a size above zero") }
        source = ShapeSource(.cube(size: edge), name: "cube")
    default:
        let points = try size(2...2580, form: "\(word):N") / 2
        source = WaveletGrid(size: points, isSplit: word == "tets")
    }
    _ = try source.describe()
    return source
}
