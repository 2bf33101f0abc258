@main
enum Check {
  static func main() {
    var account = WindowAccount()
    func send(_ wanted: Int) {
      let count = account.send(wanted)
      print(
        "send \(wanted): \(count) may go; \(account.stream) left, connection \(account.connection)"
      )
    }
    send(100)
    send(40_000)
    send(16_384)
    send(16_384)
    send(16_384)
    account.updateConnection(100_000)
    send(1_000)
    send(20_000)
    account.updateStream(1_000)
    send(0)
    account.changeInitialWindowSize(32_768)
    send(500)
    account.updateStream(31_866)
    send(500)
    account.updateStream(1)
    send(500)
    account.changeInitialWindowSize(65_535)
    send(500)
    account.updateStream(1_000_000)
    for _ in 0..<6 { send(20_000) }
  }
}
