"""Lesson 05's client in Python, with grpcio's synchronous API: one function a step."""

import secrets
import threading
import time

import lesson
import grpc
import relay_pb2
import relay_pb2_grpc

USAGE = """
usage: client STEP [options] [--target HOST:PORT] [--timeout D]

  metadata [--token T]          the three places of metadata, duplicates, bytes, a token
  deadline [--work D]           the client's deadline (500ms) against work of 2s
  cap [--work D]                the server's own limit (server --max-time) against work of 2s
  cancel [--after D] [--work D] cancels work of 10s after D, or on Ctrl-C
  ledgers                       two calls in the eyes of both ends
  channel [--watch D]           states, two stubs on one channel; watches them for D
  relay [--via A,B] [PATH]      hashes PATH at the target, then at each hop that follows

  --request-id ID               under which the servers write the call down (random)
  --work D                      how long a step, or each hop, works
  --target HOST:PORT            the server (127.0.0.1:50051)
  --timeout D                   the call's deadline

example: client relay --via 127.0.0.1:50052,127.0.0.1:50053 Shared
"""

DEFAULT_TIMEOUT = {
    "metadata": "5s",
    "deadline": "500ms",
    "cap": "5s",
    "cancel": "30s",
    "ledgers": "300ms",
    "channel": "5s",
    "relay": "5s",
}
DEFAULT_WORK = {"cancel": "10s", "relay": "200ms"}


# --- metadata ---------------------------------------------------------------


class ShowToken(grpc.UnaryUnaryClientInterceptor):
    """Adds the token to every call of a channel."""

    def __init__(self, token):
        self.field = ("authorization", f"Bearer {token}")

    def intercept_unary_unary(self, continuation, call, request):
        return continuation(call._replace(metadata=[*(call.metadata or ()), self.field]), request)


def authorized(channel, options):
    """A stub whose calls show the token: a view of the same channel, over the same connection."""
    return relay_pb2_grpc.RelayStub(grpc.intercept_channel(channel, ShowToken(options.token)))


def metadata(channel, options):
    stub = relay_pb2_grpc.RelayStub(channel)
    sent = [
        ("note", "first"),
        ("note", "second"),
        ("request-id", options.request_id),
        ("trace-bin", bytes([0x00, 0x01, 0xFE, 0xFF])),
    ]
    description, call = authorized(channel, options).Describe.with_call(
        relay_pb2.DescribeRequest(), metadata=sent, timeout=options.timeout
    )
    show("request metadata, as the server saw it", [(f.key, f.value) for f in description.metadata])
    show("initial metadata", call.initial_metadata())
    show("trailing metadata", call.trailing_metadata())
    print("without a token")
    try:
        stub.Describe(relay_pb2.DescribeRequest(), timeout=options.timeout)
    except grpc.RpcError as error:
        print(f"  {error.code().name}: {error.details()}")
        if not ours(error.initial_metadata()):
            print("  no initial metadata: the status came alone (trailers only)")
    print("refused before the call")
    for key in ("Note", "grpc-note"):
        print(f"  {key}: {refusal(stub, key, options)}")


def show(title, fields):
    print(title)
    for key, value in sorted(ours(fields), key=lambda field: field[0]):
        if key.endswith("-bin"):
            value = value.hex(" ")
        elif isinstance(value, bytes):
            value = value.decode(errors="replace")
        print(f"  {key}: {value}")


def ours(fields):
    """Metadata without what the transport adds."""
    added = ("content-type", "server", "date", "accept-encoding")
    return [(key, value) for key, value in fields or () if key not in added and not key.startswith("grpc-")]


def refusal(stub, key, options):
    """Why a key is refused. grpcio refuses upper case itself, and would send grpc-note."""
    if key.startswith("grpc-"):
        return "keys that begin with grpc- are reserved for gRPC"
    try:
        stub.Describe(relay_pb2.DescribeRequest(), metadata=[(key, "x")], timeout=options.timeout)
    except (ValueError, grpc.RpcError) as error:
        words = error.details() if isinstance(error, grpc.RpcError) else str(error).splitlines()[0]
        return f"keys are lower case (grpcio says: {words})"
    return "grpcio sent it"


# --- deadline, cap, cancel --------------------------------------------------


def work(channel, options):
    """The steps `deadline` and `cap`: one call, whose end is the result."""
    call = start_work(channel, options)
    print(f"done: {next(call).units} units of work")


def start_work(channel, options):
    """Starts the call and prints what the server announces before it works.

    grpcio hands over the initial metadata of a unary call only when the call ends. On
    the wire a unary call is a stream of one response, so we make it as one.
    """
    method = channel.unary_stream(
        "/relay.Relay/Work",
        request_serializer=relay_pb2.WorkOrder.SerializeToString,
        response_deserializer=relay_pb2.WorkDone.FromString,
    )
    order = relay_pb2.WorkOrder(work_ms=int(options.work * 1000))
    call = method(order, timeout=options.timeout, metadata=[("request-id", options.request_id)])
    announced = dict(call.initial_metadata() or ())
    if announced or not call.done():
        remaining, cap, allowed = (
            f"{announced[key]} ms" if key in announced else "none" for key in ("remaining-ms", "cap-ms", "allowed-ms")
        )
        print(f"remaining {remaining}, cap {cap}, allowed {allowed}", flush=True)
    return call


def cancel(channel, options):
    call = start_work(channel, options)
    after = threading.Timer(options.after, call.cancel) if options.after is not None else None
    try:
        if after:
            after.start()
        print(f"done: {next(call).units} units of work")
        return 0
    except KeyboardInterrupt:
        call.cancel()
        message = "interrupted by Ctrl-C"
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.CANCELLED or after is None:
            raise
        message = f"cancelled after {options.text_of('after')} (--after)"
    stub = relay_pb2_grpc.RelayStub(channel)
    entry = look_up(stub, options.request_id)
    print(f"ledger: {entry.verdict} after {entry.units} units", flush=True)
    time.sleep(0.2)
    entry = look_up(stub, options.request_id)
    print(f"200 ms later: still {entry.units} units")
    return lesson.report(grpc.StatusCode.CANCELLED, message)


def look_up(stub, request_id):
    """The server's verdict, once it has one."""
    for _ in range(500):
        entry = stub.LookUp(relay_pb2.LedgerQuery(request_id=request_id), timeout=5)
        if entry.verdict != "RUNNING":
            break
        time.sleep(0.01)
    return entry


# --- ledgers ----------------------------------------------------------------


def ledgers(channel, options):
    stub = relay_pb2_grpc.RelayStub(channel)
    late_reply(stub, options)
    options.request_id = secrets.token_hex(4)
    enough(stub, options)


def late_reply(stub, options):
    """The server commits at once, and its reply comes after the client's deadline."""
    limit = int(options.timeout * 1000)
    order = relay_pb2.WorkOrder(work_ms=min(100, limit // 3), hold_ms=2 * limit)
    started = time.monotonic()
    code = grpc.StatusCode.OK
    try:
        stub.Work(order, timeout=options.timeout, metadata=[("request-id", options.request_id)])
    except grpc.RpcError as error:
        code = error.code()
        if code is not grpc.StatusCode.DEADLINE_EXCEEDED:
            raise
    print(f"request-id {options.request_id}")
    print(f"  client: {code.name} after {elapsed(started)} ms", flush=True)
    try:
        entry = look_up(stub, options.request_id)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            raise
        print("  server: knows of no such call")  # the deadline was so short that it never went out
        return
    print(f"  server: {entry.verdict} after {entry.elapsed_ms} ms, {entry.units} units committed")


def enough(stub, options):
    """The server has enough after three of ten items, and answers."""
    sent = 0
    answered = threading.Event()

    def items():
        nonlocal sent
        for number in range(1, 11):
            yield relay_pb2.Item(number=number, enough=3)
            sent = number
            if answered.wait(0.1):
                return

    started = time.monotonic()
    call = stub.Collect.future(items(), timeout=10, metadata=[("request-id", options.request_id)])
    try:
        call.result()
    finally:
        after = elapsed(started)
        answered.set()
    print(f"request-id {options.request_id}")
    print(f"  client: {call.code().name} after {after} ms, {sent} of 10 items sent")
    entry = look_up(stub, options.request_id)
    print(f"  server: {entry.verdict} after {entry.elapsed_ms} ms, {entry.units} items taken")


def elapsed(started):
    return int(1000 * (time.monotonic() - started))


# --- channel ----------------------------------------------------------------


class States:
    """The channel's states, as grpcio reports them: by a thread, which may miss a short one."""

    def __init__(self, channel):
        self.seen, self.report = [], None
        self.changed = threading.Condition()
        channel.subscribe(self.change, try_to_connect=False)
        self.wait_for("IDLE")

    def change(self, state):
        with self.changed:
            self.seen.append(state.name)
            self.changed.notify_all()
        if self.report:
            self.report(f"state {state.name}")

    def wait_for(self, *names):
        with self.changed:
            self.changed.wait_for(lambda: self.seen and self.seen[-1] in names, timeout=2)


def channel(channel, options):
    states = States(channel)  # IDLE: nothing has been sent
    stubs = [authorized(channel, options) for _ in range(2)]
    try:
        peers = [describe(stub, options).peer for stub in stubs]
    except grpc.RpcError:
        states.wait_for("TRANSIENT_FAILURE")
        print("states " + ", ".join(states.seen))
        raise
    states.wait_for("READY")
    print("states " + ", ".join(states.seen))
    print(f"first stub: connection from {peers[0]}\nsecond stub: connection from {peers[1]}")
    print("one connection" if peers[0] == peers[1] else "two connections", flush=True)
    if options.watch:
        watch(stubs[0], states, options)


def watch(stub, states, options):
    started = time.monotonic()
    last = "OK"

    def report(text):
        # One write: two threads report.
        print(f"+{time.monotonic() - started:.1f} s {text}\n", end="", flush=True)

    states.report = report
    while time.monotonic() - started < options.watch:
        try:
            describe(stub, options)
            outcome = "OK"
        except grpc.RpcError as error:
            outcome = error.code().name
        if outcome != last:
            report(f"call {outcome}")
            last = outcome
        time.sleep(0.2)


def describe(stub, options):
    return stub.Describe(relay_pb2.DescribeRequest(), timeout=options.timeout)


# --- relay ------------------------------------------------------------------


def relay(channel, options):
    stub = relay_pb2_grpc.RelayStub(channel)
    journey = relay_pb2.Journey(
        path="".join(options.positional[1:]), via=options.via or [], work_ms=int(options.work * 1000)
    )
    print(f"request-id {options.request_id}", flush=True)
    call = stub.Forward.future(journey, timeout=options.timeout, metadata=[("request-id", options.request_id)])
    for number, hop in enumerate(call.result().hops, 1):
        print(
            f"hop {number} {hop.address} {hop.language} remaining {hop.remaining_ms} ms, worked {hop.worked_ms} ms, "
            f"{hop.files} files, {hop.bytes} bytes, crc32 {hop.crc32:08x}"
        )


STEPS = {
    "metadata": metadata,
    "deadline": work,
    "cap": work,
    "cancel": cancel,
    "ledgers": ledgers,
    "channel": channel,
    "relay": relay,
}


def main(arguments):
    table = lesson.CLIENT | {
        "token": (lesson.words, "sesame"),
        "request-id": (lesson.words, secrets.token_hex(4)),
        "work": (lesson.duration, None),
        "after": (lesson.duration, None),
        "watch": (lesson.duration, "0s"),
        "via": (lesson.words_list, None),
        "timeout": (lesson.timeout, None),
    }
    options = lesson.parse(USAGE, table, arguments, positional=2)
    step = options.positional[0] if options.positional else ""
    if step not in STEPS or (step != "relay" and len(options.positional) > 1):
        raise lesson.UsageError(f"a step is one of {', '.join(STEPS)} (--help explains)")
    if options.timeout is None:
        options.texts["timeout"] = DEFAULT_TIMEOUT[step]
        options.timeout = lesson.timeout(DEFAULT_TIMEOUT[step])
    if options.work is None:
        options.work = lesson.duration(DEFAULT_WORK.get(step, "2s"))
    started = time.monotonic()
    with grpc.insecure_channel(options.target) as connection:
        try:
            return STEPS[step](connection, options)
        except grpc.RpcError as error:
            return lesson.report(error.code(), error.details(), options, started)


lesson.main(main)
