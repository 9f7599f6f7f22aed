import Foundation

func writeToStandardError(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
}
