extension CodeExercise {
  /// All that `check` knows, lesson by lesson.
  package static let all: [CodeExercise] = [
    CodeExercise(
      lesson: "01",
      name: "encode",
      task: "Write and read varints of any length.",
      hint:
        "While more than seven bits are left: the lowest seven, with 0x80. Ten bytes hold 70 bits, which is too many.",
      explanation:
        "Small numbers take one byte, and nobody has to know how large a number may become. Shared/ProtobufWire does it so.",
      beginnings: ["Tests/Exercises/Code/01-encode/Varint.swift"]
    ),
    CodeExercise(
      lesson: "01",
      name: "evolution",
      task: """
        Give HelloRequest a field, optional string language = 2. For de answer "Hallo, Ada!", for an empty language "Ada!", \
        and "Hello, Ada!" for any other, or none.
        """,
      hint:
        "An optional field is a String? in Swift: nil is not there, and \"\" is there and empty.",
      explanation:
        "Neither had to be changed first. The old server kept the field that it did not know, and ignored it; the new one met a client without it, and nil said so.",
      beginnings: ["01-unary/greeter.proto", "01-unary/Server.swift"],
      formerProto: "01-unary/greeter.proto"
    ),
    CodeExercise(
      lesson: "02",
      name: "account",
      task: "Keep the account of a stream's window: how much may be sent, and what changes it.",
      hint:
        "A frame is limited by four things. A new initial size changes a window by the difference, also below zero.",
      explanation:
        "Two windows, since many streams share a connection: a slow reader of one must not stop the others, nor may all together flood the receiver.",
      beginnings: ["Tests/Exercises/Code/02-account/WindowAccount.swift"]
    ),
    CodeExercise(
      lesson: "03",
      name: "longest-line",
      task:
        "Add uint64 longest_line = 5 to the Receipt, and count it: bytes, without the line feed.",
      hint: "A line may lie in several chunks: what is counted of it so far belongs to Counter.",
      explanation:
        "Chunks are the transport's affair. What lies across their borders counts as if there were none.",
      beginnings: ["03-client-streaming/uploader.proto", "03-client-streaming/Receipt.swift"]
    ),
    CodeExercise(
      lesson: "04",
      name: "whisper",
      task: """
        A line that begins with "@bob " goes to bob alone, and is not remembered in the history; if nobody has that name, it \
        is a line as any other.
        """,
      hint:
        "say knows all names; tell sends to all but one. The speaker gets its acknowledgement in any case.",
      explanation: "The room decides who hears what: the calls only carry it, and need no change.",
      beginnings: ["04-bidi/ChatRoom.swift"],
      companions: ["04-bidi/Member.swift"],
      proto: "04-bidi/chat.proto"
    ),
    CodeExercise(
      lesson: "05",
      name: "rounding",
      task: "Write and read grpc-timeout, in the finest unit that fits eight digits, rounded up.",
      hint:
        "Try the units from n to H; Duration.attoseconds is a whole number. Only ASCII digits, and at least one.",
      explanation:
        "Rounded down, a server would give up first now and then, and its DEADLINE_EXCEEDED might come before the client's own.",
      beginnings: ["Tests/Exercises/Code/05-rounding/Timeout.swift"]
    ),
    CodeExercise(
      lesson: "05",
      name: "call-log",
      task:
        "Make an interceptor that writes a line for each call when it is over, with its status.",
      hint: "OutgoingCall.onEnd takes a closure, which is given a report.",
      explanation:
        "It is called for whatever becomes of a call, also for one that never left: connection refused.",
      beginnings: ["Tests/Exercises/Code/05-call-log/CallLog.swift"],
      proto: "01-unary/greeter.proto"
    ),
  ]
}
