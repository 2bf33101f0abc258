"""Broken servers, and what our client makes of them: its exit status is 64 and gRPC's status code."""

import gzip
import resource as usage
from concurrent.futures import ThreadPoolExecutor

from peer import *

OK, CANCELLED, UNKNOWN, DEADLINE, PERMISSION, EXHAUSTED = 0, 1, 2, 4, 7, 8
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 12, 13, 14, 16
GOOD_HEAD = [(":status", "200"), ("content-type", "application/grpc")]
HEAD = frame(HEADERS, END_HEADERS, 1, block(GOOD_HEAD))
REPLY = message(nested(1, b"hello"))
ALLOWED = 8 * 1024  # KiB


def head(*more, status="200", kind="application/grpc", end=False):
    content = [("content-type", kind)] if kind else []
    flags = END_HEADERS | (END_STREAM if end else 0)
    return frame(HEADERS, flags, 1, block([(":status", status), *content, *more]))


def data(*messages, end=False):
    """Messages in frames of at most 16 KiB."""
    rest = b"".join(messages)
    pieces = [rest[i:i + 16384] for i in range(0, len(rest), 16384)] or [b""]
    return b"".join(frame(DATA, END_STREAM if end and n == len(pieces) - 1 else 0, 1, piece)
                    for n, piece in enumerate(pieces))


def trailers(status="0", *more):
    return frame(HEADERS, STATUS, 1, block([*([("grpc-status", status)] if status is not None else []), *more]))


def answers():
    """Name, the bytes that answer a call, and the code that the client must report."""
    reset = lambda code: frame(RST_STREAM, 0, 1, u32(code))
    resets = {0: INTERNAL, 1: INTERNAL, 2: INTERNAL, 3: INTERNAL, 4: INTERNAL, 6: INTERNAL, 7: UNAVAILABLE,
              8: CANCELLED, 9: INTERNAL, 10: INTERNAL, 11: EXHAUSTED, 12: PERMISSION, 13: INTERNAL, 255: INTERNAL}
    http = {"400": INTERNAL, "401": UNAUTHENTICATED, "403": PERMISSION, "404": UNIMPLEMENTED, "429": UNAVAILABLE,
            "502": UNAVAILABLE, "503": UNAVAILABLE, "504": UNAVAILABLE, "302": UNKNOWN, "500": UNKNOWN}
    goaway = lambda code, last: frame(GOAWAY, 0, 0, u32(last) + u32(code))
    bomb = message(gzip.compress(bytes(64 << 20)), flag=1)
    table_bomb = b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000 + b"\xbe" * 12000
    return [
        ("a good answer", HEAD + data(REPLY) + trailers(), OK),
        ("interim responses first", head(status="100", kind=None) + head(("link", "x"), status="103", kind=None)
         + HEAD + data(REPLY) + trailers(), OK),
        *[(f"RST_STREAM {code}", HEAD + reset(code), wanted) for code, wanted in resets.items()],
        *[(f"GOAWAY {code} with the call", HEAD + goaway(code, 1) + data(REPLY) + trailers(), OK) for code in (0, 2, 11)],
        *[(f"HTTP {status}", head(status=status, kind="text/html", end=True), wanted) for status, wanted in http.items()],
        ("HTTP 500 with a body", head(status="500", kind="text/html") + data(b"<html>", end=True), UNKNOWN),
        ("another content-type", head(kind="application/json") + data(b"{}", end=True), UNKNOWN),
        ("no content-type", head(kind=None) + data(b"{}", end=True), UNKNOWN),
        ("no trailers", HEAD + data(REPLY, end=True), INTERNAL),
        ("trailers without a status", HEAD + data(REPLY) + trailers(None, ("x", "y")), UNKNOWN),
        *[(f"grpc-status {text!r}", HEAD + trailers(text), UNKNOWN)
          for text in ("17", "-1", "", "x", "0x1", "99999999999999999999", "5,5")],
        *[(f"grpc-message {text[:12]!r}", HEAD + trailers("5", ("grpc-message", text)), 5)
          for text in ("%", "%zz", "%FF%FE", "100%25", "%00%1b[31m%0a", "x" * 9000)],
        ("a status alone", head(("grpc-status", "7"), end=True), PERMISSION),
        ("OK alone", head(("grpc-status", "0"), end=True), UNIMPLEMENTED),
        ("two answers", HEAD + data(REPLY, REPLY) + trailers(), UNIMPLEMENTED),
        ("half an answer", HEAD + data(REPLY[:-2]) + trailers(), INTERNAL),
        ("half a prefix", HEAD + data(b"\0\0") + trailers(), INTERNAL),
        ("an answer of 4 GiB", HEAD + data(message(length=0xFFFFFFFF)), EXHAUSTED),
        ("an answer of 5 MiB", HEAD + data(message(length=5 << 20)), EXHAUSTED),
        ("compressed, but no grpc-encoding", HEAD + data(message(b"x", flag=1)) + trailers(), INTERNAL),
        ("an unknown encoding", head(("grpc-encoding", "snappy")) + data(message(b"x", flag=1)) + trailers(), INTERNAL),
        ("no gzip", head(("grpc-encoding", "gzip")) + data(message(b"x", flag=1)) + trailers(), INTERNAL),
        ("a bomb of 64 MiB in gzip", head(("grpc-encoding", "gzip")) + data(bomb) + trailers(), EXHAUSTED),
        ("an unknown flag", HEAD + data(message(b"", flag=2)) + trailers(), INTERNAL),
        *[(f"protobuf: {what}", HEAD + data(message(body)) + trailers(), INTERNAL) for what, body in (
            ("field 0", b"\0\1"), ("a length beyond the end", b"\x0a\x7fx"), ("no UTF-8", nested(1, b"\xff")),
            ("wire type 7", b"\x0f"), ("a varint without end", b"\x10" + b"\xff" * 11), ("100,000 groups", b"\x1b" * 100_000))],
        ("answers without end", HEAD + data(REPLY) * 20_000, UNIMPLEMENTED),
        ("a header list of 20,000 bytes", frame(HEADERS, 0, 1, block(GOOD_HEAD + [("x", "y" * 10_000)]))
         + frame(CONTINUATION, 4, 1, literal("x", "y" * 10_000)), EXHAUSTED),
        ("a bomb of table references", frame(HEADERS, END_HEADERS, 1, block(GOOD_HEAD) + table_bomb), EXHAUSTED),
        ("headers without end", frame(HEADERS, 0, 1, block(GOOD_HEAD)) + frame(CONTINUATION, 0, 1, literal("x", "y")) * 100,
         UNAVAILABLE),
        ("interim responses without end", head(status="103", kind=None) * 5_000, UNAVAILABLE),
        ("an invalid header block", frame(HEADERS, END_HEADERS, 1, b"\x80"), UNAVAILABLE),
        ("an upper-case name", HEAD + frame(HEADERS, STATUS, 1, block([("X", "y")])), INTERNAL),
        ("no :status", frame(HEADERS, END_HEADERS, 1, block([("x", "y")])), INTERNAL),
        ("DATA before HEADERS", data(REPLY), INTERNAL),
        ("DATA behind the end", HEAD + data(REPLY) + trailers() + data(REPLY), OK),
        ("PUSH_PROMISE", frame(PUSH_PROMISE, 4, 1, u32(2) + block(GOOD_HEAD)), UNAVAILABLE),
        ("a frame of 16 MiB", frame(DATA, 0, 1, length=(1 << 24) - 1), UNAVAILABLE),
        ("a window that overflows", frame(WINDOW_UPDATE, 0, 1, u32(0x7FFFFFFF)), INTERNAL),
        ("the connection's window that overflows", frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF)) * 2, UNAVAILABLE),
        ("an invalid setting", frame(SETTINGS, payload=settings((4, 1 << 31))), UNAVAILABLE),
        ("PINGs without end", frame(PING, payload=b"\0" * 8) * 5_000, UNAVAILABLE),
        ("SETTINGS without end", frame(SETTINGS) * 5_000, UNAVAILABLE),
        ("empty DATA without end", HEAD + frame(DATA, 0, 1) * 5_000, UNAVAILABLE),
        ("metadata without base64", head(("x-bin", "%%%")) + data(REPLY) + trailers("0", ("y-bin", "?")), OK),
        ("silence", b"", DEADLINE),
        ("silence behind the head", HEAD, DEADLINE),
    ]


class BrokenServer:
    """Shakes hands, waits for the end of a request, and says what it was told to say."""

    def __init__(self, answer=None, opening=PREFACE and frame(SETTINGS), each=None):
        self.answer, self.opening, self.each = answer, opening, each
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.target = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            if self.each:
                return self.each(sock)
            sock.sendall(self.opening)
            if self.answer is not None:
                wait_for_request(sock)
                sock.sendall(frame(SETTINGS, ACK) + self.answer)
            while sock.recv(65536):
                pass
        except OSError:
            pass
        finally:
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def wait_for_request(sock):
    """Reads frames until one of stream 1 ends it."""
    buffer = b""
    sock.settimeout(30)
    while len(buffer) < 24:
        buffer += sock.recv(65536) or stop()
    buffer = buffer[24:]
    while True:
        while len(buffer) >= 9 and len(buffer) >= 9 + int.from_bytes(buffer[:3], "big"):
            length = int.from_bytes(buffer[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", buffer[3:9])
            buffer = buffer[9 + length:]
            if stream == 1 and flags & END_STREAM and kind in (DATA, HEADERS):
                return
        buffer += sock.recv(65536) or stop()


def stop():
    raise OSError("the client has gone")


class Client:
    """Runs our client against a server, and tells how it ended and what it took."""

    def __init__(self, products):
        self.program = str(products / "01-unary")

    def __call__(self, server, *options, timeout="30s"):
        process = subprocess.Popen([self.program, "client", "--target", server.target, "--timeout", timeout, *options],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        killer = threading.Timer(90, process.kill)
        killer.start()
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, said.strip(), used.ru_maxrss

    def code(self, server, *options, **more):
        status, said, memory = self(server, *options, **more)
        return status - 64 if status > 64 else status, said, memory


def broken_answers(client):
    cases = answers()
    with BrokenServer(cases[0][1]) as server:
        usual = max(client.code(server)[2] for _ in range(3))

    def one(case):
        name, answer, wanted = case
        with BrokenServer(answer) as server:
            return name, wanted, client.code(server, timeout="500ms" if wanted == DEADLINE else "60s")

    with ThreadPoolExecutor(2) as pool:
        for name, wanted, (code, said, memory) in pool.map(one, cases):
            check(f"server with {name}", code == wanted, f"{code}, not {wanted}: {said[:300]!r}")
            check(f"server with {name}: one line", "\n" not in said and "\x1b" not in said and len(said) < 20_000, said[:200])
            check(f"server with {name}: memory", memory - usual <= ALLOWED, f"{memory - usual} KiB more")


def no_servers(client):
    """What accepts connections and is no server at all."""
    def http1(sock):
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def garbage(sock):
        sock.sendall(os.urandom(100_000))

    def closes(sock):
        pass

    def silent(sock):
        while sock.recv(65536):
            pass

    for name, each, wanted in (("HTTP/1.1", http1, UNAVAILABLE), ("noise", garbage, UNAVAILABLE),
                               ("nothing but its end", closes, UNAVAILABLE), ("nothing", silent, DEADLINE)):
        with BrokenServer(each=each) as server:
            code, said, _ = client.code(server, timeout="1s" if wanted == DEADLINE else "60s")
            check(f"a server that says {name}", code == wanted, f"{code}, not {wanted}: {said!r}")
            check(f"a server that says {name}: attempts", server.connections <= 3, server.connections)


def small_limits(client):
    """Settings that leave a client no room."""
    for name, pairs, wanted in (("no headers", [(6, 10)], EXHAUSTED), ("no streams", [(3, 0)], DEADLINE),
                                ("no window", [(4, 0)], DEADLINE), ("no table", [(1, 0)], OK)):
        with BrokenServer(answers()[0][1], opening=frame(SETTINGS, payload=settings(*pairs))) as server:
            code, said, _ = client.code(server, timeout="500ms" if wanted == DEADLINE else "60s")
            check(f"a server that allows {name}", code == wanted, f"{code}, not {wanted}: {said!r}")


def storms(client):
    """GOAWAY, or the end, on every connection: a hundred calls do not make a hundred connections."""
    def goes_away(sock):
        sock.sendall(frame(SETTINGS) + frame(SETTINGS, ACK) + frame(GOAWAY, 0, 0, u32(0) + u32(0)))
        while sock.recv(65536):
            pass

    def goes_away_later(sock):
        sock.sendall(frame(SETTINGS) + frame(SETTINGS, ACK))
        wait_for_request(sock)
        sock.sendall(frame(GOAWAY, 0, 0, u32(0) + u32(0)))
        while sock.recv(65536):
            pass

    def calm(sock):
        sock.sendall(frame(SETTINGS) + frame(SETTINGS, ACK) + frame(GOAWAY, 0, 0, u32(0) + u32(11) + b"too_many_pings"))

    with BrokenServer(answers()[0][1]) as server:
        usual = client.code(server)[2]
    for name, each in (("GOAWAY at once", goes_away), ("GOAWAY at the first call", goes_away_later),
                       ("ENHANCE_YOUR_CALM at once", calm)):
        with BrokenServer(each=each) as server:
            code, said, memory = client.code(server, "--repeat", "100", timeout="2s")
            check(f"{name}: the calls end", code in (UNAVAILABLE, DEADLINE), f"{code}: {said[:200]!r}")
            check(f"{name}: no storm", server.connections <= 10, f"{server.connections} connections")
            check(f"{name}: memory", memory - usual <= ALLOWED, f"{memory - usual} KiB more")


def run(products):
    client = Client(products)
    broken_answers(client)
    no_servers(client)
    small_limits(client)
    storms(client)
