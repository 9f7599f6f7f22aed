import Dataflow
import Datasets
import Files
import Filters
import Foundation

/// What a shell offers for the name of an array: those of the files that the command line names.
enum ArrayCompletion {
    @Sendable static func names(_ arguments: [String], _ index: Int, _ prefix: String) -> [String] {
        var names: [String] = []
        for argument in arguments where !argument.hasPrefix("-") {
            guard let description = description(argument) else { continue }
            for array in description where (array.association == .point || array.association == .cell) && !names.contains(array.name) {
                names.append(array.name)
            }
        }
        return names
    }

    private static func description(_ argument: String) -> [ArrayDescription]? {
        if Session.isSource(argument) { return try? proceduralSource(parsing: argument)?.describe().arrays }
        guard FileManager.default.fileExists(atPath: argument) else { return nil }
        return try? FileSource(path: argument).describe().arrays
    }
}
