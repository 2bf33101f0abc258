/// What grpc-timeout says: at most eight digits and a unit, H M S m u n (hours down to nanoseconds).
///
/// The finest unit that fits, so that little is lost; rounded up, so that the server does not give up before the client;
/// and never 0, which nobody could keep to.
func grpcTimeout(_ duration: Duration) -> String {
  for (unit, size) in units {
    let count = (duration.attoseconds + size.attoseconds - 1) / size.attoseconds
    if count <= 99_999_999 { return "\(max(1, count))\(unit)" }
  }
  return "99999999H"
}

/// What a grpc-timeout stands for; nil if it is malformed.
func duration(_ grpcTimeout: String) -> Duration? {
  let digits = grpcTimeout.dropLast()
  guard (1...8).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
    let count = Int(digits), let size = units.first(where: { $0.unit == grpcTimeout.last })?.size
  else { return nil }
  return size * count
}

private let units: [(unit: Character, size: Duration)] = [
  ("n", .nanoseconds(1)), ("u", .microseconds(1)), ("m", .milliseconds(1)), ("S", .seconds(1)),
  ("M", .seconds(60)), ("H", .seconds(3600)),
]
