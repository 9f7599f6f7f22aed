import Geometry

extension DatasetSummary {
    /// The summary as one JSON object; the keys are those of the project's reference data.
    ///
    /// Numbers that are not finite are the strings `"nan"`, `"inf"`, `"-inf"`. A table has `rows` and `columns`, blocks have `leaves`.
    public var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = [("type", .string(typeName))]
        if !timeSteps.isEmpty { members.append(("times", .array(timeSteps.map { .number($0) }))) }
        if let time { members.append(("time", .number(time))) }
        if let rows {
            members.append(("rows", .integer(rows)))
            members.append(("columns", .integer(arrays.count { $0.association == .row })))
        }
        members.append(("points", .integer(points)))
        members.append(("cells", .integer(cells)))
        if points > 0 { members += geometry }
        if rows == nil && leaves.isEmpty {
            members.append(("cell_types", .object(cellTypes.map { (String($0.type), .integer($0.count)) })))
        }
        if hiddenCells > 0 { members.append(("hidden_cells", .integer(hiddenCells))) }
        if let listCounts {
            for (name, count) in zip(["verts", "lines", "polys", "strips"], listCounts) { members.append((name, .integer(count))) }
        }
        if let connectivity {
            members.append((
                "connectivity",
                .object([("size", .integer(connectivity.size)), ("weighted_sum", .integer(connectivity.weightedSum))])
            ))
        }
        members.append(("arrays", .array(arrays.map(\.json))))
        if let measures { members.append(("measure", measures.json)) }
        if kind == .blocks {
            members.append(("leaves", .array(leaves.map { leaf in
                guard case .object(let inner) = leaf.summary.json else { return .null }
                return .object([("path", .string(leaf.path))] + inner)
            })))
        }
        return .object(members)
    }

    private var geometry: [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        if bounds.isEmpty {
            // Points without a finite coordinate have no bounds.
            members.append(("bounds", .array((0..<6).map { _ in .number(.nan) })))
        } else {
            members.append(("bounds", .array((0..<3).flatMap { [.number(bounds.lower[$0]), .number(bounds.upper[$0])] })))
            members.append(("center", numbers(bounds.center)))
            members.append(("diagonal", .number(bounds.diagonal)))
        }
        if let extent {
            members.append(("dimensions", .array((0..<3).map { .integer(extent.dimensions[$0]) })))
            members.append(("extent", .array(extent.array.map { .integer($0) })))
        }
        if let origin { members.append(("origin", numbers(origin))) }
        if let spacing { members.append(("spacing", numbers(spacing))) }
        if let direction { members.append(("direction", .array(direction.map { .number($0) }))) }
        if let pointsType { members.append(("points_type", .string(pointsType.name))) }
        if let coordinateSums {
            members.append((kind == .rectilinear ? "coordinate_sums" : "points_sum", .array(coordinateSums.map { .number($0) })))
        }
        return members
    }

    private func numbers(_ vector: Vector3) -> JSONValue { .array((0..<3).map { .number(vector[$0]) }) }
}

extension DatasetSummary.Array {
    var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string(name)), ("association", .string(association.rawValue)), ("type", .string(typeName)),
            ("components", .integer(components)), ("tuples", .integer(tuples)),
        ]
        if let texts {
            members.append(("unique", .integer(texts.unique)))
            if association == .row { members.append(("missing", .integer(texts.empty))) }
            if association != .field { members.append(("first", .array(texts.first.map { .string($0) }))) }
        }
        if let statistics {
            members.append(("nan_count", .integer(statistics.nanCount)))
            if association == .row { members.append(("missing", .integer(statistics.nanCount))) }
            let parts = statistics.components
            if parts.contains(where: { $0.finiteCount > 0 }) {
                func list(_ value: (ArrayStatistics.Component) -> Double) -> JSONValue { .array(parts.map { .number(value($0)) }) }
                members += [
                    ("min", list(\.minimum)), ("max", list(\.maximum)), ("sum", list(\.sum)), ("mean", list(\.mean)),
                    ("sum_abs", list(\.sumOfAbsolutes)),
                ]
                if components > 1 {
                    let range = statistics.magnitudes
                    members.append((
                        "magnitude_range", .array([.number(range?.lowerBound ?? .nan), .number(range?.upperBound ?? .nan)])
                    ))
                }
            }
        }
        return .object(members)
    }
}

extension Measures {
    /// The sums as a JSON object: `length`, `area`, `volume`, `volume_abs`, `vertex_count`, `inverted_cells`.
    public var json: JSONValue {
        .object([
            ("length", .number(length)), ("area", .number(area)), ("volume", .number(volume)), ("volume_abs", .number(absoluteVolume)),
            ("vertex_count", .number(vertexCount)), ("inverted_cells", .integer(invertedCells)),
        ])
    }
}
