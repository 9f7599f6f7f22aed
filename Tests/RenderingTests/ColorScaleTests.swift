import Datasets
import Execution
import Foundation
import Geometry
import Mapping
import Scenes
import SeededNumbers
import Testing

@Suite(.timeLimit(.minutes(1))) struct ColorScaleTests {
    @Test(arguments: 0..<30) func logarithmicEntriesAreThoseOfLogarithms(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let lower = Double(Float(pow(10, Double.random(in: -30...5, using: &random))))
        let upper = Double(Float(lower * pow(10, Double.random(in: 0.01...30, using: &random))))
        let count = [256, 7, 1, 1024][seed % 4]
        var map = ColorMap(.viridis, count: count, range: (lower, upper))
        map.scale = .logarithmic
        let lookup = ColorLookup(map)
        for _ in 0..<2000 {
            let value = Float(lower * pow(upper / lower, Double.random(in: 0...1, using: &random)))
            let exact = log2(Double(value) / lower) / log2(upper / lower) * Double(count)
            let index = lookup.index(of: value)
            if value > Float(upper) || value < Float(lower) { continue }
            #expect(Double(index) <= exact + 1e-4 && Double(index) + 1 >= exact - 1e-4, "seed \(seed): \(value) is entry \(index), expected \(exact)")
        }
        #expect(lookup.index(of: Float(lower)) == 0 && lookup.index(of: Float(upper)) == count - 1)
        #expect(lookup.index(of: 0) == count && lookup.index(of: -1) == count && lookup.index(of: .infinity) == count + 1 && lookup.index(of: .nan) == count + 2)
    }

    @Test func categoriesHaveTheirColors() {
        let categories = [ColorCategory(value: 7, label: "seven"), ColorCategory(value: -2, label: "minus two"), ColorCategory(value: 0.5, label: "half")]
        let map = ColorMap(categories: categories, colors: ColorPreset.set1.categoryColors(count: 3))
        #expect(map.categories.map(\.value) == [-2, 0.5, 7])
        #expect(map.color(of: -2) == map.table[0] && map.color(of: 0.5) == map.table[1] && map.color(of: 7) == map.table[2])
        #expect(map.color(of: 1) == map.nanColor && map.color(of: .nan) == map.nanColor)
    }

    @Test func portableFunctionsAreThoseOfTheLibrary() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<5000 {
            let value = pow(10, Double.random(in: -300...300, using: &random))
            #expect(abs(PortableMath.log2(value) - log2(value)) <= 1e-13 * max(1, abs(log2(value))))
            let power = Double.random(in: -1000...1000, using: &random)
            #expect(abs(PortableMath.exp2(power) / exp2(power) - 1) < 1e-13)
            let angle = Double.random(in: -1000...1000, using: &random)
            let (sine, cosine) = PortableMath.sineAndCosine(degrees: angle)
            #expect(abs(sine - sin(angle * .pi / 180)) < 1e-12 && abs(cosine - cos(angle * .pi / 180)) < 1e-12)
        }
        #expect(PortableMath.log2(8) == 3 && PortableMath.exp2(-3) == 0.125 && PortableMath.log2(0) == -.infinity)
        #expect(PortableMath.sineAndCosine(degrees: 450) == (1, 0))
    }

    @Test func opacityFollowsItsPoints() {
        var map = ColorMap(.greys, count: 101, range: (0, 10))
        map.setOpacity([(2, 0), (4, 1), (8, 0.5)])
        #expect(map.table[0].w == 0 && map.table[20].w == 0 && abs(map.table[30].w - 0.5) < 1e-6 && map.table[40].w == 1)
        #expect(abs(map.table[60].w - 0.75) < 1e-6 && map.table[100].w == 0.5)
    }

    @Test func presetsByTheNamesOfOthers() {
        let names: [String: ColorPreset] = [
            "Cool to Warm (Extended)": .coolWarmExtended, "Viridis (matplotlib)": .viridis, "X Ray": .xRay, "Black-Body Radiation": .blackBody,
            "Black, Blue and White": .blackBlueWhite, "Grayscale": .greys, "Cold and Hot": .coldHot, "Rainbow Desaturated": .rainbowDesaturated,
            "jet": .jet, "tab10": .tableau, "Cool to Warm": .coolWarm, "Blue to Red Rainbow": .rainbow,
        ]
        for (name, preset) in names { #expect(ColorPreset(named: name) == preset, "\(name)") }
        #expect(ColorPreset.named("viridis_r").map { $0.preset == .viridis && $0.isReversed } == true)
        for preset in ColorPreset.allCases {
            #expect(ColorPreset(named: preset.rawValue) == preset)
            #expect(preset.table(count: 256).count == 256 && preset.table(count: 1).count == 1)
            #expect(zip(preset.controlPoints, preset.controlPoints.dropFirst()).allSatisfy { $0.position <= $1.position }, "\(preset)")
        }
    }

    @Test(arguments: 0..<12) func quantilesAreExact(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let count = [1, 2, 10, 1000, 70_000][seed % 5]
        let values = (0..<count).map { _ in (Double.random(in: -5...5, using: &random) * (seed % 2 == 0 ? 1 : 1e5)).rounded(seed % 3 == 0 ? .down : .up) / 3 }
        let sorted = values.sorted()
        let context = ExecutionContext(threads: 3)
        for parts in [1, 3] {
            let datasets = (0..<parts).map { part -> Dataset in
                var own = Array(values[count * part / parts..<count * (part + 1) / parts])
                own += [.nan, .infinity]
                var data = PolyData(points: Points(own.map { _ in Vector3() }))
                data.attributes.pointData.set(FieldArray(name: "T", Buffer(own)))
                return .poly(data)
            }
            let found = try ColoringValues(ArraySelector("T"), in: datasets, context: context)
            let fractions = [0, 0.02, 0.5, 0.98, 1]
            for (fraction, value) in zip(fractions, try found.quantiles(fractions)) {
                let place: Double = fraction * Double(count - 1)
                let index = Int(place)
                let rest: Double = place - Double(index)
                let low: Double = sorted[index]
                let high: Double = sorted[min(count - 1, index + 1)]
                let expected: Double = rest == 0 ? low : low + (high - low) * rest
                #expect(value == expected, "seed \(seed)")
            }
            #expect(try found.leastPositive() == sorted.first { $0 > 0 })
            #expect(try found.distinct(limit: 1 << 20) == Array(Set(values)).sorted())
            #expect(try found.distinct(limit: 0) == nil)
        }
    }

    @Test func filesOfColorMaps() throws {
        let json = #"[{"Name":"two","ColorSpace":"RGB","NanColor":[1,1,0],"RGBPoints":[-2,0,0,1, 0,1,1,1, 2,1,0,0]},{"Name":"set","IndexedColors":[1,0,0,0,1,0]}]"#
        let file = try ColorMapFile(data: Data(json.utf8))
        #expect(file.entries.map(\.name) == ["two", "set"] && file.entries[0].points.map(\.position) == [0, 0.5, 1])
        #expect(file.entries[0].table(count: 3)[1] == SIMD4(1, 1, 1, 1) && file.entries[1].table(count: 2)[1] == SIMD4(0, 1, 0, 1))
        let xml = #"<ColorMaps><ColorMap name="a" space="Lab"><Point x="0" o="1" r="0" g="0" b="0"/><Point x='1' o='1' r='1' g='1' b='1'/><NaN r="1" g="0" b="0"/></ColorMap></ColorMaps>"#
        let other = try ColorMapFile(data: Data(xml.utf8))
        #expect(other.entries[0].space == .lab && other.entries[0].points.count == 2 && other.entries[0].nanColor == SIMD4(1, 0, 0, 1))
        // The middle of black and white in L*a*b* is the grey of L* = 50.
        #expect(abs(other.entries[0].table(count: 3)[1].x - 0.4663) < 0.001)
        for bad in ["", "{", "[]", "[1]", #"[{"Name":"x"}]"#, #"[{"RGBPoints":[0,1,1]}]"#, #"[{"RGBPoints":[1,0,0,0,0,1,1,1]}]"#, "<a/>", #"<ColorMap name="a"/>"#, #"<ColorMap><Point x="a" r="0" g="0" b="0"/></ColorMap>"#] {
            #expect(throws: ColorMapFile.Problem.self, "\(bad)") { try ColorMapFile(data: Data(bad.utf8)) }
        }
    }
}
