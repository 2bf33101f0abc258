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

    Answers are written into exercises/01.txt and so on, which the first run makes.
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
    let exercises = Exercise.all.filter { $0.lesson == lesson }
    let path = "exercises/\(lesson).txt"
    guard let text = Files.text(path) else {
      Files.makeFolder("exercises")
      do {
        try Files.write(AnswerSheet.template(exercises, lesson: lesson), to: path)
        print(
          "\(path) is new: it asks \(exercises.count) questions. Answer them there, then run this again."
        )
      } catch {
        print("check: \(error)")
      }
      return false
    }
    let sheet = AnswerSheet(text)
    var solved = 0
    for exercise in exercises {
      switch exercise.check(sheet[exercise.name]) {
      case .solved:
        solved += 1
        print("✓ \(exercise.name): \(exercise.explanation)")
      case .open:
        print("– \(exercise.name): no answer yet")
        if showsHints { print("  hint: \(exercise.hint)") }
      case .wrong(let reason):
        print("✗ \(exercise.name): \(reason)")
        if showsHints { print("  hint: \(exercise.hint)") }
      }
    }
    print("\(lesson): \(solved) of \(exercises.count) solved")
    return solved == exercises.count
  }
}
