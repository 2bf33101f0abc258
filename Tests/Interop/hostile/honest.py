"""An honest caller, in a process of its own, so that it does not share the attacker's interpreter:

    honest.py PORT CONTROL-PORT

Calls EmptyCall again and again, on one connection that stays and on a new one each time; beside it, a server that nobody
attacks, which tells what the machine itself can do. For each line on its standard input it tells, as JSON, the longest
that each call took since the last line, in seconds, and how many calls failed.
"""

import json
import sys
import threading
import time

from peer import GRPC


def timed(call):
    start = time.monotonic()
    good = call()
    return time.monotonic() - start, good


class Caller(threading.Thread):
    def __init__(self, port, control):
        super().__init__(daemon=True)
        self.port, self.control = port, control
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.seen = {"calls": 0, "failed": 0, "worst": 0.0, "control": 0.0}

    def take(self):
        """What was seen; waits until at least one round has begun and ended after the question."""
        with self.lock:
            rounds = self.rounds
        while self.rounds < rounds + 2:
            time.sleep(0.005)
        with self.lock:
            seen = self.seen
            self.reset()
            return seen

    rounds = 0

    def run(self):
        lasting = GRPC(self.port, patience=60)

        def call_lasting():
            nonlocal lasting
            if lasting.empty_call() == "grpc 0":
                return True
            lasting.close()
            lasting = GRPC(self.port, patience=60)
            return False

        def fresh(port):
            with GRPC(port, patience=60) as wire:
                return wire.empty_call() == "grpc 0"

        while True:
            first, good = timed(call_lasting)
            second, also = timed(lambda: fresh(self.port))
            control, _ = timed(lambda: fresh(self.control))
            with self.lock:
                self.rounds += 1
                self.seen["calls"] += 2
                self.seen["failed"] += (not good) + (not also)
                self.seen["worst"] = max(self.seen["worst"], first, second)
                self.seen["control"] = max(self.seen["control"], control)
            time.sleep(0.02)


def main():
    caller = Caller(int(sys.argv[1]), int(sys.argv[2]))
    caller.start()
    for _ in sys.stdin:
        print(json.dumps(caller.take()), flush=True)


main()
