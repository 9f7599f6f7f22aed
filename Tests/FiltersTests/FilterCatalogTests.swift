import Datasets
import Testing

@testable import Filters

/// Every entry of the catalog is complete and says what is wrong.
@Suite struct FilterCatalogTests {
    @Test func namesAreUnique() {
        let options = FilterCatalog.all.compactMap { $0.option?.name }
        let operations = FilterCatalog.all.map(\.operation)
        #expect(Set(options).count == options.count)
        #expect(Set(operations).count == operations.count)
    }

    @Test func examplesMeanFilters() throws {
        for entry in FilterCatalog.all {
            guard let option = entry.option else { continue }
            switch option.form {
            case .flag: #expect(try !entry.steps(option.parse(FilterText("", form: ""))).isEmpty)
            case .value(let form): #expect(try !entry.steps(option.parse(FilterText(option.example, form: form))).isEmpty, "\(option.name)")
            case .optionalValue(let form):
                #expect(try !entry.steps(option.parse(FilterText("", form: form))).isEmpty)
                #expect(try !entry.steps(option.parse(FilterText(option.example, form: form))).isEmpty, "\(option.name)")
            }
        }
    }

    @Test(arguments: ["", "=", "x", "NaN", ":", ",", "a=b", "1e999", "-", "sphere:", "x=1:2:3", "0,0,0:0,0,0"])
    func nonsenseIsRefusedOrMeansSomething(text: String) {
        for entry in FilterCatalog.all {
            guard let option = entry.option else { continue }
            if case .flag = option.form { continue }
            do {
                _ = try entry.steps(option.parse(FilterText(text, form: "FORM")))
            } catch {
                #expect(error is FilterProblem, "\(option.name) \(text): \(error)")
            }
        }
    }

    @Test func valuesAreCheckedAgainstKeys() throws {
        let contour = FilterEntry.contour
        #expect { try contour.steps(["array": .string("a")]) } throws: { ($0 as? FilterProblem)?.key == "values" }
        #expect { try contour.steps(["array": .integer(1), "values": .array([.integer(1)])]) } throws: { ($0 as? FilterProblem)?.key == "array" }
        #expect { try contour.steps(["array": .string("a"), "values": .array([.integer(1)]), "value": .null]) } throws: {
            ($0 as? FilterProblem)?.isUnknownKey == true
        }
        #expect(try contour.steps(["array": .string("a"), "values": .array([.integer(1), .number(2.5)])]).count == 1)
    }
}
