/// What grpc-timeout says: at most eight digits and a unit, H M S m u n (hours down to nanoseconds).
///
/// The finest unit that fits, so that little is lost; rounded up, so that the server does not give up before the client;
/// and never 0, which nobody could keep to.
func grpcTimeout(_ duration: Duration) -> String {
  // Right for whole seconds, as long as there are not too many.
  "\(duration.components.seconds)S"
}

/// What a grpc-timeout stands for; nil if it is malformed.
func duration(_ grpcTimeout: String) -> Duration? {
  guard grpcTimeout.hasSuffix("S"), let seconds = Int(grpcTimeout.dropLast()) else { return nil }
  return .seconds(seconds)
}
