extension FilterEntry {
    static let triangulate = FilterEntry(
        option: Option("triangulate"), operation: "triangulate", help: "polygons into triangles, volumes into tetrahedra"
    ) { _ in [.filter(Triangulate())] }
}
