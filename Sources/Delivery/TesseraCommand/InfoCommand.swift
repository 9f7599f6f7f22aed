import ArgumentParser
import Datasets
import Execution
import Images

/// What is in a dataset.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Says what is in a file, a source or a filter's result.",
        discussion: """
            tessera info can.vtu
            tessera info can.vtu --threshold EQPS=0.5: --measure
            tessera info wavelet:128 --contour RTData=157 --measure --json

            \(FilterArguments.help)
            """)

    @OptionGroup var input: InputOptions
    @Flag(help: "Add length, area and volume.") var measure = false
    @Flag(help: "One JSON object an input.") var json = false
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        if input.inputs.allSatisfy({ PictureFormat(path: $0) != nil }) {
            try Session(parallel).onRoot { for name in input.inputs { print(try PictureInfo(path: name).description(asJSON: json)) } }
            return
        }
        let session = try Session(parallel)
        let pipelines = try session.pipelines(input.inputs, input)
        let names = pipelines.count == input.inputs.count ? input.inputs : [input.inputs.joined(separator: " + ")]
        for (name, pipeline) in zip(names, pipelines) {
            let dataset = try session.run(pipeline, time: input.time)
            try session.onRoot {
                guard let dataset else { return }
                var summary = try DatasetSummary(of: dataset, isMeasured: measure, context: session.context)
                let description = try pipeline.describe()
                summary.timeSteps = description.timeSteps
                summary.time = description.timeStep(nearest: input.time)
                ProgressBar.clear()
                print(try json ? summary.json.text() : SummaryText(summary: summary, dataset: dataset, context: session.context).text(title: name))
            }
        }
        try session.finish()
    }
}
