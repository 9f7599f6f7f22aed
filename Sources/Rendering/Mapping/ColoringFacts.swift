import Datasets
import Execution

/// What colours depend on of the numbers that an array selector picks: of datasets that are here, or spread over many ranks.
public protocol ColoringFacts {
    /// The least and greatest finite value; nil where there is none, and for arrays that are colours themselves.
    func range() throws -> ClosedRange<Double>?
    /// The values at fractions of the way through the sorted finite values; empty where there are none.
    func quantiles(_ fractions: [Double]) throws -> [Double]
    /// The least finite value above zero; nil where there is none.
    func leastPositive() throws -> Double?
    /// The distinct finite values, rising; nil where there are more than `limit`.
    func distinct(limit: Int) throws -> [Double]?
}

/// The facts of datasets that are here.
public struct DatasetColoringFacts: ColoringFacts {
    private let selector: ArraySelector
    private let datasets: [Dataset]
    private let context: ExecutionContext

    /// - Parameter datasets: those that do not have the array are an error when they are asked, unless they are blocks of which some have it.
    public init(_ selector: ArraySelector, in datasets: [Dataset], context: ExecutionContext) {
        self.selector = selector
        self.datasets = datasets
        self.context = context
    }

    private var values: ColoringValues { get throws { try ColoringValues(selector, in: datasets, context: context) } }

    public func range() throws -> ClosedRange<Double>? {
        var whole: ClosedRange<Double>?
        for dataset in datasets {
            guard let range = try DatasetMapper.range(of: selector, in: dataset, context: context) else { continue }
            whole = min(whole?.lowerBound ?? range.lowerBound, range.lowerBound)...max(whole?.upperBound ?? range.upperBound, range.upperBound)
        }
        return whole
    }

    public func quantiles(_ fractions: [Double]) throws -> [Double] { try values.quantiles(fractions) }
    public func leastPositive() throws -> Double? { try values.leastPositive() }
    public func distinct(limit: Int) throws -> [Double]? { try values.distinct(limit: limit) }
}
