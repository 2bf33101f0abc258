#!/usr/bin/env python3
"""Measures gRPC peers, and our own server and client, on this machine.

Needs only the standard library, h2load and nghttpd; `run` beside it builds
the peers and ours, and calls this.  See README.md for what is measured.
"""
import argparse
import json
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".build/bench"
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SCENARIOS = ["unary_latency", "unary_throughput", "stream_small", "stream_large", "upload_small", "bidi_pingpong"]
VOLUME = {"stream_small", "stream_large", "upload_small"}


# ---- messages as they go on the wire --------------------------------------

def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def framed(message):
    return b"\0" + struct.pack(">I", len(message)) + message


def msg(size):
    return framed(b"\x0a" + varint(size) + bytes(size))


def stream_req(count, size):
    return framed(b"\x08" + varint(count) + b"\x10" + varint(size))


# ---- a raw HTTP/2 probe: no gRPC library, so it measures only the server --

def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(index, value):  # literal without indexing, name from the static table
    head = bytes([index]) if index < 15 else bytes([15, index - 15])
    return head + bytes([len(value)]) + value


def opening(path, body):
    """Preface, SETTINGS and one request on stream 1."""
    head = bytes([0x83 if body is not None else 0x82, 0x86])
    head += literal(4, path.encode()) + literal(1, b"127.0.0.1")
    if body is not None:
        head += literal(31, b"application/grpc") + b"\0\x02te\x08trailers"
    out = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
    out += frame(1, 0x04 if body is not None else 0x05, 1, head)
    return out + (frame(0, 1, 1, body) if body is not None else b"")


def read_reply(s):
    """Reads to the end of stream 1; returns the bytes of its DATA frames."""
    buf, data = b"", b""
    while True:
        got = s.recv(65536)
        if not got:
            raise ConnectionError("closed before the reply")
        buf += got
        while len(buf) >= 9:
            n = int.from_bytes(buf[:3], "big")
            if len(buf) < 9 + n:
                break
            kind, flags = buf[3], buf[4]
            stream, payload, buf = int.from_bytes(buf[5:9], "big"), buf[9:9 + n], buf[9 + n:]
            if kind == 4 and not flags & 1:
                s.sendall(frame(4, 1, 0))
            if kind == 7 or (kind == 3 and stream == 1):
                raise ConnectionError(f"GOAWAY or RST_STREAM {payload!r}")
            if kind == 0 and stream == 1:
                data += payload
            if kind in (0, 1) and flags & 1 and stream == 1:
                return data


def probe(port, plain):
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = None if plain else msg(16)
    s.sendall(opening("/m16" if plain else "/bench.Bench/Unary", body))
    if read_reply(s) != msg(16):
        raise ConnectionError("the reply is not the echo")
    return s


# ---- processes --------------------------------------------------------------

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process (with its children: its own session), measured from /proc."""

    def __init__(self, peer, log):
        self.port = free_port()
        self.plain = peer.get("plain", False)
        argv = [a.replace("{port}", str(self.port)) for a in peer["server"]]
        start = time.perf_counter()
        self.p = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                  start_new_session=True, env={**os.environ, **peer.get("env", {})})
        while True:
            try:
                probe(self.port, self.plain).close()
                break
            except OSError as e:
                if self.p.poll() is not None or time.perf_counter() - start > 30:
                    self.stop()
                    raise RuntimeError(f"{peer['name']}: the server gave no reply ({e})")
                time.sleep(0.001)
        self.startup_ms = (time.perf_counter() - start) * 1e3

    def pids(self):
        out = []
        for d in os.listdir("/proc"):
            if d.isdigit():
                try:
                    if int(Path("/proc", d, "stat").read_text().rsplit(")", 1)[1].split()[3]) == self.p.pid:
                        out.append(d)
                except (OSError, IndexError):
                    pass
        return out

    def cpu(self):
        ticks = 0
        for d in self.pids():
            f = Path("/proc", d, "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(f[11]) + int(f[12])
        return ticks / TICK

    def memory_mb(self, key):
        kb = 0
        for d in self.pids():
            kb += int(re.search(key + r":\s+(\d+)", Path("/proc", d, "status").read_text())[1])
        return kb / 1024

    def stop(self):
        if self.p.poll() is None:
            try:
                os.killpg(self.p.pid, signal.SIGTERM)
                self.p.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(self.p.pid, signal.SIGKILL)
                self.p.wait()
            except ProcessLookupError:
                pass


def wait_for_quiet(limit, longest):
    """Waits while other programs use the machine, `longest` seconds at most."""
    end = time.perf_counter() + longest
    while longest > 0:
        t, (busy, stolen) = time.perf_counter(), Meter.machine()
        time.sleep(0.1)
        busy2, stolen2 = Meter.machine()
        if (busy2 - busy + stolen2 - stolen) / (time.perf_counter() - t) <= limit or t > end:
            break


def child_cpu():
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


class Meter:
    """CPU time of the server, of the load, and of everything else on the machine."""

    def __init__(self, server):
        self.server, self.t, self.s, self.k, self.m = server, time.perf_counter(), server.cpu(), child_cpu(), self.machine()

    @staticmethod
    def machine():
        f = Path("/proc/stat").read_text().split("\n", 1)[0].split()
        return [sum(map(int, f[1:4])) / TICK, int(f[8]) / TICK]  # user + nice + system, steal

    def stop(self):
        secs, m = time.perf_counter() - self.t, self.machine()
        server, load = self.server.cpu() - self.s, child_cpu() - self.k
        return server, load, {
            "server_cores": server / secs, "load_cores": load / secs, "stolen_cores": (m[1] - self.m[1]) / secs,
            "other_cores": max(0.0, m[0] - self.m[0] - server - load) / secs}


# ---- measurements -----------------------------------------------------------

class Row:
    def __init__(self, name, conns, streams, path, body, reply, per_request=1, plain_path=None, unit="req/s"):
        self.__dict__.update(locals())


H2LOAD = [
    Row("h2load c1 m1, 16 B", 1, 1, "/bench.Bench/Unary", msg(16), len(msg(16)), plain_path="/m16"),
    Row("h2load c1 m100, 16 B", 1, 100, "/bench.Bench/Unary", msg(16), len(msg(16)), plain_path="/m16"),
    Row("h2load c8 m100, 16 B", 8, 100, "/bench.Bench/Unary", msg(16), len(msg(16)), plain_path="/m16"),
    Row("h2load c1 m100, 1 KiB", 1, 100, "/bench.Bench/Unary", msg(1024), len(msg(1024)), plain_path="/m1024"),
    Row("h2load c8 m100, 1 KiB", 8, 100, "/bench.Bench/Unary", msg(1024), len(msg(1024)), plain_path="/m1024"),
    Row("h2load stream 10k x 100 B", 1, 1, "/bench.Bench/ServerStream", stream_req(10000, 100),
        10000 * len(msg(100)), 10000, unit="msg/s"),
    Row("h2load stream 200 x 64 KiB", 1, 1, "/bench.Bench/ServerStream", stream_req(200, 65536),
        200 * len(msg(65536)), 200, plain_path="/m13m", unit="MB/s"),
]


def h2load(row, server, seconds, tmp):
    log = tmp / "h2load.log"
    log.unlink(missing_ok=True)
    path = row.plain_path if server.plain else row.path
    argv = ["h2load", "-t1", f"-c{row.conns}", f"-m{row.streams}", f"--duration={int(seconds * 1000)}ms",
            f"--log-file={log}"]
    if not server.plain:
        body = tmp / "body"
        body.write_bytes(row.body)
        argv += ["-d", str(body), "-H", "content-type: application/grpc", "-H", "te: trailers"]
    argv.append(f"http://127.0.0.1:{server.port}{path}")
    meter = Meter(server)
    out = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds + 60).stdout
    cpu, _, cores = meter.stop()
    m = re.search(r"requests: .*?(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", out)
    t = re.search(r"finished in ([\d.]+)(us|ms|s)", out)
    d = re.search(r"\((\d+)\) data", out)
    if not (m and t and d):
        raise RuntimeError("h2load said:\n" + out)
    done, good = int(m[1]), int(m[2])
    secs = float(t[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[t[2]]
    short = done * row.reply - int(d[1])  # a failed call carries no message
    calls = int(d[1]) / row.reply if row.per_request > 1 else done  # of a stream under way count what has come
    if calls == 0 or good != done or short > 0:
        raise RuntimeError(f"{m[0]}; {d[1]} bytes of data for {done} replies of {row.reply}")
    took = sorted(int(l.split("\t")[2]) for l in log.read_text().splitlines() if l)
    at = lambda q: took[int(q * (len(took) - 1))] if took else None
    per_s = calls / secs
    return {
        "per_s": per_s * row.per_request,
        "mb_per_s": per_s * row.reply / 1e6,
        "p50_us": at(0.50), "p99_us": at(0.99),
        "server_cpu_per_100k": cpu / (calls * row.per_request) * 1e5,
        **cores,
    }


def client(peer, scenario, server, seconds):
    fill = {"{port}": str(server.port), "{scenario}": scenario, "{seconds}": str(seconds)}
    argv = list(peer["client"])
    if not any("{scenario}" in a for a in argv):
        argv += ["{scenario}", "{seconds}"]
    for k, v in fill.items():
        argv = [a.replace(k, v) for a in argv]
    meter = Meter(server)
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds * 20 + 60,
                       env={**os.environ, **peer.get("env", {})})
    served, spent, cores = meter.stop()
    lines = [l for l in p.stdout.splitlines() if l.startswith("{")]
    if p.returncode or not lines:
        raise RuntimeError(f"{peer['name']} {scenario}: exit {p.returncode}: {(p.stderr or p.stdout)[-300:]}")
    r = json.loads(lines[-1])
    if r.get("errors"):
        raise RuntimeError(f"{peer['name']} {scenario}: {r['errors']} errors")
    # CPU seconds over the whole run, its warm-up and start-up among them.
    r["client_cpu_per_100k"] = spent / r["count"] * 1e5
    r["server_cpu_per_100k"] = served / r["count"] * 1e5
    return {**r, **cores}


def idle_memory(peer, log, conns):
    s = Server(peer, log)
    held = []
    try:
        time.sleep(0.3)
        before = s.memory_mb("VmRSS")
        for _ in range(conns):
            held.append(probe(s.port, s.plain))
        time.sleep(0.3)
        after = s.memory_mb("VmRSS")
    finally:
        for h in held:
            h.close()
        s.stop()
    return {"idle_rss_mb": before, "kb_per_conn": (after - before) * 1024 / conns}


# ---- peers ------------------------------------------------------------------

def peers():
    py = str(CACHE / "venv/bin/python")
    files = CACHE / "static"
    files.mkdir(parents=True, exist_ok=True)
    for name, data in [("m16", msg(16)), ("m1024", msg(1024)), ("m13m", msg(65536) * 200)]:
        if not (files / name).exists() or (files / name).stat().st_size != len(data):
            (files / name).write_bytes(data)
    go = str(CACHE / "go/gobench")
    pyf = lambda f: [py, str(CACHE / "python" / f), "{port}"]
    return [
        {"name": "nghttpd", "plain": True, "server": ["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(files), "{port}"]},
        {"name": "grpc-go", "server": [go, "server", "{port}"], "client": [go, "client", "{port}"]},
        {"name": "grpc-c++", "server": [str(CACHE / "cpp/server"), "{port}"], "client": [str(CACHE / "cpp/client"), "{port}"]},
        {"name": "grpcio", "server": pyf("server_sync.py"), "client": pyf("client_sync.py")},
        {"name": "grpcio-aio", "server": pyf("server_aio.py"), "client": pyf("client_aio.py")},
    ]


# ---- the table --------------------------------------------------------------

def show(v):
    if v is None:
        return "–"
    return f"{v:,.0f}" if abs(v) >= 100 else f"{v:.3g}"


def paired(samples, a, b):
    """Median over the rounds of a's figure by b's in the same round."""
    both = [samples[a][r] / samples[b][r] for r in samples.get(a, {}) if samples.get(b, {}).get(r)]
    return statistics.median(both) if both else None


def table(title, rows, names, ratio_to):
    """rows: (label, unit, lower_is_better, {peer: {round: value}})."""
    ours = "ours" in names
    out = [f"\n## {title}\n"]
    out.append("| row | " + " | ".join(names) + " | best peer |" + (" ours / best |" if ours else ""))
    out.append("|---|" + "---:|" * len(names) + "---|" + ("---:|" if ours else ""))
    for label, unit, lower, samples in rows:
        med = {n: statistics.median(samples[n].values()) for n in names if samples.get(n)}
        if not med:
            continue
        rivals = {n: v for n, v in med.items() if n != "nghttpd" and not n.startswith("ours")}
        best = (min if lower else max)(rivals, key=rivals.get) if rivals and lower is not None else None
        cells = []
        for n in names:
            text = show(med.get(n))
            if n in med and n == best:
                text = f"**{text}**"
            ratio = paired(samples, n, ratio_to) if n != ratio_to and lower is not None else None
            cells.append(text + (f" ({ratio:.2f})" if ratio is not None else ""))
        line = f"| {label} [{unit}{', lower is better' if lower else ''}] | " + " | ".join(cells) + f" | {best or ''} |"
        if ours:
            ratio = paired(samples, "ours", best) if best else None
            line += f" {ratio:.2f} |" if ratio is not None else " |"
        out.append(line)
    return "\n".join(out)


def crossed(all_peers):
    """Pairs of a client and another's server, ours being one of the two."""
    ours = [p for p in all_peers if p["name"] == "ours" and "client" in p and "server" in p]
    theirs = [p for p in all_peers if p["name"] in ("grpc-go", "grpc-c++")]
    return [pair for o in ours for t in theirs for pair in ((o, t), (t, o))]


def crossed_table(rows, pairs):
    """rows: (label, unit, own samples, crossed samples); each ratio is to the other library alone, in the same round."""
    out = ["\n## Our client on others' servers, their clients on ours\n"]
    out.append("In brackets the median over the rounds of the ratio to the other library's client on its own server.\n")
    out.append("| row | " + " | ".join(f"{c} client on {s}" for c, s in pairs) + " |")
    out.append("|---|" + "---:|" * len(pairs))
    for label, unit, own, both in rows:
        key = "mb_per_s" if unit == "MB/s" else "per_s"
        cells = []
        for c, s in pairs:
            got = both.get(key, {}).get(f"{c} on {s}", {})
            ratio = paired({"got": got, "own": own.get(key, {}).get(s if c == "ours" else c, {})}, "got", "own")
            text = show(statistics.median(got.values()) if got else None)
            cells.append(text + (f" ({ratio:.2f})" if ratio is not None else ""))
        out.append(f"| {label} [{unit}] | " + " | ".join(cells) + " |")
    return "\n".join(out)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours-server", metavar="CMD", help="our server, with {port} in it")
    ap.add_argument("--ours-client", metavar="CMD", help="our client, with {port} in it")
    ap.add_argument("--peer", action="append", default=[], metavar="NAME|SERVER CMD|CLIENT CMD",
                    help="one more peer; the client may be left out")
    ap.add_argument("--only", help="names of peers, separated by commas ('ours' for our own)")
    ap.add_argument("--rows", help="only rows and scenarios whose name matches this regular expression")
    ap.add_argument("--common-server", metavar="NAME", help="also drive every client against this peer's server")
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=1.5, help="length of each measurement")
    ap.add_argument("--quiet", type=float, default=0.15, metavar="CORES",
                    help="repeat a measurement while other programs used more than this")
    ap.add_argument("--retries", type=int, default=2, help="how often at most")
    ap.add_argument("--wait", type=float, default=2, metavar="SECONDS",
                    help="wait at most this long for other programs to be quiet before each measurement")
    ap.add_argument("--conns", type=int, default=1000, help="idle connections for the memory row")
    ap.add_argument("--no-h2load", action="store_true")
    ap.add_argument("--no-clients", action="store_true")
    ap.add_argument("--no-memory", action="store_true")
    ap.add_argument("--no-crossed", action="store_true", help="do not drive our client against others' servers and theirs against ours")
    ap.add_argument("--json", metavar="FILE", help="write every sample here")
    a = ap.parse_args()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, a.conns * 2 + 200)), hard))

    all_peers = peers()
    for spec in a.peer:
        part = spec.split("|")
        all_peers.append({"name": part[0], "server": shlex.split(part[1]),
                          **({"client": shlex.split(part[2])} if len(part) > 2 and part[2] else {})})
    if a.ours_server or a.ours_client:
        ours = {"name": "ours"}
        if a.ours_server:
            ours["server"] = shlex.split(a.ours_server)
        if a.ours_client:
            ours["client"] = shlex.split(a.ours_client)
        all_peers.append(ours)
    by_name = {p["name"]: p for p in all_peers}
    if a.only:
        keep = a.only.split(",")
        unknown = set(keep) - set(by_name)
        if unknown:
            sys.exit(f"no such peer: {', '.join(sorted(unknown))} (there are {', '.join(by_name)})")
        all_peers = [p for p in all_peers if p["name"] in keep]
    for p in list(all_peers):
        if "server" in p and not shutil.which(p["server"][0]):
            print(f"left out: {p['name']} ({p['server'][0]} is not there; run builds it)", file=sys.stderr)
            all_peers.remove(p)
    names = [p["name"] for p in all_peers]
    want = re.compile(a.rows or "")
    h2rows = [] if a.no_h2load else [r for r in H2LOAD if want.search(r.name)]
    scenarios = [] if a.no_clients else [s for s in SCENARIOS if want.search(s)]

    data = {"h2load": {}, "client": {}, "client_common": {}, "crossed": {}, "process": {}}
    failures = []

    def keep_sample(kind, row, peer, values):
        for k, v in values.items():
            if isinstance(v, (int, float)):
                data[kind].setdefault(row, {}).setdefault(k, {}).setdefault(peer, {})[rnd] = v

    tmp = Path(tempfile.mkdtemp(prefix="bench-"))
    log = open(tmp / "servers.log", "ab")
    t_start = time.time()

    def attempt(what, f, *args):
        for left in reversed(range(6)):
            try:
                return f(*args)
            except BlockingIOError as e:  # no process to be had: other programs took them all
                if not left:
                    failures.append(f"{what}: {e}")
                time.sleep(2)
            except (RuntimeError, OSError, subprocess.TimeoutExpired, ValueError) as e:
                failures.append(f"{what}: {str(e)[:300]}")
                print(f"  failed: {what}: {str(e)[:300]}", file=sys.stderr)
                return None

    def measured(what, f, *args):
        """Repeats a measurement that other programs disturbed; keeps the quietest."""
        best = None
        for _ in range(a.retries + 1):
            wait_for_quiet(a.quiet, a.wait)
            m = attempt(what, f, *args)
            if m and (best is None or m["other_cores"] + m["stolen_cores"] < best["other_cores"] + best["stolen_cores"]):
                best = m
            if not best or best["other_cores"] + best["stolen_cores"] <= a.quiet:
                break
        return best

    servers = {}
    try:
        for rnd in range(a.rounds):
            say = lambda what: print(f"round {rnd + 1}/{a.rounds}: {what} ({time.time() - t_start:.0f} s)", file=sys.stderr)
            turn = rnd * len(all_peers) // max(1, a.rounds)
            order = all_peers[turn:] + all_peers[:turn]  # each round starts with another peer
            say("start" + ("" if a.no_memory or rnd > 2 else " and idle memory"))
            for peer in order:
                if "server" in peer:
                    if not a.no_memory and rnd < 3:
                        m = attempt(f"{peer['name']} idle memory", idle_memory, peer, log, a.conns)
                        if m:
                            keep_sample("process", "process", peer["name"], m)
                    s = attempt(f"{peer['name']} start", Server, peer, log)
                    if s:
                        servers[peer["name"]] = s
                        keep_sample("process", "process", peer["name"], {"startup_ms": s.startup_ms})
                        if h2rows:
                            attempt(f"{peer['name']} warm-up", h2load, H2LOAD[1], s, 0.3, tmp)
            # Row by row, every peer in turn, so that all see the same minute of the machine.
            for row in h2rows:
                say(row.name)
                for peer in order:
                    s = servers.get(peer["name"])
                    if s and (row.plain_path or not s.plain):
                        m = measured(f"{peer['name']} {row.name}", h2load, row, s, a.seconds, tmp)
                        if m:
                            keep_sample("h2load", row.name, peer["name"], m)
            if h2rows:
                for name, s in servers.items():
                    keep_sample("process", "process", name, {"peak_rss_mb": s.memory_mb("VmHWM")})
            for sc in scenarios:
                say(sc)
                for peer in order:
                    if "client" not in peer:
                        continue
                    s = servers.get(peer["name"]) or servers.get(a.common_server or "grpc-go")
                    if s:
                        m = measured(f"{peer['name']} {sc}", client, peer, sc, s, a.seconds)
                        if m:
                            keep_sample("client", sc, peer["name"], m)
                    s = servers.get(a.common_server)
                    if s:
                        m = measured(f"{peer['name']} {sc} on {a.common_server}", client, peer, sc, s, a.seconds)
                        if m:
                            keep_sample("client_common", sc, peer["name"], m)
                for c, s in [] if a.no_crossed else crossed(all_peers):
                    if s["name"] in servers:
                        what = f"{c['name']} on {s['name']}"
                        m = measured(f"{what} {sc}", client, c, sc, servers[s["name"]], a.seconds)
                        if m:
                            keep_sample("crossed", sc, what, m)
            while servers:
                servers.popitem()[1].stop()
    finally:
        while servers:
            servers.popitem()[1].stop()

    out = [f"{a.rounds} rounds of {a.seconds} s, {os.cpu_count()} cores, medians; "
           "in brackets the median over the rounds of the ratio to nghttpd (servers) or to grpc-go (clients)"]
    rows, extra = [], []
    for r in h2rows:
        d = data["h2load"].get(r.name, {})
        rows.append((r.name, r.unit, False, d.get("mb_per_s" if r.unit == "MB/s" else "per_s", {})))
        if r.per_request == 1:
            rows.append((r.name + " p50", "µs", True, d.get("p50_us", {})))
            rows.append((r.name + " p99", "µs", True, d.get("p99_us", {})))
        extra.append((r.name, "server CPU s per 100k " + ("requests" if r.per_request == 1 else "messages"), True,
                      d.get("server_cpu_per_100k", {})))
        extra.append((r.name, "cores used by the server", None, d.get("server_cores", {})))
        extra.append((r.name, "cores used by h2load", None, d.get("load_cores", {})))
        extra.append((r.name, "cores used by others, or stolen", None,
                      {p: {k: v + d["stolen_cores"][p][k] for k, v in x.items()} for p, x in d.get("other_cores", {}).items()}))
    if h2rows:
        out.append(table("Servers under h2load", rows, names, "nghttpd"))
        out.append(table("Servers' CPU under h2load", extra, names, "nghttpd"))
    d = data["process"].get("process", {})
    if d:
        out.append(table("Processes", [
            ("start to first reply", "ms", True, d.get("startup_ms", {})),
            ("idle RSS", "MB", True, d.get("idle_rss_mb", {})),
            (f"RSS per idle connection ({a.conns})", "KiB", True, d.get("kb_per_conn", {})),
            ("peak RSS under h2load", "MB", True, d.get("peak_rss_mb", {})),
        ], names, "nghttpd"))
    cnames = [p["name"] for p in all_peers if "client" in p]
    for kind, title in [("client", "Clients, each on its own server"),
                        ("client_common", f"Clients, all on the {a.common_server} server")]:
        if not data[kind]:
            continue
        rows = []
        for sc in scenarios:
            d = data[kind].get(sc, {})
            if sc == "stream_large":
                rows.append((sc, "MB/s", False, d.get("mb_per_s", {})))
            else:
                rows.append((sc, "msg/s" if sc in VOLUME else "calls/s", False, d.get("per_s", {})))
            if sc not in VOLUME:
                rows.append((sc + " p50", "µs", True, d.get("p50_us", {})))
                rows.append((sc + " p99", "µs", True, d.get("p99_us", {})))
            rows.append((sc + " client CPU", "s per 100k", True, d.get("client_cpu_per_100k", {})))
            rows.append((sc + " server CPU", "s per 100k", True, d.get("server_cpu_per_100k", {})))
        out.append(table(title, rows, cnames, "grpc-go"))
    if data["crossed"]:
        rows = [(sc, "MB/s" if sc == "stream_large" else "1/s", data["client"].get(sc, {}), data["crossed"].get(sc, {}))
                for sc in scenarios]
        out.append(crossed_table(rows, [(c["name"], s["name"]) for c, s in crossed(all_peers)]))
    if failures:
        out.append("\n## Failures\n\n" + "\n".join("- " + f for f in failures))
    print("\n".join(out))
    if a.json:
        Path(a.json).write_text(json.dumps({"argv": sys.argv[1:], "cores": os.cpu_count(), "rounds": a.rounds,
                                            "seconds": a.seconds, "samples": data, "failures": failures}, indent=1))
    log.close()
    shutil.rmtree(tmp)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
