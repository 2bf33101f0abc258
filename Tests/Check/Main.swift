import Exercises
import Processes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `swift run check 01`: which of a lesson's exercises are solved.
@main
struct Check {
  static let usage = """
    usage: swift run check [01 … 05] [--hints]

      01 … 05    the lessons whose answers to check (all)
      --hints    a hint for each exercise that is not solved

    Answers are written into exercises/01.txt and so on, programs into the files in
    exercises/01: all copies, which the first run makes. Delete one to begin anew.
    Exit status: 0 when all are solved, 1 when not, 2 for wrong usage.

    example: swift run check 01

    """

  static func main() {
    var lessons: [String] = []
    var showsHints = false
    for argument in CommandLine.arguments.dropFirst() {
      switch argument {
      case "--help", "-h":
        print(usage, terminator: "")
        exit(0)
      case "--hints": showsHints = true
      case "01", "02", "03", "04", "05": lessons.append(argument)
      default:
        print("check: \(argument) is neither a lesson nor an option (--help lists them)")
        exit(2)
      }
    }
    if lessons.isEmpty { lessons = ["01", "02", "03", "04", "05"] }
    let solved = lessons.map { check($0, showsHints) }
    exit(solved.allSatisfy { $0 } ? 0 : 1)
  }

  /// Checks one lesson; true when all is solved.
  private static func check(_ lesson: String, _ showsHints: Bool) -> Bool {
    let questions = Exercise.all.filter { $0.lesson == lesson }
    let programs = CodeExercise.all.filter { $0.lesson == lesson }
    do {
      guard try !prepare(lesson, questions, programs) else { return false }
      let sheet = AnswerSheet(Files.text("exercises/\(lesson).txt") ?? "")
      var solved = 0
      for question in questions {
        let verdict = question.check(sheet[question.name])
        if verdict == .solved { solved += 1 }
        report(question.name, verdict, question.explanation, showsHints ? question.hint : nil)
      }
      let workbench = Workbench(root: Products.package, products: Products.folder)
      for program in programs {
        let verdict =
          program.isUntouched(package: Products.package) ? .open : try workbench.check(program)
        if verdict == .solved { solved += 1 }
        report(program.name, verdict, program.explanation, showsHints ? program.hint : nil)
      }
      print("\(lesson): \(solved) of \(questions.count + programs.count) solved")
      return solved == questions.count + programs.count
    } catch {
      print("check: \(error)")
      return false
    }
  }

  /// Makes what is not there yet; true when that was the answer sheet, so that there is nothing to check.
  private static func prepare(
    _ lesson: String,
    _ questions: [Exercise],
    _ programs: [CodeExercise]
  ) throws -> Bool {
    let path = "exercises/\(lesson).txt"
    let isNew = !Files.exists(path)
    if isNew {
      Files.makeFolder("exercises")
      try Files.write(AnswerSheet.template(questions, lesson: lesson), to: path)
      print("\(path) is new: it asks \(questions.count) questions. Answer them there.")
    }
    for program in programs where try program.prepare(package: Products.package) {
      print("\(program.folder) is new: \(program.fileNames.joined(separator: ", "))")
      print("  \(program.task)")
    }
    if isNew { print("Then run this again.") }
    return isNew
  }

  private static func report(
    _ name: String,
    _ verdict: Exercise.Verdict,
    _ explanation: String,
    _ hint: String?
  ) {
    switch verdict {
    case .solved: return print("✓ \(name): \(explanation)")
    case .open: print("– \(name): not begun yet")
    case .wrong(let reason): print("✗ \(name): \(reason)")
    }
    if let hint { print("  hint: \(hint)") }
  }
}
