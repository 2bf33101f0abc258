public import Protobuf

/// How many messages go each way.
public enum MethodKind: Sendable, Hashable, CaseIterable {
  /// One request, one response.
  case unary
  /// Many requests, one response.
  case clientStreaming
  /// One request, many responses.
  case serverStreaming
  /// Many requests, many responses, at the same time.
  case bidirectional

  /// Whether the client sends any number of messages.
  public var streamsRequests: Bool { self == .clientStreaming || self == .bidirectional }

  /// Whether the server sends any number of messages.
  public var streamsResponses: Bool { self == .serverStreaming || self == .bidirectional }
}

/// A method of a service, without its message types.
public protocol AnyMethodDescriptor: Sendable {
  /// The full name of the service, such as `helloworld.Greeter`.
  var service: String { get }
  /// The name of the method as the `.proto` spells it, such as `SayHello`.
  var name: String { get }
  /// What the request's `:path` carries: `/helloworld.Greeter/SayHello`.
  var path: String { get }
  /// How many messages go each way.
  var kind: MethodKind { get }
  /// The fields of the request type, so that reflection and wire views can name them.
  var requestDescriptor: MessageDescriptor { get }
  /// The fields of the response type.
  var responseDescriptor: MessageDescriptor { get }
}

/// What a descriptor says, in one object: every call passes its descriptor on as `any AnyMethodDescriptor`, and a
/// struct of three strings would be moved to the heap for it.
private final class MethodNames: Sendable {
  let service: String
  let name: String
  let path: String
  let kind: MethodKind

  init(service: String, name: String, kind: MethodKind) {
    self.service = service
    self.name = name
    self.kind = kind
    path = "/\(service)/\(name)"
  }
}

/// A method of a service: its name, its kind, and the types of its messages.
public struct MethodDescriptor<Request: Message, Response: Message>: AnyMethodDescriptor {
  /// The full name of the service, such as `helloworld.Greeter`.
  public var service: String { names.service }
  /// The name of the method as the `.proto` spells it, such as `SayHello`.
  public var name: String { names.name }
  /// What the request's `:path` carries: `/helloworld.Greeter/SayHello`.
  public var path: String { names.path }
  /// How many messages go each way.
  public var kind: MethodKind { names.kind }

  private let names: MethodNames

  /// A method; generated code has one constant for each.
  public init(service: String, name: String, kind: MethodKind) {
    names = MethodNames(service: service, name: name, kind: kind)
  }

  /// The fields of `Request`.
  public var requestDescriptor: MessageDescriptor { Request.messageDescriptor }

  /// The fields of `Response`.
  public var responseDescriptor: MessageDescriptor { Response.messageDescriptor }
}
