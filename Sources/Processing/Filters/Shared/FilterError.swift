import Datasets

/// A filter that cannot work on a dataset: what it is, what it needs and what it found.
func unsupported(_ filter: String, _ dataset: Dataset, needs: String) -> DatasetError {
    DatasetError("\(filter) needs \(needs), and this is \(dataset.kind.rawValue) with \(dataset.pointCount) points and \(dataset.cellCount) cells")
}
