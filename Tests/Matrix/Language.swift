package import Processes

/// The languages in which every lesson is written.
package enum Language: String, CaseIterable, Sendable, CustomStringConvertible {
  case swift, python, go

  package var description: String {
    switch self {
    case .swift: "Swift"
    case .python: "Python"
    case .go: "Go"
    }
  }
}

/// One end of a call.
package enum Side: String, Sendable { case server, client }

/// Where the built lessons and peers are.
package struct Programs: Sendable {
  /// The folder of the package.
  package let package: String
  /// The folder of the built Swift products.
  package let products: String

  package init(package: String, products: String) {
    self.package = package
    self.products = products
  }

  /// The command that starts one end of a lesson.
  package func command(
    _ lesson: String,
    _ language: Language,
    _ side: Side,
    _ arguments: [String]
  ) -> Command {
    switch language {
    case .swift: Command(["\(products)/\(lesson)", side.rawValue] + arguments)
    case .python, .go:
      Command(
        ["\(package)/Tests/Peers/run", lesson, language.rawValue, side.rawValue] + arguments
      )
    }
  }

  /// Whether a language's side of a lesson is there to be run.
  package func has(_ language: Language, lesson: String) -> Bool {
    switch language {
    case .swift:
      return Files.isExecutable("\(products)/\(lesson)")
    case .python, .go:
      guard Files.exists("\(package)/Tests/Peers/run") else { return false }
      return [Side.server, .client].allSatisfy { side in
        let help = command(lesson, language, side, ["--help"])
        return (try? run(help, atMost: .seconds(30)))?.status == .exited(0)
      }
    }
  }

  /// Whether the package knows the Swift side of a lesson, built or not.
  package func declares(lesson: String) -> Bool {
    (Files.text("\(package)/Package.swift") ?? "").contains("\"\(lesson)\"")
  }

  /// The line that brings a language's side.
  package func remedy(for language: Language) -> String {
    language == .swift ? "swift build" : "Tests/setup"
  }
}
