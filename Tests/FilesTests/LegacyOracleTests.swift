import Dataflow
import Datasets
import Execution
import Testing

@testable import Files

@Suite("Legacy, PLY, STL, OBJ and NRRD files against VTK", .enabled(if: LegacyOracle.folder != nil, "the data folder is not here"))
struct LegacyOracleTests {
    static func read(_ path: String, threads: Int = 2) throws -> Dataset {
        let context = ExecutionContext(threads: threads)
        let reader: any DatasetReader
        switch path.split(separator: ".").last {
        case "ply": reader = try PLYReader(path: path)
        case "stl": reader = try STLReader(path: path)
        case "obj": reader = try OBJReader(path: path)
        case "nhdr", "nrrd": reader = try NRRDReader(path: path)
        default: reader = try LegacyReader(path: path)
        }
        return try reader.read(UpdateRequest(), context: context)
    }

    @Test(.timeLimit(.minutes(1)), arguments: LegacyOracle.names("vtk", "ply", "stl", "obj", "nhdr", "nrrd"))
    func readsAsVTKDoes(_ name: String) throws {
        let folder = try #require(LegacyOracle.folder)
        let dataset = try LegacyOracleTests.read(folder + "/" + name)
        let differences = LegacyOracle.differences(dataset, name)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}
