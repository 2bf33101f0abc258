"""Lesson 04's server in Python, with grpcio's asyncio API.

Each call is one coroutine, and all run on one loop: the room needs no lock. A call
reads in a task of its own, so that it can speak and listen at the same time.
"""

import asyncio
import collections
import time

import lesson
import lesson_aio
import grpc
import chat_pb2
import chat_pb2_grpc

USAGE = """
usage: server [--host H] [--port P] [--grace D]

  --host H    the address to listen on (127.0.0.1)
  --port P    the port; 0 picks a free one (50051)
  --grace D   how long calls may go on after Ctrl-C (5s)

example: server --port 0
"""

HISTORY = 20
LONGEST_LINE = 4096
LONGEST_NAME = 32
MOST_WAITING = 256  # events that may wait for a member that does not read,
MOST_AT_ONCE = 4096  # and for one that does: hundreds who enter at once are no fault of its
PATIENCE = 2  # seconds after which a write that has not ended says that nobody reads
MOST_UNSENT = 64


class Refused(Exception):
    """Ends a member's call with a status."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Member:
    """One call: a name, once it has given one, and the events that wait for it."""

    def __init__(self, call):
        self.name = ""
        self.waiting = asyncio.Queue()
        self.unsent = asyncio.Semaphore(MOST_UNSENT)  # its own acknowledgements: who does not read stops speaking
        self.call = call  # the task that serves it
        self.writing_since = None  # when the write began that has not ended
        self.watch = None  # looks again after a while
        self.too_slow = False

    def hear(self, event):
        """Never waits: a member that does not read must not hold the room."""
        if self.waiting.qsize() == MOST_AT_ONCE:
            return self.drop()
        self.waiting.put_nowait(event)
        if self.waiting.qsize() >= MOST_WAITING and not self.watch:
            self.look_later()

    def look_later(self):
        self.watch = asyncio.get_running_loop().call_later(PATIENCE, self.look)

    def look(self):
        """Has the client stopped reading? grpcio tells only that a write does not end."""
        self.watch = None
        if self.waiting.qsize() < MOST_WAITING:
            return
        if self.writing_since is not None and time.monotonic() - self.writing_since > PATIENCE:
            self.drop()
        else:
            self.look_later()

    def drop(self):
        if not self.too_slow:
            self.too_slow = True
            self.call.cancel()

    def end(self):
        if self.watch:
            self.watch.cancel()


class ChatRoom:
    """Who is here, and what was said."""

    def __init__(self):
        self.members = set()
        self.history = collections.deque(maxlen=HISTORY)
        self.lines = 0

    def enter(self, call):
        member = Member(call)
        names = sorted((m.name for m in self.members if m.name), key=str.encode)
        welcome = chat_pb2.Welcome(members=names, history=self.history)
        member.hear(chat_pb2.Event(welcome=welcome))
        self.members.add(member)
        return member

    def say(self, member, say):
        """Takes a message; whether it was a line, which is now acknowledged."""
        if not member.name:
            self.introduce(member, say.name)
            if not say.text:
                return False
        if not say.text:
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "a line is empty")
        if len(say.text.encode()) > LONGEST_LINE or "\n" in say.text:
            raise Refused(
                grpc.StatusCode.INVALID_ARGUMENT, f"a line has at most {LONGEST_LINE} bytes and no line break"
            )
        self.lines += 1
        line = chat_pb2.Line(number=self.lines, name=member.name, text=say.text)
        self.history.append(line)
        self.tell(chat_pb2.Event(line=line), except_for=member)
        member.hear(chat_pb2.Event(acknowledged=line.number))
        return True

    def introduce(self, member, name):
        if not name:
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "the first message must give a name")
        if len(name) > LONGEST_NAME or any(c < " " or "\x7f" <= c < "\xa0" for c in name):
            raise Refused(
                grpc.StatusCode.INVALID_ARGUMENT, "a name has 1 to 32 characters, none a control character"
            )
        if any(m.name == name for m in self.members):
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"{name} is already in the room")
        member.name = name
        self.tell(chat_pb2.Event(joined=name))

    def leave(self, member):
        """Lets a member go; nothing happens when it has left already."""
        if member not in self.members:
            return
        self.members.remove(member)
        if member.name:
            self.tell(chat_pb2.Event(left=member.name))

    def tell(self, event, except_for=None):
        for member in self.members:
            if member is not except_for:
                member.hear(event)


class Room(chat_pb2_grpc.RoomServicer):
    def __init__(self):
        self.room = ChatRoom()

    async def Join(self, requests, context):
        member = self.room.enter(asyncio.current_task())
        reading = asyncio.create_task(self.read(requests, member))
        try:
            while not isinstance(event := await member.waiting.get(), Refused):
                member.writing_since = time.monotonic()
                await context.write(event)
                member.writing_since = None
                if event.acknowledged:
                    member.unsent.release()
            refused = event
        except asyncio.CancelledError:
            if not member.too_slow:
                raise  # by the client: leaving is how a call ends here
            message = f"{member.name or 'a listener'} did not read: {MOST_WAITING} events were waiting"
            refused = Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, message)
        finally:
            reading.cancel()
            member.end()
            self.room.leave(member)
        await context.abort(refused.code, refused.message)

    async def read(self, requests, member):
        """Ends with the half-close, after which the member still listens."""
        try:
            async for say in requests:
                if self.room.say(member, say):
                    await member.unsent.acquire()
        except Refused as refused:
            self.room.leave(member)
            member.waiting.put_nowait(refused)  # behind all that it has still to hear


class Echo(chat_pb2_grpc.EchoServicer):
    async def Repeat(self, requests, context):
        async for say in requests:
            yield say


async def run(options):
    server = grpc.aio.server(options=lesson.SERVER_OPTIONS)
    chat_pb2_grpc.add_RoomServicer_to_server(Room(), server)
    chat_pb2_grpc.add_EchoServicer_to_server(Echo(), server)
    return await lesson_aio.serve(server, options)


def main(arguments):
    return asyncio.run(run(lesson.parse(USAGE, lesson.SERVER, arguments)))


lesson.main(main)
