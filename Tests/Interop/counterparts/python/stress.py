"""What users of grpcio do to a server, beyond the interop cases.

    stress.py SERVER [ARGUMENTS…]     starts the server itself, since it restarts it, too
"""

import asyncio
import socket
import subprocess
import sys
import threading

import grpc
import grpc.aio
import messages_pb2 as messages
import test_pb2_grpc

MEGABYTE = 1 << 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, command, port):
        self.process = subprocess.Popen(
            [*command, f"--port={port}"], stdout=subprocess.PIPE, text=True
        )
        self.process.stdout.readline()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, self.process.returncode


def payload(size):
    return messages.Payload(body=bytes(size))


def stub(port, **options):
    arguments = [("grpc.use_local_subchannel_pool", 1), *options.pop("arguments", [])]
    return test_pb2_grpc.TestServiceStub(
        grpc.insecure_channel(f"127.0.0.1:{port}", options=arguments, **options)
    )


def compressed(port):
    """gzip on every message of every kind of call."""
    test = stub(port, compression=grpc.Compression.Gzip)
    request = messages.SimpleRequest(
        response_size=100_000,
        payload=payload(100_000),
        expect_compressed=messages.BoolValue(value=True),
        response_compressed=messages.BoolValue(value=True),
    )
    for _ in range(20):
        assert len(test.UnaryCall(request).payload.body) == 100_000
    inputs = [
        messages.StreamingInputCallRequest(
            payload=payload(50_000), expect_compressed=messages.BoolValue(value=True)
        )
        for _ in range(50)
    ]
    assert test.StreamingInputCall(iter(inputs)).aggregated_payload_size == 2_500_000
    parameters = messages.ResponseParameters(
        size=50_000, compressed=messages.BoolValue(value=True)
    )
    duplex = messages.StreamingOutputCallRequest(response_parameters=[parameters] * 5)
    assert len(list(test.FullDuplexCall(iter([duplex] * 20)))) == 100


def concurrent(port):
    """A thousand calls at a time on one connection, four times what it takes at once."""

    async def run():
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            test = test_pb2_grpc.TestServiceStub(channel)
            request = messages.SimpleRequest(response_size=1_000, payload=payload(1_000))
            answers = await asyncio.gather(*(test.UnaryCall(request) for _ in range(1_000)))
            assert all(len(answer.payload.body) == 1_000 for answer in answers)

    asyncio.run(run())


def large_streams(port):
    """100 MB in each direction, and both at a time."""
    test = stub(port)
    up = (messages.StreamingInputCallRequest(payload=payload(MEGABYTE)) for _ in range(100))
    assert test.StreamingInputCall(up).aggregated_payload_size == 100 * MEGABYTE
    parameters = [messages.ResponseParameters(size=MEGABYTE)] * 100
    down = test.StreamingOutputCall(
        messages.StreamingOutputCallRequest(response_parameters=parameters)
    )
    assert sum(len(answer.payload.body) for answer in down) == 100 * MEGABYTE
    both = messages.StreamingOutputCallRequest(
        response_parameters=parameters[:1], payload=payload(MEGABYTE)
    )
    answers = test.FullDuplexCall(both for _ in range(100))
    assert sum(len(answer.payload.body) for answer in answers) == 100 * MEGABYTE


def large_metadata(port):
    """8 KiB of metadata, there and back."""
    value = "x" * 3_900
    binary = bytes(range(256)) * 11
    sent = [("x-grpc-test-echo-initial", value), ("x-grpc-test-echo-trailing-bin", binary)]
    _, call = stub(port).UnaryCall.with_call(messages.SimpleRequest(), metadata=sent)
    assert ("x-grpc-test-echo-initial", value) in [tuple(each) for each in call.initial_metadata()]
    received = [tuple(each) for each in call.trailing_metadata()]
    assert ("x-grpc-test-echo-trailing-bin", binary) in received


def keepalive(port):
    """PINGs every half second, during a call that is silent for three."""
    arguments = [
        ("grpc.keepalive_time_ms", 500),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    parameters = [messages.ResponseParameters(size=1, interval_us=3_000_000)]
    request = messages.StreamingOutputCallRequest(response_parameters=parameters)
    assert len(list(stub(port, arguments=arguments).StreamingOutputCall(request))) == 1


def restart(command):
    """A channel from before the server's start, and from before its restart."""
    port = free_port()
    test = stub(port, arguments=[("grpc.max_reconnect_backoff_ms", 1_000)])
    request = messages.SimpleRequest(response_size=10)
    early = test.UnaryCall.future(request, wait_for_ready=True, timeout=60)
    for _ in range(3):
        server = Server(command, port)
        assert len(test.UnaryCall(request, wait_for_ready=True, timeout=60).payload.body) == 10
        server.stop()
    assert len(early.result().payload.body) == 10


def main(command):
    port = free_port()
    server = Server(command, port)
    for test in (compressed, concurrent, large_streams, large_metadata, keepalive):
        # A hang is a failure, too.
        timer = threading.Timer(110, lambda: server.process.kill())
        timer.start()
        test(port)
        timer.cancel()
        print(f"{test.__name__}: passed", flush=True)
    server.stop()
    restart(command)
    print("restart: passed", flush=True)


main(sys.argv[1:])
