import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import TestDatasets
import Testing

@Suite struct PieceTests {
    private let extractor = ExtractPiece()
    private let gatherer = GatherPieces()

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func piecesGatherToTheWhole(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) {
            for count in [2, 3, 7, 300] {
                for levels in [0, 1, 2] {
                    let pieces = try (0..<count).map {
                        try extractor.extract(
                            UpdateRequest(piece: $0, of: count, ghostLevels: levels), from: dataset, wholeExtent: dataset.extent,
                            context: context(threads: 1 + $0 % 3))
                    }
                    let joined = try gatherer.gather(pieces, context: context())
                    #expect(joined.difference(to: dataset) == nil, "\(name), \(count) pieces, \(levels) ghost levels, seed \(seed)")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func everyCellHasOneOwnerAndEveryPointOne() throws {
        for (name, dataset) in Samples.all(seed: 5) {
            if case .blocks = dataset { continue }
            if case .table = dataset { continue }
            for count in [2, 5] {
                var cells = 0
                var points = 0
                for number in 0..<count {
                    let piece = try extractor.extract(
                        UpdateRequest(piece: number, of: count, ghostLevels: 1), from: dataset, wholeExtent: dataset.extent, context: context())
                    cells += piece.cellCount - ghosts(piece.piece?.cellGhostLevels)
                    points += piece.pointCount - ghosts(piece.piece?.pointGhostLevels)
                    #expect(piece.piece?.piece == number && piece.piece?.pieceCount == count)
                }
                #expect(cells == dataset.cellCount, "\(name)")
                #expect(points == dataset.pointCount, "\(name)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func ghostLayersShareAPointWithTheLayerBefore() throws {
        guard case .unstructured(let grid) = Samples.all(seed: 8).first(where: { $0.name == "mixed cells" })!.dataset else { return }
        let count = 4
        for number in 0..<count {
            // The slow definition, layer by layer.
            let begin = { (2 * $0 * grid.cellCount + count) / (2 * count) }
            var level = [Int](repeating: -1, count: grid.cellCount)
            for cell in begin(number)..<begin(number + 1) { level[cell] = 0 }
            for layer in 1...3 {
                let reached = Set((0..<grid.cellCount).filter { level[$0] >= 0 }.flatMap { Array(grid.cells.points(of: $0)) })
                for cell in 0..<grid.cellCount where level[cell] < 0 && grid.cells.points(of: cell).contains(where: reached.contains) {
                    level[cell] = layer
                }
            }
            let piece = try extractor.extract(
                UpdateRequest(piece: number, of: count, ghostLevels: 3), from: .unstructured(grid), wholeExtent: nil, context: context())
            let info = try #require(piece.piece)
            let keys = try #require(info.cellKeys)
            #expect(keys.array == level.indices.filter { level[$0] >= 0 }.map { UInt64($0) })
            let found = try #require(info.cellGhostLevels).array.map(Int.init)
            #expect(found == level.filter { $0 >= 0 })
            let owners = try #require(info.cellOwners)
            for (cell, key) in keys.array.enumerated() {
                #expect(Int(key) >= begin(Int(owners[cell])) && Int(key) < begin(Int(owners[cell]) + 1))
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func latticePiecesCropLargerDataAndMarkGhosts() throws {
        var samples = Samples(seed: 3)
        let whole = Extent(-2, 5, 1, 7, 0, 9)
        let dataset = samples.image(whole)
        for count in [2, 3, 7] {
            for number in 0..<count {
                let piece = try extractor.extract(
                    UpdateRequest(piece: number, of: count, ghostLevels: 2), from: dataset, wholeExtent: whole, context: context())
                let owned = whole.piece(number, of: count)
                let held = owned.grown(by: 2, within: whole)
                #expect(piece.extent == held)
                let info = try #require(piece.piece)
                let levels = try #require(info.cellGhostLevels)
                let cells = Extent(lower: held.lower, upper: held.upper &- 1)
                for place in 0..<levels.count {
                    let cell = cells.point(at: place)
                    var distance = 0
                    for axis in 0..<3 { distance = max(distance, owned.lower[axis] - cell[axis], cell[axis] - (owned.upper[axis] - 1)) }
                    #expect(Int(levels[place]) == distance)
                }
                // Values lie where they lay.
                for place in [0, held.pointCount / 2, held.pointCount - 1] {
                    let there = whole.pointIndex(held.point(at: place))
                    #expect(piece.pointData["s"]!.value(place) == dataset.pointData["s"]!.value(there))
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func slabsAreNotCopied() throws {
        let extent = Extent(0, 3, 0, 3, 0, 9)
        var samples = Samples(seed: 3)
        let dataset = samples.image(extent)
        let piece = try extractor.extract(UpdateRequest(piece: 1, of: 2), from: dataset, wholeExtent: extent, context: context())
        let all = try #require(dataset.pointData["s"]?.buffer(of: Float.self))
        let part = try #require(piece.pointData["s"]?.buffer(of: Float.self))
        let first = extent.pointIndex(piece.extent!.lower)
        #expect(part.isIdentical(to: all.slice(first..<first + part.count)))
    }

    @Test(.timeLimit(.minutes(1)))
    func missingExtentIsAnError() throws {
        let part = Extent(0, 3, 0, 3, 0, 3)
        var samples = Samples(seed: 3)
        let dataset = samples.image(part)
        #expect(throws: DatasetError.self) {
            try extractor.extract(UpdateRequest(piece: 1, of: 2), from: dataset, wholeExtent: Extent(0, 3, 0, 3, 0, 9), context: context())
        }
        #expect(throws: DatasetError.self) {
            try extractor.extract(UpdateRequest(piece: 2, of: 2), from: dataset, wholeExtent: part, context: context())
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func wholeSourceDataComesBackUncopied() throws {
        for (_, dataset) in Samples.all(seed: 4) {
            let joined = try gatherer.gather([dataset], context: context())
            #expect(joined.difference(to: dataset) == nil)
            if let before = dataset.pointData["s"]?.buffer(of: Float.self), let after = joined.pointData["s"]?.buffer(of: Float.self) {
                #expect(before.isIdentical(to: after))
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesThatDoNotFitAreErrors() throws {
        var samples = Samples(seed: 3)
        let (triangles, mixed) = (samples.triangles(), samples.mixed())
        func piece(_ dataset: Dataset, _ number: Int) throws -> Dataset {
            try extractor.extract(UpdateRequest(piece: number, of: 2), from: dataset, wholeExtent: dataset.extent, context: context())
        }
        #expect(throws: DatasetError.self) { try gatherer.gather([], context: context()) }
        #expect(throws: DatasetError.self) { try gatherer.gather([piece(triangles, 0), piece(mixed, 1)], context: context()) }
        #expect(throws: DatasetError.self) { try gatherer.gather([triangles, triangles], context: context()) }
        var other = try piece(triangles, 1)
        other.attributes.pointData.remove("v")
        #expect(throws: DatasetError.self) { try gatherer.gather([piece(triangles, 0), other], context: context()) }
    }

    private func ghosts(_ levels: Buffer<UInt8>?) -> Int { levels?.elements.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } ?? 0 }
}
