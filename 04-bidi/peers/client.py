"""Lesson 04's client in Python, with grpcio's asyncio API.

The call is an object: one task writes to it, another reads from it, and neither
waits for the other.
"""

import asyncio
import collections
import contextlib
import sys
import threading
import time
import unicodedata

import lesson
import grpc
import chat_pb2
import chat_pb2_grpc

USAGE = """
usage: client --as NAME [--say TEXT]... [--stay D] [--target HOST:PORT] [--timeout D]
       client echo [--mode pingpong|pipelined|sendall] [--count N] [--target HOST:PORT] [--timeout D]

  --as NAME            the name under which to enter the room
  --say TEXT           a line to say; repeatable (the lines of standard input)
  --stay D             how long to listen after the last line (0s)
  --mode MODE          how to time the echo (all three)
  --count N            how many messages to send (1000)
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (none in the room, 1m for echo)

example: client --as ada --say "good morning" --stay 10s
"""

MODES = ("pingpong", "pipelined", "sendall")


def mode(text):
    if text not in MODES:
        raise ValueError("pingpong, pipelined or sendall")
    return text


# What a read or write raises when the call is over; `Ending` knows why it is.
ENDED = (grpc.aio.AioRpcError, asyncio.InvalidStateError, asyncio.CancelledError)


class Failed(Exception):
    """A call that the server or the deadline has ended."""

    def __init__(self, code, details):
        super().__init__(details)
        self.code, self.details = code, details


class Ending:
    """Why a call has ended; made before its first write.

    When a call ends in the middle of a write, grpcio makes up a status of its own (INTERNAL,
    "Internal error from Core"). It replaces the real one, or is replaced by it; which of
    the two came first is what a callback sees.
    """

    def __init__(self, call):
        self._call = call
        self._first = None
        call.add_done_callback(self._see)

    def _see(self, call):
        self._first = self._first or at_once(self._now())

    async def _now(self):
        return Failed(await self._call.code(), await self._call.details())

    async def status(self):
        status = self._first or await self._now()
        while status.details == "Internal error from Core":  # the real one is on its way
            await asyncio.sleep(0.01)
            status = await self._now()
        return status


def at_once(coroutine):
    """The result of a coroutine that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("it waits")


# --- The room ---------------------------------------------------------------


async def chat(stub, options):
    call = stub.Join(timeout=options.timeout)
    ending = Ending(call)
    said = collections.deque()  # lines that the room has not acknowledged yet
    welcomed = asyncio.Event()
    entered = asyncio.Event()
    half_closed = asyncio.Event()
    acknowledged = asyncio.Event()  # every line, that is

    async def speak():
        with contextlib.suppress(*ENDED):  # ending knows why
            await welcomed.wait()  # the server speaks first
            await call.write(chat_pb2.Say(name=options.name))
            async for text in lines(options.say):
                said.append(text)
                await call.write(chat_pb2.Say(text=text))
            await call.done_writing()
        half_closed.set()
        if not said:
            acknowledged.set()

    async def listen():
        with contextlib.suppress(*ENDED):
            async for event in call:  # unlike read(), gives all that came before the end
                welcomed.set()
                for line in lines_of(event, said):
                    print(harmless(line), flush=True)
                if event.joined == options.name:
                    entered.set()
                if half_closed.is_set() and not said:
                    acknowledged.set()

    async def leave():
        await half_closed.wait()
        await asyncio.gather(entered.wait(), acknowledged.wait(), asyncio.sleep(options.stay))

    tasks = [asyncio.create_task(part()) for part in (listen, leave)]
    speaking = asyncio.create_task(speak())
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:  # not our leaving: the server has ended the call
            status = await ending.status()
            if status.code is not grpc.StatusCode.OK:
                raise status
    finally:
        speaking.cancel()
        for task in tasks:
            task.cancel()
        call.cancel()


async def lines(given):
    """The lines to say: those given, or those of standard input, read by a thread."""
    if given:
        for text in given:
            yield text
        return
    loop, queue = asyncio.get_running_loop(), asyncio.Queue(1)

    def put(text):  # waits until the line before has been taken: a long input does not pile up here
        asyncio.run_coroutine_threadsafe(queue.put(text), loop).result()

    def read():
        for line in sys.stdin.buffer:
            put(line.decode(errors="replace").removesuffix("\n"))
        put(None)

    threading.Thread(target=read, daemon=True).start()
    while (text := await queue.get()) is not None:
        if text:
            yield text


def harmless(line):
    """What others say may be shown on a terminal, but may not steer it."""
    if not sys.stdout.isatty():
        return line
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in line)


def lines_of(event, said):
    """An event as the lines to print."""
    match event.WhichOneof("kind"):
        case "welcome":
            members = ", ".join(event.welcome.members)
            yield f"* here: {members}" if members else "* nobody is here yet"
            for line in event.welcome.history:
                yield f"[{line.number}] {line.name}: {line.text}"
        case "joined":
            yield f"* {event.joined} joined"
        case "left":
            yield f"* {event.left} left"
        case "line":
            yield f"[{event.line.number}] {event.line.name}: {event.line.text}"
        case "acknowledged":
            yield f"[{event.acknowledged}] you: {said.popleft() if said else ''}"


# --- The echo ---------------------------------------------------------------


async def echo(stub, options):
    for name in [options.mode] if options.mode else MODES:
        call = stub.Repeat(timeout=options.timeout)
        ending = Ending(call)
        started = time.perf_counter()
        try:
            await {"pingpong": pingpong, "pipelined": pipelined, "sendall": sendall}[name](call, options.count)
        except ENDED:
            raise await ending.status() from None
        elapsed = time.perf_counter() - started
        print(f"{name} {options.count} messages {1000 * elapsed:.1f} ms", flush=True)


async def pingpong(call, count):
    """Each message waits for the echo of the one before."""
    echoes = aiter(call)
    for number in range(count):
        await call.write(message(number))
        check(await anext(echoes, None), number)
    await call.done_writing()
    await call.code()


async def pipelined(call, count):
    """Sending and receiving go on at the same time."""
    sending = asyncio.create_task(send(call, count))
    try:
        await receive(call, count)
    finally:
        sending.cancel()


async def sendall(call, count):
    """Everything is sent before the first echo is read."""
    await send(call, count)
    await receive(call, count)


async def send(call, count):
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # receive fails too
        for number in range(count):
            await call.write(message(number))
        await call.done_writing()


async def receive(call, count):
    echoes = aiter(call)
    for number in range(count):
        check(await anext(echoes, None), number)


def message(number):
    return chat_pb2.Say(text=f"message {number}")


def check(echo, number):
    if echo is None or echo.text != f"message {number}":
        raise Failed(grpc.StatusCode.DATA_LOSS, f"message {number} did not come back")


async def run(options):
    started = time.monotonic()
    try:
        async with grpc.aio.insecure_channel(options.target) as channel:
            if options.positional:
                await echo(chat_pb2_grpc.EchoStub(channel), options)
            else:
                await chat(chat_pb2_grpc.RoomStub(channel), options)
    except Failed as failed:
        return lesson.report(failed.code, failed.details, options, started)


def main(arguments):
    table = lesson.CLIENT | {
        "as": (lesson.words, None),
        "say": ([lesson.words], None),
        "stay": (lesson.duration, "0s"),
        "mode": (mode, None),
        "count": (lesson.count, "1000"),
        "timeout": (lesson.timeout, None),
    }
    options = lesson.parse(USAGE, table, arguments, positional=1)
    options.name = getattr(options, "as")
    if options.positional not in ([], ["echo"]):
        raise lesson.UsageError(f"unknown command {options.positional[0]} (--help explains)")
    if options.positional and options.timeout is None:
        options.timeout, options.texts["timeout"] = lesson.timeout("1m"), "1m"
    if not options.positional and options.name is None:
        raise lesson.UsageError("--as NAME is needed (--help explains)")
    return asyncio.run(run(options))


lesson.main(main)
