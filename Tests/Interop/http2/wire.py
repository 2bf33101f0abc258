"""A client of HTTP/2 that sends exactly what it is told, and says what came back."""

import socket
import struct
import time

import hpack

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT = 0, 1, 2, 3, 4
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = 5, 6, 7, 8, 9
ENHANCE_YOUR_CALM = 11
CODES = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
         "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
         "CONNECT_ERROR", "ENHANCE_YOUR_CALM"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GET = [(":method", "GET"), (":scheme", "http"), (":path", "/404"), (":authority", "localhost")]
POST = [(":method", "POST"), (":scheme", "http"), (":path", "/404"), (":authority", "localhost")]


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs):
    return b"".join(struct.pack(">HI", key, value) for key, value in pairs)


def literal(name, value):
    """A field without indexing, without Huffman: what an encoder that checks would refuse to write."""
    name, value = name.encode("latin-1"), value.encode("latin-1")
    def text(data):
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, out = len(data) - 127, [127]
        while rest >= 128:
            out.append(rest & 127 | 128)
            rest >>= 7
        return bytes(out + [rest]) + data
    return b"\x00" + text(name) + text(value)


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


class Wire:
    def __init__(self, port, handshake=True, pairs=(), acknowledge=True):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.frames = []
        self.closed = False
        self.decoder = hpack.Decoder()
        if handshake:
            self.send(PREFACE + frame(SETTINGS, payload=settings(*pairs)))
            self.until(lambda kind, flags, stream, payload: kind == SETTINGS and flags & ACK)
            if acknowledge:
                self.send(frame(SETTINGS, ACK))

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True

    def read(self, patience=5.0):
        """The next frame; None when the server has closed or says nothing."""
        deadline = time.monotonic() + patience
        while True:
            if len(self.buffer) >= 9:
                length = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) >= 9 + length:
                    kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
                    payload = self.buffer[9:9 + length]
                    self.buffer = self.buffer[9 + length:]
                    self.frames.append((kind, flags, stream, payload))
                    return self.frames[-1]
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            if not data:
                self.closed = True
                return None
            self.buffer += data

    def until(self, condition, **patience):
        while True:
            got = self.read(**patience)
            if got is None or condition(*got):
                return got

    def outcome(self, stream=1):
        """What became of a stream: "200", "RST code", "GOAWAY code", "closed", or "silence"."""
        while True:
            got = self.read()
            if got is None:
                return "closed" if self.closed else "silence"
            kind, flags, on, payload = got
            if kind == GOAWAY:
                return "GOAWAY " + CODES[struct.unpack(">I", payload[4:8])[0]]
            if kind == RST_STREAM and on == stream:
                return "RST " + CODES[struct.unpack(">I", payload)[0]]
            if kind == HEADERS:
                fields = dict(self.decoder.decode(payload))
                if on == stream:
                    return fields[":status"]

    def is_alive(self):
        """Whether the connection still answers: to a PING."""
        self.send(frame(PING, payload=b"are you?"))
        got = self.until(lambda kind, flags, stream, payload: kind == PING and flags & ACK)
        return got is not None and got[3] == b"are you?"
