import Dataflow
import Datasets
import Execution
import Geometry

/// A box of the points of structured data, every one or at a rate: `vtkExtractVOI`, `vtkExtractRectilinearGrid` and `vtkExtractGrid`.
///
/// - Point (i, j, k) of the result is input point `first + rate · (i, j, k)`; a cell is the input cell at its lowest point. Indices on
///   an axis stay those of the input where the rate is 1, else they begin at 0. What lies outside of the input is left out.
/// - Arrays and coordinates of the box alone are asked for: a source that makes parts of its lattice reads no more.
///
/// Complexity: O(points of the result).
public struct ExtractExtent: Filter {
    /// In the input's indices; both ends included.
    public var extent: Extent
    /// On each axis every how many points; at least 1.
    public var rate: SIMD3<Int>
    /// Whether the box's last points come where the rate jumps over them.
    public var includesBoundary: Bool

    public init(extent: Extent, rate: SIMD3<Int> = SIMD3(1, 1, 1), includesBoundary: Bool = false) {
        self.extent = extent
        self.rate = rate
        self.includesBoundary = includesBoundary
    }

    public var name: String { "extract extent" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        try check()
        guard input.kind.isStructured else {
            throw DatasetError("extract extent needs structured data, and this is \(input.kind.rawValue)")
        }
        var result = input
        result.bounds = nil
        guard let whole = input.wholeExtent else { return result }
        let sampling = Sampling(self, of: whole)
        result.wholeExtent = sampling.result
        result.pointCount = sampling.result.pointCount
        result.cellCount = sampling.result.cellCount
        if let bytes = input.byteCount, whole.pointCount > 0 {
            result.byteCount = Int(Double(bytes) * Double(sampling.result.pointCount) / Double(whole.pointCount))
        }
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request.whole
        guard input.kind.isStructured, let whole = input.wholeExtent else { return wanted }
        let sampling = Sampling(self, of: whole)
        let needed = sampling.needed(for: sampling.held(for: request))
        if needed != whole { wanted.extent = needed }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        try check()
        guard let available = input.extent else { throw unsupported(name, input, needs: "structured data") }
        let sampling = Sampling(self, of: input.piece?.wholeExtent ?? available)
        let held = sampling.held(for: request)
        let needed = sampling.needed(for: held)
        guard available.contains(needed) else {
            throw DatasetError("extract extent needs the extent \(needed), but only \(available) came")
        }
        var attributes = input.attributes
        attributes.piece = nil
        attributes.firstMadePoint = nil
        let points = sampling.points(of: held, in: available)
        attributes.pointData = try attributes.pointData.map { try $0.gathered(points, context: context) }
        if !attributes.cellData.isEmpty {
            let cells = sampling.cells(of: held, in: available)
            attributes.cellData = try attributes.cellData.map { try $0.gathered(cells, context: context) }
        }
        let part: Dataset
        switch input {
        case .image(var image):
            if !sampling.result.isEmpty {
                // Point 0 of a sampled axis lies where the box begins; axes with every point keep their numbers.
                var shift = SIMD3<Int>()
                for axis in 0..<3 where rate[axis] > 1 { shift[axis] = sampling.box.lower[axis] }
                image.origin = image.position(shift)
                image.spacing *= Vector3(Double(rate.x), Double(rate.y), Double(rate.z))
            }
            image.extent = held
            image.attributes = attributes
            part = .image(image)
        case .rectilinear(let grid):
            func sampled(_ array: FieldArray, _ axis: Int) throws -> FieldArray {
                try array.gathered(sampling.places(of: held, in: available, axis: axis), context: context)
            }
            part = .rectilinear(
                RectilinearGrid(
                    extent: held, x: try sampled(grid.coordinates.x, 0), y: try sampled(grid.coordinates.y, 1),
                    z: try sampled(grid.coordinates.z, 2), attributes: attributes))
        case .structured(let grid):
            part = .structured(
                StructuredGrid(extent: held, points: try grid.points.gathered(points, context: context), attributes: attributes))
        default: throw unsupported(name, input, needs: "structured data")
        }
        if request.isWhole { return part }
        return try ExtractPiece().extract(request, from: part, wholeExtent: sampling.result, context: context)
    }

    private func check() throws {
        guard rate.x >= 1 && rate.y >= 1 && rate.z >= 1 else {
            throw DatasetError("extract extent needs rates of at least 1, and has \(rate.x), \(rate.y), \(rate.z)")
        }
    }
}
