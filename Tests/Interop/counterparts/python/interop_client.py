"""gRPC's interop client in Python, with grpcio's synchronous API."""

import argparse
import queue
import sys
import time

import grpc
import empty_pb2
import messages_pb2
import test_pb2_grpc

REQUEST, RESPONSE = 271828, 314159
REQUESTS, RESPONSES = (27182, 8, 1828, 45904), (31415, 9, 2653, 58979)
WHITESPACE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
INITIAL = ("x-grpc-test-echo-initial", "test_initial_metadata_value")
TRAILING = ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab")


def expect(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {got!r}")


def expect_status(call, code, message=None):
    try:
        call()
    except grpc.RpcError as error:
        expect(error.code(), code, "status")
        if message is not None:
            expect(error.details(), message, "status message")
        return
    raise AssertionError(f"expected {code}, got OK")


def payload(size):
    return messages_pb2.Payload(body=bytes(size))


def large(size=REQUEST, response=RESPONSE, **fields):
    return messages_pb2.SimpleRequest(response_size=response, payload=payload(size), **fields)


def ping(request, response):
    return messages_pb2.StreamingOutputCallRequest(
        response_parameters=[messages_pb2.ResponseParameters(size=response)],
        payload=payload(request),
    )


def flag(value):
    return messages_pb2.BoolValue(value=value)


class Requests:
    """Requests that are sent when they are put in."""

    def __init__(self):
        self.queue = queue.Queue()
        self.put = self.queue.put

    def finish(self):
        self.queue.put(None)

    def __iter__(self):
        return iter(self.queue.get, None)


class Client:
    def __init__(self, options):
        self.options = options
        self.target = f"{options.server_host}:{options.server_port}"
        self.channel = self.connect()
        self.stub = test_pb2_grpc.TestServiceStub(self.channel)

    def connect(self):
        return grpc.insecure_channel(self.target, options=[("grpc.use_local_subchannel_pool", 1)])

    def empty_unary(self):
        expect(self.stub.EmptyCall(empty_pb2.Empty()), empty_pb2.Empty(), "response")

    def large_unary(self, stub=None, request=None, **options):
        response = (stub or self.stub).UnaryCall(request or large(), **options)
        expect(response.payload.body, bytes((request or large()).response_size), "payload")

    def client_streaming(self):
        requests = (messages_pb2.StreamingInputCallRequest(payload=payload(n)) for n in REQUESTS)
        response = self.stub.StreamingInputCall(requests)
        expect(response.aggregated_payload_size, 74922, "aggregated_payload_size")

    def server_streaming(self):
        request = messages_pb2.StreamingOutputCallRequest(
            response_parameters=[messages_pb2.ResponseParameters(size=n) for n in RESPONSES]
        )
        bodies = [response.payload.body for response in self.stub.StreamingOutputCall(request)]
        expect(bodies, [bytes(size) for size in RESPONSES], "payloads")

    def ping_pong(self):
        requests = Requests()
        responses = self.stub.FullDuplexCall(iter(requests))
        for request, response in zip(REQUESTS, RESPONSES):
            requests.put(ping(request, response))
            expect(next(responses).payload.body, bytes(response), "payload")
        requests.finish()
        expect(list(responses), [], "further responses")

    def empty_stream(self):
        expect(list(self.stub.FullDuplexCall(iter(()))), [], "responses")

    def timeout_on_sleeping_server(self):
        requests = Requests()
        responses = self.stub.FullDuplexCall(iter(requests), timeout=0.001)
        requests.put(messages_pb2.StreamingOutputCallRequest(payload=payload(REQUESTS[0])))
        expect_status(lambda: next(responses), grpc.StatusCode.DEADLINE_EXCEEDED)
        requests.finish()

    def cancel_after_begin(self):
        requests = Requests()
        call = self.stub.StreamingInputCall.future(iter(requests))
        call.cancel()
        requests.finish()
        expect(call.cancelled(), True, "cancelled")
        expect(call.code(), grpc.StatusCode.CANCELLED, "status")

    def cancel_after_first_response(self):
        requests = Requests()
        responses = self.stub.FullDuplexCall(iter(requests))
        requests.put(ping(REQUESTS[0], RESPONSES[0]))
        expect(len(next(responses).payload.body), RESPONSES[0], "payload")
        responses.cancel()
        expect_status(lambda: next(responses), grpc.StatusCode.CANCELLED)
        requests.finish()

    def custom_metadata(self):
        metadata = (INITIAL, TRAILING)
        _, unary = self.stub.UnaryCall.with_call(large(), metadata=metadata)
        duplex = self.stub.FullDuplexCall(iter([ping(REQUEST, RESPONSE)]), metadata=metadata)
        expect([len(response.payload.body) for response in duplex], [RESPONSE], "sizes")
        for call in (unary, duplex):
            initial = [tuple(each) for each in call.initial_metadata()]
            expect(INITIAL in initial, True, f"{INITIAL} in {initial}")
            trailing = [tuple(each) for each in call.trailing_metadata()]
            expect(TRAILING in trailing, True, f"{TRAILING} in {trailing}")

    def status_code_and_message(self):
        status = messages_pb2.EchoStatus(code=2, message="test status message")
        unary = messages_pb2.SimpleRequest(response_status=status)
        duplex = messages_pb2.StreamingOutputCallRequest(response_status=status)
        for call in (
            lambda: self.stub.UnaryCall(unary),
            lambda: list(self.stub.FullDuplexCall(iter([duplex]))),
        ):
            expect_status(call, grpc.StatusCode.UNKNOWN, status.message)

    def special_status_message(self):
        status = messages_pb2.EchoStatus(code=2, message=WHITESPACE)
        request = messages_pb2.SimpleRequest(response_status=status)
        expect_status(lambda: self.stub.UnaryCall(request), grpc.StatusCode.UNKNOWN, WHITESPACE)

    def unimplemented_method(self):
        call = self.stub.UnimplementedCall
        expect_status(lambda: call(empty_pb2.Empty()), grpc.StatusCode.UNIMPLEMENTED)

    def unimplemented_service(self):
        call = test_pb2_grpc.UnimplementedServiceStub(self.channel).UnimplementedCall
        expect_status(lambda: call(empty_pb2.Empty()), grpc.StatusCode.UNIMPLEMENTED)

    def client_compressed_unary(self):
        compressed = large(expect_compressed=flag(True))
        expect_status(
            lambda: self.stub.UnaryCall(compressed), grpc.StatusCode.INVALID_ARGUMENT
        )
        for algorithm in (grpc.Compression.Gzip, grpc.Compression.Deflate):
            self.large_unary(request=compressed, compression=algorithm)
        self.large_unary(request=large(expect_compressed=flag(False)))

    def soak(self, new_channels):
        options = self.options
        request = large(options.soak_request_size, options.soak_response_size)
        for _ in range(options.soak_iterations):
            start = time.monotonic()
            if new_channels:
                with self.connect() as channel:
                    self.large_unary(test_pb2_grpc.TestServiceStub(channel), request)
            else:
                self.large_unary(request=request)
            latency = 1000 * (time.monotonic() - start)
            limit = options.soak_per_iteration_max_acceptable_latency_ms
            expect(latency <= limit, True, f"{latency:.0f} ms for one call, of {limit} ms")

    def rpc_soak(self):
        self.soak(False)

    def channel_soak(self):
        self.soak(True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server_host", default="localhost")
    parser.add_argument("--server_port", required=True)
    parser.add_argument("--test_case", required=True)
    parser.add_argument("--soak_iterations", type=int, default=10)
    parser.add_argument("--soak_request_size", type=int, default=REQUEST)
    parser.add_argument("--soak_response_size", type=int, default=RESPONSE)
    parser.add_argument("--soak_per_iteration_max_acceptable_latency_ms", type=int, default=1000)
    options = parser.parse_args()
    try:
        getattr(Client(options), options.test_case)()
    except (AssertionError, grpc.RpcError) as error:
        print(f"{options.test_case}: {error}", file=sys.stderr)
        sys.exit(1)


main()
