"""Lesson 01's server in Python, with grpcio's synchronous API."""

import time
from concurrent import futures

import lesson
import grpc
import greeter_pb2
import greeter_pb2_grpc

USAGE = """
usage: server [--host H] [--port P] [--delay D] [--grace D]

  --host H    the address to listen on (127.0.0.1)
  --port P    the port; 0 picks a free one (50051)
  --delay D   how long each reply waits, such as 100ms (0s)
  --grace D   how long calls may go on after Ctrl-C (5s)

example: server --port 0 --delay 100ms
"""


class Greeter(greeter_pb2_grpc.GreeterServicer):
    def __init__(self, delay):
        self.delay = delay

    def SayHello(self, request, context):
        if not request.name:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "name is empty")
        time.sleep(self.delay)
        return greeter_pb2.HelloReply(message=f"Hello, {request.name}!")


def main(arguments):
    options = lesson.parse(USAGE, lesson.SERVER | {"delay": (lesson.duration, "0s")}, arguments)
    # Each call holds one thread for as long as it lasts.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=100), options=lesson.SERVER_OPTIONS)
    greeter_pb2_grpc.add_GreeterServicer_to_server(Greeter(options.delay), server)
    return lesson.serve(server, options)


lesson.main(main)
