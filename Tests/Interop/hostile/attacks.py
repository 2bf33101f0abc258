"""Hostile clients, each on a connection of its own or a few: what comes back, and what it costs the server."""

import gzip
import select
import zlib

from peer import *

TEST = SERVICE
UNARY, STREAM, INPUT, DUPLEX = (TEST + name for name in
                                ("UnaryCall", "StreamingOutputCall", "StreamingInputCall", "FullDuplexCall"))
CALM = "GOAWAY ENHANCE_YOUR_CALM"
COMPRESSION, FLOW = "GOAWAY COMPRESSION_ERROR", "GOAWAY FLOW_CONTROL_ERROR"
head = block(fields())
opened = frame(HEADERS, END_HEADERS, 1, head)


def asks_for(size, count):
    """A StreamingOutputCallRequest for so many responses."""
    return message(nested(2, number(1, size)) * count)


# MARK: One call each

def bad_calls(port):
    """Requests that are wrong in one way, and what gRPC's documents want to be said of it."""
    deep = b""
    for _ in range(200):
        deep = nested(3, deep)
    groups = b"\x1b" * 100_000  # a group within a group within …
    gzipped = {"grpc_encoding": "gzip"}
    bomb = gzip.compress(bytes(64 << 20))
    cases = [
        # name, what becomes of it, path, messages, changes of the head
        ("an unknown method", "grpc 12", TEST + "Nothing", [message()], {}),
        ("an unknown service", "grpc 12", "/no.Service/Nothing", [message()], {}),
        *[(f":path {path[:20]!r}", "grpc 12", path, [message()], {})
          for path in ("/", "//", "*", "/x", "grpc.testing.TestService/EmptyCall", TEST, TEST + "EmptyCall/",
                       TEST + "EmptyCall?x", "/" + "a" * 8000, "/../" + TEST, TEST + "%45mptyCall")],
        ("GET", "http 405", UNARY, [message()], {"__method": "GET"}),
        *[(f"content-type {kind!r}", "http 415", UNARY, [message()], {"content_type": kind})
          for kind in (None, "", "text/html", "application/grpc-web", "application/grpcx", "application/json")],
        ("te: gzip", "RST PROTOCOL_ERROR", UNARY, [message()], {"te": "gzip"}),
        ("an empty :path", "RST PROTOCOL_ERROR", "", [message()], {}),
        *[(f"grpc-timeout {text!r}", "grpc 13", UNARY, [message()], {"grpc_timeout": text})
          for text in ("", "-1S", "123456789S", "1", "S", "1X", "1.5S", "0x1S", "+1S", "1S1S", "1 S")],
        ("an unknown encoding", "grpc 12", UNARY, [message()], {"grpc_encoding": "snappy"}),
        ("a message of 4 GiB", "grpc 8", UNARY, [message(length=0xFFFFFFFF)], {}),
        ("a message of 4 MiB and a byte", "grpc 8", UNARY, [message(length=(4 << 20) + 1)], {}),
        ("a message that is cut off", "grpc 13", UNARY, [message(b"abc", length=9)], {}),
        ("half a prefix", "grpc 13", UNARY, [b"\0\0"], {}),
        ("no message", "grpc 12", UNARY, [], {}),
        ("two messages", "grpc 12", UNARY, [message(), message()], {}),
        ("an unknown flag", "grpc 13", UNARY, [message(flag=7)], {}),
        ("compressed, but no grpc-encoding", "grpc 13", UNARY, [message(b"x", flag=1)], {}),
        ("compressed, but no gzip", "grpc 13", UNARY, [message(b"hello, world", flag=1)], gzipped),
        ("gzip that is cut off", "grpc 13", UNARY, [message(gzip.compress(bytes(99))[:-9], flag=1)], gzipped),
        ("a bomb of 64 MiB in gzip", "grpc 8", UNARY, [message(bomb, flag=1)], gzipped),
        ("a bomb of 64 MiB in deflate", "grpc 8", UNARY, [message(zlib.compress(bytes(64 << 20)), flag=1)],
         {"grpc_encoding": "deflate"}),
        *[(f"protobuf: {what}", "grpc 13", UNARY, [message(body)], {}) for what, body in (
            ("field 0", b"\x00\x01"), ("wire type 6", b"\x0e"), ("wire type 7", b"\x0f"),
            ("a varint without end", b"\x10" + b"\xff" * 11), ("a varint that is cut off", b"\x10\x80"),
            ("a length beyond the end", b"\x1a\x7fx"), ("a length of 2^63", b"\x1a" + b"\xff" * 9 + b"\x01"),
            ("a group without end", b"\x1b"), ("an end of no group", b"\x1c"),
            ("an end of another group", b"\x1b\x24"), ("a text that is not UTF-8", nested(7, nested(2, b"\xff"))),
            ("a field number above 2^29", varint(1 << 32) + b"\0"), ("four bytes that are three", b"\x1d\0\0\0"),
            ("100,000 groups", groups))],
        ("metadata without base64", "grpc 0", UNARY, [message()], {"x_bin": "%%%"}),
        ("metadata whose base64 is odd", "grpc 0", UNARY, [message()], {"x_bin": "AA=A"}),
        ("metadata of a reserved name", "grpc 0", UNARY, [message()], {"grpc_previous_thing": "1"}),
        ("metadata beyond ASCII", "grpc 0", UNARY, [message()], {"x": "\xe9"}),
        ("10,000 levels of unknown messages", "grpc 0", UNARY, [message(nested(99, deep))], {}),
        ("an echoed status of 99", "grpc 2", UNARY, [message(nested(7, number(1, 99)))], {}),
        ("a response of -1 bytes", "grpc 3", UNARY, [message(number(2, (1 << 64) - 1))], {}),
        ("a stream's message that is cut off", "grpc 13", INPUT, [message(), message(b"abc", length=9)], {}),
        ("a stream's message of 4 GiB", "grpc 8", INPUT, [message(), message(length=0xFFFFFFFF)], {}),
    ]
    for name, wanted, path, messages, changes in cases:
        with GRPC(port) as wire:
            data = b"".join(messages)
            wire.send(opening(path, 1, **changes))
            for start in range(0, len(data), 16384):
                wire.send(frame(DATA, 0, 1, data[start:start + 16384]))
            wire.send(frame(DATA, END_STREAM, 1))
            expect(name, wire.outcome(), wanted)
            if "GOAWAY" not in wanted:
                expect(f"{name}: the next call", wire.call(UNARY, message()) if wire.latest > 0 else again(wire), "grpc 0")
    with GRPC(port) as wire:
        wire.send(opening(INPUT, grpc_timeout="0n"))
        expect("grpc-timeout of nothing", wire.outcome(), "grpc 4")


def again(wire):
    wire.latest = 1
    return wire.call(UNARY, message())


def one_byte_frames(port):
    data = message(nested(3, nested(2, b"x" * 2000)))
    with GRPC(port) as wire:
        wire.send(opening(UNARY) + b"".join(frame(DATA, 0, 1, data[i:i + 1]) for i in range(len(data)))
                  + frame(DATA, END_STREAM, 1))
        expect("a message in frames of one byte", wire.outcome(), "grpc 0")


# MARK: One connection each

def floods():
    """Name, what is sent first, what is sent again and again, and what must come of it."""
    stream = lambda n: n * 2 + 1
    headers = lambda n, extra=b"": frame(HEADERS, END_HEADERS, stream(n), head + extra)
    return {
        "PING": (b"", lambda n: frame(PING, payload=b"\0" * 8)),
        "SETTINGS": (b"", lambda n: frame(SETTINGS)),
        "SETTINGS with 2,700 values": (b"", lambda n: frame(SETTINGS, payload=settings((4, 65535 + n % 2)) * 2700)),
        "acknowledgements": (b"", lambda n: frame(SETTINGS, ACK)),
        "answers to no PING": (b"", lambda n: frame(PING, ACK, payload=b"\0" * 8)),
        "GOAWAY": (b"", lambda n: frame(GOAWAY, 0, 0, u32(0) + u32(0) + b"x" * 1000)),
        "SETTINGS with 255 open streams": (b"".join(opening(DUPLEX, stream(n)) for n in range(255)),
                                           lambda n: frame(SETTINGS, payload=settings((4, 65535 + n % 2)))),
        "RST_STREAM on a closed stream": (opening(DUPLEX), lambda n: frame(RST_STREAM, 0, 1, u32(8))),
        "WINDOW_UPDATE on a closed stream": (opening(DUPLEX) + frame(RST_STREAM, 0, 1, u32(8)),
                                             lambda n: frame(WINDOW_UPDATE, 0, 1, u32(1))),
        "PRIORITY on idle streams": (b"", lambda n: frame(PRIORITY, 0, stream(n), u32(0) + b"\1")),
        "PRIORITY": (b"", lambda n: frame(PRIORITY, 0, 1, u32(0) + b"\1")),
        "WINDOW_UPDATE": (b"", lambda n: frame(WINDOW_UPDATE, 0, 0, u32(1))),
        "empty DATA": (opening(INPUT), lambda n: frame(DATA, 0, 1)),
        "DATA that is all padding": (opening(INPUT), lambda n: frame(DATA, PADDED, 1, b"\0")),
        "empty HEADERS": (b"", lambda n: frame(HEADERS, END_HEADERS, stream(n))),
        "unknown frames": (b"", lambda n: frame(0x77, 0, 0)),
        "CONTINUATION": (frame(HEADERS, 0, 1, head[:5]), lambda n: frame(CONTINUATION, 0, 1)),
        "a header list of 1 MB": (frame(HEADERS, 0, 1, head),
                                  lambda n: frame(CONTINUATION, 0, 1, literal("x", "y" * 16000))),
        "rapid reset": (b"", lambda n: headers(n) + frame(RST_STREAM, 0, stream(n), u32(8))),
        "rapid reset of calls that run": (b"", lambda n: opening(DUPLEX, stream(n))
                                          + frame(RST_STREAM, 0, stream(n), u32(8))),
        "resets by WINDOW_UPDATE of 0": (b"", lambda n: headers(n) + frame(WINDOW_UPDATE, 0, stream(n), u32(0))),
        "resets by windows that overflow": (b"", lambda n: headers(n)
                                            + frame(WINDOW_UPDATE, 0, stream(n), u32(0x7FFFFFFF))),
        "resets by DATA after END_STREAM": (b"", lambda n: opening(DUPLEX, stream(n)) + frame(DATA, 1, stream(n))
                                            + frame(DATA, 0, stream(n), b"x")),
        "resets by HEADERS within a request": (b"", lambda n: headers(n) + headers(n)),
        "resets by a PRIORITY of four bytes": (b"", lambda n: headers(n) + frame(PRIORITY, 0, stream(n), u32(0))),
        "resets by malformed requests": (b"", lambda n: headers(n, literal("X", "y"))),
        "resets by a wrong content-length": (b"", lambda n: headers(n, literal("content-length", "1"))
                                             + frame(DATA, 1, stream(n), b"xx")),
        "streams beyond the limit": (b"", lambda n: opening(DUPLEX, stream(n))),
    }


def flood(port, begin, attack, reads, count):
    """Sends for as long as the server lets it; returns the connection."""
    wire = GRPC(port)
    wire.send(begin)
    sent = 0
    while sent < count and not wire.closed:
        pieces = b""
        while len(pieces) < 100_000 and sent < count:
            pieces += attack(sent)
            sent += 1
        wire.send(pieces)
        while reads and not wire.closed and select.select([wire.socket], [], [], 0)[0]:
            try:
                got = wire.socket.recv(1 << 20)
            except OSError:
                got = b""
            wire.closed = not got
            wire.buffer += got
    return wire


def read_flood(port, name, begin, attack, count):
    with flood(port, begin, attack, True, count) as wire:
        seen = wire.until(lambda kind, *any: kind == GOAWAY)
        code = CODES[struct.unpack(">I", seen[3][4:8])[0]] if seen else "no GOAWAY"
        expect(f"{name}, read", code, "ENHANCE_YOUR_CALM")


def hung_up(wire):
    """Whether the server has closed, seen from a client that reads nothing: writing fails."""
    end = time.monotonic() + 30
    while not wire.closed and time.monotonic() < end:
        wire.send(frame(0x77, 0, 0))
        time.sleep(0.01)
    wire.close()
    return wire.closed


def bombs(port, count):
    """Header blocks of 16 KiB that stand for 48 MB each: lists that are too large, one after the other."""
    bomb = head + b"\x40\x01x\x7f\xd0\x1e" + b"y" * 4000 + b"\xbe" * 12000
    with flood(port, b"", lambda n: frame(HEADERS, STATUS, n * 2 + 1, bomb), True, count) as wire:
        expect("the last bomb", wire.outcome(count * 2 - 1), "http 431")


def rapid_reset_again(port, total):
    """100,000 streams, on as many connections as it takes."""
    sent = 0
    while sent < total:
        with GRPC(port) as wire:
            for start in range(0, 2000, 250):
                wire.send(b"".join(opening(DUPLEX, n * 2 + 1) + frame(RST_STREAM, 0, n * 2 + 1, u32(8))
                                   for n in range(start, start + 250)))
                sent += 250
                if wire.closed:
                    break


def large_headers(port):
    with GRPC(port) as wire:
        wire.send(frame(HEADERS, STATUS, 1, head + b"\x90" * 10_000))
        expect("10,000 fields", wire.outcome(), "http 431")
        wire.send(frame(HEADERS, 1, 3, head + literal("x", "y" * 10_000))
                  + frame(CONTINUATION, 4, 3, literal("x", "y" * 10_000)))
        expect("a header list of 20,000 bytes", wire.outcome(3), "http 431")
        again_and_again(wire, 5)
    for name, block_of in (("a table size above the limit", b"\x3f\xff\xff\xff\x0f" + head),
                           ("an integer without end", head + b"\x00\x7f" + b"\xff" * 20),
                           ("bad Huffman padding", head + b"\x00\x01x\x81\x18"),
                           ("EOS in a string", head + b"\x00\x01x\x84\xff\xff\xff\xfc"),
                           ("an index beyond the tables", head + b"\xff\x80\x01")):
        with GRPC(port) as wire:
            wire.send(frame(HEADERS, STATUS, 1, block_of))
            expect(name, wire.outcome(), COMPRESSION)


def again_and_again(wire, stream):
    wire.latest = stream - 2
    expect("the connection goes on", wire.call(UNARY, message()), "grpc 0")


def windows(port):
    """Windows that are violated and that overflow."""
    with GRPC(port, pairs=[(4, 0)]) as wire:  # the method waits for a window, and reads no more
        wire.send(opening(DUPLEX) + frame(DATA, 0, 1, asks_for(1000, 1)))
        for _ in range(80):
            wire.send(frame(DATA, 0, 1, b"\0" * 16384))
        expect("more than the windows allow", wire.outcome(), "RST FLOW_CONTROL_ERROR", FLOW)
    with GRPC(port) as wire:
        wire.send(opening(DUPLEX) + frame(WINDOW_UPDATE, 0, 1, u32(0x7FFFFFFF)))
        expect("a stream's window that overflows", wire.outcome(), "RST FLOW_CONTROL_ERROR")
        again_and_again(wire, 3)
        wire.send(frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF)))
        expect("the connection's window that overflows", wire.outcome(), FLOW)


def streams(port):
    """An honest burst is never refused, a stream above the limit always is."""
    with GRPC(port, handshake=False) as wire:  # without waiting for the server's SETTINGS
        wire.send(PREFACE + frame(SETTINGS) + b"".join(
            opening(UNARY, n * 2 + 1) + frame(DATA, 1, n * 2 + 1, message()) for n in range(200)))
        statuses = {}

        def answered(kind, flags, on, payload):
            if kind == HEADERS:
                status = dict(wire.decoder.decode(payload)).get("grpc-status")
                if status:
                    statuses[on] = status
            if kind == RST_STREAM:
                statuses[on] = "reset"
            return len(statuses) == 200
        wire.until(answered)
        check("a burst of 200 calls on a fresh connection", list(statuses.values()) == ["0"] * 200, len(statuses))
    with GRPC(port) as wire:
        wire.send(b"".join(opening(DUPLEX, n * 2 + 1) for n in range(257)))
        expect("the stream above the limit", wire.outcome(513), "RST REFUSED_STREAM")
        wire.send(frame(DATA, 1, 1))
        expect("those within it", wire.outcome(1), "grpc 0")


def large_messages(port, count=100, size=271_828):
    """Messages that are too much together, from a client that heeds the windows: none fails."""
    data = message(nested(3, nested(2, bytes(size))))
    with GRPC(port) as wire:
        room = {0: 1 << 20, **{n * 2 + 1: 65536 for n in range(count)}}
        sent, statuses = {on: 0 for on in room if on}, {}
        wire.send(b"".join(opening(UNARY, on) for on in sent))
        while len(statuses) < count:
            for on in sent:
                while piece := data[sent[on]:sent[on] + min(16384, room[on], room[0])]:
                    sent[on] += len(piece)
                    room[on] -= len(piece)
                    room[0] -= len(piece)
                    wire.send(frame(DATA, END_STREAM if sent[on] == len(data) else 0, on, piece))
            got = wire.read()
            if got is None:
                break
            kind, _, on, payload = got
            if kind == WINDOW_UPDATE:
                room[on] += struct.unpack(">I", payload)[0]
            elif kind == HEADERS:
                status = dict(wire.decoder.decode(payload)).get("grpc-status")
                if status:
                    statuses[on] = status
        check(f"{count} messages of {size} bytes at once", list(statuses.values()) == ["0"] * count, statuses)


def openers(port):
    """What does not speak HTTP/2."""
    for name, data in (("a bad preface", b"INVALID CONNECTION PREFACE\r\n\r\n"),
                       ("HTTP/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500),
                       ("a preface with a wrong last byte", PREFACE[:-1] + b"x"),
                       ("a first frame that is not SETTINGS", PREFACE + frame(PING, payload=b"\0" * 8)),
                       ("a frame of 16 MiB", PREFACE + frame(SETTINGS) + frame(DATA, 0, 1, length=(1 << 24) - 1))):
        with GRPC(port, handshake=False) as wire:
            wire.send(data)
            wanted = "GOAWAY FRAME_SIZE_ERROR" if "16 MiB" in name else "GOAWAY PROTOCOL_ERROR"
            expect(name, wire.outcome(), wanted)
            check(f"{name}: closed", wire.ends())


def never_reading(port, size, count, socket_only):
    """20 streams, 64 MiB each, that nobody reads: within small windows, or with windows without end."""
    pairs = [(4, 0x7FFFFFFF)] if socket_only else [(4, 65535)]
    wire = GRPC(port, pairs=pairs)
    if socket_only:
        wire.send(frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF - 65535)))
    for stream in range(1, 41, 2):
        wire.send(opening(STREAM, stream) + frame(DATA, 1, stream, asks_for(size, count)))
    time.sleep(1.5)
    return wire


def run(server, watch, long):
    port = server.port
    count = 100_000 if long else 10_000
    # What is loaded and allocated once is no growth.
    for warm in (openers, one_byte_frames, windows, streams, large_headers, bad_calls):
        warm(port)
    with GRPC(port) as wire:
        wire.send(opening(STREAM) + frame(DATA, 1, 1, asks_for(65536, 100)))
        wire.send(frame(WINDOW_UPDATE, 0, 0, u32(1 << 30)) + frame(WINDOW_UPDATE, 0, 1, u32(1 << 30)))
        expect("a stream of 6 MiB", wire.outcome(), "grpc 0")
    watch("large messages at once", lambda: large_messages(port), allowed=32 * 1024)
    for attack in (openers, one_byte_frames, windows, streams, large_headers, bad_calls):
        watch(attack.__name__.replace("_", " "), lambda: attack(port))
    deaf = []
    for name, (begin, attack) in floods().items():
        watch(f"{name}, read", lambda: read_flood(port, name, begin, attack, count))
        watch(f"{name}, not read", lambda: deaf.append((name, flood(port, begin, attack, False, count))))
    for name, wire in deaf:
        check(f"{name}, not read: the server hangs up", hung_up(wire), "it is still there")
    watch("bombs", lambda: bombs(port, 10_000 if long else 1_000))
    watch("rapid reset, 100,000 streams", lambda: rapid_reset_again(port, 100_000))
    for socket_only in (False, True):
        wires = []
        watch(f"20 streams that are never read, {'the socket' if socket_only else 'the windows'} full",
              lambda: wires.append(never_reading(port, 65536, 1024, socket_only)))
        wires[0].close()
