import Dataflow
import Datasets
import Execution
import Foundation
import SharedTestData
import Testing

@testable import Files

/// Volumes, PLOT3D grids, blocks and time series of the development data against what VTK 9.7 says of them.
@Suite(.enabled(if: XMLOracleTests.hasData, "the development data is not there")) struct FormatOracleTests {
    private let context = ExecutionContext(threads: 2)

    private static var files: [String: [String: Any]] { SharedData.files }

    private static func names(_ kind: String, _ endings: String...) -> [String] {
        files.keys.filter { files[$0]?["kind"] as? String == kind && endings.contains(($0 as NSString).pathExtension) }.sorted()
    }

    private func compare(_ name: String, _ dataset: Dataset, _ entry: [String: Any]) {
        for problem in XMLOracleTests().differences(dataset, entry, ignoresOrder: false) { Issue.record("\(name): \(problem)") }
    }

    @Test(.timeLimit(.minutes(1)), arguments: names("dataset", "mha", "mhd", "nhdr", "nrrd") + names("plot3d", "bin"))
    func datasets(_ name: String) throws {
        let source = try FileSource(path: XMLOracleTests.folder + "/" + name)
        let dataset = try source.produce(UpdateRequest(), context: context)
        compare(name, dataset, try #require(Self.files[name]?["summary"] as? [String: Any]))
        #expect(try source.describe().arrays.map(\.name) == dataset.pointData.names + dataset.fieldData.names)
    }

    @Test(.timeLimit(.minutes(1)), arguments: names("composite", "vtm"))
    func blocks(_ name: String) throws {
        guard case .blocks(let collection) = try FileSource(path: XMLOracleTests.folder + "/" + name).produce(UpdateRequest(), context: context) else {
            throw DatasetError("no blocks")
        }
        let leaves = try #require(Self.files[name]?["leaves"] as? [[String: Any]])
        #expect(collection.leaves.map(\.path) == leaves.map { $0["path"] as? String ?? "" })
        #expect("vtk" + collection.typeName == Self.files[name]?["root"] as? String)
        for (leaf, entry) in zip(collection.leaves, leaves) { compare(name + " " + leaf.path, leaf.dataset, entry) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: names("timeseries", "pvd"))
    func timeSeries(_ name: String) throws {
        let source = try FileSource(path: XMLOracleTests.folder + "/" + name)
        let times = try #require(Self.files[name]?["times"] as? [Double])
        let entries = try #require(Self.files[name]?["datasets"] as? [[String: Any]])
        #expect(try source.describe().timeSteps == times)
        for time in times {
            var request = UpdateRequest()
            request.time = time
            guard case .blocks(let collection) = try source.produce(request, context: context) else { throw DatasetError("no blocks") }
            let parts = entries.filter { $0["time"] as? Double == time }
            #expect(collection.leaves.count == parts.count)
            for (leaf, part) in zip(collection.leaves, parts) {
                compare("\(name) \(time)", leaf.dataset, part["summary"] as? [String: Any] ?? [:])
            }
        }
    }
}
