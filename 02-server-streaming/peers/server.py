"""Lesson 02's server in Python, with grpcio's synchronous API.

A handler of a streaming method is a generator: what it yields is sent. grpcio asks
for the next message when the last one has been taken by the transport, so a slow
reader holds the generator still, at `yield`.
"""

import os
import stat
import threading
from concurrent import futures

import files
import lesson
import grpc
import finder_pb2
import finder_pb2_grpc

USAGE = """
usage: server [--root DIR] [--host H] [--port P] [--grace D]

  --root DIR   the folder that may be searched (.)
  --host H     the address to listen on (127.0.0.1)
  --port P     the port; 0 picks a free one (50051)
  --grace D    how long calls may go on after Ctrl-C (5s)

example: server --root ~/notes --port 0
"""

LONGEST_LINE = 1 << 20


class Finder(finder_pb2_grpc.FinderServicer):
    def __init__(self, root):
        self.root = root

    def Find(self, request, context):
        if not request.text:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "text is empty")
        if "\n" in request.text:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "text holds a line break")
        real, information = self.resolve(request.path, context)
        mode = information.st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{request.path} is not a regular file or a folder")
        if not os.access(real, os.R_OK):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{request.path} cannot be read")
        read = matches = 0
        ending = "cancelled"
        try:
            for path, name in files.walk(real, files.shown(request.path)):
                if not context.is_active():
                    return
                read += 1
                for match in search(path, name, request.text.encode(), context.is_active):
                    matches += 1
                    yield match
            ending = "finished" if context.is_active() else "cancelled"
        finally:  # also when the client has gone and grpcio drops the generator at a yield
            lesson.note(f"find '{request.text}': {read} files read, {matches} matches, {ending}")

    def Follow(self, request, context):
        real, information = self.resolve(request.path, context)
        if not stat.S_ISREG(information.st_mode):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{request.path} is not a regular file")
        try:
            file = files.open_regular(real)
        except OSError:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{request.path} cannot be read")
        ended = threading.Event()
        context.add_callback(ended.set)
        with file:
            try:
                for line in follow(file, ended):
                    yield finder_pb2.Line(text=line.decode(errors="replace"))
            except OverflowError:
                context.abort(
                    grpc.StatusCode.RESOURCE_EXHAUSTED, f"a line of {request.path} is longer than 1 MiB"
                )

    def resolve(self, path, context):
        try:
            return files.resolve(self.root, path)
        except files.PathError as error:
            context.abort(error.code, error.message)


def search(path, name, text, is_active):
    """Yields the matches of one file. It is read twice: nothing of a binary file is sent."""
    try:
        with files.open_regular(path) as file:
            if not is_text(file, is_active):
                if holds(file, text, is_active):
                    yield finder_pb2.Match(file=name, binary=True)
                return
            file.seek(0)
            for number, line in enumerate(lines(file), 1):
                if number % 1000 == 0 and not is_active():
                    return
                if text in line:
                    yield finder_pb2.Match(file=name, line=number, text=line.removesuffix(b"\n").decode(errors="replace"))
    except OSError as error:
        lesson.note(f"skipped {name}: {error.strerror}")


def lines(file):
    return iter(lambda: file.readline(LONGEST_LINE + 1), b"")


def is_text(file, is_active):
    for number, line in enumerate(lines(file)):
        if number % 1000 == 0 and not is_active():
            return False
        if len(line) > LONGEST_LINE and not line.endswith(b"\n") or b"\0" in line:
            return False
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
    return True


def holds(file, text, is_active):
    file.seek(0)
    window = b""
    while is_active() and (block := file.read(1 << 16)):
        window += block
        if text in window:
            return True
        window = window[len(window) - len(text) + 1 :] if len(text) > 1 else b""
    return False


def follow(file, ended):
    """Yields the last ten complete lines, then every line that is completed, until `ended`."""
    descriptor = file.fileno()
    position = start_of_last_lines(descriptor, 10)
    pending = b""
    while not ended.is_set():
        block = os.pread(descriptor, 1 << 16, position)
        if not block:
            if os.fstat(descriptor).st_size < position:  # truncated: begin again
                position, pending = 0, b""
            ended.wait(0.1)
            continue
        position += len(block)
        *complete, pending = (pending + block).split(b"\n")
        yield from complete
        if len(pending) > LONGEST_LINE:
            raise OverflowError


def start_of_last_lines(descriptor, count):
    position = os.fstat(descriptor).st_size
    wanted = count + 1  # line feeds, seen from the end
    while position > 0:
        block_start = max(0, position - (1 << 13))
        block = os.pread(descriptor, position - block_start, block_start)
        end = len(block)
        while (found := block.rfind(b"\n", 0, end)) >= 0:
            wanted -= 1
            if wanted == 0:
                return block_start + found + 1
            end = found
        position = block_start
    return 0


def main(arguments):
    options = lesson.parse(USAGE, lesson.SERVER | {"root": (lesson.words, ".")}, arguments)
    # A stream holds its thread until it ends, a followed file for ever.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=100), options=lesson.SERVER_OPTIONS)
    finder_pb2_grpc.add_FinderServicer_to_server(Finder(files.root_folder(options.root)), server)
    return lesson.serve(server, options)


lesson.main(main)
