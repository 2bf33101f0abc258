import GRPC

/// Writes a line for each call of a channel when it is over: `/helloworld.Greeter/SayHello: OK`.
struct CallLog: ClientInterceptor {
  /// Takes a line.
  let write: @Sendable (String) -> Void

  func intercept(_ call: inout OutgoingCall) {
    // The call goes out when this method returns. How does one hear of its end?
    write("\(call.method.path)")
  }
}
