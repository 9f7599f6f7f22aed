import Dataflow
import Datasets
import Execution
import Foundation
import SeededNumbers
import Testing

@testable import Files

/// A file that is removed with the value.
final class TablesScratchFile {
    let path: String

    init(_ text: String, suffix: String = ".csv") throws { path = try TablesScratchFile.write(Array(text.utf8), suffix) }
    init(bytes: [UInt8], suffix: String) throws { path = try TablesScratchFile.write(bytes, suffix) }

    private static func write(_ bytes: [UInt8], _ suffix: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + suffix).path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Delimited text")
struct TablesTests {
    private func table(_ text: String, threads: Int = 2) throws -> Table {
        let file = try TablesScratchFile(text)
        return try CSVReader(path: file.path).readTable(context: ExecutionContext(threads: threads))
    }

    private func column(_ text: String, _ name: String) throws -> FieldArray { try #require(try table(text).columns[name]) }

    @Test(.timeLimit(.minutes(1)))
    func typesAreTheNarrowestThatHoldEverything() throws {
        let text = """
            i,big,d,s,gap,biggap,huge,none
            1,6916366397175583104,1.5,a,7,6916366397175583104,18446744073709551616,
            -2,-9223372036854775808,2,"b, c",,,2,
            3,9223372036854775807,1e3,"d ""e"" f",9,1,3,
            """
        let table = try table(text)
        #expect(table.rowCount == 3)
        #expect(table.columns.arrays.map(\.typeName) == ["int64", "int64", "float64", "string", "float64", "string", "string", "string"])
        guard case .int64(let big)? = table.columns["big"]?.values else { throw DatasetError("big is not Int64") }
        #expect(big.array == [6_916_366_397_175_583_104, .min, .max])
        guard case .strings(let strings)? = table.columns["s"]?.values else { throw DatasetError("s is not text") }
        #expect(strings == ["a", "b, c", "d \"e\" f"])
        #expect(table.columns["gap"]!.value(0) == 7 && table.columns["gap"]!.value(1).isNaN)
        guard case .strings(let exact)? = table.columns["biggap"]?.values else { throw DatasetError("biggap is not text") }
        #expect(exact == ["6916366397175583104", "", "1"])
    }

    @Test(.timeLimit(.minutes(1)))
    func lineEndsMarksAndEmptyLines() throws {
        let table = try table("\u{FEFF}a,b\r\n1,2\r\n\r\n3,\"x\r\ny\"\r\n\n4,5")
        #expect(table.columns.names == ["a", "b"])
        #expect(table.rowCount == 3)
        guard case .strings(let strings)? = table.columns["b"]?.values else { throw DatasetError("b is not text") }
        #expect(strings == ["2", "x\r\ny", "5"])
    }

    @Test(.timeLimit(.minutes(1)))
    func delimitersCommentsAndHeadersAreFound() throws {
        func names(_ text: String, _ suffix: String = ".csv") throws -> [String] {
            let file = try TablesScratchFile(text, suffix: suffix)
            return try withExtendedLifetime(file) { try CSVReader(path: file.path).columnNames }
        }
        #expect(try names("a\tb,c\n1\t2\n", ".tsv") == ["a", "b,c"])
        #expect(try names("a\tb\n1\t2\n") == ["a", "b"] && names("a;\"b;c\"\n1;2\n") == ["a", "b;c"] && names("a;b,c\n1,2\n") == ["a;b", "c"])
        #expect(try names("# by me, in 2020\n#\nx,y\n1,2\n") == ["x", "y"])
        #expect(try names("# remark\n# x,y\n1,2\n") == ["# x", "y"] && names("#x,y\na,b\n") == ["#x", "y"])
        #expect(try names("1,2.5\n3,4\n") == ["Field 0", "Field 1"])
        let semicolons = try table("x;s;v\n1;\"a;\n\"\"b\"\"\";2.5\n2;c;\n")
        #expect(semicolons.columns.arrays.map(\.typeName) == ["int64", "string", "float64"] && semicolons.rowCount == 2)
        guard case .strings(let strings)? = semicolons.columns["s"]?.values else { throw DatasetError("s is not text") }
        #expect(strings == ["a;\n\"b\"", "c"] && semicolons.columns["v"]!.value(1).isNaN)
        let bare = try table("1,2.5\n3,4\n")
        #expect(bare.rowCount == 2 && bare.columns["Field 0"]!.value(0) == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func whatLooksLikeANumberIsNone() throws {
        #expect(try column("a\n1d5\n2", "a").typeName == "string")
        #expect(try column("a\n0x10\n2", "a").typeName == "string")
        #expect(try column("a\n1 2\n2", "a").typeName == "string")
        #expect(try column("a,b\n nan ,1\ninf,1\n-.5e-3,1", "a").typeName == "float64")
        #expect(try column("a,b\n 1 ,1\n\"2\",1", "a").typeName == "int64")
        // Text far behind the first rows turns the column to text.
        let late = "a,b\n" + (0..<5000).map { "\($0),\(Double($0) / 4)\n" }.joined() + "x,y\n"
        #expect(try table(late).columns.arrays.map(\.typeName) == ["string", "string"])
        let decimal = "a,b\n" + (0..<5000).map { "\($0),1\n" }.joined() + "0.5,1\n"
        #expect(try table(decimal).columns.arrays.map(\.typeName) == ["float64", "int64"])
    }

    @Test(.timeLimit(.minutes(1)))
    func shortRowsMissValuesAndLongOnesAreErrors() throws {
        let table = try table("a,b\n1\n2,3,,\n")
        #expect(table.columns["b"]!.value(0).isNaN && table.columns["b"]!.value(1) == 3)
        let error = #expect(throws: FileError.self) { try self.table("a,b\n1,2\n3,4,5\n") }
        #expect(error?.place == .line(3))
        let open = #expect(throws: FileError.self) { try self.table("a,b\n1,2\n3,\"4\n") }
        #expect(open?.place == .line(3))
        #expect(throws: FileError.self) { try self.table("") }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true])
    func numbersAreRoundedAsTheSystemDoes(_ quoted: Bool) throws {
        var generator = SystemRandomNumberGenerator()
        var values: [Double] = []
        var lines = ["x,n,s"]
        for row in 0..<60_000 {
            let value = Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &generator))
            values.append(value)
            lines.append("\(value),\(row),\(quoted ? "\"a,\(row)\"" : "a\(row)")")
        }
        let text = lines.joined(separator: "\n")
        let tables = try [1, 2, 3].map { try table(text, threads: $0) }
        for table in tables {
            guard case .float64(let x)? = table.columns["x"]?.values, case .int64(let n)? = table.columns["n"]?.values,
                case .strings(let s)? = table.columns["s"]?.values
            else { throw DatasetError("wrong types") }
            #expect(x.array == values)
            #expect(n.array == Array(0..<60_000))
            #expect(s[59_999] == (quoted ? "a,59999" : "a59999"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func rowsBecomePoints() throws {
        let table = try table("name,x,y,z,m\na,1,2,3.5,9\nb,4,5,6,\n")
        let data = try table.points(x: "x", y: "y", z: "z")
        #expect(data.points.count == 2 && data.points[0] == SIMD3(1, 2, 3.5))
        #expect(data.cellCount == 2)
        #expect(data.attributes.pointData.names == ["name", "m"])
        #expect(throws: DatasetError.self) { try table.points(x: "name", y: "y", z: "z") }
        #expect(throws: DatasetError.self) { try table.points(x: "q", y: "y", z: "z") }
    }

    @Test(.timeLimit(.minutes(1)))
    func cutAndBrokenTextNeverTraps() throws {
        let whole = Array("id,\"na\"\"me\",x\r\n1,\"a,\nb\",2.5\r\n2,\"\",\r\n333333333333333333333,é,nan\n".utf8)
        for length in 0..<whole.count { attempt(Array(whole[..<length])) }
        for seed in 0..<400 {
            var bytes = whole
            var generator = SplitMix64(seed: UInt64(seed))
            for _ in 0..<3 { bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next() >> 20) }
            attempt(bytes)
        }
        attempt(Array(String(repeating: ",", count: 200_000).utf8) + [10, 49])
    }

    private func attempt(_ bytes: [UInt8]) {
        guard let file = try? TablesScratchFile(bytes: bytes, suffix: ".csv") else { return }
        do {
            let table = try CSVReader(path: file.path).readTable()
            #expect(table.columns.arrays.allSatisfy { $0.tupleCount == table.rowCount })
        } catch let error as FileError {
            #expect(!error.expected.isEmpty && !error.found.isEmpty)
        } catch {
            Issue.record("unexpected error \(error)")
        }
    }
}

@Suite("Delimited text against its oracle", .enabled(if: LegacyOracle.folder != nil, "the data folder is not here"))
struct TablesOracleTests {
    @Test(.timeLimit(.minutes(1)), arguments: LegacyOracle.names("csv"))
    func columnsAreThoseOfTheOracle(_ name: String) throws {
        let folder = try #require(LegacyOracle.folder)
        let entry = try #require(LegacyOracle.files[name])
        let table = try CSVReader(path: folder + "/" + name).readTable()
        #expect(table.rowCount == entry["rows"] as? Int)
        let infos = try #require(entry["column_info"] as? [[String: Any]])
        #expect(table.columns.names == infos.map { $0["name"] as? String ?? "" })
        for (array, info) in zip(table.columns.arrays, infos) {
            let missing = info["missing"] as? Int ?? 0
            switch info["type"] as? String {
            case "int":
                #expect(array.scalarType == (missing > 0 ? .float64 : .int64), "\(name) \(array.name)")
                if case .int64(let values) = array.values {
                    #expect(values.array.min().map(String.init) == info["min_exact"] as? String)
                    #expect(values.array.max().map(String.init) == info["max_exact"] as? String)
                    #expect(Set(values.array).count == info["unique"] as? Int)
                }
            case "float": #expect(array.scalarType == .float64, "\(name) \(array.name)")
            default:
                guard case .strings(let strings) = array.values else { throw DatasetError("\(array.name) is not text") }
                #expect(strings.filter { $0.isEmpty }.count == missing)
                #expect(Set(strings.filter { !$0.isEmpty }).count == info["unique"] as? Int)
            }
            guard let doubles = array.doubles() else { continue }
            let (sums, magnitudes) = LegacyOracle.sums(array)
            #expect(abs(sums[0] - LegacyOracle.number(info["sum"])) <= 1e-9 * max(magnitudes[0], 1e-300), "\(name) \(array.name)")
            if array.scalarType == .float64 { #expect(doubles.array.filter(\.isNaN).count == missing, "\(name) \(array.name)") }
        }
        for operation in entry["ops"] as? [[String: Any]] ?? [] where operation["id"] as? String == "table_to_points" {
            let result = try #require(operation["result"] as? [String: Any])
            let data = try table.points(x: "x", y: "y", z: "z")
            #expect(data.points.count == result["points"] as? Int)
            let bounds = data.points.bounds
            let ends = [bounds.lower.x, bounds.upper.x, bounds.lower.y, bounds.upper.y, bounds.lower.z, bounds.upper.z]
            for (end, oracle) in zip(ends, LegacyOracle.numbers(result["bounds"])) { #expect(abs(end - oracle) <= 1e-9 * abs(oracle)) }
        }
    }
}
