internal import GRPC

/// Durations and sizes as people type them on a command line: `500ms`, `2s`, `1m`; `64k`, `4M`.
public enum Quantity {
  /// Reads a duration: a number and one of `us`, `ms`, `s`, `m`, `h`.
  ///
  /// Nil when it is not one.
  public static func duration(_ text: String) -> Duration? {
    guard let (number, unit) = split(text) else { return nil }
    let nanoseconds: Double? =
      switch unit {
      case "us": 1e3
      case "ms": 1e6
      case "s": 1e9
      case "m": 60e9
      case "h": 3600e9
      case "" where number == 0: 1
      default: nil
      }
    guard let nanoseconds, number * nanoseconds < 9e18 else { return nil }
    return .nanoseconds(Int64(number * nanoseconds))
  }

  /// Reads a size in bytes: a number and none or one of `K`, `M`, `G` (powers of 1024, also written
  /// `KiB`, `MiB`, `GiB`) or `KB`, `MB`, `GB` (powers of 1000).
  ///
  /// Nil when it is not one.
  public static func byteCount(_ text: String) -> Int? {
    guard let (number, unit) = split(text) else { return nil }
    let bytes: Double? =
      switch unit.lowercased() {
      case "", "b": 1
      case "k", "kib": 0x400
      case "m", "mib": 0x10_0000
      case "g", "gib": 0x4000_0000
      case "kb": 1e3
      case "mb": 1e6
      case "gb": 1e9
      default: nil
      }
    guard let bytes, number * bytes < 9e18 else { return nil }
    return Int(number * bytes)
  }

  /// A duration as a person reads it: `500ms`, `2s`, `1.5s`.
  public static func description(of duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    if microseconds % 1_000_000 == 0 { return "\(microseconds / 1_000_000)s" }
    if microseconds % 1_000 == 0 && microseconds < 10_000_000 { return "\(microseconds / 1_000)ms" }
    if microseconds < 1_000 { return "\(microseconds)us" }
    if microseconds < 1_000_000 { return "\(fixed(Double(microseconds) / 1e3, digits: 1))ms" }
    return "\(fixed(Double(microseconds) / 1e6, digits: 2))s"
  }

  /// A number with a fixed number of decimals, rounded to nearest: `fixed(1.25, digits: 1)` is `1.3`.
  public static func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
  }

  /// A count with separators: `5,242,880`.
  public static func grouped(_ count: Int) -> String { GRPC.grouped(count) }

  private static func split(_ text: String) -> (number: Double, unit: String)? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let value = Double(number), value.isFinite else { return nil }
    return (value, String(text.dropFirst(number.count)))
  }
}
