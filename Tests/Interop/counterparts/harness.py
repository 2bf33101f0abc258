"""What run-interop and run-proxies share: where things are, servers on free ports, commands that must pass."""

import os
import pathlib
import queue
import signal
import subprocess
import threading

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
BUILT = ROOT / ".build" / "interop"
PRODUCTS = pathlib.Path(os.environ.get("PRODUCTS", ROOT / ".build" / "debug"))
PYTHON = ROOT / ".build" / "peers" / "venv" / "bin" / "python"
SOURCES = HERE / "counterparts"
COMMAND_SECONDS = 120

CASES = """
    empty_unary large_unary client_streaming server_streaming ping_pong empty_stream
    timeout_on_sleeping_server cancel_after_begin cancel_after_first_response custom_metadata
    status_code_and_message special_status_message unimplemented_method unimplemented_service
    client_compressed_unary client_compressed_streaming server_compressed_unary
    server_compressed_streaming rpc_soak channel_soak
""".split()
SERVERS = {
    "swift": [PRODUCTS / "interop-server"],
    "python": [PYTHON, SOURCES / "python/interop_server.py"],
    "go": [BUILT / "bin/go-server"],
    "cpp": [BUILT / "bin/cpp-server"],
}
CLIENTS = {
    "swift": [PRODUCTS / "interop-client"],
    "python": [PYTHON, SOURCES / "python/interop_client.py"],
    "go": [BUILT / "bin/go-client"],
    "cpp": [BUILT / "bin/cpp-client"],
}

environment = dict(os.environ, PYTHONPATH=str(BUILT / "python"), GRPC_VERBOSITY="NONE")
for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy"):
    environment.pop(name, None)
    environment.pop(name.upper(), None)


class Failure(Exception):
    pass


class Server:
    """A server on a free port, which it names in its first line."""

    def __init__(self, *command):
        command = [str(word) for word in command]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
        )
        lines = queue.Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline())).start()
        try:
            self.port = int(lines.get(timeout=60).rsplit(":", 1)[1])
        except (queue.Empty, IndexError, ValueError):
            self.process.kill()
            raise Failure(f"{command} did not say where it listens: {self.process.communicate()}")

    def __enter__(self):
        return self

    def stop(self):
        """Ends it as a user would, and returns how it ended and what else it said."""
        self.process.send_signal(signal.SIGTERM)
        try:
            out, err = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.process.args} did not end within 30 s of SIGTERM")
        return self.process.returncode, out, err

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def run(*command):
    """What a command prints; a failure when it does not exit with 0."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=COMMAND_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(command)}: no end within {COMMAND_SECONDS} s")
    if done.returncode != 0:
        tail = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Failure(f"{' '.join(command)}: exit {done.returncode}\n{tail}")
    return done.stdout


def cannot(client, server):
    """The cases that this pair leaves out."""
    cases = {}
    for line in (SOURCES / "cannot.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            one, other, case, reason = line.split(None, 3)
            if one in ("*", client) and other in ("*", server):
                cases[case] = reason
    return cases


def ready(*products):
    """Builds the counterparts; false, after a line that says why, when there is something missing."""
    if not pathlib.Path("/usr/share/gocode").exists():
        print("left out: the counterparts are built with Debian's libraries")
        return False
    for product in products:
        if not (PRODUCTS / product).exists():
            raise SystemExit(f"{PRODUCTS / product} is missing: swift build")
    subprocess.run([SOURCES / "build"], check=True)
    return True
