"""Lesson 01's client in Python, with grpcio's synchronous API.

Even the synchronous API can have many calls open at once: `future` starts a call
and returns, `result` waits for it. `--blocking` makes them one after the other.
"""

import sys
import time

import lesson
import grpc
import greeter_pb2
import greeter_pb2_grpc

USAGE = """
usage: client [--target HOST:PORT] [--name TEXT]... [--repeat N] [--blocking] [--timeout D]

  --target HOST:PORT   the server (127.0.0.1:50051)
  --name TEXT          whom to greet; repeatable; - reads names from standard input, one a line (world)
  --repeat N           how often each name is greeted (1)
  --blocking           one call after the other, not all at once
  --timeout D          the deadline of each call (10s)

example: client --name Ada --name Grace
"""


def names(options):
    for name in options.name or ["world"]:
        for one in read_names() if name == "-" else [name]:
            yield from [one] * options.repeat


def read_names():
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise lesson.UsageError("standard input is not UTF-8") from None
    return text.removesuffix("\n").split("\n")


def main(arguments):
    table = lesson.CLIENT | {
        "name": ([lesson.words], None),
        "repeat": (lesson.count, "1"),
        "blocking": (None, None),
        "timeout": (lesson.timeout, "10s"),
    }
    options = lesson.parse(USAGE, table, arguments)
    requests = [greeter_pb2.HelloRequest(name=name) for name in names(options)]
    started = time.monotonic()
    with grpc.insecure_channel(options.target) as channel:
        stub = greeter_pb2_grpc.GreeterStub(channel)
        try:
            if options.blocking:
                for request in requests:
                    started = time.monotonic()
                    print(stub.SayHello(request, timeout=options.timeout).message)
            else:
                calls = [stub.SayHello.future(request, timeout=options.timeout) for request in requests]
                for call in calls:
                    print(call.result().message)
        except grpc.RpcError as error:
            return lesson.report(error.code(), error.details(), options, started)


lesson.main(main)
