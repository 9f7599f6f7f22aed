import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import TestDatasets
import Testing

/// Same bytes on any split: every chain of filters gives the same dataset for any number of pieces and threads.
@Suite struct SplitTests {
    /// Runs a chain over a dataset at once and in pieces, and says where the results differ.
    static func differences(_ chain: [any Filter], over dataset: Dataset, pieces: [Int] = [2, 3, 7], context label: String) throws -> [String] {
        var pipeline = Pipeline(DatasetSource(dataset, signature: label))
        for filter in chain { pipeline = pipeline.appending(filter) }
        func result(_ pieces: Int, threads: Int, sparingly: Bool = false) throws -> Dataset {
            let executor = Executor(context: context(threads: threads), extractor: ExtractPiece(), gatherer: GatherPieces())
            return try executor.result(of: pipeline, pieces: pieces, sparingly: sparingly)
        }
        let whole = try result(1, threads: 1)
        var found: [String] = []
        for (number, count) in ([1] + pieces).enumerated() {
            let split = try result(count, threads: 1 + (number + 1) % 3)
            if let difference = split.difference(to: whole) { found.append("\(label): \(count) pieces differ from the whole: \(difference)") }
            let spare = try result(count, threads: 2, sparingly: true)
            if let difference = spare.difference(to: whole) { found.append("\(label): \(count) pieces joined as they came: \(difference)") }
        }
        return found
    }

    /// Expects the same bytes of every chain over every dataset; an error is an issue, and the next chain is tried.
    static func expectSameBytes(_ chains: [(String, [any Filter])], over datasets: [(name: String, dataset: Dataset)], _ what: String) {
        for (name, dataset) in datasets {
            for (chain, filters) in chains {
                let label = "\(chain) of \(name), \(what)"
                do {
                    let found = try differences(filters, over: dataset, context: label)
                    #expect(found.isEmpty, "\(found)")
                } catch { Issue.record("\(label): \(error)") }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 4] as [UInt64])
    func chainsOfThreeOnCells(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) {
            guard dataset.kind == .unstructured || dataset.kind == .poly else { continue }
            let chains: [(String, [any Filter])] = [
                ("halve", [Halve()]), ("halve twice", [Halve(), Halve(salt: 10)]), ("halve thrice", [Halve(), Halve(salt: 10), Halve(salt: 11)]),
                ("extract behind halve", [Halve(), ExtractPiece(), Halve(salt: 10)]),
            ]
            for (label, chain) in chains {
                let found = try Self.differences(chain, over: dataset, context: "\(label) of \(name), seed \(seed)")
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func surfaces(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) where dataset.kind != .table {
            let label = "\(name), seed \(seed)"
            let found = try Self.differences([Surface()], over: dataset, context: "surface of " + label)
                #expect(found.isEmpty, "\(found)")
            if dataset.kind != .blocks {
                let found = try Self.differences([Surface(), Halve(), Halve(salt: 12)], over: dataset, context: "halved surface of " + label)
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    /// Filters that need cells, one after the other, on every kind that has any.
    private static let chains: [(String, [any Filter])] = {
        let plane = Plane(origin: Vector3(2.1, 3.2, 1.4), normal: Vector3(0.36, 0.48, 0.8))
        let contour = Contour(array: ArraySelector("s"), values: [0.1, -0.3])
        return [
            ("contour", [contour]), ("contour with normals", [Contour(array: ArraySelector("s"), values: [0.1], computesNormals: true)]),
            ("slice", [Slice(plane: plane)]), ("surface", [Surface()]), ("triangulate", [Triangulate()]),
            ("surface, normals", [Surface(), Normals()]), ("surface, triangulate, normals", [Surface(), Triangulate(), Normals(featureAngle: 60)]),
            ("triangulate, contour, slice", [Triangulate(), contour, Slice(plane: plane)]),
            ("surface, contour, triangulate", [Surface(), contour, Triangulate()]),
            ("surface, slice", [Surface(), Slice(plane: plane)]), ("contour, normals, slice", [contour, Normals(), Slice(plane: plane)]),
        ]
    }()

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func filters(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) where dataset.kind != .table && dataset.kind != .blocks {
            for (label, chain) in Self.chains {
                let label = "\(label) of \(name), seed \(seed)"
                do {
                    let found = try Self.differences(chain, over: dataset, context: label)
                    #expect(found.isEmpty, "\(found)")
                } catch { Issue.record("\(label): \(error)") }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func sourcesSplitAsTheyLike() throws {
        let sources: [any Source] = [
            Wavelet(size: 12), SphereSource(thetaResolution: 12, phiResolution: 9), PlaneSource(xResolution: 5, yResolution: 7),
            RandomPoints(count: 99), WaveletGrid(size: 10, isSplit: false), WaveletGrid(size: 8, isSplit: true), Gyroid(size: 9),
        ]
        for source in sources {
            for filter in [nil, Surface()] as [Surface?] {
                var pipeline = Pipeline(source)
                if let filter { pipeline = pipeline.appending(filter) }
                let executor = Executor(context: context(), extractor: ExtractPiece(), gatherer: GatherPieces())
                let whole = try executor.result(of: pipeline)
                for count in [2, 3, 7] {
                    let split = try executor.result(of: pipeline, pieces: count)
                    #expect(split.difference(to: whole) == nil, "\(source.name), \(filter?.name ?? "no filter"), \(count) pieces")
                    let spare = try executor.result(of: pipeline, pieces: count, sparingly: true)
                    #expect(spare.difference(to: whole) == nil, "\(source.name), \(filter?.name ?? "no filter"), \(count) pieces joined as they came")
                }
            }
        }
    }
}
