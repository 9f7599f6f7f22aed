import Datasets
import Execution
import Files
import Foundation
import Geometry

/// Small datasets of every kind with every type of array.
enum XMLSamples {
    static func attributes(points: Int, cells: Int) -> DatasetAttributes {
        var pointData = FieldCollection()
        func values<Value: Scalar>(_ count: Int, _: Value.Type) -> Buffer<Value> {
            let shift = Value.scalarType.isFloatingPoint ? 100.37 : 0
            var list: [Value] = []
            for index in 0..<count {
                let value = Double(index * 37 % 251)
                list.append(Value(clampingDouble: value - shift))
            }
            return Buffer(list)
        }
        pointData.set(FieldArray(name: "float", values(points, Float.self)))
        pointData.set(FieldArray(name: "vector <&\">", components: 3, values(3 * points, Double.self)))
        pointData.set(FieldArray(name: "i8", values(points, Int8.self)))
        pointData.set(FieldArray(name: "u8", values(points, UInt8.self)))
        pointData.set(FieldArray(name: "i16", values(points, Int16.self)))
        pointData.set(FieldArray(name: "u16", values(points, UInt16.self)))
        pointData.set(FieldArray(name: "u32", values(points, UInt32.self)))
        pointData.set(FieldArray(name: "u64", values(points, UInt64.self)))
        pointData.active = [.scalars: "float", .vectors: "vector <&\">"]
        var cellData = FieldCollection()
        var named = FieldArray(name: "i32", components: 2, values(2 * cells, Int32.self))
        named.componentNames = ["first", "second"]
        cellData.set(named)
        cellData.set(FieldArray(name: "i64", Buffer((0..<cells).map { Int64.max - Int64($0) })))
        cellData.set(FieldArray(name: "names", strings: (0..<cells).map { "cell ä \($0)" }))
        var packed = [UInt8](repeating: 0x5A, count: (cells + 7) / 8)
        packed[packed.count - 1] = 0x80
        cellData.set(FieldArray(name: "bits", values: .bits(Buffer(packed), count: cells)))
        var fieldData = FieldCollection()
        fieldData.set(FieldArray(name: "TimeValue", Buffer<Double>([0.1])))
        fieldData.set(FieldArray(name: "notes", strings: ["one", "", "three"]))
        return DatasetAttributes(pointData: pointData, cellData: cellData, fieldData: fieldData)
    }

    static func points(_ count: Int) -> Points {
        var list: [Vector3] = []
        for index in 0..<count {
            let x = Double(index % 5) * 0.1
            let y = Double(index / 5 % 5) * 0.37
            list.append(Vector3(x, y, Double(index) / 3))
        }
        return Points(list)
    }

    static let all: [(name: String, dataset: Dataset)] = {
        let extent = Extent(-1, 3, 2, 5, 0, 2)
        func coordinates(_ count: Int) -> FieldArray { FieldArray(name: "c", Buffer((0..<count).map { Double($0 * $0) * 0.1 })) }
        let lattice = attributes(points: extent.pointCount, cells: extent.cellCount)
        let image = ImageData(
            extent: extent, origin: Vector3(0.1, -2, 1e-9), spacing: Vector3(0.3, 2, 1), direction: [0, 1, 0, -1, 0, 0, 0, 0, 1], attributes: lattice)
        let cells: [(CellType, [Int])] = [
            (.hexahedron, Array(0..<8)), (.tetrahedron, [8, 9, 10, 11]), (.tetrahedron, [11, 10, 9, 8]), (.polygon, [0, 1, 2, 3, 4]),
            (.vertex, [12]), (.polyLine, [3, 4, 5]), (.triangleStrip, [1, 2, 3, 4]), (.wedge, [0, 1, 2, 3, 4, 5]),
        ]
        let poly = PolyData(
            points: points(20), vertices: CellArray([[0], [1, 2]]), lines: CellArray([[0, 1], [2, 3, 4]]), polygons: CellArray([[0, 1, 2], [3, 4, 5, 6]]),
            strips: CellArray([[5, 6, 7, 8]]), attributes: attributes(points: 20, cells: 7))
        return [
            ("vti", .image(image)),
            ("vtr", .rectilinear(RectilinearGrid(extent: extent, x: coordinates(5), y: coordinates(4), z: coordinates(3), attributes: lattice))),
            ("vts", .structured(StructuredGrid(extent: extent, points: points(extent.pointCount), attributes: lattice))),
            ("vtu", .unstructured(UnstructuredGrid(points: points(13), cells: cells, attributes: attributes(points: 13, cells: 8)))),
            ("vtp", .poly(poly)),
        ]
    }()

    /// Every number of a dataset as text, so that two can be compared.
    static func fingerprint(_ dataset: Dataset) -> [String] {
        var lines = ["\(dataset.kind) \(dataset.pointCount) \(dataset.cellCount) \(dataset.extent?.description ?? "")"]
        func add(_ label: String, _ collection: FieldCollection) {
            for array in collection.arrays {
                var values = ""
                if case .strings(let strings) = array.values {
                    values = "\(strings)"
                } else {
                    values = "\((0..<array.valueCount).map { array.value($0 / array.components, $0 % array.components).bitPattern })"
                }
                lines.append("\(label) \(array.name) \(array.typeName) \(array.components) \(array.componentNames) \(values)")
            }
            lines.append("\(label) \(AttributeRole.allCases.compactMap { role in collection.active[role].map { "\(role) \($0)" } })")
        }
        add("point", dataset.pointData)
        add("cell", dataset.cellData)
        add("field", dataset.fieldData)
        func add(_ label: String, _ points: Points) {
            lines.append("\(label) \(points.scalarType) \((0..<points.count).map { points[$0] })")
        }
        func add(_ label: String, _ list: CellArray) {
            lines.append("\(label) \((0..<list.count).map { Array(list.points(of: $0)) })")
        }
        switch dataset {
        case .image(let image): lines.append("\(image.origin) \(image.spacing) \(image.direction)")
        case .rectilinear(let grid):
            for array in [grid.coordinates.x, grid.coordinates.y, grid.coordinates.z] {
                lines.append("\(array.typeName) \((0..<array.tupleCount).map { array.value($0) })")
            }
        case .structured(let grid): add("points", grid.points)
        case .unstructured(let grid):
            add("points", grid.points)
            add("cells", grid.cells)
            lines.append("\(grid.explicitTypes().array)")
            if let faces = grid.polyhedronFaces {
                add("faces of cells", faces.facesOfCells)
                add("faces", faces.faces)
            }
        case .poly(let poly):
            add("points", poly.points)
            for list in poly.cellLists { add("list", list) }
        default: break
        }
        return lines
    }

    /// A folder of its own for a test; the caller removes it.
    static func folder() throws -> String {
        let folder = NSTemporaryDirectory() + "/tessera-xml-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
