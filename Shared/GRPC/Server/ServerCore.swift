internal import HTTP2
internal import Sockets
internal import Transport

/// What all connections of a server share: its methods and its settings.
final class ServerCore: Sendable {
  let methods: MethodTable
  let responseHeaders = ResponseHeaders()
  let interceptors: [any ServerInterceptor]
  let maxReceiveMessageSize: Int
  let maxPartialMessageBytes: Int
  /// Methods of one connection that may run at the same time, those of calls that are over included.
  let maxUnfinishedCalls: Int
  let maxAbandonedCalls: Int
  let maxCallDurationMessage: String
  let compression: Compression
  let onCallEnded: (@Sendable (CallReport) -> Void)?
  /// Hears of what the server's owner should change, once a second.
  let log: (@Sendable (String) -> Void)?

  init(services: [any Service], configuration: Server.Configuration) {
    var registered: [RegisteredMethod] = []
    for service in services {
      for method in service.methods {
        let caps = [
          configuration.maxCallDuration, configuration.maxCallDurations[method.descriptor.path],
        ]
        registered.append(
          RegisteredMethod(
            method,
            execution: service.execution,
            cap: caps.compactMap(\.self).min().map(\.clampedNanoseconds)
          )
        )
      }
    }
    methods = MethodTable(registered, serviceNames: services.map { type(of: $0).serviceName })
    interceptors = configuration.interceptors
    maxReceiveMessageSize = configuration.maxReceiveMessageSize
    maxPartialMessageBytes = configuration.maxPartialMessageBytes
    let (twice, isTooMuch) = configuration.transport.http2.maxConcurrentStreams
      .multipliedReportingOverflow(by: 2)
    maxUnfinishedCalls = isTooMuch ? .max : max(1_024, twice)
    maxAbandonedCalls = configuration.maxAbandonedCalls
    maxCallDurationMessage = configuration.maxCallDurationMessage
    compression = configuration.compression
    onCallEnded = configuration.onCallEnded
    log = configuration.transport.log.map { LogLimiter(linesPerSecond: 1).limiting($0) }
  }
}
