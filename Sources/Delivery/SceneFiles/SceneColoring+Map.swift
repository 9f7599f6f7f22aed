import Datasets
import Execution
import Mapping
import Scenes

extension SceneColoring {
    /// The colour map over the values of datasets; nil where there are none.
    ///
    /// - Throws: `DatasetError` for a logarithmic range that does not lie above zero, and for too many categories.
    func colorMap(of facts: any ColoringFacts) throws -> ColorMap? {
        if scale == .categorical { return try categories(facts) }
        var range = try range ?? dataRange(facts)
        if scale == .logarithmic && range.lower <= 0 {
            guard self.range == nil, let least = try facts.leastPositive(), range.upper > 0 else {
                throw DatasetError("a logarithmic scale of \(array) needs a range above zero, found \(range.lower) to \(range.upper)")
            }
            range.lower = least
        }
        let count = colorCount ?? 256
        var map =
            switch self.map {
            case .preset(let preset): ColorMap(preset, count: count, range: range)
            case .points(let points): ColorMap(points: points, count: count, range: range)
            }
        map.scale = scale
        if isReversed { map = map.reversed() }
        return finished(map)
    }

    /// Lists longer than this are no categories.
    private static let greatestCategoryCount = 256

    private func categories(_ facts: any ColoringFacts) throws -> ColorMap? {
        guard let distinct = try facts.distinct(limit: Self.greatestCategoryCount) else {
            throw DatasetError("\(array) has more than \(Self.greatestCategoryCount) different values: too many for categories")
        }
        if distinct.isEmpty { return nil }
        let chosen = distinct.filter { value in range.map { value >= $0.lower && value <= $0.upper } ?? true }
        let categories = chosen.map { value in
            ColorCategory(value: value, label: value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(Float(value))")
        }
        var colors =
            switch map {
            // The usual map is none for categories.
            case .preset(let preset): (preset == .coolWarm ? .tableau : preset).categoryColors(count: categories.count)
            case .points(let points): ColorMap(points: points, count: max(1, categories.count), range: (0, 1)).table
            }
        if isReversed { colors.reverse() }
        return finished(ColorMap(categories: categories, colors: colors))
    }

    private func finished(_ map: ColorMap) -> ColorMap {
        var map = map
        if let nanColor { map.nanColor = SIMD4(SIMD3<Float>(nanColor), 1) }
        map.belowColor = belowColor.map { SIMD4(SIMD3<Float>($0), 1) }
        map.aboveColor = aboveColor.map { SIMD4(SIMD3<Float>($0), 1) }
        if !opacityPoints.isEmpty { map.setOpacity(opacityPoints.map { ($0.x, $0.y) }) }
        return map
    }

    /// The range of the finite values over all datasets, or that between percentiles of them.
    private func dataRange(_ facts: any ColoringFacts) throws -> (lower: Double, upper: Double) {
        if let percentiles {
            let ends = try facts.quantiles([percentiles.lower / 100, percentiles.upper / 100])
            return ends.count == 2 ? (ends[0], ends[1]) : (0, 1)
        }
        return try facts.range().map { ($0.lowerBound, $0.upperBound) } ?? (0, 1)
    }

    /// The scale of the colours, if one is wanted.
    func scalarBar(_ map: ColorMap) -> ScalarBar? {
        guard let bar else { return nil }
        let place = bar.count == 4 ? FractionRectangle(x: bar[0], y: bar[1], width: bar[2], height: bar[3]) : nil
        var result = ScalarBar(map, title: barTitle ?? array.title, place: place)
        result.showsNaN = nanColor != nil && map.scale != .categorical
        return result
    }
}

extension ArraySelector {
    /// For people: the array's name, and what of its tuples.
    fileprivate var title: String {
        switch component {
        case .automatic: name
        case .magnitude: name + " magnitude"
        case .index(let index): name + " " + (index < 3 ? ["X", "Y", "Z"][index] : "\(index)")
        }
    }
}
