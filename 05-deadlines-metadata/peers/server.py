"""Lesson 05's server in Python, with grpcio's synchronous API.

Nothing travels by itself here: each call that a handler makes is given the remaining
time and the request id by hand, and is cancelled by hand when the incoming call is.
"""

import collections
import math
import os
import stat
import time
import zlib
from concurrent import futures

import files
import lesson
import grpc
import relay_pb2
import relay_pb2_grpc

USAGE = """
usage: server [--max-time D] [--token T] [--root DIR] [--host H] [--port P] [--grace D]

  --max-time D   this server's own limit for a call, whatever the client allows (none)
  --token T      the token that Describe asks for (sesame)
  --root DIR     the folder whose files are hashed (.)
  --host H       the address to listen on (127.0.0.1)
  --port P       the port; 0 picks a free one (50051)
  --grace D      how long calls may go on after Ctrl-C (5s)

example: server --port 0 --max-time 500ms
"""

UNIT = 0.01
MOST_HOPS = 8
MOST_HOLD = 60_000
LEDGER_LENGTH = 1000
TRANSPORT_KEYS = {"user-agent", "content-type", "te", "accept-encoding"}


class Ended(Exception):
    """A handler's verdict other than OK."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Budget:
    """What is left for a call: the smaller of the client's deadline and the server's own limit."""

    def __init__(self, context, limit, limit_text):
        remaining = context.time_remaining()
        # grpcio says "no deadline" with None, and in some versions with a very large number.
        self.remaining = remaining if remaining is not None and remaining < 1e9 else None
        self.limit, self.limit_text = limit, limit_text
        self.context = context
        self.ends = None if limit is None else time.monotonic() + limit

    def check(self):
        """Raises when the call is over; whoever works asks often."""
        if self.ends is not None and time.monotonic() >= self.ends:
            if self.remaining is None or self.limit < self.remaining:
                message = f"the server's own limit of {self.limit_text} has passed (server --max-time)"
                raise Ended(grpc.StatusCode.DEADLINE_EXCEEDED, message)
        left = self.context.time_remaining()
        if self.remaining is not None and left is not None and left <= 0:
            raise Ended(grpc.StatusCode.DEADLINE_EXCEEDED, "the client's deadline has passed")
        if not self.context.is_active():
            raise Ended(grpc.StatusCode.CANCELLED, "the client has cancelled")

    def left(self):
        """Seconds that remain; None when nothing limits the call."""
        limits = [] if self.ends is None else [self.ends - time.monotonic()]
        if self.remaining is not None:
            limits.append(self.context.time_remaining())
        return max(min(limits), 0) if limits else None

    def metadata(self):
        """The announcement of a step that works."""
        known = [
            ("remaining-ms", self.remaining),
            ("cap-ms", self.limit),
            ("allowed-ms", min((t for t in (self.remaining, self.limit) if t is not None), default=None)),
        ]
        return [(key, str(milliseconds(value))) for key, value in known if value is not None]


class Entry:
    """One line of the ledger: what this server thinks of one call."""

    def __init__(self, request_id, method, budget):
        self.request_id, self.method = request_id, method
        self.started, self.stopped = time.monotonic(), None
        self.verdict, self.units = "RUNNING", 0
        self.remaining = budget.remaining

    def close(self, verdict):
        self.stopped = time.monotonic()
        self.verdict = verdict
        if self.request_id:
            lesson.note(f"{self.method} {self.request_id}: {verdict} after {self.units} units")


class TokenCheck(grpc.ServerInterceptor):
    """Describe is only for callers who show the token.

    An interceptor chooses the handler of a call, before the call has begun: this one takes
    a handler that refuses, so the status is all that goes back (trailers only).
    """

    def __init__(self, token):
        self.expected = f"Bearer {token}"

    def intercept_service(self, continuation, call):
        shown = dict(call.invocation_metadata).get("authorization")
        if call.method != "/relay.Relay/Describe" or shown == self.expected:
            return continuation(call)
        message = "wrong token" if shown else "no token; send the metadata authorization: Bearer TOKEN"
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, message)
        )


class Relay(relay_pb2_grpc.RelayServicer):
    def __init__(self, options, root):
        self.options, self.root = options, root
        self.ledger = collections.OrderedDict()

    # Each handler runs inside an entry of the ledger, which gets its verdict.
    def begin(self, context, method):
        budget = Budget(context, self.options.max_time, self.options.text_of("max-time"))
        request_id = dict(context.invocation_metadata()).get("request-id", "")
        entry = Entry(request_id, method, budget)
        if request_id:
            self.ledger[request_id] = entry
            self.ledger.move_to_end(request_id)
            while len(self.ledger) > LEDGER_LENGTH:
                self.ledger.popitem(last=False)
        return budget, entry

    def end(self, context, entry, ended):
        entry.close(ended.code.name)
        context.abort(ended.code, ended.message)

    def Describe(self, request, context):
        metadata = context.invocation_metadata()
        context.send_initial_metadata(
            [("served-by", "relay")] + [(key, value) for key, value in metadata if key == "request-id"]
        )
        context.set_trailing_metadata(
            [("cost", "1"), ("cost", "2")] + [("echo-bin", value) for key, value in metadata if key == "trace-bin"]
        )
        fields = [
            relay_pb2.MetadataField(key=key, value=value if isinstance(value, bytes) else value.encode())
            for key, value in sorted(metadata, key=lambda field: field[0])
            if key not in TRANSPORT_KEYS and not key.startswith("grpc-")
        ]
        return relay_pb2.Description(metadata=fields, peer=host_and_port(context.peer()))

    def Work(self, request, context):
        budget, entry = self.begin(context, "Work")
        context.send_initial_metadata(budget.metadata())
        try:
            begun = time.monotonic()
            while entry.units < request.work_ms / (1000 * UNIT):
                budget.check()
                entry.units += 1
                time.sleep(max(begun + entry.units * UNIT - time.monotonic(), 0))
            budget.check()
        except Ended as ended:
            self.end(context, entry, ended)
        # The work is committed; what becomes of the reply does not change that.
        time.sleep(min(request.hold_ms, MOST_HOLD) / 1000)
        entry.close("OK")
        return relay_pb2.WorkDone(units=entry.units)

    def Collect(self, items, context):
        _, entry = self.begin(context, "Collect")
        enough = 0
        for item in items:
            enough = enough or max(item.enough, 1)
            entry.units += 1
            if entry.units >= enough:
                break  # whether or not the client has sent all
        else:
            if not context.is_active():
                self.end(context, entry, Ended(grpc.StatusCode.CANCELLED, "the client has cancelled"))
        entry.close("OK")
        return relay_pb2.Collected(items=entry.units)

    def LookUp(self, request, context):
        entry = self.ledger.get(request.request_id)
        if entry is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no call with the request-id {request.request_id}")
        return relay_pb2.LedgerEntry(
            request_id=entry.request_id,
            method=entry.method,
            verdict=entry.verdict,
            units=entry.units,
            elapsed_ms=int(1000 * ((entry.stopped or time.monotonic()) - entry.started)),
            remaining_ms=milliseconds(entry.remaining),
        )

    def Forward(self, request, context):
        budget, entry = self.begin(context, "Forward")
        try:
            if len(request.via) >= MOST_HOPS:
                raise Ended(grpc.StatusCode.INVALID_ARGUMENT, f"a journey has at most {MOST_HOPS} hops")
            hop = self.hash_files(request, budget, entry)
            hops = [hop] + (self.pass_on(request, context, budget, entry) if request.via else [])
        except files.PathError as error:
            self.end(context, entry, Ended(error.code, error.message))
        except Ended as ended:
            self.end(context, entry, ended)
        entry.close("OK")
        return relay_pb2.Waterfall(hops=hops)

    def hash_files(self, request, budget, entry):
        """Hashes what is below the path, again and again until the time is up; reports the first pass."""
        real, information = files.resolve(self.root, request.path)
        if not (stat.S_ISREG(information.st_mode) or stat.S_ISDIR(information.st_mode)):
            message = f"{request.path} is not a regular file or a folder"
            raise Ended(grpc.StatusCode.INVALID_ARGUMENT, message)
        begun = time.monotonic()
        report = relay_pb2.Hop(
            address=lesson.address(self.options.host, self.options.port),
            language="python",
            request_id=entry.request_id,
            remaining_ms=milliseconds(budget.remaining),
        )
        first = True
        while first or time.monotonic() - begun < request.work_ms / 1000:
            visited = 0
            for path, _ in files.walk(real, files.shown(request.path)):
                visited += 1
                size, checksum = hash_file(path, report.crc32 if first else 0, budget)
                entry.units += 1
                if first:
                    report.files, report.bytes, report.crc32 = visited, report.bytes + size, checksum
                elif time.monotonic() - begun >= request.work_ms / 1000:
                    break
            if visited == 0:  # nothing to hash: do not spin
                budget.check()
                time.sleep(UNIT)
            first = False
        report.worked_ms = int(1000 * (time.monotonic() - begun))
        return report

    def pass_on(self, request, context, budget, entry):
        """Calls the next hop: with the time that remains, the request id, and our caller's patience.

        A production relay would keep its channels, and would not call wherever a client says.
        """
        budget.check()
        following, *via = request.via
        journey = relay_pb2.Journey(path=request.path, via=via, work_ms=request.work_ms)
        metadata = [("request-id", entry.request_id)] if entry.request_id else []
        with grpc.insecure_channel(following) as channel:
            call = relay_pb2_grpc.RelayStub(channel).Forward.future(
                journey, timeout=budget.left(), metadata=metadata
            )
            if not context.add_callback(call.cancel):  # already over
                call.cancel()
            try:
                return list(call.result().hops)
            except grpc.FutureCancelledError:
                budget.check()
                raise Ended(grpc.StatusCode.CANCELLED, "the client has cancelled") from None
            except grpc.RpcError as error:
                budget.check()  # our own deadline says it better
                message = error.details()
                if "Connection refused" in message:  # grpcio's own words are long
                    message = "connection refused"
                raise Ended(error.code(), f"hop {following}: {message}") from None


def hash_file(path, checksum, budget):
    size = 0
    try:
        with files.open_regular(path) as file:
            while block := file.read(1 << 16):
                budget.check()
                size += len(block)
                checksum = zlib.crc32(block, checksum)
    except OSError as error:
        lesson.note(f"skipped {os.fsdecode(path)}: {error.strerror}")
    budget.check()
    return size, checksum


def milliseconds(seconds):
    """Rounded up; 0 stands for none."""
    return 0 if seconds is None else max(math.ceil(seconds * 1000), 1)


def host_and_port(peer):
    """ipv4:127.0.0.1:41000 → 127.0.0.1:41000"""
    return peer.partition(":")[2].replace("%5B", "[").replace("%5D", "]")


def main(arguments):
    table = lesson.SERVER | {
        "max-time": (lesson.timeout, None),
        "token": (lesson.words, "sesame"),
        "root": (lesson.words, "."),
    }
    options = lesson.parse(USAGE, table, arguments)
    # Every hop on the way holds a thread while the next one works.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=100),
        interceptors=[TokenCheck(options.token)],
        options=lesson.SERVER_OPTIONS,
    )
    relay_pb2_grpc.add_RelayServicer_to_server(Relay(options, files.root_folder(options.root)), server)
    return lesson.serve(server, options)


lesson.main(main)
