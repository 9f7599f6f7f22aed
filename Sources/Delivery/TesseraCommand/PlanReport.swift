import Datasets
import Execution
import Foundation
import ParallelRendering
import Planning
import Scenes

/// Plans as a table, and as values.
enum PlanReport {
    typealias Entry = (method: CompositingMethod, plan: FramePlan)

    static func text(_ plans: [Entry], _ frame: FrameWorkload, _ model: ClusterModel) -> String {
        var lines = [
            String(
                format: "%d×%d pixels, %.4g primitives, %.0f %% covered; one rank: %.3g M primitives and %.3g M samples a second",
                frame.width, frame.height, frame.primitives, frame.coverage * 100, 1e-6 / model.secondsPerPrimitive, 1e-6 / model.secondsPerSample),
            String(
                format: "messages: %.3g µs + %.3g µs at each side, %@ a second; %@", model.latency * 1e6, model.overhead * 1e6,
                formatBytes(Int(model.bandwidth)), model.cores.map { "\($0) cores for all ranks" } ?? "a core for each rank"),
            "",
            "   ranks  compositor    draw ms  together ms  deliver ms    frame ms   sent, all     by one  messages, one     memory",
        ]
        for (method, plan) in plans {
            lines.append(
                String(format: "%8d  ", plan.ranks) + method.rawValue.padding(to: 12)
                    + String(
                        format: "%9.3f    %9.3f   %9.3f   %9.3f", plan.drawSeconds * 1e3, (plan.compositeSeconds + plan.agreeSeconds) * 1e3,
                        plan.deliverSeconds * 1e3, plan.seconds * 1e3)
                    + right(formatBytes(Int(plan.bytes)), 12) + right(formatBytes(Int(plan.greatestBytes)), 11)
                    + String(format: "%15.0f", plan.greatestMessages) + right(formatBytes(Int(plan.memoryBytes)), 11))
        }
        return lines.joined(separator: "\n")
    }

    private static func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }

    static func json(_ plans: [Entry], _ frame: FrameWorkload, _ model: ClusterModel) -> JSONValue {
        .object([
            (key: "workload", value: .object([
                (key: "width", value: .integer(frame.width)), (key: "height", value: .integer(frame.height)),
                (key: "primitives", value: .number(frame.primitives)), (key: "coverage", value: .number(frame.coverage)),
            ])),
            (key: "cluster", value: .object([
                (key: "latency", value: .number(model.latency)), (key: "overhead", value: .number(model.overhead)),
                (key: "bandwidth", value: .number(model.bandwidth)), (key: "seconds_per_primitive", value: .number(model.secondsPerPrimitive)),
                (key: "seconds_per_sample", value: .number(model.secondsPerSample)),
                (key: "seconds_per_coded_sample", value: .number(model.secondsPerCodedSample)),
                (key: "seconds_per_merged_sample", value: .number(model.secondsPerMergedSample)),
                (key: "seconds_per_pixel", value: .number(model.secondsPerPixel)),
            ] + (model.cores.map { [(key: "cores", value: JSONValue.integer($0))] } ?? []))),
            (key: "plans", value: .array(plans.map { method, plan in
                .object([
                    (key: "ranks", value: .integer(plan.ranks)), (key: "compositor", value: .string(method.rawValue)),
                    (key: "schedule", value: .string(plan.schedule)), (key: "rounds", value: .integer(plan.rounds)),
                    (key: "milliseconds", value: .number(plan.seconds * 1e3)), (key: "draw_ms", value: .number(plan.drawSeconds * 1e3)),
                    (key: "composite_ms", value: .number(plan.compositeSeconds * 1e3)), (key: "deliver_ms", value: .number(plan.deliverSeconds * 1e3)),
                    (key: "agree_ms", value: .number(plan.agreeSeconds * 1e3)), (key: "bytes_all_ranks", value: .number(plan.bytes.rounded())),
                    (key: "bytes_greatest", value: .number(plan.greatestBytes.rounded())), (key: "messages_all_ranks", value: .number(plan.messages)),
                    (key: "messages_greatest", value: .number(plan.greatestMessages)), (key: "memory_bytes", value: .number(plan.memoryBytes.rounded())),
                ])
            })),
        ])
    }
}

extension Scene {
    /// Of what is drawn: points, indices, values.
    var geometryBytes: Int {
        actors.flatMap(\.drawables).reduce(0) { sum, drawable in
            let corners = switch drawable.primitives {
            case .triangles: 3
            case .lines: 2
            case .points, .spheres: 1
            }
            return sum + drawable.points.count * (drawable.normals == nil ? 12 : 24) + drawable.countPerCopy * 4 * corners
        }
    }
}
