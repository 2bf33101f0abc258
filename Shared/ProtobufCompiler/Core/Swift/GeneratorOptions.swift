/// What the user of the generator may choose.
public struct GeneratorOptions: Sendable, Equatable {
  /// The access level of everything generated.
  public enum Visibility: String, Sendable, CaseIterable {
    /// For libraries that show their messages.
    case `public`
    /// For packages of several targets.
    case package
    /// For one target; the default.
    case `internal`
  }

  /// The access level of everything generated.
  public var visibility = Visibility.internal
  /// The package whose types get no namespace; nil lets `SwiftNames` choose one.
  public var package: String?
  /// Whether the code is part of the runtime itself, as the well-known types and the rich errors are.
  public var isRuntime = false

  /// The defaults.
  public init() {}

  /// What stands in front of a declaration: `public `, `package ` or nothing.
  var access: String { visibility == .internal ? "" : "\(visibility.rawValue) " }
}

extension SwiftGenerator {
  /// The name of the Swift file for a `.proto`: `people/greeter.proto` becomes `people_greeter.pb.swift`.
  ///
  /// Files of one module need distinct names. The build plugin predicts this one.
  public static func fileName(for proto: String) -> String {
    let stem = proto.hasSuffix(".proto") ? String(proto.dropLast(6)) : proto
    return stem.split(separator: "/").joined(separator: "_") + ".pb.swift"
  }
}
