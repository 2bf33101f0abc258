import ProtobufCompiler

/// A command line that cannot be understood.
struct UsageError: Error {
  var message: String
}

/// The command line, understood.
struct Invocation {
  static let help = """
    usage: proto-swift [options] FILES

      -I DIR, --proto_path=DIR    look for imports in DIR; may be repeated; default: .
      --descriptor_set_out=FILE   write a FileDescriptorSet
      --include_imports           put all imported files into the set, too
      --include_source_info       put positions and comments into the set
      --swift_out=DIR             write NAME.pb.swift for each file
      --visibility=LEVEL          public, package or internal (default) for the Swift code
      --package=NAME              the package whose types get no namespace in Swift
      --runtime                   the Swift code is part of the runtime library
      --options=FILE              read further arguments from FILE, one a line

    The files below google/protobuf/ are bundled. Exit code 1: errors in the files; 2: wrong usage.

    """

  private(set) var searchPaths: [String] = []
  private(set) var files: [String] = []
  private(set) var descriptorSetPath: String?
  private(set) var includesImports = false
  private(set) var includesSourceInfo = false
  private(set) var swiftDirectory: String?
  private(set) var generatorOptions = GeneratorOptions()
  private(set) var showsHelp = false

  init(_ arguments: [String]) throws(UsageError) {
    try read(arguments)
    if showsHelp { return }
    if files.isEmpty { throw UsageError(message: "no input files; try --help") }
    if descriptorSetPath == nil, swiftDirectory == nil {
      throw UsageError(message: "nothing to write: give --descriptor_set_out or --swift_out")
    }
    if searchPaths.isEmpty { searchPaths = ["."] }
  }

  private mutating func read(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-") else {
        files.append(argument)
        continue
      }
      if argument.hasPrefix("-I"), argument != "-I" {
        searchPaths.append(String(argument.dropFirst(2)))
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if try readFlag(name) { continue }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
        throw UsageError(message: "\(name) needs a value")
      }
      try readOption(name, value)
    }
  }

  private mutating func readFlag(_ name: String) throws(UsageError) -> Bool {
    switch name {
    case "--include_imports": includesImports = true
    case "--include_source_info": includesSourceInfo = true
    case "--runtime": generatorOptions.isRuntime = true
    case "--help", "-h": showsHelp = true
    default: return false
    }
    return true
  }

  private mutating func readOption(_ name: String, _ value: String) throws(UsageError) {
    switch name {
    case "-I", "--proto_path": searchPaths += value.split(separator: ":").map(String.init)
    case "--descriptor_set_out", "-o": descriptorSetPath = value
    case "--swift_out": swiftDirectory = value
    case "--package": generatorOptions.package = value
    case "--visibility":
      guard let visibility = GeneratorOptions.Visibility(rawValue: value) else {
        throw UsageError(
          message: "--visibility is public, package or internal, not \"\(value)\""
        )
      }
      generatorOptions.visibility = visibility
    case "--options":
      guard let bytes = Disk.read(value) else {
        throw UsageError(message: "cannot read \(value): \(Disk.lastError)")
      }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      try read(lines.map(String.init).filter { !$0.hasPrefix("#") }.flatMap(Self.arguments))
    default: throw UsageError(message: "unknown option \(name); try --help")
    }
  }

  /// `-I some folder` on one line of an options file is two arguments.
  private static func arguments(_ line: String) -> [String] {
    var text = line[...]
    while let last = text.last, last == " " || last == "\r" { text = text.dropLast() }
    while text.first == " " { text = text.dropFirst() }
    if text.isEmpty { return [] }
    return text.hasPrefix("-I ") ? ["-I", String(text.dropFirst(3))] : [String(text)]
  }
}
