"""What the Python peers share: command line, start and stop, exit codes. No RPC."""

import os
import queue
import re
import signal
import sys
import time

# A proxy is for the outside world; the lessons talk over loopback. This and the
# log level must be set before grpc is imported.
for variable in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy"):
    os.environ.pop(variable, None)
    os.environ.pop(variable.upper(), None)
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("GLOG_minloglevel", "3")

import grpc  # noqa: E402


class UsageError(Exception):
    """Wrong arguments, or a local file that cannot be used: one line, exit 2."""


# --- Command line -----------------------------------------------------------


def duration(text):
    """500ms, 2s, 1.5s, 1m, 0 → seconds."""
    if text == "0":
        return 0.0
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(us|ms|s|m|h)", text)
    if not match:
        raise ValueError("a duration such as 500ms, 2s or 1m")
    return float(match[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}[match[2]]


def timeout(text):
    """A duration that is not zero."""
    if duration(text) == 0:
        raise ValueError("a duration longer than zero")
    return duration(text)


def size(text):
    """65536, 64KiB (or 64k), 1.5MB → bytes."""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)(|b|[kmg](?:i?b)?)", text.lower())
    if not match:
        raise ValueError("a size such as 65536, 64KiB or 100MB")
    unit = match[2]
    power = " kmg".find(unit[0]) if unit not in ("", "b") else 0
    return int(float(match[1]) * (1000 if unit.endswith("b") and "i" not in unit else 1024) ** power)


def count(text):
    """A whole number from 1."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise ValueError("a whole number from 1")
    return int(text)


def port(text):
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError("a port from 0 to 65535")
    return int(text)


def words(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("UTF-8 text") from None
    return text


def target(text):
    """HOST:PORT, or a name with a scheme such as unix:/tmp/socket, which is grpcio's to understand."""
    if re.match(r"(dns|ipv4|ipv6|unix):", words(text)):
        return text
    match = re.fullmatch(r"(?:\[[^\[\]]+\]|[^:\[\]]+):([0-9]{1,5})", text)
    if not match or not 0 < int(match[1]) < 65536:
        raise ValueError("HOST:PORT")
    return text


def words_list(text):
    return words(text).split(",")


class Options:
    """The parsed options as attributes, and `positional`; `given` names those set."""

    def text_of(self, name):
        """An option as it was typed."""
        return self.texts[name]


def parse(usage, table, arguments, positional=0):
    """Parses --name VALUE, --name=VALUE and --flag anywhere among positional arguments.

    `table` maps a name to (parser, default as text or None); a parser of None makes
    a flag, a parser in a list makes an option that may be repeated.
    """
    options = Options()
    options.positional, options.given, options.texts = [], set(), {}
    for name, (parser, default) in table.items():
        if isinstance(parser, list):
            value = []
        elif parser is None:
            value = False
        else:
            value = None if default is None else parser(default)
        options.texts[name] = default
        setattr(options, name.replace("-", "_"), value)
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            options.positional += [words(a) for a in rest]
            break
        if argument in ("--help", "-h"):
            print(usage.strip())
            sys.exit(0)
        if not argument.startswith("-") or argument == "-":
            options.positional.append(_checked(words, argument, "argument"))
            continue
        name, equals, value = argument[2:].partition("=")
        if not argument.startswith("--") or name not in table:
            raise UsageError(f"unknown option {argument} (--help lists them)")
        parser = table[name][0]
        attribute = name.replace("-", "_")
        if name in options.given and not isinstance(parser, list):
            raise UsageError(f"--{name} is given twice")
        options.given.add(name)
        if parser is None:
            if equals:
                raise UsageError(f"--{name} takes no value")
            setattr(options, attribute, True)
            continue
        if not equals:
            if not rest:
                raise UsageError(f"--{name} needs a value")
            value = rest.pop(0)
        options.texts[name] = value
        if isinstance(parser, list):
            getattr(options, attribute).append(_checked(parser[0], value, f"--{name}"))
        else:
            setattr(options, attribute, _checked(parser, value, f"--{name}"))
    if len(options.positional) > positional:
        raise UsageError(f"unexpected argument {options.positional[positional]!r} (--help explains)")
    return options


def _checked(parser, value, what):
    try:
        return parser(value)
    except ValueError as wanted:
        shown = value.encode(errors="replace").decode()
        raise UsageError(f"{what} needs {wanted}, not '{shown}'") from None


# --- Servers ----------------------------------------------------------------

SERVER = {"host": (words, "127.0.0.1"), "port": (port, "50051"), "grace": (duration, "5s")}

# Two servers never share a port silently.
SERVER_OPTIONS = [("grpc.so_reuseport", 0)]


def address(host, number):
    host = host.removeprefix("[").removesuffix("]")
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def cannot_listen(options):
    note(f"cannot listen on {address(options.host, options.port)}: the port is taken or not allowed")
    return 1


def serve(server, options, stop=None):
    """Listens, says so, serves until Ctrl-C or SIGTERM, then drains for the grace period.

    Calls that are still going after it are ended by grpcio, whose handlers may outlive
    the process's last moment: what must be put right by then, `stop` does.
    """
    try:
        number = server.add_insecure_port(address(options.host, options.port))
    except RuntimeError:
        number = 0
    if number == 0:
        return cannot_listen(options)
    options.port = number
    # Not an Event: the signal may come while this very thread holds the Event's lock, and set() would wait for ever.
    signals = queue.SimpleQueue()
    is_stopping = False

    def on_signal(number, frame):
        nonlocal is_stopping
        if is_stopping:
            os._exit(128 + number)
        is_stopping = True
        signals.put(number)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    server.start()
    print(f"listening on {address(options.host, number)}", flush=True)
    signals.get()
    stopped = server.stop(options.grace)
    stopped.wait(options.grace + 1)
    if stop:
        stop()
    sys.stdout.flush()
    os._exit(0)  # a handler that still sleeps in its thread would hold a plain exit


# --- Clients ----------------------------------------------------------------

CLIENT = {"target": (target, "127.0.0.1:50051")}

_LOCAL_DEADLINE = ("Deadline Exceeded", "context deadline exceeded")


def report(code, message, options=None, started=None):
    """The one line that explains a call that failed; returns the exit status."""
    message = " ".join((message or "").split())
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and options is not None and options.timeout:
        late = started is not None and time.monotonic() - started >= options.timeout
        if late or message in _LOCAL_DEADLINE:
            by = "set by --timeout" if "timeout" in options.given else "the default; --timeout changes it"
            message = f"no reply within {options.text_of('timeout')} ({by})"
    elif code is grpc.StatusCode.UNAVAILABLE and options is not None and not message.startswith("hop "):
        if "Connection refused" in message:
            message = f"cannot connect to {options.target}: connection refused"
        elif "Socket closed" in message or "Connection reset" in message:
            message = f"the connection to {options.target} was lost"
    sys.stdout.flush()
    note(f"{code.name}: {message}" if message else code.name)
    return 64 + code.value[0]


def interrupted():
    """What Ctrl-C comes to."""
    sys.stdout.flush()
    note("CANCELLED: interrupted by Ctrl-C")
    return 64 + grpc.StatusCode.CANCELLED.value[0]


def leave(status):
    """Ends the process at once; a thread that still reads standard input would hold a plain exit."""
    sys.stdout.flush()
    os._exit(status)


def note(text):
    """Narration and errors go to standard error, results to standard output."""
    print(text, file=sys.stderr, flush=True)


def main(run):
    """Runs `run(arguments)` and exits with the status that it returns."""
    # Also where a script started us in the background, with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    try:
        status = run(sys.argv[1:])
    except UsageError as error:
        note(str(error))
        status = 2
    except KeyboardInterrupt:
        status = interrupted()
    except BrokenPipeError:  # whoever read our results has gone
        os._exit(128 + signal.SIGPIPE)
    leave(status or 0)
