"""What the hostile programs share: raw gRPC over raw HTTP/2, processes of ours under attack, and the checks."""

import json
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(HERE.parent / "http2"))

from wire import *  # noqa: E402

SERVICE = "/grpc.testing.TestService/"
STATUS = END_HEADERS | END_STREAM
u32 = lambda value: struct.pack(">I", value)


def fields(path=SERVICE + "EmptyCall", **changes):
    """The head of a gRPC request. A field is left out by None; `_` stands for `-`, and `__` for `:`."""
    head = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost",
            "content-type": "application/grpc", "te": "trailers"}
    for name, value in changes.items():
        head[name.replace("__", ":").replace("_", "-")] = value
    return [(name, value) for name, value in head.items() if value is not None]


def message(body=b"", flag=0, length=None):
    """A message with its prefix."""
    return struct.pack(">BI", flag, len(body) if length is None else length) + body


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def nested(field, body):
    return varint(field << 3 | 2) + varint(len(body)) + body


def opening(path=SERVICE + "EmptyCall", stream=1, end=False, **changes):
    return frame(HEADERS, STATUS if end else END_HEADERS, stream, block(fields(path, **changes)))


class GRPC(Wire):
    """A connection that reads what becomes of calls."""

    def __init__(self, port, patience=30, **options):
        self.patience = patience
        self.latest = -1
        super().__init__(port, **options)

    def read(self, patience=None):
        got = super().read(self.patience if patience is None else patience)
        self.frames.clear()
        return got

    def send(self, data):
        self.socket.settimeout(self.patience)
        super().send(data)

    def close(self):
        self.socket.close()

    def reset(self):
        """Goes without a word: the peer sees a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def outcome(self, stream=1):
        """What became of a call: "grpc 5", "http 415", "RST code", "GOAWAY code", "closed", or "silence"."""
        http = None
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
                seen = dict(self.decoder.decode(payload))
                if on != stream:
                    continue
                http = seen.get(":status", http)
                if http != "200":
                    return f"http {http}"
                if "grpc-status" in seen:
                    self.trailers = seen
                    return "grpc " + seen["grpc-status"]

    def call(self, path, *messages, **changes):
        """A whole call with these messages; returns what became of it."""
        self.latest += 2
        self.send(opening(path, self.latest, **changes) + frame(DATA, END_STREAM, self.latest, b"".join(messages)))
        return self.outcome(self.latest)

    def empty_call(self):
        return self.call(SERVICE + "EmptyCall", message())

    def ends(self):
        """Whether the server closes; what comes before is read and forgotten."""
        self.until(lambda *any: False)
        return self.closed


# What is checked, and what came of it.

failures = []
checks = 0


def check(name, is_right, seen=""):
    global checks
    checks += 1
    if not is_right:
        failures.append(name)
        print(f"  not so: {name}: {seen}", flush=True)
    return is_right


def expect(name, seen, *wanted):
    check(name, seen in wanted, f"{seen}, not {' or '.join(map(str, wanted))}")


def until(what, condition, patience=30):
    """Waits for something that must come to be."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return check(what, False, f"not within {patience} s")
        time.sleep(0.02)
    return True


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1 << 20 if hard == resource.RLIM_INFINITY else hard


class Process:
    """A program of ours that says where it listens."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                                        stderr=options.pop("stderr", subprocess.DEVNULL), text=True, **options)
        line = self.process.stdout.readline()
        if ":" not in line:
            raise SystemExit(f"{command} did not say where it listens: {line!r}")
        self.port = int(line.rsplit(":", 1)[1])
        self.target = f"127.0.0.1:{self.port}"
        self.pid = self.process.pid

    def memory(self):
        """The resident set in KiB."""
        with open(f"/proc/{self.pid}/statm") as status:
            return int(status.read().split()[1]) * resource.getpagesize() // 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def seconds(self):
        """The processor's time that it has taken."""
        with open(f"/proc/{self.pid}/stat") as status:
            words = status.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self):
        """As a user ends it; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "no end within 60 s of SIGTERM"


class Watch:
    """Watches a server during an attack: its memory, and how an honest caller fares."""

    ALLOWED = 8 * 1024  # KiB
    PROMPT = 2.0  # seconds

    def __init__(self, server, honest):
        self.server, self.honest = server, honest

    def __call__(self, name, attack, allowed=ALLOWED):
        """Runs an attack, and checks what it must not do."""
        ask(self.honest)
        start = time.monotonic()
        before, self.peak, over = self.server.memory(), 0, threading.Event()

        def sample():
            while not over.wait(0.02):
                self.peak = max(self.peak, self.server.memory())

        sampler = threading.Thread(target=sample)
        sampler.start()
        try:
            attack()
            self.peak = max(self.peak, self.server.memory())
        finally:
            over.set()
            sampler.join()
        seen = ask(self.honest)
        growth = self.peak - before
        if allowed is not None:
            check(f"{name}: memory", growth <= allowed, f"{growth} KiB more")
        check(f"{name}: honest calls succeed", seen["failed"] == 0, seen)
        # On a machine that is busy elsewhere, a server that nobody attacks is slow as well.
        limit = self.PROMPT + 3 * seen["control"]
        check(f"{name}: honest calls are served within {limit:.1f} s", seen["worst"] <= limit, seen)
        check(f"{name}: the server lives", self.server.is_alive())
        if os.environ.get("VERBOSE"):
            print(f"    {name}: {time.monotonic() - start:.1f} s, {growth} KiB more, slowest honest call"
                  f" {seen['worst']:.2f} s of {seen['calls']}, beside {seen['control']:.2f} s", flush=True)
        return growth


def start_honest(port, control):
    return subprocess.Popen([sys.executable, "-B", HERE / "honest.py", str(port), str(control)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


def ask(honest):
    honest.stdin.write("\n")
    honest.stdin.flush()
    return json.loads(honest.stdout.readline())
