#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a fuzzer does with the inputs that libFuzzer makes.
protocol FuzzTarget {
  /// Inputs to begin with, made by our own encoder.
  static func seeds() -> [[UInt8]]
  /// Uses the code under test on an input; whatever is wrong traps.
  static func run(_ input: UnsafeRawBufferPointer)
}

extension FuzzTarget {
  /// Writes the seeds into a folder, a file each.
  static func writeSeeds(to folder: String) {
    for (index, seed) in seeds().enumerated() {
      guard let file = fopen("\(folder)/seed-\(index)", "wb") else { continue }
      _ = seed.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
      fclose(file)
    }
  }
}

/// libFuzzer calls this once; `FUZZ_SEEDS` names a folder for the seeds.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
  _ count: UnsafeMutableRawPointer?,
  _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  if let folder = getenv("FUZZ_SEEDS") { Target.writeSeeds(to: String(cString: folder)) }
  return 0
}

/// libFuzzer calls this with each input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
  Target.run(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}
