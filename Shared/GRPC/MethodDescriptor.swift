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

/// A method of a service: its name, its kind, and the types of its messages.
public struct MethodDescriptor<Request: Message, Response: Message>: AnyMethodDescriptor {
  /// The full name of the service, such as `helloworld.Greeter`.
  public let service: String
  /// The name of the method as the `.proto` spells it, such as `SayHello`.
  public let name: String
  /// What the request's `:path` carries: `/helloworld.Greeter/SayHello`.
  public let path: String
  /// How many messages go each way.
  public let kind: MethodKind

  /// A method; generated code has one constant for each.
  public init(service: String, name: String, kind: MethodKind) {
    self.service = service
    self.name = name
    self.kind = kind
    path = "/\(service)/\(name)"
  }

  /// The fields of `Request`.
  public var requestDescriptor: MessageDescriptor { Request.messageDescriptor }

  /// The fields of `Response`.
  public var responseDescriptor: MessageDescriptor { Response.messageDescriptor }
}
