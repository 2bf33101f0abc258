extension Duration {
  /// Whole nanoseconds, as the loops' clock counts them; zero for less, 2⁶⁴−1 for more than fits.
  package var clampedNanoseconds: UInt64 {
    let attoseconds = attoseconds
    guard attoseconds > 0 else { return 0 }
    // Up to 18 seconds, one division of the processor's own will do.
    if let few = UInt64(exactly: attoseconds) { return few / 1_000_000_000 }
    return UInt64(clamping: attoseconds / 1_000_000_000)
  }
}

extension UInt64 {
  /// The time so many nanoseconds after this one; 2⁶⁴−1, which is never, for what lies beyond.
  package func saturatingSum(_ nanoseconds: UInt64) -> UInt64 {
    let (time, isTooLate) = addingReportingOverflow(nanoseconds)
    return isTooLate ? .max : time
  }
}
