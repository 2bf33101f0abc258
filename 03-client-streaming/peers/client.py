"""Lesson 03's client in Python, with grpcio's synchronous API.

The stub takes an iterator of parts. grpcio draws from it in a thread of its own, and
only when the transport has room: a slow server holds the generator still.
"""

import os
import stat
import sys
import time

import lesson
import progress
import grpc
import uploader_pb2
import uploader_pb2_grpc

USAGE = """
usage: client PATH [--chunk SIZE | --whole] [--target HOST:PORT] [--timeout D]

  PATH                 the file to upload; - reads standard input
  --chunk SIZE         the bytes in one message (64KiB)
  --whole              everything in one message: meets the limit of 4 MiB
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (10m)

example: client notes.txt --chunk 16KiB
"""


class Upload:
    """The parts of one file; remembers why reading it failed."""

    def __init__(self, file, name, size, chunk):
        self.file, self.name, self.size, self.chunk = file, name, size, chunk
        self.progress = progress.Progress(size)
        self.failure = None

    def parts(self):
        yield uploader_pb2.Part(header=uploader_pb2.Header(name=self.name, size=self.size))
        try:
            while chunk := self.file.read(self.chunk):
                yield uploader_pb2.Part(chunk=chunk)
                self.progress.advance(len(chunk))
                if self.chunk < 0 or len(chunk) < self.chunk:
                    break  # that was the end, which a terminal would have to be told again
        except OSError as error:
            self.failure = f"cannot read {self.name}: {error.strerror}"
            raise


def open_file(path):
    if path == "-":
        return sys.stdin.buffer, "standard-input", 0
    try:
        file = open(path, "rb")
    except OSError as error:
        raise lesson.UsageError(f"cannot read {path}: {error.strerror}") from None
    information = os.fstat(file.fileno())
    size = information.st_size if stat.S_ISREG(information.st_mode) else 0
    return file, os.path.basename(path), size


def main(arguments):
    table = lesson.CLIENT | {
        "chunk": (lesson.size, "64KiB"),
        "whole": (None, None),
        "timeout": (lesson.timeout, "10m"),
    }
    options = lesson.parse(USAGE, table, arguments, positional=1)
    if not options.positional:
        raise lesson.UsageError("usage: client PATH (--help explains)")
    if options.chunk == 0:
        raise lesson.UsageError("--chunk needs a size of at least one byte")
    upload = Upload(*open_file(options.positional[0]), chunk=-1 if options.whole else options.chunk)

    started = time.monotonic()
    with grpc.insecure_channel(options.target) as channel:
        stub = uploader_pb2_grpc.UploaderStub(channel)
        call = stub.Upload.future(upload.parts(), timeout=options.timeout)
        try:
            receipt = call.result()
        except grpc.RpcError as error:
            if upload.failure:
                raise lesson.UsageError(upload.failure) from None
            upload.progress.finish()
            return lesson.report(error.code(), error.details(), options, started)
        except KeyboardInterrupt:
            upload.progress.finish()
            call.cancel()
            return lesson.interrupted()
    upload.progress.finish()
    print(f"bytes {receipt.bytes}\nlines {receipt.lines}\nwords {receipt.words}\ncrc32 {receipt.crc32:08x}")


lesson.main(main)
