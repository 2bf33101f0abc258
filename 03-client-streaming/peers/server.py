"""Lesson 03's server in Python, with grpcio's synchronous API.

The handler gets an iterator of parts and returns one receipt. While it does not ask
for the next part, grpcio grants the client no more room: a slow server slows the
client down.
"""

import contextlib
import errno
import os
import re
import tempfile
import time
import zlib
from concurrent import futures

import lesson
import grpc
import uploader_pb2
import uploader_pb2_grpc

USAGE = """
usage: server [--into DIR] [--max-size SIZE] [--delay D] [--host H] [--port P] [--grace D]

  --into DIR        keep uploads in this folder (without it they are only counted)
  --max-size SIZE   the largest file taken, such as 64KiB or 100MB (any)
  --delay D         how long each part waits: a slow server (0s)
  --host H          the address to listen on (127.0.0.1)
  --port P          the port; 0 picks a free one (50051)
  --grace D         how long calls may go on after Ctrl-C (5s)

example: server --into uploads --max-size 100MB
"""


class Counter:
    """Counts what a receipt says."""

    def __init__(self):
        self.receipt = uploader_pb2.Receipt()
        self.in_word = False

    def add(self, chunk):
        receipt = self.receipt
        receipt.bytes += len(chunk)
        receipt.lines += chunk.count(b"\n")
        receipt.crc32 = zlib.crc32(chunk, receipt.crc32)
        if not chunk:
            return
        # bytes.split knows the same six blanks; a word may have begun in the last chunk.
        receipt.words += len(chunk.split()) - (self.in_word and not chunk[:1].isspace())
        self.in_word = not chunk[-1:].isspace()


class Uploader(uploader_pb2_grpc.UploaderServicer):
    def __init__(self, into, max_size, delay):
        self.into, self.max_size, self.delay = into, max_size, delay
        self.temporary = set()  # files that have not got their names yet

    def Upload(self, parts, context):
        parts = iter(parts)
        first = next(parts, None)
        if first is None or first.WhichOneof("content") != "header":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the first part must be the header")
        header = first.header
        self.check(header, context)
        counter = Counter()
        kept = None
        try:
            if self.into is not None:
                kept = tempfile.NamedTemporaryFile(dir=self.into, prefix=".upload-", delete=False)
                self.temporary.add(kept)
            for part in parts:
                self.check_part(part, header, counter.receipt.bytes + len(part.chunk), context)
                counter.add(part.chunk)
                if kept:
                    kept.write(part.chunk)
                time.sleep(self.delay)
            if not context.is_active():  # cancelled: the end of the parts was not the half-close
                return counter.receipt
            received = counter.receipt.bytes
            if header.size not in (0, received):
                wrong_size(header, received, context)
            if kept:
                self.keep(kept, header.name)
            return counter.receipt
        except OSError as error:  # the disk is full, the name is taken by a folder …
            reason = error.strerror.lower()
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            code = grpc.StatusCode.RESOURCE_EXHAUSTED if is_full else grpc.StatusCode.FAILED_PRECONDITION
            context.abort(code, f"{header.name} cannot be kept: {reason}")
        finally:  # nothing half-written stays behind, however the call ended
            if kept:
                discard(kept)
                self.temporary.discard(kept)

    def stop(self):
        """Removes what is half-written when the process ends before its handlers do."""
        for file in list(self.temporary):
            discard(file)

    def check(self, header, context):
        """Rejects what the header alone tells, before any byte has come."""
        if not header.name:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the name is empty")
        if header.name in (".", "..") or re.search("[/\0]", header.name):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{header.name} is not a plain file name")
        if self.max_size is not None and header.size > self.max_size:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{header.name} holds {header.size} bytes; "
                f"this server takes at most {self.max_size} (server --max-size)",
            )

    def check_part(self, part, header, received, context):
        content = part.WhichOneof("content")
        if content == "header":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a second header")
        if content is None:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a part without content")
        if self.max_size is not None and received > self.max_size:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{header.name} holds more than the {self.max_size} bytes "
                f"that this server takes (server --max-size)",
            )
        if header.size and received > header.size:
            wrong_size(header, received, context)

    def keep(self, file, name):
        file.close()
        os.chmod(file.name, 0o644)
        os.replace(file.name, os.path.join(self.into, name))
        lesson.note(f"kept {name}")


def discard(file):
    """Removes a temporary file; one that was kept has its own name, and is left alone."""
    with contextlib.suppress(OSError):
        file.close()  # on a full disk, what it still wanted to write cannot be written
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file.name)


def wrong_size(header, received, context):
    context.abort(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"{header.name} holds {received} bytes, but its header says {header.size}",
    )


def main(arguments):
    table = lesson.SERVER | {
        "into": (lesson.words, None),
        "max-size": (lesson.size, None),
        "delay": (lesson.duration, "0s"),
    }
    options = lesson.parse(USAGE, table, arguments)
    if options.into is not None and not os.path.isdir(options.into):
        raise lesson.UsageError(f"--into needs a folder, not '{options.into}'")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=100), options=lesson.SERVER_OPTIONS)
    service = Uploader(options.into, options.max_size, options.delay)
    uploader_pb2_grpc.add_UploaderServicer_to_server(service, server)
    return lesson.serve(server, options, service.stop)


lesson.main(main)
