"""Many connections at a time, and many one after the other."""

from peer import *

# Attackers have addresses of their own, so that the ports of one do not run out.
addresses = iter(f"127.0.1.{number}" for number in range(1, 255))
HELLO = PREFACE + frame(SETTINGS)


def connect(port, source):
    return socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=60)


def closed_by_peer(sock):
    """Whether the server has closed a connection; what it said before is read and forgotten."""
    sock.setblocking(False)
    try:
        while sock.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def silent(server, watch, count):
    """Who says nothing, begins and stops, or dawdles, is sent away after the handshake's time."""
    source = next(addresses)
    begun = time.monotonic()
    kinds = [b"", PREFACE[:10], PREFACE, PREFACE + frame(SETTINGS, payload=settings((3, 1)))[:11], None]
    crowd = []

    def attack():
        for number in range(count):
            sock = connect(server.port, source)
            kind = kinds[number % len(kinds)]
            sock.sendall(HELLO[:1] if kind is None else kind)
            crowd.append((sock, kind))
        left = list(crowd)
        step = 1
        while left and time.monotonic() < begun + 60:
            time.sleep(0.25)
            for sock, kind in left:
                if kind is None:  # slowloris: a byte now and then
                    try:
                        sock.send(HELLO[step:step + 1])
                    except OSError:
                        pass
            step = min(step + 1, len(PREFACE) - 1)
            left = [(sock, kind) for sock, kind in left if not closed_by_peer(sock)]
        check(f"{count} silent openers are sent away", not left, f"{len(left)} are still there")

    watch(f"{count} silent and slow openers", attack)
    for sock, _ in crowd:
        sock.close()


def slow_requests(server, watch, count):
    """A request that never comes to its end: half a frame, half a header block, half a message."""
    source = next(addresses)
    whole = opening(SERVICE + "UnaryCall")
    kinds = [whole[:20], frame(HEADERS, 0, 1, block(fields())), whole, whole + frame(DATA, 0, 1, message(b"x", length=1000))]
    crowd = []

    def attack():
        for number in range(count):
            sock = connect(server.port, source)
            sock.sendall(HELLO + kinds[number % len(kinds)])
            crowd.append(sock)

    watch(f"{count} requests without end", attack, allowed=count * 20)
    for sock in crowd:
        sock.close()


def vanishing(server, watch, count):
    """Clients that go in the middle of a stream, with a word or without."""
    source = next(addresses)
    before = server.descriptors()
    request = opening(SERVICE + "StreamingOutputCall") + frame(DATA, 1, 1, message(nested(2, number(1, 1000) + number(2, 1000)) * 1000))

    def attack():
        crowd = []
        for _ in range(count):
            sock = connect(server.port, source)
            sock.sendall(HELLO + request)
            crowd.append(sock)
        for number, sock in enumerate(crowd):
            if number % 2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        until("the descriptors of those who have gone come back", lambda: server.descriptors() <= before + 8)

    watch(f"{count} clients that vanish in mid-stream", attack, allowed=None)


def idle(server, watch, count):
    """Connections on which nothing happens."""
    source = next(addresses)
    crowd = []
    before, descriptors = server.memory(), server.descriptors()

    def attack():
        for _ in range(count):
            sock = connect(server.port, source)
            sock.sendall(HELLO)
            crowd.append(sock)
        # As many as may be left of the crowd before: they may go meanwhile.
        until(f"{count} idle connections are open", lambda: server.descriptors() >= descriptors + count - 8)
        for sock in crowd:
            sock.recv(9)
            sock.sendall(frame(SETTINGS, ACK))

    watch(f"{count} idle connections", attack, allowed=count * 15)
    each = (server.memory() - before) / count
    check(f"{count} idle connections: at most 15 KiB each", each <= 15, f"{each:.1f} KiB")
    closing = [sock for sock in crowd if closed_by_peer(sock)]
    check(f"{count} idle connections stay", not closing, len(closing))
    for sock in crowd:
        sock.close()
    until("their descriptors come back", lambda: server.descriptors() <= descriptors + 8)
    return each


def in_sequence(server, watch, count):
    """One connection after the other."""
    source = next(addresses)
    before = server.descriptors()

    def attack():
        for number in range(count):
            sock = connect(server.port, source)
            sock.sendall(HELLO)
            if number % 2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        until("all have gone", lambda: server.descriptors() <= before + 8)

    watch(f"{count} connections one after the other", attack)


def run(server, watch):
    most = raise_descriptor_limit() - 500
    silent(server, watch, min(500, most))
    slow_requests(server, watch, min(200, most))
    vanishing(server, watch, min(500, most))
    in_sequence(server, watch, 10_000)


def run_idle(server, watch):
    """On a server that is new: what others have given back would hide what these take."""
    most = raise_descriptor_limit() - 500
    for count in (min(2_000, most), min(10_000, most)):
        print(f"    {count} idle connections: {idle(server, watch, count):.1f} KiB each", flush=True)
