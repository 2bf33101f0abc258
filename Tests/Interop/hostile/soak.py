"""Endurance: soak.py FOLDER-OF-PRODUCTS SECONDS

Clients that call in every way there is, on connections that grow old and channels that are dropped, beside hostile
peers. No message may be lost, doubled or out of order; memory stays flat; in the end descriptors and tasks are as they
were in the beginning.
"""

import random

import attacks
import peer
from peer import *

# Windows fill and empty: two ends with a dozen calls and 100 KB messages differ by this much from one moment to another.
FLAT = 16 * 1024  # KiB


class Hostile(threading.Thread):
    """Every flood in turn, calls that are wrong, and clients that vanish or say nothing."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over, self.attacks = port, threading.Event(), 0

    def run(self):
        floods = attacks.floods()
        silent = []
        while not self.over.wait(0.2):
            begin, attack = floods[random.choice(list(floods))]
            attacks.flood(self.port, begin, attack, random.random() < 0.5, 3_000).close()
            for number in range(10):
                wire = GRPC(self.port, pairs=[(4, 0x7FFFFFFF)])
                wire.send(opening("/soak.Soak/Download") + frame(DATA, 1, 1, message(number_of(1 << 40) + number_of(1000, 2))))
                wire.reset() if number % 2 else wire.close()
            silent.append(socket.create_connection(("127.0.0.1", self.port)))
            while len(silent) > 20:
                silent.pop(0).close()
            self.attacks += 1
        for sock in silent:
            sock.close()


def number_of(value, field=1):
    return number(field, value)


class Client:
    def __init__(self, products, *words):
        self.process = subprocess.Popen([products / "soak", "client", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    memory, descriptors = Process.memory, Process.descriptors

    def says(self, wanted):
        line = self.process.stdout.readline()
        return check(f"a client is {wanted}", line == f"{wanted}\n", f"{line!r} {self.process.poll()}")

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def running(products, server):
    seen = subprocess.run([products / "soak", "report", "--target", server.target], capture_output=True, text=True)
    return int(seen.stdout) if seen.returncode == 0 else -1


def highest_memory(processes, seconds):
    highest = {name: 0 for name in processes}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, process in processes.items():
            highest[name] = max(highest[name], process.memory())
        time.sleep(0.1)
    return highest


def main():
    products, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    raise_descriptor_limit()
    server = Process(products / "soak", "server", "--port", "0", "--max-age", "3s")
    clients = [Client(products, "--target", server.target, "--for", f"{seconds}s", "--callers", "4") for _ in range(2)]
    for client in clients:
        client.says("working")
    until("methods have ended before the beginning", lambda: running(products, server) == 0)
    # Those who have called a moment ago have their connections closed.
    time.sleep(0.5)
    processes = {"the server": server, "client 1": clients[0], "client 2": clients[1]}
    descriptors = {name: process.descriptors() for name, process in processes.items()}
    hostile = Hostile(server.port)
    hostile.start()
    for client in clients:
        client.go_on()
    # The most that the first part of the time has taken is the measure for the rest.
    early = highest_memory(processes, seconds * 0.4)
    late = highest_memory(processes, seconds * 0.55)
    for client in clients:
        client.says("resting")
    hostile.over.set()
    hostile.join()
    for name in processes:
        growth = late[name] - early[name]
        check(f"{name}: memory is flat", growth <= FLAT, f"{growth} KiB more than in the first {seconds * 0.4:.0f} s")
        print(f"    {name}: {early[name] // 1024} MiB at most in the beginning, {late[name] // 1024} MiB later", flush=True)
    until("all methods have ended", lambda: running(products, server) == 0)
    for name, process in processes.items():
        until(f"{name}: descriptors are back at {descriptors[name]}", lambda: process.descriptors() <= descriptors[name])
    for number, client in enumerate(clients):
        client.go_on()
        out, error = client.process.communicate(timeout=60)
        check(f"client {number + 1} found what it must", client.process.returncode == 0, error[:2000])
        print(f"    client {number + 1}: {out.strip()}", flush=True)
    print(f"    beside {hostile.attacks} rounds of hostile peers", flush=True)
    check("the server ends with status 0", (status := server.stop()) == 0, status)
    print(f"{len(failures)} failures" if failures else f"all {peer.checks} checks passed")
    sys.exit(1 if failures else 0)


main()
