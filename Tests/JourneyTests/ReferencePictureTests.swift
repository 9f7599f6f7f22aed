import Foundation
import Images
import Testing

/// Pictures that VTK made, accepted by the rule that comes with them, with half of its tolerances.
@Suite struct ReferencePictureTests {
    private struct Reference {
        var name: String
        var arguments: [String]
        /// A part that is not compared, in fractions from the bottom left: text in a font that nobody else has.
        var ignored: [Double]?
    }

    private static let references = [
        Reference(
            name: "disk_temperature",
            arguments: [
                "unstructured/disk_out_ref.vtu", "--clip", "0,0,0:-0.6,0.8,0", "--surface", "--color-by", "Temp", "--range", "293.15:913.15", "--preset",
                "rainbow", "--background", "0.32,0.34,0.43", "--camera", "28,-26,18:0,0,0.1:0,0,1", "--view-angle", "35", "--size", "640x480", "--flat",
            ], ignored: [0.85, 0.1, 0.12, 0.8]),
        Reference(
            name: "head_skin",
            arguments: [
                "images/headsq/quarter.nhdr", "--contour", "ImageFile=500.5", "--normals=180", "--color", "1,0.75,0.6", "--specular", "0.3:20", "--background",
                "0,0,0", "--camera", "-250,640,20:100.8,100.8,69:0,0,-1", "--view-angle", "25", "--size", "512x512",
            ]),
        Reference(
            name: "bunny_two_lights",
            arguments: [
                "polydata/bunny.ply", "--normals=180", "--color", "0.85,0.8,0.75", "--specular", "0.4:30", "--light", "-0.5,-0.7,-0.6:1,0.95,0.85:0.9",
                "--light", "0.8,0.1,-0.4:0.4,0.5,0.9:0.6", "--background", "0.2,0.2,0.2", "--camera", "-0.02,0.18,0.42:-0.0168,0.1102,-0.0015:0,1,0",
                "--view-angle", "25", "--size", "600x600",
            ]),
    ]

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(1)), arguments: references.map(\.name))
    func pictureIsAccepted(name: String) throws {
        let reference = try #require(Self.references.first { $0.name == name })
        let folder = try Scratch()
        let path = folder.path("\(name).png")
        var arguments = reference.arguments
        arguments[0] = SharedData.path(arguments[0])
        let outcome = try Command.run(["render"] + arguments + ["-o", path])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let ours = try ColorImage(readingPNG: path)
        let theirs = try ColorImage(readingPNG: SharedData.path("reference/\(name).png"))
        let index = try #require(arguments.firstIndex(of: "--background"))
        let background = arguments[index + 1].split(separator: ",").compactMap { Double($0) }.map { ($0 * 255).rounded() }
        let ignored = reference.ignored.map { part in
            let (width, height) = (Double(ours.width), Double(ours.height))
            return ImageComparison.Region(
                x: Int(part[0] * width), y: Int((1 - part[1] - part[3]) * height), width: Int((part[2] * width).rounded(.up)) + 1,
                height: Int((part[3] * height).rounded(.up)) + 1)
        }
        let comparison = ImageComparison(
            ours, theirs, background: (background[0], background[1], background[2]), ignoring: ignored.map { [$0] } ?? [])
        #expect(comparison.isAccepted(overlap: 0.99, fraction: 0.5), "\(comparison)")
        print("\(name): \(comparison)")
    }
}
