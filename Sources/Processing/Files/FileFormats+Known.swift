import Datasets
import Execution
import Foundation

extension FileFormat {
    /// The formats that can be read.
    public static let readable: [FileFormat] = [
        FileFormat(name: "VTK XML", extensions: XMLReader.extensions) { try XMLReader(path: $0) },
        FileFormat(name: "VTK composite", extensions: CompositeReader.extensions) { try CompositeReader(path: $0, options: $1) },
        FileFormat(name: "ParaView collection", extensions: ["pvd"]) { try TimeSeriesReader(path: $0, options: $1) },
        FileFormat(name: "VTK legacy", extensions: ["vtk"]) { try LegacyReader(path: $0) },
        FileFormat(name: "PLY", extensions: ["ply"]) { try PLYReader(path: $0) },
        FileFormat(name: "STL", extensions: ["stl"]) { try STLReader(path: $0) },
        FileFormat(name: "OBJ", extensions: ["obj"]) { try OBJReader(path: $0) },
        FileFormat(name: "NRRD", extensions: ["nrrd", "nhdr"]) { try NRRDReader(path: $0) },
        FileFormat(name: "MetaImage", extensions: ["mha", "mhd"]) { try MetaImageReader(path: $0) },
        FileFormat(name: "PLOT3D", extensions: PLOT3DReader.extensions) { try PLOT3DReader(path: $0, solution: $1.solution) },
        FileFormat(name: "CSV", extensions: ["csv", "tsv", "tab"]) { try CSVReader(path: $0) },
    ]
}
