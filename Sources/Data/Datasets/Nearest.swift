/// The word that was probably meant: the one with the fewest insertions, deletions, replacements and swaps of neighbours from what was
/// written, capitals aside, where these are few for its length; the first of equals.
///
/// Complexity: O(words · length²); words of more than 100 letters are not considered.
public func nearest(to written: String, among words: some Sequence<String>) -> String? {
    let target = Array(written.lowercased())
    guard !target.isEmpty && target.count <= 100 else { return nil }
    var best: (word: String, distance: Int)?
    for word in words {
        let letters = Array(word.lowercased())
        let limit = max(1, min(target.count, letters.count) / 3)
        if letters.count > 100 || letters.isEmpty || abs(letters.count - target.count) > limit { continue }
        let distance = editDistance(target, letters)
        if distance <= limit && distance < (best?.distance ?? .max) { best = (word, distance) }
    }
    return best?.word
}

/// Damerau and Levenshtein's distance, in which no part is edited twice.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            var distance = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] { distance = min(distance, before[j - 2] + 1) }
            row.append(distance)
        }
        before = last
        last = row
    }
    return last[b.count]
}
