"""What goes wrong without anybody's ill will: no descriptors, no disk, ends that are killed or stand still."""

import shutil
import tempfile

from peer import *

UNAVAILABLE = 64 + 14


def start(products, name, *options, **more):
    return Process(products / name, "server", "--port", "0", *options, **more)


def client(products, name, *words, **options):
    """A client of ours; its lines can be waited for."""
    return subprocess.Popen([str(products / name), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **options)


def ended(process, patience=60):
    """How a process ended, and what else it said."""
    try:
        out, error = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        out, error = process.communicate()
        return "no end", out, error
    return process.returncode, out, error


def running(products, server):
    """How many methods run on a soak server."""
    seen = subprocess.run([products / "soak", "report", "--target", server.target], capture_output=True, text=True, timeout=60)
    return int(seen.stdout) if seen.returncode == 0 else seen.stderr


def descriptors(products):
    """No descriptor left: accepting pauses, the calls that are open go on, and later it recovers."""
    server = start(products, "soak")
    held = client(products, "soak", "hold", "--target", server.target)
    check("a call is open", held.stdout.readline() == "held\n")
    with GRPC(server.port) as inside:
        check("a connection is open", inside.is_alive())
        old = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, old[1]))
        waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        for sock in waiting:
            sock.sendall(PREFACE + frame(SETTINGS))
        before = server.seconds()
        time.sleep(1)
        check("no descriptor: the server does not spin", server.seconds() - before < 0.5, server.seconds() - before)
        check("no descriptor: an open connection is served", inside.is_alive())
        check("no descriptor: an open call goes on", held.poll() is None)
        waiting[0].settimeout(0.05)
        check("no descriptor: others wait", not received(waiting[0]))
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, old)
        for sock in waiting:
            sock.settimeout(30)
        check("descriptors again: all are served", all(received(sock) for sock in waiting))
        for sock in waiting:
            sock.close()
    held.kill()
    held.wait()
    expect("descriptors: the end", server.stop(), 0)


def received(sock):
    try:
        return len(sock.recv(9)) > 0
    except OSError:
        return False


def disk(products):
    """A disk that is full, or a file that may not grow, fails an upload with the reason, and leaves nothing."""
    folder = pathlib.Path(tempfile.mkdtemp())
    into, large, small = folder / "into", folder / "large", folder / "small"
    into.mkdir()
    large.write_bytes(os.urandom(3 << 20))
    small.write_bytes(b"a few words\n")
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", into], stderr=subprocess.DEVNULL).returncode == 0
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    try:
        # Without a disk of its own a file of this server's may not grow; the signal that then comes must not end it.
        server = start(products, "03-client-streaming", "--into", into, preexec_fn=None if mounted else limit)
        for _ in range(2):
            code, _, said = ended(client(products, "03-client-streaming", "client", large, "--target", server.target))
            wanted = "no space left on device" if mounted else "file too large"
            check(f"full disk: {wanted}", code == 64 + 8 and wanted in said, f"{code}: {said!r}")
            until("full disk: nothing is left behind", lambda: not list(into.iterdir()))
        code, said, _ = ended(client(products, "03-client-streaming", "client", small, "--target", server.target))
        check("full disk: what fits is kept", code == 0 and (into / "small").read_bytes() == small.read_bytes(), said)
        expect("full disk: the end", server.stop(), 0)
        limited = start(products, "03-client-streaming", "--into", folder, preexec_fn=limit)
        code, _, said = ended(client(products, "03-client-streaming", "client", large, "--target", limited.target))
        check("file limit: the reason", code == 64 + 8 and "file too large" in said, f"{code}: {said!r}")
        expect("file limit: the server lives on", limited.stop(), 0)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", into])
        shutil.rmtree(folder, ignore_errors=True)


def killed_clients(products):
    """kill -9 of a client in every phase: the server gives back what it took."""
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "log").write_text("one line\n")
    (folder / "large").write_bytes(bytes(8 << 20))
    cases = [
        ("01-unary", ("--delay", "30s"), ("client", "--name", "x"), None, "waiting for an answer"),
        ("02-server-streaming", ("--root", folder), ("client", "follow", "log"), "one line\n", "reading a stream"),
        ("03-client-streaming", ("--into", folder, "--delay", "50ms"), ("client", folder / "large", "--timeout", "60s"), None,
         "sending a stream"),
        ("04-bidi", (), ("client", "--as", "Ada", "--say", "hello", "--stay", "60s", "--timeout", "90s"), "", "talking"),
    ]
    for name, serving, calling, line, phase in cases:
        server = start(products, name, *serving)
        idle = server.descriptors()
        callers = [client(products, name, *[word if word != "Ada" else f"Ada{n}" for word in calling], "--target", server.target)
                   for n in range(6)]
        until(f"{phase}: clients are connected", lambda: server.descriptors() >= idle + 6)
        if line is not None:
            for caller in callers:
                got = caller.stdout.readline()
                check(f"{phase}: the stream has begun", got.endswith("\n") and line in got, got)
        for caller in callers:
            caller.kill()
            caller.wait()
        # The concurrent pool takes a few for itself when it is first used.
        until(f"{phase}: a killed client's descriptors come back", lambda: server.descriptors() <= idle + 4)
        until(f"{phase}: nothing is left in the folder", lambda: not list(folder.glob(".upload-*")))
        expect(f"{phase}: the end", server.stop(), 0)
    shutil.rmtree(folder)


def killed_servers(products):
    """kill -9 of a server in every phase: the client says so, and does not wait for ever."""
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "log").write_text("one line\n")
    (folder / "large").write_bytes(bytes(8 << 20))
    cases = [
        ("01-unary", ("--delay", "60s"), ("client", "--name", "x", "--timeout", "90s"), None),
        ("02-server-streaming", ("--root", folder), ("client", "follow", "log", "--timeout", "90s"), "one line\n"),
        ("03-client-streaming", ("--delay", "50ms"), ("client", folder / "large", "--timeout", "90s"), None),
        ("04-bidi", (), ("client", "--as", "Ada", "--say", "hello", "--stay", "60s", "--timeout", "90s"), ""),
    ]
    for name, serving, calling, line in cases:
        server = start(products, name, *serving)
        idle = server.descriptors()
        caller = client(products, name, *calling, "--target", server.target)
        until(f"{name}: a client is connected", lambda: server.descriptors() > idle)
        if line is not None:
            caller.stdout.readline()
        server.kill()
        code, _, said = ended(caller)
        check(f"{name}: the server is killed", code == UNAVAILABLE and "UNAVAILABLE" in said, f"{code}: {said!r}")
        code, _, said = ended(client(products, name, *calling, "--target", server.target))
        check(f"{name}: nobody listens any more", code == UNAVAILABLE and "refused" in said, f"{code}: {said!r}")
    shutil.rmtree(folder)


def standing_still(products):
    """A peer whose process stands still looks alive to TCP; keepalive finds it, in both directions."""
    patience = ("--keepalive", "300ms", "--keepalive-timeout", "2s")
    server = start(products, "soak", *patience)
    held = client(products, "soak", "hold", "--target", server.target)
    check("half-open: a call is open", held.stdout.readline() == "held\n")
    expect("half-open: it runs", running(products, server), 1)
    os.kill(held.pid, signal.SIGSTOP)
    until("half-open: the server gives up a client that stands still", lambda: running(products, server) == 0)
    os.kill(held.pid, signal.SIGCONT)
    code, _, said = ended(held)
    check("half-open: the client hears of it", code == UNAVAILABLE, f"{code}: {said!r}")

    held = client(products, "soak", "hold", "--target", server.target, *patience)
    check("half-open: another call is open", held.stdout.readline() == "held\n")
    os.kill(server.pid, signal.SIGSTOP)
    code, _, said = ended(held)
    check("half-open: the client gives up a server that stands still", code == UNAVAILABLE and "keepalive" in said,
          f"{code}: {said!r}")
    os.kill(server.pid, signal.SIGCONT)
    expect("half-open: the end", server.stop(), 0)


def sluggish(stream, service="Sloth", milliseconds=60_000, **changes):
    """A call of a method that blocks its thread."""
    return opening(f"/soak.{service}/Block", stream, **changes) + frame(DATA, END_STREAM, stream, message(number(1, milliseconds)))


def ends_in_time(name, server, seconds):
    """SIGTERM ends a server with status 0, whatever its methods do."""
    start_time = time.monotonic()
    expect(f"{name}: the end", server.stop(), 0)
    took = time.monotonic() - start_time
    check(f"{name}: it ends within {seconds} s", took < seconds, f"{took:.1f} s")


def blocked_pool(products):
    """Methods that block every thread of the pool: their calls end in time, others are served, and the server hears SIGTERM."""
    server = start(products, "soak", "--grace", "1s")
    with GRPC(server.port) as wire, GRPC(server.port) as other:
        wire.send(b"".join(sluggish(n * 2 + 1, grpc_timeout="500m" if n else "60S") for n in range(4 * os.cpu_count())))
        expect("blocked pool: the deadline ends a call", wire.outcome(3), "grpc 4")
        start_time = time.monotonic()
        check("blocked pool: others are served", other.call("/soak.Soak/Echo", message()) == "grpc 0"
              and time.monotonic() - start_time < 20)
        ends_in_time("blocked pool", server, 20)
        outcome = "GOAWAY NO_ERROR"
        while outcome == "GOAWAY NO_ERROR":
            outcome = wire.outcome(1)
        expect("blocked pool: the end of the grace ends a call", outcome, "grpc 14")


def blocked_loop(products):
    """A method that blocks an event loop is named in the log, and does not keep the server from ending."""
    server = start(products, "soak", "--grace", "0s", stderr=subprocess.PIPE)
    with GRPC(server.port) as wire:
        wire.send(sluggish(1, "Hog"))
        said = server.process.stderr.readline()
        check("blocked loop: its method is named", "/soak.Hog/Block has held" in said, said)
        ends_in_time("blocked loop", server, 20)
    server.process.stderr.close()


def abandoned_calls(products):
    """Clients that give up, on one connection after the other, while the methods of their calls go on: too many are refused."""
    server = start(products, "soak", "--grace", "0s", stderr=subprocess.PIPE)
    before = server.memory()
    for _ in range(13):
        with GRPC(server.port) as wire:
            for _ in range(4):
                streams = range(wire.latest + 2, wire.latest + 402, 2)
                wire.send(b"".join(sluggish(stream) for stream in streams))
                wire.latest = streams[-1]
                if not check("abandoned calls: others are served", wire.call("/soak.Soak/Echo", message()) == "grpc 0"):
                    break
                wire.send(b"".join(frame(RST_STREAM, 0, stream, u32(8)) for stream in streams))
    growth = server.memory() - before
    check("abandoned calls: memory", growth <= 100 * 1024, f"{growth} KiB more")
    with GRPC(server.port) as wire:
        wire.send(sluggish(1))
        expect("abandoned calls: one more", wire.outcome(), "grpc 8")
        wire.latest = 1
        expect("abandoned calls: another method", wire.call("/soak.Soak/Echo", message()), "grpc 0")
    said = server.process.stderr.readline()
    check("abandoned calls: the log", "/soak.Sloth/Block" in said and "maxAbandonedCalls" in said, said)
    ends_in_time("abandoned calls", server, 20)
    server.process.stderr.close()


def unread_log(products):
    """Nobody reads a server's log, or its reader is gone: the server serves."""
    for gone in (False, True):
        folder = tempfile.mkdtemp()
        server = start(products, "02-server-streaming", "--root", folder, stderr=subprocess.PIPE)
        if gone:
            server.process.stderr.close()
        query = message(nested(1, b"\x1b[2J" + b"x" * 3000))
        with GRPC(server.port, patience=30) as wire:
            outcomes = [wire.call("/finder.Finder/Find", query) for _ in range(1_000)]
            for _ in range(20):
                with GRPC(server.port, handshake=False) as other:
                    other.send(b"GET / HTTP/1.1\r\n\r\n")
            check(f"a log that {'has no reader' if gone else 'is not read'}", outcomes == ["grpc 0"] * 1_000 and wire.is_alive(),
                  outcomes[-1])
        if not gone:
            server.process.terminate()
            said = server.process.stderr.read()
            check("a log's lines are escaped and short", "\x1b" not in said and max(map(len, said.split("\n"))) < 2_100, said[:300])
        expect("log: the end", server.stop(), 0)
        shutil.rmtree(folder)


def names(products):
    """A name that has no address."""
    code, _, said = ended(client(products, "01-unary", "client", "--target", "no-such-host.invalid:50051", "--timeout", "30s"))
    check("a name without an address", code == UNAVAILABLE and "no-such-host.invalid" in said, f"{code}: {said!r}")


def run(products):
    for fault in (descriptors, disk, killed_clients, killed_servers, standing_still, blocked_pool, blocked_loop,
                  abandoned_calls, unread_log, names):
        start_time = time.monotonic()
        fault(products)
        if os.environ.get("VERBOSE"):
            print(f"    {fault.__name__.replace('_', ' ')}: {time.monotonic() - start_time:.1f} s", flush=True)
