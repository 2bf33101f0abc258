import Testing

@testable import Sockets

@Suite("When a loop stays awake (Docs/decisions/0011)")
struct BusyPollingTests {
  private let microsecond: UInt64 = 1_000

  /// After so many short sleeps in a row.
  private func afterShortSleeps(_ count: Int) -> BusyPolling {
    var polling = BusyPolling(limit: .microseconds(50))
    for _ in 0..<count { polling.slept(60 * microsecond) }
    return polling
  }

  @Test("A loop that has just begun, or that waits long, sleeps")
  func idle() {
    var polling = BusyPolling(limit: .microseconds(50))
    #expect(!polling.isWorthwhile(at: 0))
    for _ in 0..<1_000 { polling.slept(1_000 * microsecond) }
    #expect(!polling.isWorthwhile(at: 0))
  }

  @Test("Four short waits in a row make it stay awake; a long one in between does not count")
  func conversation() {
    #expect(!afterShortSleeps(3).isWorthwhile(at: 0))
    #expect(afterShortSleeps(4).isWorthwhile(at: 0))
    // One call a millisecond: the wait for its answer is short, the wait for the next call is long.
    var polling = BusyPolling(limit: .microseconds(50))
    for _ in 0..<100 {
      polling.slept(60 * microsecond)
      polling.slept(900 * microsecond)
      #expect(!polling.isWorthwhile(at: 0))
    }
  }

  @Test("Each attempt in vain doubles what the next one needs")
  func inVain() {
    var polling = afterShortSleeps(4)
    polling.wasInVain()
    for _ in 0..<7 { polling.slept(60 * microsecond) }
    #expect(!polling.isWorthwhile(at: 0))
    polling.slept(60 * microsecond)
    #expect(polling.isWorthwhile(at: 0))
    for _ in 0..<20 { polling.wasInVain() }
    for _ in 0..<1_023 { polling.slept(60 * microsecond) }
    #expect(!polling.isWorthwhile(at: 0))
    polling.slept(60 * microsecond)
    #expect(polling.isWorthwhile(at: 0))
  }

  @Test("A long conversation makes good for attempts in vain")
  func forgiven() {
    var polling = afterShortSleeps(4)
    polling.wasInVain()
    polling.wasInVain()
    for _ in 0..<100 { polling.paidOff() }
    polling.wasInVain()
    for _ in 0..<8 { polling.slept(60 * microsecond) }
    #expect(polling.isWorthwhile(at: 0))
  }

  @Test("Where another thread has run, the loop rests twenty times as long, and 100 ms at most")
  func inTheWay() {
    for (away, rest) in [
      (20, 400), (1_000, 20_000), (30_000, 100_000), (UInt64.max / 1_000, 100_000),
    ] {
      var polling = afterShortSleeps(4)
      polling.wasInTheWay(for: UInt64(away) * microsecond, at: 1_000)
      for _ in 0..<100 { polling.slept(60 * microsecond) }
      #expect(!polling.isWorthwhile(at: UInt64(rest) * microsecond + 999))
      #expect(polling.isWorthwhile(at: UInt64(rest) * microsecond + 1_000))
    }
  }

  @Test("A limit of zero turns it off")
  func off() {
    var polling = BusyPolling(limit: .zero)
    for _ in 0..<100 { polling.slept(0) }
    #expect(!polling.isWorthwhile(at: 0))
  }
}

@Suite("A loop's mailbox")
struct MailboxTests {
  /// The letters in a mailbox, run.
  private func open(_ mailbox: Mailbox) -> (letters: Int, isStopped: Bool) {
    var letters: [Mailbox.Letter] = []
    let isStopped = mailbox.open(&letters)
    return (letters.count, isStopped)
  }

  @Test("A loop does not fall asleep over a letter")
  func letterBeforeSleep() {
    let poller = Poller()
    let mailbox = Mailbox(poller.waker)
    #expect(!mailbox.hasMail)
    mailbox.post(.closure {})
    #expect(mailbox.hasMail)
    #expect(!mailbox.fallAsleep())
    #expect(open(mailbox) == (1, false))
    #expect(!mailbox.hasMail)
    #expect(mailbox.fallAsleep())
  }

  @Test("Only the first letter to a sleeping loop wakes it, and none to one that is awake")
  func wakeUps() {
    let poller = Poller()
    let mailbox = Mailbox(poller.waker)
    mailbox.post(.closure {})
    #expect(poller.wait(milliseconds: 0) == 0)
    _ = open(mailbox)
    #expect(mailbox.fallAsleep())
    mailbox.post(.closure {})
    #expect(poller.wait(milliseconds: 0) == 1)
    mailbox.post(.closure {})
    #expect(poller.wait(milliseconds: 0) == 0)
    mailbox.wakeUp()
    #expect(mailbox.hasMail)
    #expect(open(mailbox) == (2, false))
  }

  @Test("Whoever stops a sleeping loop wakes it")
  func stop() {
    let poller = Poller()
    let mailbox = Mailbox(poller.waker)
    #expect(mailbox.fallAsleep())
    mailbox.stop()
    #expect(poller.wait(milliseconds: 0) == 1)
    mailbox.wakeUp()
    #expect(open(mailbox) == (0, true))
  }
}
