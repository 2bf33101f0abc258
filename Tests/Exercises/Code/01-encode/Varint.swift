/// The bytes of a varint: seven bits in each, the lowest first; the top bit says that another one follows.
func varint(_ value: UInt64) -> [UInt8] {
  // Right for numbers below 128. Make it right for all.
  [UInt8(truncatingIfNeeded: value)]
}

/// The number that a varint stands for; nil if its end is missing, or if it does not fit 64 bits.
func number(_ varint: [UInt8]) -> UInt64? {
  // Right for one byte. Make it right for one to ten.
  varint.first.map { UInt64($0) }
}
