"""A server that misbehaves: the server's half of gRPC's negative-http2-interop-test-descriptions.md.

    http2_server.py --port=0 --test_case=goaway

It prints `listening on 127.0.0.1:PORT`, serves until SIGTERM, and then exits 0 if the clients kept to the
rules that its case watches, or 1 with a line that says which they broke.
"""

import argparse
import os
import signal
import socket
import sys
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import GoAwayFrame

import messages_pb2

HEADERS = [(":status", "200"), ("content-type", "application/grpc")]
TRAILERS = [("grpc-status", "0")]

faults = []


def fault(text):
    faults.append(text)
    print(text, file=sys.stderr, flush=True)


class Connection:
    """One connection, on a thread of its own, with a well-behaved answer to each call."""

    # Bytes of one DATA frame, and of its padding.
    chunk, padding = 16384, None

    def __init__(self, sock):
        self.sock = sock
        self.http2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self.requests = {}
        self.pending = {}

    def begin(self):
        self.http2.initiate_connection()

    def run(self):
        self.begin()
        self.flush()
        try:
            while received := self.sock.recv(65536):
                for event in self.http2.receive_data(received):
                    self.handle(event)
                self.flush()
        except (ConnectionError, OSError):
            pass
        except h2.exceptions.ProtocolError as error:
            fault(f"the client broke a rule of HTTP/2: {error!r}")
        finally:
            self.sock.close()
            self.closed()

    def flush(self):
        self.sock.sendall(self.http2.data_to_send())

    def handle(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests[event.stream_id] = b""
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id] += event.data
            if event.flow_controlled_length:
                self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.answer(event.stream_id, self.response(event.stream_id))
        elif isinstance(event, h2.events.StreamReset):
            self.pending.pop(event.stream_id, None)
        elif isinstance(event, h2.events.PingAckReceived):
            self.pong()
        if isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            for stream in list(self.pending):
                self.send_pending(stream)

    def response(self, stream):
        request = messages_pb2.SimpleRequest.FromString(self.requests[stream][5:])
        body = messages_pb2.Payload(body=bytes(request.response_size))
        message = messages_pb2.SimpleResponse(payload=body).SerializeToString()
        return b"\0" + len(message).to_bytes(4, "big") + message

    def answer(self, stream, message):
        self.http2.send_headers(stream, HEADERS)
        self.send(stream, message)

    def send(self, stream, data):
        self.pending[stream] = data
        self.send_pending(stream)

    def send_pending(self, stream):
        """Sends as much as the client's windows allow."""
        overhead = 0 if self.padding is None else self.padding + 1
        while self.pending[stream]:
            room = self.http2.local_flow_control_window(stream) - overhead
            size = min(self.chunk, self.http2.max_outbound_frame_size - overhead, room)
            if size <= 0:
                return
            data, self.pending[stream] = self.pending[stream][:size], self.pending[stream][size:]
            self.http2.send_data(stream, data, pad_length=self.padding)
        del self.pending[stream]
        self.sent(stream)

    def sent(self, stream):
        self.http2.send_headers(stream, TRAILERS, end_stream=True)

    def pong(self):
        pass

    def closed(self):
        pass


class GoAway(Connection):
    """GOAWAY after the first call; it is answered, and no other may come on this connection."""

    first = None

    def handle(self, event):
        if isinstance(event, h2.events.RequestReceived):
            if self.first is not None:
                fault(f"stream {event.stream_id} was opened behind GOAWAY on the same connection")
            self.first = event.stream_id
        super().handle(event)

    def answer(self, stream, message):
        # Written past h2, which would then send nothing more itself.
        self.flush()
        frame = GoAwayFrame(0, last_stream_id=stream, error_code=h2.errors.ErrorCodes.NO_ERROR)
        self.sock.sendall(frame.serialize())
        super().answer(stream, message)


class MaxStreams(Connection):
    """One stream at a time; h2 itself fails the connection of a client that opens more."""

    def begin(self):
        limit = {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1}
        self.http2.local_settings = h2.settings.Settings(client=False, initial_values=limit)
        super().begin()


class Ping(Connection):
    """PINGs in front of and behind everything; all must be answered."""

    outstanding = 0

    def ping(self):
        self.outstanding += 1
        self.http2.ping(os.urandom(8))

    def answer(self, stream, message):
        self.ping()
        super().answer(stream, message)

    def send(self, stream, data):
        self.ping()
        super().send(stream, data)

    def sent(self, stream):
        self.ping()
        super().sent(stream)

    def pong(self):
        self.outstanding -= 1

    def closed(self):
        if self.outstanding:
            fault(f"{self.outstanding} PINGs were not answered when the connection was closed")


class Padding(Connection):
    """More padding than data in every frame: it counts against the windows, too."""

    chunk, padding = 100, 255


class NoPadding(Connection):
    """The same frames without padding."""

    chunk = 100


class ResetAfterHeader(Connection):
    def answer(self, stream, message):
        self.http2.send_headers(stream, HEADERS)
        self.http2.reset_stream(stream, h2.errors.ErrorCodes.NO_ERROR)


class ResetAfterData(Connection):
    def sent(self, stream):
        self.http2.reset_stream(stream, h2.errors.ErrorCodes.NO_ERROR)


class ResetDuringData(ResetAfterData):
    def response(self, stream):
        message = super().response(stream)
        return message[: len(message) // 2]


CASES = {
    "goaway": GoAway,
    "max_streams": MaxStreams,
    "ping": Ping,
    "rst_after_header": ResetAfterHeader,
    "rst_during_data": ResetDuringData,
    "rst_after_data": ResetAfterData,
    "data_frame_padding": Padding,
    "no_df_padding_sanity_test": NoPadding,
}


def accept(listener, case):
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=case(sock).run).start()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--test_case", choices=CASES, required=True)
    options = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    listener = socket.create_server(("127.0.0.1", options.port))
    threading.Thread(target=accept, args=(listener, CASES[options.test_case]), daemon=True).start()
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    signal.sigwait([signal.SIGTERM])
    # A client that has gone leaves its connection's thread a moment to see it.
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(5)
    sys.stdout.flush()
    os._exit(1 if faults else 0)


main()
