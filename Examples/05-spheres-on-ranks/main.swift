// Tasks spread over ranks, a sphere of each rank's own, a camera that rank 0 sets and tells the others, one picture of all.
//
//     spheres-on-ranks OUT.png [RANKS]        ranks are threads of this process
//     mpirun -n 5 spheres-on-ranks OUT.png    ranks are processes; nothing else changes
import Foundation
import Tessera

/// What one task gives: numbers and how many of them are prime.
struct Count: BitwiseCopyable, Sendable {
    var first = 0
    var primes = 0
}

/// Every rank runs this.
func work(_ world: Communicator, to path: String) throws {
    let context = ExecutionContext(threads: 1)
    // Tasks go to whoever is free: no remainder is lost, and there may be more ranks than tasks.
    let tasks = Array(stride(from: 0, to: 20_000, by: 1_500))
    let counts = try world.map(tasks) { first -> Count in
        let numbers = first..<min(first + 1_500, 20_000)
        return Count(first: first, primes: numbers.count { number in number > 1 && !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 } })
    }

    // A sphere of this rank's own, in its own place and colour: an actor each, the same list on every rank, drawables where they are.
    let spheres = (0..<world.size).map { rank in
        let color = SIMD3<Float>(0.35 + 0.6 * Float(rank % 3) / 2, 0.9 - 0.5 * Float(rank % 4) / 3, 0.3 + 0.6 * Float(rank % 5) / 4)
        return Actor([], material: Material(color: color))
    }
    var scene = Scene(actors: spheres, background: SIMD3(0.12, 0.13, 0.18), width: 960, height: 360, samples: 4)
    let sphere = Pipeline(SphereSource(thetaResolution: 48, phiResolution: 24, radius: 0.9, center: Vector3(2 * Double(world.rank), 0, 0)))
    let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
    scene.actors[world.rank].drawables = try DatasetMapper().drawables(of: try executor.result(of: sphere), context: context)
    let primes = counts.reduce(0) { $0 + $1.primes }
    scene.annotations.texts = [TextAnnotation("\(world.size) ranks, \(primes) primes below 20000", at: .corner(.top))]

    // Rank 0 places the camera so that all ranks' spheres are in view, and tells it to the others.
    let manager = try ParallelRenderManager(world)
    defer { manager.close() }
    let bounds = try manager.bounds(of: scene)
    if world.rank == 0 {
        scene.camera.reset(to: bounds, aspect: Double(scene.width) / Double(scene.height))
        scene.camera.raise(elevation: 15)
    }
    try world.broadcast(&scene.camera, from: 0)

    // All draw together; the picture is on rank 0, and saving it draws nothing again.
    let frame = try manager.render(scene, bounds: bounds, in: context)
    if let image = frame.image {
        try image.write(to: path, in: context)
        print("\(path): \(world.size) spheres, a rank each; \(primes) primes below 20000 in \(counts.count) tasks")
    }
}

let arguments = CommandLine.arguments
guard arguments.count >= 2, let ranks = Int(arguments.count > 2 ? arguments[2] : "4"), (1...1024).contains(ranks) else {
    FileHandle.standardError.write(Data("use: spheres-on-ranks OUT.png [RANKS]\n".utf8))
    exit(2)
}
let path = arguments[1]
if Launcher.current != nil {
    try withWorld { try work($0.communicator, to: path) }
} else {
    _ = try withThreadRanks(ranks) { try work($0, to: path) }
}
