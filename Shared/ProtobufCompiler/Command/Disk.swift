#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Files, by the C library; the compiler needs no more than whole files.
enum Disk {
  /// The content of a file, nil if there is none that can be read.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = chunk.withUnsafeMutableBytes {
        #if canImport(Glibc)
        Glibc.read(descriptor, $0.baseAddress, $0.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, $0.baseAddress, $0.count)
        #else
        Darwin.read(descriptor, $0.baseAddress, $0.count)
        #endif
      }
      if count < 0 { return nil }
      if count == 0 { return content }
      content += chunk[..<count]
    }
  }

  /// Replaces a file's content; false if that failed.
  static func write(_ bytes: [UInt8], to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return writeAll(bytes, to: descriptor)
  }

  static func writeError(_ text: String) { _ = writeAll(Array(text.utf8), to: 2) }

  static func writeOutput(_ text: String) { _ = writeAll(Array(text.utf8), to: 1) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Makes a folder and those around it.
  static func makeFolder(_ path: String) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part + "/"
      mkdir(made, 0o755)
    }
  }

  /// Why the last call failed.
  static var lastError: String { String(cString: strerror(errno)) }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        #if canImport(Glibc)
        Glibc.write(descriptor, $0.baseAddress, $0.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, $0.baseAddress, $0.count)
        #else
        Darwin.write(descriptor, $0.baseAddress, $0.count)
        #endif
      }
      if count < 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
