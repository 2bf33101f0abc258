"""Runs every group of checks against a server of ours: main.py H2-SERVER [GROUP]"""

import os
import random
import re
import resource
import subprocess
import sys
import time

import h2.config
import h2.connection
import h2.events
import hpack

from cases import GROUPS
from wire import *

FAILURES = []


def check(name, is_right, seen=""):
    if not is_right:
        FAILURES.append(name)
        print(f"  not so: {name}: {seen}", flush=True)


def group(title, body):
    start = time.monotonic()
    before = len(FAILURES)
    count = body()
    verdict = "ok" if len(FAILURES) == before else "FAILED"
    print(f"{title}: {count} checks, {time.monotonic() - start:.1f} s: {verdict}", flush=True)


class Server:
    def __init__(self, program, descriptors=None):
        limit = descriptors and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        self.process = subprocess.Popen([program, "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        preexec_fn=limit)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def memory(self):
        """The resident set in KiB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def table(server, cases):
    """Each case whole, and a byte at a time."""
    def run():
        for name, data, expected in cases:
            for bytewise in [False, True]:
                if bytewise and len(data) > 400:
                    continue
                with Wire(server.port) as wire:
                    for piece in [data[i:i + 1] for i in range(len(data))] if bytewise else [data]:
                        wire.send(piece)
                    if expected is None:
                        check(name, wire.is_alive())
                        continue
                    seen = wire.outcome()
                    check(f"{name}{' (bytewise)' if bytewise else ''}", seen == expected, f"{seen}, not {expected}")
        return len(cases)
    return run


def connection_rules(server):
    def run():
        for name, opening in [("an invalid preface", b"INVALID CONNECTION PREFACE\r\n\r\n"),
                              ("HTTP/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                              ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
                              ("a first frame that is not SETTINGS", PREFACE + frame(PING, payload=b"\0" * 8)),
                              ("a first frame that acknowledges", PREFACE + frame(SETTINGS, ACK))]:
            with Wire(server.port, handshake=False) as wire:
                wire.send(opening)
                seen = wire.outcome()
                check(name, seen == "GOAWAY PROTOCOL_ERROR", seen)
                check(name + ": closed", wire.until(lambda *any: False) is None and wire.closed)
        with Wire(server.port) as wire:
            check("PING is answered", wire.is_alive())
        with Wire(server.port) as wire:
            wire.send(frame(HEADERS, 4, 1, block(POST)) + frame(HEADERS, 4, 3, block(POST)))
            wire.send(frame(GOAWAY, 0, 0, b"\0" * 8))
            wire.send(frame(DATA, 1, 1, b"x"))
            check("GOAWAY of a client lets its streams end", wire.outcome(1) == "404")
        with Wire(server.port) as wire:  # §5.1: after both sides have ended the stream
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            wire.outcome(1)
            wire.send(frame(WINDOW_UPDATE, 0, 1, b"\0\0\0\1") + frame(RST_STREAM, 0, 1, b"\0\0\0\x08"))
            check("closed: WINDOW_UPDATE, RST_STREAM", wire.is_alive())
            wire.send(frame(DATA, 1, 1, b"x"))
            seen = wire.outcome(1)
            check("closed: DATA", seen == "GOAWAY STREAM_CLOSED", seen)
        with Wire(server.port) as wire:
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            wire.outcome(1)
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            seen = wire.outcome(1)
            check("closed: HEADERS", seen == "GOAWAY STREAM_CLOSED", seen)
        large = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x")]
        for kind, payload, expected in [(DATA, b"x", "RST STREAM_CLOSED"),
                                        (HEADERS, block([("x", "y")]), "RST STREAM_CLOSED"),
                                        (CONTINUATION, b"", "GOAWAY PROTOCOL_ERROR")]:
            with Wire(server.port, pairs=[(4, 0)]) as wire:  # without a window the stream stays half-closed
                wire.send(frame(HEADERS, 5, 1, block(large)))
                check("half-closed", wire.outcome(1) == "200")
                wire.send(frame(kind, 5, 1, payload))
                seen = wire.outcome(1)
                check(f"half-closed: type {kind}", seen == expected, seen)
        with Wire(server.port, pairs=[(4, 0)]) as wire:
            wire.send(frame(HEADERS, 5, 1, block(large)))
            wire.outcome(1)
            wire.send(frame(SETTINGS, 0, 0, settings((4, 1))))
            got = wire.until(lambda kind, *any: kind == DATA)
            check("§6.9.2 settings open a window of one byte", got is not None and len(got[3]) == 1)
            wire.send(frame(SETTINGS, 0, 0, settings((4, 0))) + frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 3)))
            got = wire.until(lambda kind, *any: kind == DATA)
            check("§6.9.2 a negative window", got is not None and len(got[3]) == 2)
        with Wire(server.port) as wire:
            for stream in range(1, 1 + 2 * 257, 2):
                wire.send(frame(HEADERS, 4, stream, block(POST)))
            seen = wire.outcome(513)
            check("§5.1.2 the stream above the limit", seen == "RST REFUSED_STREAM", seen)
            wire.send(frame(DATA, 1, 513, b"x") + frame(DATA, 1, 1, b"x"))
            check("§5.1.2 the others go on", wire.outcome(1) == "404")
        with Wire(server.port) as wire:
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            wire.socket.shutdown(1)
            check("a half-closed connection is answered", wire.outcome(1) == "404")
            check("… and closed", wire.until(lambda *any: False) is None and wire.closed)
        return 21
    return run


def python_hpack(server):
    """Random lists through Python's encoder to ours, and back: /headers answers with the fields it got."""
    def run():
        random.seed(7541)
        rounds = 200
        names = [f"x-{number}" for number in range(12)] + ["cookie", "accept", "user-agent", "x-" + "n" * 200]
        with Wire(server.port) as wire:
            encoder = hpack.Encoder()
            for number in range(rounds):
                if number % 40 == 39:
                    size = random.choice([0, 100, 1000, 4096])
                    wire.send(frame(SETTINGS, 0, 0, settings((1, size))))
                    wire.until(lambda kind, flags, *any: kind == SETTINGS and flags & ACK)
                    wire.decoder.max_allowed_table_size = size
                    encoder.header_table_size = random.choice([0, 200, 4096])
                fields = []
                for _ in range(random.randrange(12)):
                    value = "".join(chr(random.randrange(33, 127)) for _ in range(random.randrange(80)))
                    fields.append((random.choice(names), random.choice([value, "again", "and again"])))
                head = [(":method", "GET"), (":scheme", "http"), (":path", "/headers"), (":authority", "x")]
                stream = number * 2 + 1
                wire.send(frame(HEADERS, 5, stream, encoder.encode(head + fields, huffman=number % 2 == 0)))
                got = wire.until(lambda kind, flags, on, payload: kind == HEADERS and on == stream)
                back = wire.decoder.decode(got[3]) if got else []
                check("fields survive", back == [(":status", "200")] + fields, f"round {number}")
        return rounds
    return run


def encoder_size(server):
    """Our encoder's sizes beside Python's, on an ordinary list that comes again and again."""
    def run():
        fields = [("content-type", "application/grpc"), ("grpc-accept-encoding", "identity"),
                  ("server", "something of ours 1.0"), ("x-request-id", "0123456789abcdef")]
        head = [(":method", "GET"), (":scheme", "http"), (":path", "/headers"), (":authority", "x")]
        encoder, judge = hpack.Encoder(), hpack.Encoder()
        ours = theirs = 0
        with Wire(server.port) as wire:
            for number in range(50):
                fields[3] = ("x-request-id", f"{number:016x}")
                wire.send(frame(HEADERS, 5, number * 2 + 1, encoder.encode(head + fields)))
                got = wire.until(lambda kind, flags, on, payload: kind == HEADERS)
                ours += len(got[3])
                theirs += len(judge.encode([(":status", "200")] + fields))
        check("our blocks are no larger than Python's by more than 2 %", ours <= theirs * 1.02, f"{ours}, {theirs}")
        return 1
    return run


def python_h2(server):
    """A whole conversation of Python's h2, which judges every frame of ours."""
    def run():
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        sock = socket.create_connection(("127.0.0.1", server.port))
        sock.settimeout(10)
        connection.initiate_connection()
        for number in range(20):
            stream = number * 2 + 1
            connection.send_headers(stream, POST[:2] + [(":path", "/"), POST[3]])
            connection.send_data(stream, b"x" * 1000, end_stream=True)
        sock.sendall(connection.data_to_send())
        received, ended = 0, 0
        while ended < 20:
            for event in connection.receive_data(sock.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    received += len(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    ended += 1
            sock.sendall(connection.data_to_send())
        sock.close()
        check("20 bodies of 200,000 bytes", received == 20 * 200_000, received)
        return 1
    return run


def floods(server):
    """What must end with ENHANCE_YOUR_CALM, in bounded memory, read by the attacker or not."""
    get, u32 = block(GET), lambda value: struct.pack(">I", value)
    open_post = frame(HEADERS, 4, 1, block(POST))
    attacks = {
        "PING": (b"", lambda n: frame(PING, payload=b"\0" * 8)),
        "SETTINGS": (b"", lambda n: frame(SETTINGS)),
        "PRIORITY": (b"", lambda n: frame(PRIORITY, 0, 1, u32(0) + b"\1")),
        "WINDOW_UPDATE": (b"", lambda n: frame(WINDOW_UPDATE, 0, 0, u32(1))),
        "empty DATA": (open_post, lambda n: frame(DATA, 0, 1)),
        "empty HEADERS": (b"", lambda n: frame(HEADERS, 4, n * 2 + 1)),
        "unknown frames": (b"", lambda n: frame(0x77, 0, 0)),
        "HEADERS and RST_STREAM": (b"", lambda n: frame(HEADERS, 4, n * 2 + 1, get) + frame(RST_STREAM, 0, n * 2 + 1, u32(8))),
        "provoked resets": (b"", lambda n: frame(HEADERS, 4, n * 2 + 1, get) + frame(WINDOW_UPDATE, 0, n * 2 + 1, u32(0))),
        "refused streams": (b"", lambda n: frame(HEADERS, 4, n * 2 + 1, block(POST))),
    }

    def run():
        before = server.memory()
        for name, (opening, attack) in attacks.items():
            for reads in [True, False]:
                with Wire(server.port) as wire:
                    wire.send(opening)
                    for start in range(0, 20_000, 500):
                        wire.send(b"".join(attack(start + number) for number in range(500)))
                        if wire.closed:
                            break
                    if not reads:
                        continue
                    got = wire.until(lambda kind, *any: kind == GOAWAY)
                    # A server that has closed may reset what it has not read, and GOAWAY with it.
                    is_right = (got is None and wire.closed) or (got and got[3][4:8] == u32(ENHANCE_YOUR_CALM))
                    check(f"flood of {name}", is_right, got)
        growth = server.memory() - before
        check("floods leave no memory behind", growth < 8 * 1024, f"{growth} KiB")
        with Wire(server.port) as wire:
            wire.send(frame(HEADERS, 5, 1, get))
            check("others are served", wire.outcome() == "404")
        return 2 * len(attacks) + 2
    return run


def idle_and_vanishing(server):
    def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        with Wire(server.port) as wire:
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            wire.outcome()
        before = server.memory()
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(500)]
        with Wire(server.port) as wire:
            start = time.monotonic()
            wire.send(frame(HEADERS, 5, 1, block(GET)))
            check("served beside 500 silent ones", wire.outcome() == "404" and time.monotonic() - start < 2)
        for one in silent:
            one.close()
        idle = [Wire(server.port) for _ in range(1000)]
        each = (server.memory() - before) / len(idle)
        check("an idle connection takes at most 15 KiB", each <= 15, f"{each:.1f} KiB")
        for wire in idle[:500]:
            wire.send(frame(HEADERS, 4, 1, block(POST)) + frame(DATA, 0, 1, b"x"))
        for wire in idle:
            wire.socket.close()
        with Wire(server.port, pairs=[(4, (1 << 31) - 1)]) as wire:
            before = server.memory()
            wire.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 30)))
            for stream in range(1, 41, 2):
                wire.send(frame(HEADERS, 5, stream, block([(":method", "GET"), (":scheme", "http"), (":path", "/")])))
            with Wire(server.port) as other:
                other.send(frame(HEADERS, 5, 1, block(GET)))
                check("served beside one that reads nothing", other.outcome() == "404")
            growth = server.memory() - before
            check("20 streams that nobody reads", growth < 8 * 1024, f"{growth} KiB")
        return 4
    return run


def few_descriptors(program):
    """A server that may open 64 descriptors: who comes too many waits, those who are there are served."""
    def run():
        server = Server(program, descriptors=64)
        inside = [Wire(server.port) for _ in range(32)]
        waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        for wire in inside:
            wire.send(frame(HEADERS, 5, 1, block(GET)))
        check("those inside are served", all(wire.outcome() == "404" for wire in inside))
        for other in waiting:
            other.close()
        for wire in inside[1:]:
            wire.socket.close()
        with Wire(server.port) as late:
            late.send(frame(HEADERS, 5, 1, block(GET)))
            check("accepting goes on", late.outcome() == "404")
        inside[0].send(frame(HEADERS, 5, 3, block(GET)))
        check("the first one is still served", inside[0].outcome(3) == "404")
        check("and it stops", server.stop() == 0)
        return 4
    return run


def tools(server):
    url = f"http://127.0.0.1:{server.port}"

    def output(*command):
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout

    def run():
        quiet = ["curl", "-s", "--noproxy", "*", "--http2-prior-knowledge", "-o", "/dev/null"]
        seen = output(*quiet, "-w", "%{http_version} %{http_code} %{size_download}", url + "/")
        check("curl", seen == "2 200 200000", seen)
        seen = output(*quiet, "-w", "%{http_code}", url + "/404")
        check("curl of /404", seen == "404", seen)
        seen = output(*quiet, "-w", "%{http_code} %{size_download}", "--data-binary", "@/bin/sh", url + "/")
        check("curl of a POST", seen == "200 200000", seen)
        seen = output("nghttp", "-nv", url + "/", url + "/404")
        check("nghttp", ":status: 200" in seen and ":status: 404" in seen and "END_STREAM" in seen, seen[-300:])
        seen = output("nghttp", "-nv", "--window-bits=10", url + "/")
        check("nghttp with a small window", ":status: 200" in seen, seen[-300:])
        for options in [["-n", "200", "-c", "1", "-m", "1"], ["-n", "2000", "-c", "8", "-m", "100"]]:
            seen = output("h2load", *options, url + "/headers")
            check(f"h2load {' '.join(options)}", " 0 failed, 0 errored, 0 timeout" in seen, seen[-400:])
        seen = output("h2load", "-n", "400", "-c", "4", "-m", "10", url + "/")
        check("h2load of large bodies", "400 2xx" in seen, seen[-400:])
        return 8
    return run


def main():
    server = Server(sys.argv[1])
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    groups = [("connection, §3.4 and §5", connection_rules(server))]
    groups += [(title, table(server, cases)) for title, cases in GROUPS.items()]
    groups += [("Python's hpack", python_hpack(server)), ("sizes beside Python's hpack", encoder_size(server)),
               ("Python's h2", python_h2(server)), ("nghttp, curl, h2load", tools(server)),
               ("floods, §10.5", floods(server)), ("crowds", idle_and_vanishing(server)),
               ("few descriptors", few_descriptors(sys.argv[1]))]
    for title, body in groups:
        if only in title:
            group(title, body)
    status = server.stop()
    check("the server ends with status 0", status == 0, status)
    print(f"{len(FAILURES)} failures" if FAILURES else "all groups passed")
    os._exit(1 if FAILURES else 0)


main()
