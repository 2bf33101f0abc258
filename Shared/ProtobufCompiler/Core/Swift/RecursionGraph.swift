/// Finds the message fields that would make a Swift value contain itself.
///
/// Messages are nodes; a message field that occurs at most once is an edge (lists and maps live in buffers of their own
/// and break every circle). A field is recursive if its type leads back to the message that has it.
struct RecursionGraph {
  private var edges: [String: Set<String>] = [:]
  private var reachable: [String: Set<String>] = [:]

  init(_ files: [FileDescriptorProto]) {
    for file in files {
      let scope = file.package.isEmpty ? "" : ".\(file.package)"
      for message in file.messages { collect(message, scope) }
    }
    for name in edges.keys { reachable[name] = closure(of: name) }
  }

  /// Whether a field of `message` with the type `typeName` must be boxed.
  func isRecursive(_ message: String, _ typeName: String) -> Bool {
    typeName == message || reachable[typeName]?.contains(message) == true
  }

  private mutating func collect(_ message: DescriptorProto, _ scope: String) {
    let name = "\(scope).\(message.name)"
    edges[name] = Set(
      message.fields.filter { $0.type == .message && !$0.isRepeated }.map(\.typeName)
    )
    for nested in message.nestedMessages { collect(nested, name) }
  }

  private func closure(of name: String) -> Set<String> {
    var found: Set<String> = []
    var pending = Array(edges[name] ?? [])
    while let next = pending.popLast() {
      guard found.insert(next).inserted else { continue }
      pending.append(contentsOf: edges[next] ?? [])
    }
    return found
  }
}
