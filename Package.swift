// swift-tools-version: 6.1
import PackageDescription

// The rooms of Tessera, in the order in which data flows through them. A room may use only rooms
// declared above it: `room` refuses anything else, and the build refuses an import that is not declared.

let march = Context.environment["TESSERA_MARCH"] ?? "x86-64-v3"

/// Code generation: vector instructions of the chosen level, square roots without errno, no fused multiply-add
/// that the source does not ask for (the same bytes everywhere matter more).
func codeGeneration() -> [String] {
    #if arch(x86_64)
    return ["-Xcc", "-march=\(march)", "-Xcc", "-fno-math-errno", "-Xcc", "-ffp-contract=off"]
    #else
    return ["-Xcc", "-fno-math-errno", "-Xcc", "-ffp-contract=off"]
    #endif
}

/// Set by `make fuzz-guided`: every room counts what of it runs, for libFuzzer.
let isGuided = Context.environment["TESSERA_FUZZ_GUIDED"] != nil

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .unsafeFlags(codeGeneration() + (isGuided ? ["-sanitize=fuzzer", "-parse-as-library"] : [])),
]

var targets: [Target] = []
var declared: Set<String> = []

@MainActor func room(
    _ name: String, in storey: String, _ purpose: String,
    uses rooms: [String] = [], libraries: [Target.Dependency] = [], program: Bool = false, header: Bool = false
) {
    for other in rooms {
        precondition(declared.contains(other), "\(name) uses \(other), which is not declared above it")
    }
    precondition(!purpose.isEmpty, "\(name) has no purpose")
    let dependencies = rooms.map { Target.Dependency(stringLiteral: $0) } + libraries
    let path = "Sources/\(storey)/\(name)"
    if program {
        targets.append(.executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings))
    } else if header {
        targets.append(.target(name: name, path: path))
    } else {
        targets.append(.target(name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings))
    }
    declared.insert(name)
}

@MainActor func library(_ name: String, in storey: String, _ purpose: String, pkgConfig: String? = nil, apt: [String], brew: [String]) {
    targets.append(
        .systemLibrary(
            name: name, path: "Sources/\(storey)/\(name)", pkgConfig: pkgConfig, providers: [.apt(apt), .brew(brew)]))
    declared.insert(name)
}

@MainActor func tests(_ name: String, uses rooms: [String], libraries: [Target.Dependency] = []) {
    targets.append(
        .testTarget(
            name: name, dependencies: rooms.map { Target.Dependency(stringLiteral: $0) } + libraries,
            path: "Tests/\(name)", swiftSettings: swiftSettings))
}

// Foundations
room("CKernels", in: "Foundations", "SIMD operations that Swift cannot express, as header-only C.", header: true)
room("Geometry", in: "Foundations", "Points, vectors, bounds, planes, transforms, frusta and rays.")
room("Execution", in: "Foundations", "Worker threads, parallel loops, progress, cancellation, memory and traces.", uses: ["CKernels"])
room("Serialization", in: "Foundations", "The versioned byte form of values: one form for wire, disk and cache.", uses: ["Execution"])
room("Messaging", in: "Foundations", "Communicators: ranks, messages, collectives, groups, failure; ranks as threads.", uses: ["Execution", "Serialization"])
room("CMPI", in: "Foundations", "Any MPI, loaded at run time: constants of each binary interface, calls, waiting. No mpi.h.", header: true)
room("MessagingMPI", in: "Foundations", "Messages carried by MPI: which library, opening and closing a world, adopting one.",
    uses: ["CMPI", "Execution", "Messaging"])

// Data
room("Datasets", in: "Data", "Field arrays and the dataset kinds; pieces, extents, ghosts, canonical order.",
    uses: ["CKernels", "Geometry", "Execution", "Serialization"])
room("Dataflow", in: "Data", "Stages and their three passes; requests, the executor, its cache and streaming.",
    uses: ["Geometry", "Execution", "Datasets"])

// Processing
library("CDeflate", in: "Processing", "zlib streams.", pkgConfig: "libdeflate", apt: ["libdeflate-dev"], brew: ["libdeflate"])
library("CISAL", in: "Processing", "zlib streams, decompressed faster.", pkgConfig: "libisal", apt: ["libisal-dev"], brew: ["isa-l"])
library("CLZ4", in: "Processing", "LZ4 blocks.", pkgConfig: "liblz4", apt: ["liblz4-dev"], brew: ["lz4"])
library("CLZMA", in: "Processing", "xz streams.", pkgConfig: "liblzma", apt: ["liblzma-dev"], brew: ["xz"])
room("Files", in: "Processing", "Readers and writers of scientific file formats.",
    uses: ["CKernels", "Geometry", "Execution", "Serialization", "Datasets", "Dataflow", "CDeflate", "CISAL", "CLZ4", "CLZMA"])
room("Filters", in: "Processing", "Stages that turn datasets into datasets, and the procedural sources.",
    uses: ["CKernels", "Geometry", "Execution", "Datasets", "Dataflow"])
room("Partitioning", in: "Processing", "Spreads cells over parts: ghosts by exchange, redistribution, identities, ownership, balance.",
    uses: ["CKernels", "Geometry", "Execution", "Serialization", "Messaging", "Datasets", "Dataflow", "Filters"])
room("RankDataflow", in: "Processing", "Pipelines on many ranks: whose pieces, gathered, cut, taken over from lost ranks.",
    uses: ["Execution", "Serialization", "Messaging", "Datasets", "Dataflow"])

// Rendering
library("CPNG", in: "Rendering", "PNG streams.", pkgConfig: "libpng", apt: ["libpng-dev"], brew: ["libpng"])
library("CTurboJPEG", in: "Rendering", "JPEG streams.", pkgConfig: "libturbojpeg", apt: ["libturbojpeg0-dev"], brew: ["jpeg-turbo"])
room("Images", in: "Rendering", "Colour, depth and ids of a picture; PNG and JPEG.",
    uses: ["CKernels", "Execution", "CPNG", "CTurboJPEG", "CDeflate"])
room("Scenes", in: "Rendering", "Cameras, actors, lights, colour maps and the list that a renderer draws.",
    uses: ["Geometry", "Execution", "Datasets", "Images"])
room("Annotating", in: "Rendering", "Scales, axes and text of a picture, laid out by measured text in a typeface of our own.",
    uses: ["Geometry", "Execution", "Datasets", "Images", "Scenes"])
room("Mapping", in: "Rendering", "Datasets into drawables, scalars into colours.",
    uses: ["CKernels", "Geometry", "Execution", "Datasets", "Images", "Scenes"])
room("Visibility", in: "Rendering", "What of a scene a camera can see.", uses: ["Geometry", "Execution", "Scenes", "Annotating"])
room("Rasterizing", in: "Rendering", "The visibility-buffer rasterizer on the CPU.",
    uses: ["CKernels", "Geometry", "Execution", "Datasets", "Images", "Scenes", "Visibility"])

// Cluster
room("Compositing", in: "Cluster", "Pictures of many ranks into one: schedules as values, their executor, nearest samples.",
    uses: ["CKernels", "Execution", "Messaging", "Images"])

room("Planning", in: "Cluster", "What a frame on a cluster takes: schedules followed rank by rank over a model of its network; measured, drawn as curves.",
    uses: ["Execution", "Messaging", "Images", "Scenes", "Visibility", "Rasterizing", "Compositing"])

room("ParallelRendering", in: "Cluster", "One picture drawn by many ranks: who draws what, how it comes together.",
    uses: [
        "Geometry", "Execution", "Serialization", "Messaging", "Datasets", "RankDataflow", "Images", "Scenes", "Annotating", "Visibility",
        "Rasterizing", "Compositing", "Planning",
    ])

// Delivery
let everything = [
    "Geometry", "Execution", "Serialization", "Messaging", "Datasets", "Dataflow", "Files", "Filters", "Partitioning",
    "RankDataflow", "Images", "Scenes", "Annotating", "Mapping", "Visibility", "Rasterizing", "Compositing", "ParallelRendering", "Planning",
]
room("SceneFiles", in: "Delivery", "Scene files: pictures described in JSON; read, written, and made into scenes.", uses: everything)
room("Tessera", in: "Delivery", "One import for users.", uses: ["MessagingMPI"] + everything + ["SceneFiles"])
room("TesseraCommand", in: "Delivery", "The command `tessera`.", uses: ["CKernels", "MessagingMPI"] + everything + ["SceneFiles", "Tessera"],
    libraries: [.product(name: "ArgumentParser", package: "swift-argument-parser")], program: true)

// Programs among the examples.
targets.append(
    .executableTarget(name: "SpheresOnRanks", dependencies: ["Tessera"], path: "Examples/05-spheres-on-ranks", exclude: ["run"], swiftSettings: swiftSettings))

// Damaged copies of files, for tests and for the fuzzer; what inputs go through; the fuzzers themselves.
targets.append(.target(name: "Damaging", path: "Fuzzing/Damaging", swiftSettings: swiftSettings))
targets.append(.target(name: "Exercising", dependencies: ["Tessera"], path: "Fuzzing/Exercising", swiftSettings: swiftSettings))
targets.append(
    .executableTarget(
        name: "TesseraFuzz", dependencies: ["Tessera", "Damaging", "Exercising"], path: "Fuzzing/TesseraFuzz", swiftSettings: swiftSettings))
if isGuided {
    targets.append(
        .executableTarget(
            name: "TesseraFuzzGuided", dependencies: ["Tessera", "Exercising"], path: "Fuzzing/TesseraFuzzGuided", swiftSettings: swiftSettings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}

// What every transport of messages must do, for tests and for a program that a launcher of MPI starts.
targets.append(
    .target(
        name: "MessagingConformance", dependencies: ["Execution", "Serialization", "Messaging", "SeededNumbers"], path: "Tests/Conformance/MessagingConformance",
        swiftSettings: swiftSettings))
targets.append(
    .executableTarget(
        name: "MessagingConformanceRun", dependencies: ["Messaging", "MessagingConformance"],
        path: "Tests/Conformance/MessagingConformanceRun", swiftSettings: swiftSettings))

// Mistakes and losses in the middle of frames, for the same two.
targets.append(
    .target(
        name: "FrameFaults",
        dependencies: [
            "Geometry", "Execution", "Messaging", "Datasets", "Dataflow", "Filters", "RankDataflow", "Images", "Scenes", "Mapping",
            "ParallelRendering",
        ], path: "Tests/Conformance/FrameFaults", swiftSettings: swiftSettings))
// What the tests of MPI launch.
targets.append(
    .executableTarget(
        name: "MPIProgram", dependencies: ["CMPI", "Execution", "Messaging", "MessagingMPI", "MessagingConformance", "FrameFaults"],
        path: "Tests/MPI/Program",
        swiftSettings: swiftSettings))
// Tests mirror the rooms; JourneyTests tell whole stories with the command.
targets.append(.target(name: "BuiltPrograms", path: "Tests/Support/BuiltPrograms", swiftSettings: swiftSettings))
targets.append(.target(name: "SeededNumbers", path: "Tests/Support/SeededNumbers", swiftSettings: swiftSettings))
targets.append(
    .target(
        name: "TestDatasets", dependencies: ["Geometry", "Execution", "Datasets", "SeededNumbers"], path: "Tests/Support/TestDatasets",
        swiftSettings: swiftSettings))
tests("GeometryTests", uses: ["Geometry"])
tests("ExecutionTests", uses: ["Execution"])
tests("SerializationTests", uses: ["Execution", "Serialization"])
tests("DatasetsTests", uses: ["Geometry", "Execution", "Serialization", "Datasets", "Damaging"])
tests("MPITests", uses: ["CMPI", "Messaging", "MessagingMPI", "MPIProgram", "BuiltPrograms", "SeededNumbers"])
tests("MessagingTests", uses: ["Execution", "Serialization", "Messaging", "MessagingConformance"])
targets.append(.target(name: "SharedTestData", path: "Tests/Support/SharedTestData", swiftSettings: swiftSettings))
tests("DataflowTests",
    uses: ["Geometry", "Execution", "Serialization", "Messaging", "Datasets", "Dataflow", "Files", "Filters", "Partitioning", "RankDataflow",
        "SharedTestData", "TestDatasets"])
tests("FilesTests", uses: ["Geometry", "Execution", "Datasets", "Dataflow", "Files", "SharedTestData", "SeededNumbers"])
tests("FiltersTests", uses: ["Geometry", "Execution", "Datasets", "Dataflow", "Filters", "SeededNumbers"])
tests("PartitioningTests",
    uses: ["Geometry", "Execution", "Messaging", "Datasets", "Dataflow", "Filters", "Partitioning", "TestDatasets"])
tests("RenderingTests",
    uses: ["Geometry", "Execution", "Datasets", "Images", "Scenes", "Annotating", "Mapping", "Visibility", "Rasterizing", "SeededNumbers"])
tests("CompositingTests", uses: ["Execution", "Messaging", "Images", "Compositing", "SeededNumbers"])
tests("ParallelRenderingTests",
    uses: [
        "Geometry", "Execution", "Messaging", "Datasets", "Dataflow", "Filters", "RankDataflow", "Images", "Scenes", "Mapping", "Visibility",
        "Rasterizing", "Compositing", "ParallelRendering", "FrameFaults", "SeededNumbers",
    ])
tests("PlanningTests", uses: ["Execution", "Messaging", "Images", "Compositing", "Planning"])
tests("SceneFilesTests", uses: everything + ["SceneFiles"])
tests("JourneyTests", uses: everything + ["SceneFiles", "BuiltPrograms", "Damaging", "SharedTestData", "Tessera", "TesseraCommand", "SpheresOnRanks"])

let package = Package(
    name: "Tessera",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tessera", targets: ["Tessera"]),
        .executable(name: "tessera", targets: ["TesseraCommand"]),
        .executable(name: "spheres-on-ranks", targets: ["SpheresOnRanks"]),
        .executable(name: "tessera-fuzz", targets: ["TesseraFuzz"]),
        .executable(name: "MPIProgram", targets: ["MPIProgram"]),
        .executable(name: "messaging-conformance", targets: ["MessagingConformanceRun"]),
    ] + (isGuided ? [.executable(name: "tessera-fuzz-guided", targets: ["TesseraFuzzGuided"])] : []),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: targets
)
