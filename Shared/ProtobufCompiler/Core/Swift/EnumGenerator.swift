/// Writes an enum as a Swift enum that keeps unknown numbers.
struct EnumGenerator {
  let names: SwiftNames
  let options: GeneratorOptions
  let comments: [[Int32]: SourceCodeInfo.Location]

  private var access: String { options.access }

  /// Writes the enum with the proto name `fullName`, which stands at `path` in its file.
  func write(
    _ enumeration: EnumDescriptorProto,
    _ fullName: String,
    _ path: [Int32],
    to writer: inout CodeWriter
  ) {
    guard let type = names.types[fullName] else { return }
    let cases = Identifiers.cases(enumeration.values, of: enumeration.name)
    // The first value of a number is its case, later ones are aliases.
    var caseOfNumber: [Int32: String] = [:]
    for (value, name) in zip(enumeration.values, cases) where caseOfNumber[value.number] == nil {
      caseOfNumber[value.number] = name
    }
    var distinct: [(name: String, number: Int32)] = []
    writer.separate()
    writer.document(comment(path))
    writer.block("\(access)enum \(type.name): \(names.runtime("ProtobufEnum"))") { writer in
      var aliases: [(name: String, target: String, path: [Int32])] = []
      for (index, (value, name)) in zip(enumeration.values, cases).enumerated() {
        let valuePath = path + [2, Int32(index)]
        guard !distinct.contains(where: { $0.number == value.number }) else {
          let target = caseOfNumber[value.number] ?? name
          if target != name, !aliases.contains(where: { $0.name == name }) {
            aliases.append((name, target, valuePath))
          }
          continue
        }
        distinct.append((name, value.number))
        writer.document(comment(valuePath))
        writer.line("case \(Identifiers.escaped(name))")
      }
      writer.line("/// A number that this version of the schema does not know.")
      writer.line("case unrecognized(\(names.swift("Int32")))")
      for alias in aliases {
        writer.separate()
        writer.document(comment(alias.path) ?? " Another name of `\(alias.target)`.")
        let name = Identifiers.escaped(alias.name)
        writer.line(
          "\(access)static var \(name): Self { .\(Identifiers.escaped(alias.target)) }"
        )
      }
      writeConversions(distinct, to: &writer)
    }
  }

  private func comment(_ path: [Int32]) -> String? {
    let location = comments[path]
    return location?.leadingComments ?? location?.trailingComments
  }

  private func writeConversions(
    _ cases: [(name: String, number: Int32)],
    to writer: inout CodeWriter
  ) {
    let int32 = names.swift("Int32")
    writer.separate()
    writer.line("/// The values that the schema knows.")
    let list = cases.map { ".\(Identifiers.escaped($0.name))" }
    writer.line("\(access)static let allCases: [Self] = [")
    writer.indented { writer in for name in list { writer.line("\(name),") } }
    writer.line("]")
    writer.separate()
    writer.line("/// The default value.")
    writer.line("\(access)init() { self = \(list.first ?? ".unrecognized(0)") }")
    writer.separate()
    writer.line("/// The value with this number.")
    writer.block("\(access)init(rawValue: \(int32))") { writer in
      writer.line("switch rawValue {")
      for (name, number) in cases {
        writer.line("case \(number): self = .\(Identifiers.escaped(name))")
      }
      writer.line("default: self = .unrecognized(rawValue)")
      writer.line("}")
    }
    writer.separate()
    writer.line("/// The number on the wire.")
    writer.block("\(access)var rawValue: \(int32)") { writer in
      writer.line("switch self {")
      for (name, number) in cases {
        writer.line("case .\(Identifiers.escaped(name)): \(number)")
      }
      writer.line("case .unrecognized(let number): number")
      writer.line("}")
    }
  }
}
