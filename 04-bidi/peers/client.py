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


# What a read or write raises when the call is over; the call itself knows the status.
ENDED = (grpc.aio.AioRpcError, asyncio.InvalidStateError, asyncio.CancelledError)


class Failed(Exception):
    """A call that the server or the deadline has ended."""

    def __init__(self, code, details):
        super().__init__(details)
        self.code, self.details = code, details


async def failure(call):
    """Why a call has ended; a task from the call's start, so that it sees the first status.

    A write that is under way when the call ends makes grpcio replace the status by
    an INTERNAL of its own, before or after the real one.
    """
    for _ in range(50):
        failed = Failed(await call.code(), await call.details())
        if failed.details != "Internal error from Core":
            break
        await asyncio.sleep(0.01)
    return failed


# --- The room ---------------------------------------------------------------


async def chat(stub, options):
    call = stub.Join(timeout=options.timeout)
    why = asyncio.create_task(failure(call))
    said = collections.deque()  # lines that the room has not acknowledged yet
    entered = asyncio.Event()
    half_closed = asyncio.Event()
    acknowledged = asyncio.Event()  # every line, that is

    async def speak():
        with contextlib.suppress(*ENDED):  # listen learns why
            await call.write(chat_pb2.Say(name=options.name))
            await entered.wait()  # a write under way would hide why a name is refused
            async for text in lines(options.say):
                said.append(text)
                await call.write(chat_pb2.Say(text=text))
            await call.done_writing()
        half_closed.set()
        if not said:
            acknowledged.set()

    async def listen():
        while (event := await call.read()) is not grpc.aio.EOF:
            for line in lines_of(event, said):
                print(line, flush=True)
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
            raise await why
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
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    def read():
        for line in sys.stdin.buffer:
            text = line.decode(errors="replace").removesuffix("\n")
            loop.call_soon_threadsafe(queue.put_nowait, text)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (text := await queue.get()) is not None:
        if text:
            yield text


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
        why = asyncio.create_task(failure(call))
        started = time.perf_counter()
        try:
            await {"pingpong": pingpong, "pipelined": pipelined, "sendall": sendall}[name](call, options.count)
        except ENDED:
            raise await why from None
        elapsed = time.perf_counter() - started
        print(f"{name} {options.count} messages {1000 * elapsed:.1f} ms", flush=True)


async def pingpong(call, count):
    """Each message waits for the echo of the one before."""
    for number in range(count):
        await call.write(message(number))
        check(await call.read(), number)
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
    for number in range(count):
        await call.write(message(number))
    await call.done_writing()


async def receive(call, count):
    for number in range(count):
        check(await call.read(), number)


def message(number):
    return chat_pb2.Say(text=f"message {number}")


def check(echo, number):
    if echo is grpc.aio.EOF or echo.text != f"message {number}":
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
