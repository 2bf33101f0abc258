"""Attacks a server of ours, and our client: main.py FOLDER-OF-PRODUCTS [--long] [PART]

Parts: attacks, crowds, servers, faults.
"""

import attacks
import crowds
import faults
import peer
import servers
from peer import *


def part(title, body):
    start, before, failed = time.monotonic(), peer.checks, len(failures)
    body()
    verdict = "ok" if len(failures) == failed else "FAILED"
    print(f"{title}: {peer.checks - before} checks, {time.monotonic() - start:.1f} s: {verdict}", flush=True)


class Attacked:
    """A server under attack, one that nobody attacks, and an honest caller of both."""

    def __init__(self, products):
        start = lambda: Process(products / "interop-server", "--port=0", "--host=127.0.0.1")
        self.server, self.control = start(), start()
        self.honest = start_honest(self.server.port, self.control.port)

    def __enter__(self):
        return self.server, Watch(self.server, self.honest)

    def __exit__(self, *_):
        self.honest.kill()
        self.honest.wait()
        check("the server ends with status 0", (status := self.server.stop()) == 0, status)
        self.control.kill()


def main():
    products = pathlib.Path(sys.argv[1])
    options = sys.argv[2:]
    parts = [word for word in options if not word.startswith("-")]
    wanted = lambda name: not parts or name in parts
    raise_descriptor_limit()
    if wanted("attacks"):
        with Attacked(products) as (server, watch):
            part("hostile clients", lambda: attacks.run(server, watch, "--long" in options))
    if wanted("crowds"):
        with Attacked(products) as (server, watch):
            part("idle crowds", lambda: crowds.run_idle(server, watch))
            part("crowds", lambda: crowds.run(server, watch))
    if wanted("servers"):
        part("broken servers", lambda: servers.run(products))
    if wanted("faults"):
        part("faults", lambda: faults.run(products))
    print(f"{len(failures)} failures" if failures else f"all {peer.checks} checks passed")
    sys.exit(1 if failures else 0)


main()
