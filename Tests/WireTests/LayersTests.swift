import Testing

@testable import Lesson

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite("One call, layer by layer")
struct LayersTests {
  /// The folder that holds Package.swift.
  static let package = String(#filePath).replacing("/Tests/WireTests/LayersTests.swift", with: "")

  static func text(_ file: String) -> String? {
    guard let handle = fopen("\(package)/\(file)", "rb") else { return nil }
    defer { fclose(handle) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, handle)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  @Test(
    "Every file that a step names is there and has the functions",
    arguments: LayerSource.allCases
  )
  func sources(_ source: LayerSource) throws {
    #expect(!source.places.isEmpty)
    for place in source.places {
      let text = try #require(Self.text(place.file), "there is no \(place.file)")
      for function in place.functions {
        let isThere = ["func \(function)(", "func \(function)<"].contains { text.contains($0) }
        #expect(isThere, "\(place.file) has no function \(function)")
      }
    }
  }

  @Test("The same bytes stand in the same columns in every layer")
  func alignment() throws {
    let frame = try #require(Conversation.greeting().frames.first { $0.name == "DATA" })
    let values = CallLayers.Values(method: "/a/b", request: "x", reply: "y")
    let layers = LayersText(columns: 100, values: values)
    let message = try #require(layers.rows(frame.bytes, 14..<19).first)
    let prefix = try #require(layers.rows(frame.bytes, 9..<14).first)
    let whole = try #require(layers.rows(frame.bytes, 0..<19).first)
    #expect(whole.hasSuffix("00 00 00 00 05 0a 03 41 64 61"))
    for (index, character) in message.enumerated() where character != " " {
      #expect(Array(whole)[index] == character)
    }
    for (index, character) in prefix.enumerated() where character != " " {
      #expect(Array(whole)[index] == character)
    }
  }
}
