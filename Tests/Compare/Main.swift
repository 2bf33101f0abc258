import Matrix
import Processes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `swift run compare`: every lesson's servers and clients in Swift, Python and Go against each
/// other.
@main
struct Compare {
  static let usage = """
    usage: swift run compare [01 … 05] [--no-build] [--only LANGUAGES]
           swift run compare --source METHOD

      01 … 05            the lessons to compare (all)
      --no-build         take the programs as they are
      --only LANGUAGES   some of swift,python,go
      --source METHOD    the lines of Swift, Python and Go for a method, side by side

    Exit status: 0 when all cells agree, 1 when they don't, 2 for wrong usage.

    examples: swift run compare 01
              swift run compare --source SayHello

    """

  var lessons: [Lesson] = []
  var builds = true
  var languages = Language.allCases
  var method: String?

  static func main() {
    Children.shared.endOnInterrupt()
    do {
      let compare = try Compare(CommandLine.arguments.dropFirst())
      exit(try compare.run())
    } catch {
      complain("\(error)")
      exit(error is WrongUsage ? 2 : 1)
    }
  }

  struct WrongUsage: Error, CustomStringConvertible {
    let description: String
  }

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h":
        print(Self.usage, terminator: "")
        exit(0)
      case "--no-build": builds = false
      case "--source":
        guard let name = rest.popFirst() else {
          throw WrongUsage(description: "--source needs a method's name, such as SayHello")
        }
        method = name
      case "--only":
        let names = rest.popFirst()?.split(separator: ",") ?? []
        languages = names.compactMap { Language(rawValue: String($0)) }
        guard !languages.isEmpty, languages.count == names.count else {
          throw WrongUsage(description: "--only needs some of swift,python,go")
        }
      default:
        guard let lesson = Lesson.all.first(where: { [$0.number, $0.name].contains(argument) })
        else {
          throw WrongUsage(
            description: "\(argument) is neither a lesson nor an option (--help lists them)"
          )
        }
        lessons.append(lesson)
      }
    }
    if lessons.isEmpty { lessons = Lesson.all }
  }

  func run() throws -> Int32 {
    let programs = Programs(package: Products.package, products: Products.folder)
    if let method {
      guard let text = SourceView(programs: programs).text(for: method, width: terminalWidth)
      else { throw WrongUsage(description: "no lesson's .proto has a method \(method)") }
      print(text, terminator: "")
      return 0
    }
    if builds && languages.contains(.swift) { try build(programs) }
    var agrees = true
    for lesson in lessons {
      let result = try MatrixRun.run(lesson, with: programs, only: languages)
      print(MatrixTable(result, programs: programs).text)
      fflush(nil)
      agrees = agrees && result.agrees && !result.cells.isEmpty
    }
    return agrees ? 0 : 1
  }

  /// Builds the Swift lessons that Package.swift knows, into the folder this program runs from.
  private func build(_ programs: Programs) throws {
    let configuration = programs.products.hasSuffix("/release") ? "release" : "debug"
    for lesson in lessons where programs.declares(lesson: lesson.name) {
      let command = Command(
        ["swift", "build", "-c", configuration, "--product", lesson.name],
        directory: programs.package,
        mergesErrors: true
      )
      let outcome = try Processes.run(command, atMost: .seconds(900))
      guard outcome.status == .exited(0) else {
        throw ProcessError.notStarted(command.text, reason: "failed:\n\(outcome.text)")
      }
    }
  }

  /// How wide the terminal is; 160 where there is none.
  private var terminalWidth: Int {
    if let columns = environmentVariable("COLUMNS").flatMap({ Int($0) }) { return columns }
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 160 }
    return Int(size.ws_col)
  }
}

private func complain(_ text: String) {
  let line = Array("compare: \(text)\n".utf8)
  write(2, line, line.count)
}
