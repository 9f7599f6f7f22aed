import Dataflow
import Datasets
import Execution
import Foundation
import Testing

@testable import Files

/// Grids and solutions in every form that the format comes in; the reader has to find out which.
@Suite("PLOT3D") struct PLOT3DTests {
    struct Form: Sendable, CustomStringConvertible {
        var isBig = false, hasRecords = false, isMulti = false, isDouble = false, hasBlanking = false, isText = false
        var axes = 3
        var description: String { "big \(isBig) records \(hasRecords) multi \(isMulti) double \(isDouble) blanking \(hasBlanking) text \(isText) axes \(axes)" }

        static let all: [Form] = (0..<64).flatMap { bits -> [Form] in
            let form = Form(
                isBig: bits & 1 != 0, hasRecords: bits & 2 != 0, isMulti: bits & 4 != 0, isDouble: bits & 8 != 0, hasBlanking: bits & 16 != 0,
                axes: bits & 32 != 0 ? 3 : 2)
            var text = form
            text.isText = true
            return bits & 11 == 0 ? [form, text] : [form]
        }
    }

    /// Builds a file record by record.
    private struct Builder {
        var form: Form
        var bytes: [UInt8] = []

        mutating func record(integers: [Int] = [], numbers: [Double] = [], trailing: [Int] = []) {
            if form.isText {
                bytes += Array(((integers.map(String.init) + numbers.map { "\($0)" } + trailing.map(String.init)).joined(separator: " ") + "\n").utf8)
                return
            }
            var body = rawBytes((integers).map { Int32($0) }, isBig: form.isBig)
            body += form.isDouble ? rawBytes(numbers.map(\.bitPattern), isBig: form.isBig) : rawBytes(numbers.map { Float($0).bitPattern }, isBig: form.isBig)
            body += rawBytes(trailing.map { Int32($0) }, isBig: form.isBig)
            let marker = form.hasRecords ? rawBytes([Int32(body.count)], isBig: form.isBig) : []
            bytes += marker + body + marker
        }
    }

    /// Numbers that Float holds exactly.
    private func numbers(_ count: Int, _ seed: Int) -> [Double] { (0..<count).map { Double(($0 * 37 + seed) % 251) * 0.25 + 0.5 } }

    @Test(.timeLimit(.minutes(1)), arguments: Form.all)
    func everyFormIsRecognized(_ form: Form) throws {
        let folder = try ScratchFolder()
        let sizes = form.isMulti ? [[4, 3, 2], [3, 5, 2]] : [[5, 3, 2]]
        let grids = sizes.map { Array($0[..<form.axes]) }
        var (grid, solution) = (Builder(form: form), Builder(form: form))
        for index in 0..<2 {
            var builder = index == 0 ? grid : solution
            if form.isMulti { builder.record(integers: [grids.count]) }
            builder.record(integers: grids.flatMap { $0 })
            if index == 0 { grid = builder } else { solution = builder }
        }
        for (number, size) in grids.enumerated() {
            let points = size.reduce(1, *)
            grid.record(numbers: numbers(points * form.axes, number), trailing: form.hasBlanking ? (0..<points).map { $0 == 0 ? 0 : 1 } : [])
            solution.record(numbers: [0.5, 1, 2, 3])
            solution.record(numbers: numbers(points * (form.axes + 2), 7 + number))
        }
        let path = try folder.write("wingxyz.bin", "", grid.bytes)
        try folder.write("wingq.bin", "", solution.bytes)
        let result = try PLOT3DReader(path: path).read(UpdateRequest(), context: ExecutionContext(threads: 2))
        let leaves: [Dataset] = if case .blocks(let blocks) = result { blocks.leaves.map(\.dataset) } else { [result] }
        #expect(leaves.count == grids.count)
        for (number, leaf) in leaves.enumerated() {
            guard case .structured(let structured) = leaf else { throw DatasetError("not a structured grid") }
            let size = grids[number]
            let points = size.reduce(1, *)
            #expect(structured.extent.dimensions == SIMD3(size[0], size[1], form.axes == 3 ? size[2] : 1))
            #expect(structured.points.scalarType == (form.isDouble ? .float64 : .float32))
            let coordinates = numbers(points * form.axes, number)
            #expect(structured.points[1] == SIMD3(coordinates[1], coordinates[points + 1], form.axes == 3 ? coordinates[2 * points + 1] : 0))
            let flow = numbers(points * (form.axes + 2), 7 + number)
            let data = leaf.pointData
            let names = ["Density", "Momentum", "StagnationEnergy", "Pressure", "Temperature", "Velocity"]
            #expect(data.names == (form.hasBlanking ? ["IBlank"] : []) + names)
            let (density, energy) = (flow[2], flow[(form.axes + 1) * points + 2])
            let momentum = (0..<3).map { $0 < form.axes ? flow[($0 + 1) * points + 2] : 0 }
            #expect(data["Density"]!.value(2) == density && data["StagnationEnergy"]!.value(2) == energy)
            let pressure = 0.4 * (energy - 0.5 * momentum.reduce(0) { $0 + $1 * $1 } / density)
            #expect(abs(data["Pressure"]!.value(2) - pressure) <= 1e-5 * (abs(pressure) + energy))
            #expect(abs(data["Velocity"]!.value(2, 1) - momentum[1] / density) <= 1e-5 * abs(momentum[1] / density))
            #expect(abs(leaf.fieldData["Properties"]!.value(4) - 1.4) < 1e-6 && leaf.fieldData["Properties"]!.value(1) == 1)
            if form.hasBlanking {
                let marks = try #require(leaf.cellData["vtkGhostType"]?.buffer(of: UInt8.self))
                #expect(marks[0] == 0x20 && marks.array.dropFirst().allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whatFitsNothingIsAnError() throws {
        let folder = try ScratchFolder()
        for bytes in [[], [1], [UInt8](repeating: 0, count: 100), [UInt8](repeating: 255, count: 64), rawBytes([Int32(2), 2, 2, 1])] {
            #expect(throws: FileError.self) { try PLOT3DReader(path: folder.write("x.bin", "", bytes)) }
        }
        // A solution of another grid.
        var builder = Builder(form: Form())
        builder.record(integers: [2, 2, 2])
        builder.record(numbers: numbers(24, 0))
        let grid = try folder.write("a.xyz", "", builder.bytes)
        #expect(throws: FileError.self) { try PLOT3DReader(path: grid, solution: grid) }
        #expect(throws: FileError.self) { try PLOT3DReader(path: grid, solution: folder.path + "/none.q") }
        #expect(try PLOT3DReader(path: grid, solution: "none").describe().arrays.isEmpty)
    }
}
