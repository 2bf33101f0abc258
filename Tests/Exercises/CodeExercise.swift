internal import Processes

/// Something to program: files of the learner's, which begin as copies, and a program that puts them to the test.
///
/// The copies lie in `exercises/01/NAME`. Nothing that is checked can be broken by what is written there.
package struct CodeExercise: Sendable {
  /// The lesson's number, `01`.
  package let lesson: String
  /// Its name, and that of its folder.
  package let name: String
  /// What is asked, in a line.
  package let task: String
  /// Where to look, for those who are stuck.
  package let hint: String
  /// Why it is so; shown when the program prints what it should.
  package let explanation: String
  /// The files that the learner gets, as they are in the package, relative to it.
  package let beginnings: [String]
  /// Swift files of the package that the learner's need beside them; one that is not there is not needed.
  var companions: [String] = []
  /// The `.proto` that is compiled, if it is not the learner's; its package's types are bare.
  var proto: String?
  /// A `.proto` whose types are there too, in a namespace of their package's name.
  var formerProto: String?

  /// Where the program that checks it, its output and the reference solution are, relative to the package.
  var source: String { "Tests/Exercises/Code/\(lesson)-\(name)" }

  /// The folder of the learner's files, relative to the current one.
  package var folder: String { "exercises/\(lesson)/\(name)" }

  /// The learner's files, without a folder.
  package var fileNames: [String] {
    beginnings.map { String($0.split(separator: "/").last ?? "") }
  }

  /// Puts the files where they are missing.
  ///
  /// - Returns: Whether any was.
  package func prepare(package root: String) throws -> Bool {
    Files.makeFolder("exercises")
    Files.makeFolder("exercises/\(lesson)")
    Files.makeFolder(folder)
    var isNew = false
    for (name, beginning) in zip(fileNames, beginnings) where !Files.exists("\(folder)/\(name)") {
      try Files.write(Files.text("\(root)/\(beginning)") ?? "", to: "\(folder)/\(name)")
      isNew = true
    }
    return isNew
  }

  /// Whether nothing has been changed yet.
  package func isUntouched(package root: String) -> Bool {
    zip(fileNames, beginnings).allSatisfy { name, beginning in
      Files.read("\(folder)/\(name)") == Files.read("\(root)/\(beginning)")
    }
  }

  /// What the program has printed, held against what it should print.
  package static func verdict(printed: String, expected: String) -> Exercise.Verdict {
    let given = printed.split(separator: "\n", omittingEmptySubsequences: false)
    let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
    guard
      let index = (0..<max(given.count, wanted.count)).first(where: { index in
        index >= given.count || index >= wanted.count || given[index] != wanted[index]
      })
    else { return .solved }
    guard index < given.count, !given[index].isEmpty else {
      return .wrong("\(index) lines are right, but there should be more")
    }
    // What ends with a line feed has an empty line behind it.
    let isMore = index >= wanted.count - 1
    return .wrong(
      "line \(index + 1) is \(isMore ? "more than should be" : "wrong first"): \(given[index])"
    )
  }
}
