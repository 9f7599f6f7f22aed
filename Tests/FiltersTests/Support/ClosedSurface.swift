import Datasets
import Geometry

/// Signed volume inside the polygons, cut to fans.
func enclosedVolume(_ poly: PolyData) -> Double {
    var sum = 0.0
    for cell in 0..<poly.polygons.count {
        let corners = poly.polygons.points(of: cell).map { poly.points[Int($0)] }
        for corner in 1..<max(1, corners.count - 1) { sum += corners[0].dot(corners[corner].cross(corners[corner + 1])) }
    }
    return sum / 6
}

/// How many edges of the polygons are not run through as often one way as the other.
func unmatchedEdges(_ poly: PolyData) -> Int {
    var edges: [SIMD2<Int32>: Int] = [:]
    for cell in 0..<poly.polygons.count {
        let points = poly.polygons.points(of: cell)
        for corner in 0..<points.count {
            let (a, b) = (points[corner], points[(corner + 1) % points.count])
            edges[SIMD2(min(a, b), max(a, b)), default: 0] += a < b ? 1 : -1
        }
    }
    return edges.values.count { $0 != 0 }
}

func isClosed(_ poly: PolyData) -> Bool { unmatchedEdges(poly) == 0 }

func enclosedVolume(_ dataset: Dataset) throws -> Double { try enclosedVolume(poly(dataset)) }

func unmatchedEdges(_ dataset: Dataset) throws -> Int { try unmatchedEdges(poly(dataset)) }
