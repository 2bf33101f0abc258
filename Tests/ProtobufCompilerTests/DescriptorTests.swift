import ProtobufCompiler
import Testing

@Suite("Descriptors")
struct DescriptorTests {
  @Test("Options are read from their wire format, the last value wins")
  func optionBytes() {
    let options = FieldOptions(OptionBytes([0x10, 0x00, 0x10, 0x01, 0x18, 0x01]))
    #expect(options.packed == true)
    #expect(options.deprecated == true)
    #expect(options.lazy == nil)
  }
}
