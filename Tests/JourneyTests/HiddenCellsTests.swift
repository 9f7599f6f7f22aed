import Foundation
import Testing

/// A lattice in two files, with one hidden cell in the first: what ranks make of it, also where most of them get nothing.
struct HiddenCellsTests {
    /// Cells 4×2×1, of which cell 1 of the first file is hidden.
    private func write(to folder: Scratch) throws -> String {
        func piece(_ first: Int, hidden: Int?) -> String {
            let points = (0..<18).map { place -> String in
                let (i, j, k) = (Double(first + place % 3), Double(place / 3 % 3), Double(place / 9))
                return "\(i * 0.7 + j) \(sin(i + k)) \(j * k)"
            }
            let cells = (0..<4).map { "\(0.1 + 0.37 * Double(first + $0 % 2) + 1.3 * Double($0 / 2))" }
            let marks = (0..<4).map { $0 == hidden ? "32" : "0" }
            return """
                <VTKFile type="ImageData" version="0.1" byte_order="LittleEndian"><ImageData WholeExtent="\(first) \(first + 2) 0 2 0 1" Origin="0 0 0" Spacing="1 1 1">
                <Piece Extent="\(first) \(first + 2) 0 2 0 1">
                <PointData><DataArray type="Float64" Name="v" NumberOfComponents="3" format="ascii">\(points.joined(separator: " "))</DataArray></PointData>
                <CellData><DataArray type="Float64" Name="c" format="ascii">\(cells.joined(separator: " "))</DataArray>
                <DataArray type="UInt8" Name="vtkGhostType" format="ascii">\(marks.joined(separator: " "))</DataArray></CellData>
                </Piece></ImageData></VTKFile>
                """
        }
        let listing = """
            <VTKFile type="PImageData" version="0.1" byte_order="LittleEndian"><PImageData WholeExtent="0 4 0 2 0 1" GhostLevel="0" Origin="0 0 0" Spacing="1 1 1">
            <PPointData><PDataArray type="Float64" Name="v" NumberOfComponents="3"/></PPointData>
            <PCellData><PDataArray type="Float64" Name="c"/><PDataArray type="UInt8" Name="vtkGhostType"/></PCellData>
            <Piece Extent="0 2 0 2 0 1" Source="a.vti"/><Piece Extent="2 4 0 2 0 1" Source="b.vti"/></PImageData></VTKFile>
            """
        for (name, text) in [("a.vti", piece(0, hidden: 1)), ("b.vti", piece(2, hidden: nil)), ("whole.pvti", listing)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        return folder.path("whole.pvti")
    }

    @Test(.timeLimit(.minutes(1))) func ranksSeeTheSameMarks() throws {
        let folder = try Scratch()
        let file = try write(to: folder)
        for _ in 0..<4 { #expect(try Command.json(["info", file, "--json"])["hidden_cells"] as? Int == 1) }
        for filters in [[], ["--cell-to-point"], ["--magnitude", "v"], ["--contour", "v:0=1.2"], ["--threshold", "c=0.2:1.9"], ["--surface", "--cell-to-point"]] {
            let outcome = try Command.run(["prove", file, "--only", "data", "--ranks", "1,2,3,5,16"] + filters)
            #expect(outcome.code == 0, "\(filters): \(outcome.output)\(outcome.errors)")
        }
    }
}
