import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import TestDatasets
import Testing

@testable import Partitioning

@Suite struct RedistributeTests {
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func partsGatherToTheWhole(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) {
            for (pieces, count) in [(1, 1), (1, 8), (3, 5), (7, 2), (4, 200)] {
                // Gathering takes a single collection of blocks for a whole one.
                if count == 1 && dataset.kind == .blocks { continue }
                let input = pieces == 1 ? [dataset] : try extracted(dataset, pieces, levels: 1)
                let parts = try Redistribute()(input, into: count, context: context(threads: 1 + count % 3))
                #expect(parts.count == count)
                let joined = try GatherPieces().gather(parts, context: context())
                #expect(joined.difference(to: dataset) == nil, "\(name), \(pieces) pieces into \(count), seed \(seed)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func partsDoNotDependOnThePiecesBefore() throws {
        for (name, dataset) in Samples.all(seed: 3) {
            for border in Redistribute.BorderCells.allCases {
                if border == .split && name == "mixed cells" { continue }
                let expected = try Redistribute(borderCells: border)(try extracted(dataset, 2, levels: 0), into: 5, context: context(threads: 1))
                for pieces in [3, 6, 11] {
                    let found = try Redistribute(borderCells: border)(try extracted(dataset, pieces, levels: 0), into: 5, context: context())
                    for (one, other) in zip(found, expected) {
                        #expect(pieceDifference(one, other) == nil, "\(name), \(border), \(pieces) pieces")
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func partsAreBalancedByWeight() throws {
        for (_, dataset) in Samples.all(seed: 4) where dataset.kind == .unstructured {
            for count in [2, 3, 8] {
                let parts = try Redistribute()([dataset], into: count, context: context())
                let share = Double(dataset.cellCount) / Double(count)
                for part in parts { #expect(abs(Double(part.cellCount) - share) <= 0.25 * share + 1) }
            }
            var weighted = dataset
            let heavy = dataset.cellCount / 4
            weighted.attributes.cellData.set(
                FieldArray(name: "cost", Buffer((0..<dataset.cellCount).map { $0 < heavy ? 3.0 : 1.0 })))
            let parts = try Redistribute(weights: "cost")([weighted], into: 4, context: context())
            let costs = parts.map { part -> Double in
                let array = part.cellData["cost"]!
                return (0..<array.tupleCount).reduce(0) { $0 + array.value($1) }
            }
            let share = costs.reduce(0, +) / 4
            for cost in costs { #expect(abs(cost - share) <= 0.25 * share + 3) }
        }
    }

    /// Ten cells on one spot cannot be told apart by where they are.
    @Test(.timeLimit(.minutes(1)))
    func cellsOnOneSpotAreSharedOutByTheirKeys() throws {
        let points = Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0)])
        let grid = UnstructuredGrid(points: points, cells: (0..<10).map { _ in (CellType.triangle, [0, 1, 2]) })
        let parts = try Redistribute()([.unstructured(grid)], into: 5, context: context())
        #expect(parts.map(\.cellCount) == [2, 2, 2, 2, 2])
    }

    @Test(.timeLimit(.minutes(1)))
    func cutCellsFillTheSameSpace() throws {
        var samples = Samples(seed: 6)
        let dataset = samples.unstructured(.tetrahedron)
        let whole = (try dataset.measures(context: context())).absoluteVolume
        for count in [2, 5, 8] {
            let parts = try Redistribute(borderCells: .split)([dataset], into: count, context: context())
            let volume = try parts.reduce(0) { $0 + (try $1.measures(context: context())).absoluteVolume }
            #expect(abs(volume - whole) < 1e-5 * whole, "\(count) parts")
            let joined = try GatherPieces().gather(parts, context: context())
            #expect(joined.cellCount == parts.reduce(0) { $0 + $1.cellCount })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func duplicatedCellsHaveOneOwner() throws {
        var samples = Samples(seed: 7)
        let dataset = samples.unstructured(.tetrahedron)
        let parts = try Redistribute(borderCells: .duplicated)([dataset], into: 6, context: context())
        #expect(parts.reduce(0) { $0 + $1.cellCount } > dataset.cellCount)
        #expect(try GatherPieces().gather(parts, context: context()).difference(to: dataset) == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func ghostsAroundRedistributedPartsAreThoseOfTheWhole() throws {
        for (name, dataset) in Samples.all(seed: 8) {
            guard dataset.kind == .unstructured || dataset.kind == .poly else { continue }
            let parts = try Redistribute()([dataset], into: 6, context: context())
            let found = try GhostExchange(levels: 2)(parts, context: context())
            // The definition, cell by cell.
            let cells = dataset.explicitCells.flatMap { list in (0..<list.count).map { Array(list.points(of: $0)) } }
            for (part, made) in zip(parts, found) {
                var level = [Int](repeating: -1, count: cells.count)
                for key in part.piece!.cellKeys!.elements { level[Int(key)] = 0 }
                for layer in 1...2 {
                    let reached = Set(cells.indices.filter { level[$0] >= 0 }.flatMap { cells[$0] })
                    for cell in cells.indices where level[cell] < 0 && cells[cell].contains(where: reached.contains) { level[cell] = layer }
                }
                let keys = made.piece!.cellKeys!.elements
                #expect(keys.map { level[Int($0)] } == (made.piece!.cellGhostLevels?.array ?? Array(repeating: 0, count: keys.count)).map { Int($0) }, "\(name)")
                #expect(keys.count == level.filter { $0 >= 0 }.count, "\(name)")
            }
        }
    }
}
