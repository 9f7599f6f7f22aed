import Messaging

let topologyChecks: [ConformanceCheck] = [
    ConformanceCheck("grids: places, shifts, sub-grids") { world, seed in
        for (axes, periodic) in [(1, [true]), (2, [false, true]), (3, [true, false, true])] {
            let dimensions = Communicator.balancedDimensions(for: world.size, axes: axes)
            try expectEqual(dimensions.reduce(1, *), world.size)
            guard let grid = try world.cartesian(dimensions: dimensions, periodic: periodic) else { throw WrongResult("not in the grid") }
            for other in 0..<grid.size { try expectEqual(grid.rank(at: grid.coordinates(of: other)), other) }
            for axis in 0..<axes {
                let (source, destination) = grid.shift(axis, by: 1)
                if !periodic[axis], grid.coordinates[axis] == 0 { try expectEqual(source, nil) }
                if !periodic[axis], grid.coordinates[axis] == dimensions[axis] - 1 { try expectEqual(destination, nil) }
                let sending = try destination.map { try grid.communicator.startSend(grid.coordinates, to: $0, tag: axis) }
                if let source {
                    var expected = grid.coordinates
                    expected[axis] = (expected[axis] + dimensions[axis] - 1) % dimensions[axis]
                    try expectEqual(try grid.communicator.receive(Int.self, from: source, tag: axis), expected)
                }
                try sending?.wait()
                let line = try grid.subgrid(keeping: [axis])
                try expectEqual(line.dimensions, [dimensions[axis]])
                try expectEqual(line.coordinates, [grid.coordinates[axis]])
                try expectEqual(line.isPeriodic, [periodic[axis]])
                let places = try line.communicator.allGather(grid.coordinates[axis])
                try expectEqual(places, Array(0..<dimensions[axis]))
            }
        }
        try expectEqual(try world.cartesian(dimensions: [1, 1]) == nil, world.rank != 0)
    },
    ConformanceCheck("grids: neighbours") { world, seed in
        let dimensions = Communicator.balancedDimensions(for: world.size, axes: 2)
        guard let grid = try world.cartesian(dimensions: dimensions, periodic: [true, false]) else { throw WrongResult("not in the grid") }
        let own = numbers(world.rank * 300, world.rank, seed)
        let around = try grid.neighbourAllGather(own)
        for (neighbour, values) in zip(grid.neighbours, around) { try expectEqual(values, neighbour.map { numbers($0 * 300, $0, seed) }) }
        // Part i says who sends it and to which side; from the lower neighbour comes what it sent up.
        let parts = (0..<4).map { [world.rank, $0] }
        for (slot, values) in try grid.neighbourAllToAll(parts).enumerated() {
            try expectEqual(values, grid.neighbours[slot].map { [$0, slot ^ 1] })
        }
    },
    ConformanceCheck("graphs") { world, seed in
        // An edge from r to r + k for a few k, one of them twice.
        let steps = [1, 2, 1, 0]
        let destinations = steps.map { (world.rank + $0) % world.size }
        let sources = steps.map { (world.rank + steps.count * world.size - $0) % world.size }
        let graph = try world.graph(sources: sources, destinations: destinations)
        try expectEqual(try graph.neighbourAllGather(numbers(9, world.rank, seed)), sources.map { numbers(9, $0, seed) })
        let got = try graph.neighbourAllToAll(destinations.enumerated().map { [world.rank, $1, $0] })
        for (source, values) in zip(sources, got) { try expectEqual(Array(values.prefix(2)), [source, world.rank]) }
        let ring = try world.graph(neighbours: [(world.rank + 1) % world.size, (world.rank + world.size - 1) % world.size])
        _ = try ring.neighbourAllGather([world.rank])
    },
    ConformanceCheck("a halo exchange is one call") { world, seed in
        let (width, height) = (6 + Int(seed), 5)
        guard let grid = try world.cartesian(dimensions: [world.size], periodic: [true]) else { throw WrongResult("not in the grid") }
        func column(_ x: Int) -> MessageLayout { .strided(height, by: width, of: Double.self, startingAt: x) }
        var values = (0..<width * height).map { Double(world.rank * 1000 + $0) }
        try grid.exchange(&values, sending: column(width - 2), receiving: column(0), along: 0, by: 1)
        try grid.exchange(&values, sending: column(1), receiving: column(width - 1), along: 0, by: -1)
        for y in 0..<height {
            for x in 0..<width {
                var expected = Double(world.rank * 1000 + y * width + x)
                if x == 0 { expected = Double((world.rank + world.size - 1) % world.size * 1000 + y * width + width - 2) }
                if x == width - 1 { expected = Double((world.rank + 1) % world.size * 1000 + y * width + 1) }
                try expectEqual(values[y * width + x], expected, "(\(x), \(y))")
            }
        }
    },
    ConformanceCheck("layouts over messages") { world, seed in
        struct View: Equatable {
            var eye = (1.0, 2.0, 3.0)
            var angle: Float = 30
            var frame: Int32 = 7
            static func == (a: View, b: View) -> Bool { a.eye == b.eye && a.angle == b.angle && a.frame == b.frame }
        }
        let next = (world.rank + 1) % world.size
        let previous = (world.rank + world.size - 1) % world.size
        let fields = MessageLayout.fields(of: View.self, \.eye, \.frame)
        try world.send(View(eye: (4, 5, Double(world.rank)), angle: 90, frame: 8), fields, to: next)
        var view = View()
        try world.receive(into: &view, fields, from: previous)
        try expectEqual(view, View(eye: (4, 5, Double(previous)), angle: 30, frame: 8))
        var shared = View(eye: (0, 0, Double(world.rank)), angle: Float(world.rank), frame: Int32(world.rank))
        try world.broadcast(&shared, fields, from: world.size - 1)
        try expectEqual(shared.frame, Int32(world.size - 1))
        try expectEqual(shared.angle, Float(world.rank))

        let block = MessageLayout.subarray(of: Int64.self, dimensions: [7, 6, 5], ranges: [2..<5, 1..<3, 0..<4])
        let grid = numbers(7 * 6 * 5, world.rank, seed)
        try world.send(grid, block, to: next)
        var target = [Int64](repeating: -1, count: 7 * 6 * 5)
        try world.receive(into: &target, block, from: previous)
        let source = numbers(7 * 6 * 5, previous, seed)
        for index in target.indices {
            let (x, y, z) = (index % 7, index / 7 % 6, index / 42)
            let inside = (2..<5).contains(x) && (1..<3).contains(y) && (0..<4).contains(z)
            try expectEqual(target[index], inside ? source[index] : -1)
        }
    },
]
