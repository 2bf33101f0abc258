import HTTP2
import Testing

@testable import GRPC

/// One task of a loop goes from call to call: what calls of one turn have to do with each other, which is nothing.
@Suite("Tasks that run methods")
struct HandlerPoolTests {
  /// Has calls with these texts arrive in one turn of the loop.
  private func call(_ bench: ServerBench, _ texts: [String]) async -> [StreamID] {
    await bench.onLoop { ends in
      texts.map { text in
        let id = ends.open(ServerBench.headers, endStream: false) ?? StreamID(0)
        ends.clientSends(Note(text).framed, on: id, endStream: true)
        return id
      }
    }
  }

  @Test("A method that waits does not hold those behind it in the line")
  func waiting() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in
        notices.add(note.text)
        while note.text == "waits", !notices.contains("last") { await aMoment() }
        return note
      })
    )
    let ids = await call(bench, ["first", "waits", "waits", "middle", "waits", "last"])
    for id in ids { #expect(await bench.response(id).status == "0") }
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("Methods begin in the order in which their calls came")
  func order() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in
        notices.add(note.text)
        return note
      })
    )
    let texts = (0..<100).map(String.init)
    for id in await call(bench, texts) { _ = await bench.response(id) }
    #expect(notices.all == texts)
  }

  @Test("A call that is cancelled in the line finds its task cancelled, and no other call does")
  func cancelledInLine() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        notices.add("\(note.text) \(Task.isCancelled) \(context.isCancelled)")
        return note
      })
    )
    let ids = await bench.onLoop { ends in
      ["a", "b", "c"].map { text in
        let id = ends.open(ServerBench.headers, endStream: false) ?? StreamID(0)
        ends.clientSends(Note(text).framed, on: id, endStream: true)
        // It reaches the server together with the request, before any method has begun.
        if text == "b" { ends.clientResets(id) }
        return id
      }
    }
    _ = await bench.response(ids[0])
    _ = await bench.response(ids[2])
    await bench.eventually { $0.activeCalls == 0 }
    #expect(notices.all.sorted() == ["a false false", "b true true", "c false false"])
  }

  @Test("Calls of one task see their own context, and nothing that another has bound")
  func taskLocals() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        if ServerContext.current !== context { notices.add("another's context") }
        if Bound.value != nil { notices.add("another's value") }
        return Bound.$value.withValue(note.text) {
          // Outlives the call: it must not see the next one.
          Task.detached { if ServerContext.current != nil { notices.add("a detached task") } }
          return note
        }
      })
    )
    for id in await call(bench, (0..<100).map(String.init)) { _ = await bench.response(id) }
    #expect(notices.all.isEmpty)
  }

  private enum Bound {
    @TaskLocal static var value: String?
  }
}
