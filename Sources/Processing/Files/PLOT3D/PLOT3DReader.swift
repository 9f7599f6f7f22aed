import Dataflow
import Datasets
import Execution

/// Reads PLOT3D grids with the solution beside them: binary of both byte orders, with Fortran's records or without, in Float or Double, and
/// text; 2-D and 3-D, one grid (a structured grid) or many (blocks named `0`, `1`, …).
///
/// Arrays are those of VTK's reader: `Density`, `Momentum`, `StagnationEnergy` as stored, `Pressure`, `Temperature`, `Velocity` by a gas with
/// γ = 1.4 and R = 1, the field `Properties`, and `IBlank` where the file hides points: then cells with a hidden point are hidden.
///
/// The solution of `combxyz.bin` is `combq.bin`, that of `wing.x`, `wing.g` or `wing.xyz` is `wing.q`, where there is such a file.
public struct PLOT3DReader: DatasetReader {
    private let file: MappedFile
    private let layout: PLOT3DLayout
    private let solution: (file: MappedFile, layout: PLOT3DLayout)?

    /// What the names of grids end with.
    public static let extensions = ["bin", "xyz", "x", "g", "p3d"]

    /// - Parameter solution: the name of the solution's file; nil looks for one, `none` reads none.
    /// - Throws: `FileError` for files that are not there, are no PLOT3D or do not belong together.
    public init(path: String, solution: String? = nil) throws {
        let context = ExecutionContext()
        file = try MappedFile(path: path)
        layout = try PLOT3DLayout(of: file, contents: [.grid(hasBlanking: false), .grid(hasBlanking: true)], context: context)
        guard let name = solution == "none" ? nil : solution ?? PLOT3DReader.solution(beside: path) else {
            self.solution = nil
            return
        }
        let file = try MappedFile(path: name)
        let found = try PLOT3DLayout(of: file, contents: [.solution], context: context)
        guard found.grids == layout.grids, found.axes == layout.axes else {
            throw FileError(
                file: name, expected: "a solution for the \(layout.grids.count == 1 ? "grid" : "\(layout.grids.count) grids") of \(path)",
                found: "other sizes")
        }
        self.solution = (file, found)
    }

    /// The name of a solution that stands beside a grid.
    private static func solution(beside path: String) -> String? {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let name = path[start...]
        var candidates: [String] = []
        for (part, other) in [("xyz", "q"), ("XYZ", "Q")] {
            var end = name.endIndex
            while end > name.startIndex {
                end = name.index(before: end)
                if name[end...].hasPrefix(part) {
                    candidates.append(name[..<end] + other + name[end...].dropFirst(part.count))
                    break
                }
            }
        }
        if let dot = name.lastIndex(of: ".") { candidates += [name[..<dot] + ".q"] }
        return candidates.map { path[..<start] + $0 }.first { $0 != path && MappedFile.exists($0) }
    }

    private static let flow = ["Density", "Momentum", "StagnationEnergy", "Pressure", "Temperature", "Velocity"]

    private var hasBlanking: Bool { if case .grid(true) = layout.content { true } else { false } }

    // MARK: Describing

    public func describe() throws -> DatasetDescription {
        let points = layout.grids.reduce(0) { $0 + $1.x * $1.y * $1.z }
        var description = DatasetDescription(kind: layout.grids.count == 1 ? .structured : .blocks)
        if layout.grids.count == 1 {
            let extent = Extent(lower: SIMD3(), upper: layout.grids[0] &- 1)
            (description.wholeExtent, description.pointCount, description.cellCount) = (extent, extent.pointCount, extent.cellCount)
        }
        if hasBlanking { description.arrays.append(ArrayDescription(name: "IBlank", association: .point, type: .int32)) }
        if let solution {
            let type: ScalarType = solution.layout.precision == 8 ? .float64 : .float32
            for name in PLOT3DReader.flow {
                description.arrays.append(
                    ArrayDescription(name: name, association: .point, type: type, components: name == "Momentum" || name == "Velocity" ? 3 : 1))
            }
            description.arrays.append(ArrayDescription(name: "Properties", association: .field, type: type))
        }
        description.byteCount = points * (3 * layout.precision + (solution.map { 10 * $0.layout.precision } ?? 0) + (hasBlanking ? 5 : 0))
        return description
    }

    // MARK: Reading

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let numbers = try PLOT3DNumbers(file, layout, context: context)
        let flow = try solution.map { try PLOT3DNumbers($0.file, $0.layout, context: context) }
        let starts = layout.starts()
        let flowStarts = solution?.layout.starts()
        var grids: [StructuredGrid] = []
        for index in layout.grids.indices {
            var grid = try self.grid(index, numbers, starts[index].numbers, request, context)
            if let flow, let flowStarts {
                if flow.layout.precision == 8 {
                    try addFlow(Double.self, flow, flowStarts[index], &grid, request, context)
                } else {
                    try addFlow(Float.self, flow, flowStarts[index], &grid, request, context)
                }
            }
            grids.append(grid)
        }
        if grids.count == 1 { return .structured(grids[0]) }
        return .blocks(BlockCollection(blocks: grids.enumerated().map { BlockCollection.Block(name: "\($0.offset)", dataset: .structured($0.element)) }))
    }

    private func grid(
        _ index: Int, _ numbers: PLOT3DNumbers, _ start: Int, _ request: UpdateRequest, _ context: ExecutionContext
    ) throws -> StructuredGrid {
        let size = layout.grids[index]
        let count = size.x * size.y * size.z
        let axes = layout.axes
        let points: Points =
            layout.precision == 8
            ? .float64(try numbers.tuples(Double.self, at: start, count: count, planes: axes, components: 3, context: context))
            : .float32(try numbers.tuples(Float.self, at: start, count: count, planes: axes, components: 3, context: context))
        var grid = StructuredGrid(extent: Extent(lower: SIMD3(), upper: size &- 1), points: points)
        if hasBlanking {
            let place = start + count * axes * (layout.isText ? 1 : layout.precision)
            let visible = try numbers.integers(at: place, count: count, context: context)
            grid.attributes.cellData.set(FieldArray(name: ghostTypeName, PLOT3DReader.hiddenCells(visible, grid.extent)))
            if request.arrays.wants("IBlank", .point) { grid.attributes.pointData.set(FieldArray(name: "IBlank", visible)) }
        }
        return grid
    }

    /// `vtkGhostType` of cells: hidden where one of their points is.
    private static func hiddenCells(_ visible: Buffer<Int32>, _ extent: Extent) -> Buffer<UInt8> {
        let points = extent.dimensions
        let cells = extent.cellDimensions
        let corners = SIMD3(points.x > 1 ? 1 : 0, points.y > 1 ? 1 : 0, points.z > 1 ? 1 : 0)
        let hidden: UInt8 = 0x20
        return Buffer(count: extent.cellCount) { out in
            let values = visible.pointer
            for cell in 0..<extent.cellCount {
                let (i, j, k) = (cell % cells.x, cell / cells.x % cells.y, cell / (cells.x * cells.y))
                var mark: UInt8 = 0
                for z in k...k + corners.z {
                    for y in j...j + corners.y {
                        for x in i...i + corners.x where values[(z * points.y + y) * points.x + x] == 0 { mark = hidden }
                    }
                }
                out[cell] = mark
            }
            withExtendedLifetime(visible) {}
        }
    }

    private func addFlow<Value: Scalar & BinaryFloatingPoint>(
        _ type: Value.Type, _ numbers: PLOT3DNumbers, _ start: (header: Int, numbers: Int), _ grid: inout StructuredGrid, _ request: UpdateRequest,
        _ context: ExecutionContext
    ) throws {
        let count = grid.points.count
        let width = numbers.layout.isText ? 1 : numbers.layout.precision
        let axes = layout.axes
        func values(plane: Int, planes: Int, components: Int) throws -> Buffer<Value> {
            try numbers.tuples(type, at: start.numbers + plane * count * width, count: count, planes: planes, components: components, context: context)
        }
        func wants(_ name: String) -> Bool { request.arrays.wants(name, .point) }
        let gas = PLOT3DGas()
        let density = try values(plane: 0, planes: 1, components: 1)
        let momentum = try values(plane: 1, planes: axes, components: 3)
        let energy = try values(plane: axes + 1, planes: 1, components: 1)
        func add(_ name: String, _ components: Int = 1, _ make: () throws -> Buffer<Value>) rethrows {
            if wants(name) { grid.attributes.pointData.set(FieldArray(name: name, components: components, try make())) }
        }
        add("Density") { density }
        add("Momentum", 3) { momentum }
        add("StagnationEnergy") { energy }
        try add("Pressure") { try gas.pressure(density, momentum, energy, context: context) }
        try add("Temperature") { try gas.temperature(density, momentum, energy, context: context) }
        try add("Velocity", 3) { try gas.velocity(density, momentum, context: context) }
        if wants("Density") { grid.attributes.pointData.active[.scalars] = "Density" }
        if wants("Momentum") { grid.attributes.pointData.active[.vectors] = "Momentum" }
        let properties = try numbers.tuples(type, at: start.header, count: 4, planes: 1, components: 1, context: context)
        grid.attributes.fieldData.set(FieldArray(name: "Properties", Buffer(properties.array + [Value(gas.heatRatio)])))
    }
}
