extension Parser {
  // Reads `service Name { … }`.
  mutating func parseService() throws(Failure) {
    let path = [Path.service, Int32(file.services.count)]
    let location = open(path)
    defer { close(location) }
    var service = ServiceDescriptorProto()
    defer { file.services.append(service) }
    try consume("service")
    let nameMark = open(path + [Path.name])
    service.name = try consumeIdentifier("Expected service name.")
    close(nameMark)
    try consumeEnd("{", of: location)
    while !tryConsumeEnd("}", of: nil) {
      if isAtEnd { throw fail("Reached end of input in service definition (missing '}').") }
      do { try parseServiceStatement(into: &service, path: path) } catch { skipStatement() }
    }
  }

  private mutating func parseServiceStatement(
    into service: inout ServiceDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    if tryConsumeEnd(";", of: nil) { return }
    if isLooking(at: "option") {
      var options = service.options ?? ServiceOptions()
      defer { service.options = options }
      try parseOptionStatement(into: &options, path: path + [Path.serviceOptions])
    } else {
      var method = MethodDescriptorProto()
      defer { service.methods.append(method) }
      let slot = Int32(service.methods.count)
      try parseMethod(into: &method, path: path + [Path.method, slot])
    }
  }

  private mutating func parseMethod(
    into method: inout MethodDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    try consume("rpc")
    let nameMark = open(path + [Path.name])
    method.name = try consumeIdentifier("Expected method name.")
    close(nameMark)
    (method.clientStreaming, method.inputType) = try parseMethodType(
      path: path,
      stream: Path.clientStreaming,
      type: Path.inputType
    )
    try consume("returns")
    (method.serverStreaming, method.outputType) = try parseMethodType(
      path: path,
      stream: Path.serverStreaming,
      type: Path.outputType
    )
    guard isLooking(at: "{") else { return try consumeEnd(";", of: location) }
    var options = MethodOptions()
    defer { method.options = options }
    try parseMethodOptions(into: &options, path: path, location: location)
  }

  private mutating func parseMethodType(
    path: [Int32],
    stream: Int32,
    type: Int32
  ) throws(Failure) -> (Bool, String) {
    try consume("(")
    var isStream = false
    if isLooking(at: "stream") {
      let mark = open(path + [stream])
      advance()
      close(mark)
      isStream = true
    }
    let mark = open(path + [type])
    let name = try parseMessageName()
    close(mark)
    try consume(")")
    return (isStream, name)
  }

  private mutating func parseMethodOptions(
    into options: inout MethodOptions,
    path: [Int32],
    location: Mark
  ) throws(Failure) {
    try consumeEnd("{", of: location)
    while !tryConsumeEnd("}", of: nil) {
      if isAtEnd { throw fail("Reached end of input in method options (missing '}').") }
      if tryConsumeEnd(";", of: nil) { continue }
      do {
        try parseOptionStatement(into: &options, path: path + [Path.methodOptions])
      } catch {
        skipStatement()
      }
    }
  }
}
