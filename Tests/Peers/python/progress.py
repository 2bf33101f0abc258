"""A progress bar on standard error, when that is a terminal."""

import sys
import time


class Progress:
    def __init__(self, total):
        self.total, self.done = total, 0
        self.started = self.shown = time.monotonic()
        self.visible = sys.stderr.isatty()

    def advance(self, amount):
        self.done += amount
        if self.visible and time.monotonic() - self.shown >= 0.1:
            self.shown = time.monotonic()
            self.show()

    def show(self):
        rate = self.done / max(time.monotonic() - self.started, 1e-3)
        text = f"{self.done / 1e6:.1f} MB, {rate / 1e6:.1f} MB/s"
        if self.total:
            share = min(self.done / self.total, 1)
            left = max(self.total - self.done, 0) / max(rate, 1)
            text = f"[{'#' * int(30 * share):30}] {100 * share:3.0f} %, {text}, {left:.0f} s left"
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)

    def finish(self):
        if self.visible:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
