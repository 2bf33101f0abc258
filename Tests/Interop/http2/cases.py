"""What a server has to do with each frame: h2spec's list, and the rules of RFC 9113 and RFC 7541 that it leaves out.

A case is a name, the bytes after the handshake, and the outcome on stream 1. "404" means that the request was
answered: it asks for /404, whose answer is short.
"""

from wire import *

get, post = block(GET), block(POST)
OK, OPEN = END_HEADERS | END_STREAM, END_HEADERS
u32 = lambda value: struct.pack(">I", value)
request = lambda fields: frame(HEADERS, OK, 1, block(fields))
posting = lambda *extra: frame(HEADERS, OPEN, 1, block(POST + list(extra)))
answered = frame(HEADERS, OK, 1, get)
without = lambda name: [field for field in GET if field[0] != name]

PROTOCOL, SIZE, FLOW = "GOAWAY PROTOCOL_ERROR", "GOAWAY FRAME_SIZE_ERROR", "GOAWAY FLOW_CONTROL_ERROR"
COMPRESSION, CLOSED = "GOAWAY COMPRESSION_ERROR", "GOAWAY STREAM_CLOSED"
MALFORMED = "RST PROTOCOL_ERROR"

GROUPS = {
    "frames, §4 and §5.5": [
        ("an unknown type is ignored", frame(0x16, 0, 0, b"\0" * 8) + answered, "404"),
        ("unknown flags are ignored", frame(HEADERS, OK | 0xC2, 1, get), "404"),
        ("the reserved bit is ignored", frame(HEADERS, OK, 0x80000001, get), "404"),
        ("a frame of 16,384 bytes is taken",
         frame(HEADERS, OPEN, 1, post) + frame(DATA, 1, 1, b"x" * 16384), "404"),
        ("a larger DATA", posting() + frame(DATA, 1, 1, b"x" * 16385), SIZE),
        ("a larger HEADERS", frame(HEADERS, OK, 1, get + b"\0" * 17000), SIZE),
        ("an invalid block", frame(HEADERS, OK, 1, b"\x40"), COMPRESSION),
        ("PRIORITY within a block", frame(HEADERS, 1, 1, get) + frame(PRIORITY, 0, 1, b"\0\0\0\0\1"), PROTOCOL),
        ("HEADERS of another stream within a block", frame(HEADERS, 1, 1, get) + frame(HEADERS, OK, 3, get), PROTOCOL),
        ("an unknown frame within a block", frame(HEADERS, 1, 1, get) + frame(0x16, 0, 0, b"x"), PROTOCOL),
    ],
    "streams, §5.1": [
        ("idle: DATA", frame(DATA, 1, 1, b"x"), PROTOCOL),
        ("idle: RST_STREAM", frame(RST_STREAM, 0, 1, u32(8)), PROTOCOL),
        ("idle: WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 1, u32(100)), PROTOCOL),
        ("idle: CONTINUATION", frame(CONTINUATION, 4, 1, get), PROTOCOL),
        ("idle: PRIORITY is allowed", frame(PRIORITY, 0, 1, u32(0) + b"\1") + answered, "404"),
        ("closed by RST_STREAM: DATA", posting() + frame(RST_STREAM, 0, 1, u32(8)) + frame(DATA, 1, 1, b"x"),
         "RST STREAM_CLOSED"),
        ("closed by RST_STREAM: HEADERS", posting() + frame(RST_STREAM, 0, 1, u32(8)) + answered, "RST STREAM_CLOSED"),
        ("closed by RST_STREAM: CONTINUATION",
         posting() + frame(RST_STREAM, 0, 1, u32(8)) + frame(CONTINUATION, 4, 1, get), PROTOCOL),
        ("an even stream", frame(HEADERS, OK, 2, get), PROTOCOL),
        ("a lower stream", frame(HEADERS, OPEN, 5, post) + frame(HEADERS, OK, 3, get), PROTOCOL),
        ("a self-dependency in HEADERS", frame(HEADERS, OK | WITH_PRIORITY, 1, u32(1) + b"\xff" + get), MALFORMED),
        ("a self-dependency in PRIORITY", frame(PRIORITY, 0, 1, u32(1) + b"\xff"), MALFORMED),
    ],
    "DATA and HEADERS, §6.1 and §6.2": [
        ("DATA on stream 0", posting() + frame(DATA, 1, 0, b"x"), PROTOCOL),
        ("padded DATA", posting() + frame(DATA, 1 | PADDED, 1, b"\2xx\0\0"), "404"),
        ("DATA that is all padding", posting() + frame(DATA, 1 | PADDED, 1, b"\2\0\0"), "404"),
        ("padding that is too long", posting() + frame(DATA, 1 | PADDED, 1, b"\6xxxxx"), PROTOCOL),
        ("a padded frame that is empty", posting() + frame(DATA, 1 | PADDED, 1), SIZE),
        ("HEADERS on stream 0", frame(HEADERS, OK, 0, get), PROTOCOL),
        ("padded HEADERS", frame(HEADERS, OK | PADDED, 1, b"\1" + get + b"\0"), "404"),
        ("padding longer than HEADERS", frame(HEADERS, OK | PADDED, 1, bytes([len(get) + 1]) + get), PROTOCOL),
        ("HEADERS with priority", frame(HEADERS, OK | WITH_PRIORITY, 1, u32(0) + b"\xff" + get), "404"),
        ("HEADERS with padding and priority",
         frame(HEADERS, OK | PADDED | WITH_PRIORITY, 1, b"\3" + u32(0) + b"\xff" + get + b"\0\0\0"), "404"),
        ("HEADERS too short for its priority", frame(HEADERS, OK | WITH_PRIORITY, 1, b"\0\0\0"), SIZE),
    ],
    "PRIORITY and RST_STREAM, §6.3 and §6.4": [
        ("PRIORITY on stream 0", frame(PRIORITY, 0, 0, u32(0) + b"\1"), PROTOCOL),
        ("PRIORITY of four bytes", posting() + frame(PRIORITY, 0, 1, u32(0)), "RST FRAME_SIZE_ERROR"),
        ("RST_STREAM on stream 0", frame(RST_STREAM, 0, 0, u32(8)), PROTOCOL),
        ("RST_STREAM of three bytes", posting() + frame(RST_STREAM, 0, 1, b"\0\0\0"), SIZE),
    ],
    "SETTINGS, §6.5": [
        ("an acknowledgement with a payload", frame(SETTINGS, ACK, 0, settings((1, 1))), SIZE),
        ("on a stream", frame(SETTINGS, 0, 1), PROTOCOL),
        ("of three bytes", frame(SETTINGS, 0, 0, b"\0\0\0"), SIZE),
        ("ENABLE_PUSH of 2", frame(SETTINGS, 0, 0, settings((2, 2))), PROTOCOL),
        ("INITIAL_WINDOW_SIZE of 2^31", frame(SETTINGS, 0, 0, settings((4, 1 << 31))), FLOW),
        ("MAX_FRAME_SIZE of 16,383", frame(SETTINGS, 0, 0, settings((5, 16383))), PROTOCOL),
        ("MAX_FRAME_SIZE of 2^24", frame(SETTINGS, 0, 0, settings((5, 1 << 24))), PROTOCOL),
        ("the largest values", frame(SETTINGS, 0, 0, settings((1, 0xFFFFFFFF), (3, 0xFFFFFFFF), (4, (1 << 31) - 1),
                                                             (5, (1 << 24) - 1), (6, 0xFFFFFFFF))) + answered, "404"),
        ("an unknown setting", frame(SETTINGS, 0, 0, settings((0xFF, 1))) + answered, "404"),
        ("a header table of zero bytes", frame(SETTINGS, 0, 0, settings((1, 0))) + answered, "404"),
    ],
    "PUSH_PROMISE, PING, GOAWAY, §6.6 to §6.8": [
        ("PUSH_PROMISE", posting() + frame(PUSH_PROMISE, 4, 1, u32(2) + get), PROTOCOL),
        ("PING on a stream", frame(PING, 0, 1, b"\0" * 8), PROTOCOL),
        ("PING of six bytes", frame(PING, 0, 0, b"\0" * 6), SIZE),
        ("an answer that nobody asked for", frame(PING, ACK, 0, b"\0" * 8) + answered, "404"),
        ("GOAWAY on a stream", frame(GOAWAY, 0, 1, u32(0) + u32(0)), PROTOCOL),
        ("GOAWAY of seven bytes", frame(GOAWAY, 0, 0, b"\0" * 7), SIZE),
    ],
    "WINDOW_UPDATE, §6.9": [
        ("zero on the connection", frame(WINDOW_UPDATE, 0, 0, u32(0)), PROTOCOL),
        ("zero on a stream", posting() + frame(WINDOW_UPDATE, 0, 1, u32(0)), MALFORMED),
        ("of three bytes", frame(WINDOW_UPDATE, 0, 0, b"\0\0\1"), SIZE),
        ("the connection's window above 2^31-1", frame(WINDOW_UPDATE, 0, 0, u32((1 << 31) - 1)) * 2, FLOW),
        ("a stream's window above 2^31-1", posting() + frame(WINDOW_UPDATE, 0, 1, u32((1 << 31) - 1)) * 2,
         "RST FLOW_CONTROL_ERROR"),
        ("settings that move a window above 2^31-1",
         posting() + frame(WINDOW_UPDATE, 0, 1, u32((1 << 31) - 1 - 65535))
         + frame(SETTINGS, 0, 0, settings((4, 65536))), FLOW),
        ("more data than the stream's window", posting() + frame(DATA, 0, 1, b"x" * 16384) * 5, None),
    ],
    "CONTINUATION, §6.10": [
        ("two of them", frame(HEADERS, 1, 1, get[:5]) + frame(CONTINUATION, 0, 1, get[5:9])
         + frame(CONTINUATION, 4, 1, get[9:]), "404"),
        ("another frame behind HEADERS", frame(HEADERS, 1, 1, get) + frame(DATA, 1, 1, b"x"), PROTOCOL),
        ("on stream 0", frame(HEADERS, 1, 1, get) + frame(CONTINUATION, 4, 0, b""), PROTOCOL),
        ("behind END_HEADERS", frame(HEADERS, OPEN, 1, post) + frame(CONTINUATION, 4, 1, b""), PROTOCOL),
        ("behind DATA", posting() + frame(DATA, 0, 1, b"x") + frame(CONTINUATION, 4, 1, b""), PROTOCOL),
        ("one after the other", frame(HEADERS, 1, 1, get) + frame(CONTINUATION, 0, 1) * 20, "GOAWAY ENHANCE_YOUR_CALM"),
    ],
    "messages, §8.1 to §8.3": [
        ("trailers", posting() + frame(DATA, 0, 1, b"x") + frame(HEADERS, OK, 1, block([("x", "y")])), "404"),
        ("trailers without END_STREAM", posting() + frame(HEADERS, OPEN, 1, block([("x", "y")])), MALFORMED),
        ("a pseudo-header in trailers", posting() + frame(HEADERS, OK, 1, block([(":method", "GET")])), MALFORMED),
        ("an upper-case name", request(GET + [("X-Test", "ok")]), MALFORMED),
        ("an unknown pseudo-header", request(GET + [(":test", "ok")]), MALFORMED),
        ("a response's pseudo-header", request(GET + [(":status", "200")]), MALFORMED),
        ("a pseudo-header behind a field", request(GET[:3] + [("x", "y")] + GET[3:]), MALFORMED),
        ("connection", request(GET + [("connection", "keep-alive")]), MALFORMED),
        ("keep-alive", request(GET + [("keep-alive", "5")]), MALFORMED),
        ("proxy-connection", request(GET + [("proxy-connection", "x")]), MALFORMED),
        ("transfer-encoding", request(GET + [("transfer-encoding", "chunked")]), MALFORMED),
        ("upgrade", request(GET + [("upgrade", "h2c")]), MALFORMED),
        ("te: trailers, deflate", request(GET + [("te", "trailers, deflate")]), MALFORMED),
        ("te: trailers", request(GET + [("te", "trailers")]), "404"),
        ("an empty :path", request(without(":path") + [(":path", "")]), MALFORMED),
        ("no :method", request(without(":method")), MALFORMED),
        ("no :scheme", request(without(":scheme")), MALFORMED),
        ("no :path", request(without(":path")), MALFORMED),
        (":method twice", request([GET[0]] + GET), MALFORMED),
        (":scheme twice", request([GET[1]] + GET), MALFORMED),
        (":path twice", request([GET[2]] + GET), MALFORMED),
        (":authority twice", request([GET[3]] + GET), MALFORMED),
        ("an empty name", request(GET + [("", "y")]), MALFORMED),
        ("a blank in a name", request(GET + [("x y", "z")]), MALFORMED),
        ("a colon in a name", request(GET + [("x:y", "z")]), MALFORMED),
        ("a name that is not ASCII", request(GET + [("x\xff", "z")]), MALFORMED),
        ("NUL in a value", request(GET + [("x", "a\0b")]), MALFORMED),
        ("CR in a value", request(GET + [("x", "a\rb")]), MALFORMED),
        ("LF in a value", request(GET + [("x", "a\nb")]), MALFORMED),
        ("a blank before a value", request(GET + [("x", " a")]), MALFORMED),
        ("a tab behind a value", request(GET + [("x", "a\t")]), MALFORMED),
        ("an empty value", request(GET + [("x", "")]), "404"),
        ("a value that is not ASCII", request(GET + [("x", "\xe9")]), "404"),
        ("content-length that is right", posting(("content-length", "3")) + frame(DATA, 1, 1, b"xyz"), "404"),
        ("content-length of less", posting(("content-length", "1")) + frame(DATA, 1, 1, b"test"), MALFORMED),
        ("content-length of less, two frames",
         posting(("content-length", "1")) + frame(DATA, 0, 1, b"te") + frame(DATA, 1, 1, b"st"), MALFORMED),
        ("content-length of more, with trailers",
         posting(("content-length", "9")) + frame(DATA, 0, 1, b"x") + frame(HEADERS, OK, 1, block([("x", "y")])),
         MALFORMED),
        ("content-length without a body", request(POST + [("content-length", "1")]), MALFORMED),
        ("content-length twice, alike", posting(("content-length", "1"), ("content-length", "1"))
         + frame(DATA, 1, 1, b"x"), "404"),
        ("content-length twice, different", posting(("content-length", "1"), ("content-length", "2")), MALFORMED),
        ("content-length that is no number", posting(("content-length", "1a")), MALFORMED),
        ("CONNECT with :path", request([(":method", "CONNECT"), (":path", "/"), (":authority", "x:1")]), MALFORMED),
        ("CONNECT without :authority", request([(":method", "CONNECT")]), MALFORMED),
    ],
    "HPACK, RFC 7541": [
        ("index 0", frame(HEADERS, OK, 1, get + b"\x80"), COMPRESSION),
        ("an index beyond the tables", frame(HEADERS, OK, 1, get + b"\xff\x80\x01"), COMPRESSION),
        ("a literal's name beyond the tables", frame(HEADERS, OK, 1, get + b"\x7f\x80\x01\x01x"), COMPRESSION),
        ("a size update behind a field", frame(HEADERS, OK, 1, get + b"\x20"), COMPRESSION),
        ("a size update above the limit", frame(HEADERS, OK, 1, b"\x3f\xe2\x1f" + get), COMPRESSION),
        ("size updates at the beginning", frame(HEADERS, OK, 1, b"\x20\x3f\xe1\x1f" + get), "404"),
        ("padding longer than seven bits", frame(HEADERS, OK, 1, get + b"\x00\x01x\x82\xf3\xff"), COMPRESSION),
        ("padding with zeros", frame(HEADERS, OK, 1, get + b"\x00\x01x\x81\x18"), COMPRESSION),
        ("EOS in a string", frame(HEADERS, OK, 1, get + b"\x00\x01x\x84\xff\xff\xff\xfc"), COMPRESSION),
        ("an integer without end", frame(HEADERS, OK, 1, get + b"\x00\x7f" + b"\x80" * 20), COMPRESSION),
        ("a string of 2^35 bytes", frame(HEADERS, OK, 1, get + b"\x00\x7f\xff\xff\xff\xff\x7f"), COMPRESSION),
        ("a truncated string", frame(HEADERS, OK, 1, get + b"\x00\x05ab"), COMPRESSION),
        ("a bomb of table references",
         frame(HEADERS, OK, 1, get + b"\x40\x01x\x7f\xd0\x1e" + b"y" * 4000 + b"\xbe" * 12000), "431"),
        ("10,000 fields", frame(HEADERS, OK, 1, get + b"\x90" * 10000), "431"),
        ("a list of 20,000 bytes", frame(HEADERS, 1, 1, get + literal("x", "y" * 10000))
         + frame(CONTINUATION, 4, 1, literal("x", "y" * 10000)), "431"),
    ],
}
