/// Dates: conversions, arithmetic, and RFC 3339 text, without a calendar library.
extension Google.Protobuf.Timestamp {
  /// The years 1 to 9999, which RFC 3339 can write.
  static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// The moment `duration` after 1970-01-01T00:00:00Z, or before it if negative; fractions of a nanosecond are dropped.
  public init(sinceEpoch duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let nanos = Int32(truncatingIfNeeded: attoseconds / 1_000_000_000)
    // Nanoseconds count forwards, also before 1970.
    self.init(
      seconds: nanos < 0 ? seconds - 1 : seconds,
      nanos: nanos < 0 ? nanos + 1_000_000_000 : nanos
    )
  }

  /// The time since 1970-01-01T00:00:00Z.
  public var sinceEpoch: Duration {
    .seconds(seconds) + .nanoseconds(Int64(nanos))
  }

  /// Whether the moment lies in the years 1 to 9999 and its nanoseconds below one second.
  public var isValid: Bool {
    Self.secondsRange.contains(seconds) && (0..<1_000_000_000).contains(nanos)
  }

  /// The moment in RFC 3339's form, such as `2026-11-24T10:50:00.5Z`; nil outside the years 1 to 9999.
  public var text: String? {
    guard isValid else { return nil }
    let day = floorDivide(seconds, by: 86_400)
    let second = seconds - day * 86_400
    let date = Self.date(ofDay: day)
    let time = [second / 3600, second / 60 % 60, second % 60].map { pad($0, to: 2) }
    let days = "\(pad(date.year, to: 4))-\(pad(date.month, to: 2))-\(pad(date.day, to: 2))"
    return "\(days)T\(time.joined(separator: ":"))\(fraction(nanos))Z"
  }

  /// Reads RFC 3339's form, with `Z` or an offset such as `+02:00`; nil for anything else.
  public init?(text: String) {
    var scanner = DigitScanner(text)
    guard
      let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2),
      scanner.skip("-"), let day = scanner.digits(2), scanner.skip("T") || scanner.skip("t"),
      let hour = scanner.digits(2), scanner.skip(":"), let minute = scanner.digits(2),
      scanner.skip(":"), let second = scanner.digits(2),
      let nanos = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd,
      (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(inMonth: month, of: year)).contains(day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Self.day(ofYear: year, month: month, day: day)
    self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanos: nanos)
    guard isValid else { return nil }
  }

  /// The days from 1970-01-01 to a date of the Gregorian calendar; a year is taken to begin in March, so that the leap
  /// day is its last.
  private static func day(ofYear year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, by: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The inverse of `day(ofYear:month:day:)`.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = floorDivide(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let index = (5 * dayOfYear + 2) / 153
    let month = index < 10 ? index + 3 : index - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * index + 2) / 5 + 1)
  }

  private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    let next =
      month == 12
      ? day(ofYear: year + 1, month: 1, day: 1) : day(ofYear: year, month: month + 1, day: 1)
    return next - day(ofYear: year, month: month, day: 1)
  }
}

extension Google.Protobuf.Timestamp: Comparable {
  /// Whether `left` is the earlier moment.
  public static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanos) < (right.seconds, right.nanos)
  }
}
