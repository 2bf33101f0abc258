"""Lesson 02's client in Python, with grpcio's synchronous API.

The call is an iterator of messages. Whoever stops early cancels it.
"""

import time

import lesson
import grpc
import finder_pb2
import finder_pb2_grpc

USAGE = """
usage: client [find] TEXT [PATH] [--limit N] [--delay D] [--times] [--target HOST:PORT] [--timeout D]
       client follow PATH [--limit N] [--delay D] [--times] [--target HOST:PORT] [--timeout D]

  TEXT                 the text to find, byte for byte
  PATH                 a folder or file below the server's root (all of it)
  --limit N            stop after N results, and with it the server's work
  --delay D            wait after each result: a slow reader (0s)
  --times              say in front of each result when it came
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (10m for find, none for follow)

example: client TODO src --limit 10
"""


def main(arguments):
    table = lesson.CLIENT | {
        "limit": (lesson.count, None),
        "delay": (lesson.duration, "0s"),
        "times": (None, None),
        "timeout": (lesson.timeout, None),
    }
    options = lesson.parse(USAGE, table, arguments, positional=3)
    command, values = "find", options.positional
    if values[:1] in (["find"], ["follow"]) and len(values) > 1:
        command, *values = values
    if not values or len(values) > (2 if command == "find" else 1):
        raise lesson.UsageError("usage: client [find] TEXT [PATH], or client follow PATH (--help explains)")
    if command == "find" and options.timeout is None:
        options.timeout, options.texts["timeout"] = lesson.timeout("10m"), "10m"

    started = time.monotonic()

    def so_far():
        return f"+{(time.monotonic() - started) * 1000:.0f} ms  " if options.times else ""

    with grpc.insecure_channel(options.target) as channel:
        stub = finder_pb2_grpc.FinderStub(channel)
        if command == "find":
            results = stub.Find(finder_pb2.Query(text=values[0], path="".join(values[1:])), timeout=options.timeout)
        else:
            results = stub.Follow(finder_pb2.File(path=values[0]), timeout=options.timeout)
        try:
            for number, result in enumerate(results, 1):
                print(so_far() + line_of(result), flush=True)
                if number == options.limit:
                    results.cancel()
                    break
                time.sleep(options.delay)
        except grpc.RpcError as error:
            return lesson.report(error.code(), error.details(), options, started)
    if options.times and command == "find":
        lesson.note(so_far() + "the search is over")


def line_of(result):
    if isinstance(result, finder_pb2.Line):
        return result.text
    if result.binary:
        return f"{result.file}: binary file matches"
    return f"{result.file}:{result.line}:{result.text}"


lesson.main(main)
