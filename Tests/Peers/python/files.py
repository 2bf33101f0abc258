"""Files below a root, for lessons 02 and 05: which paths are allowed, and in what order."""

import os
import stat

import lesson
import grpc


class PathError(Exception):
    """A path that is refused, with the status that says why."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def root_folder(path):
    """The real path of --root."""
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise lesson.UsageError(f"--root needs a folder, not '{path}'")
    return real


def resolve(root, path):
    """The real path and the lstat of what `path` names below `root`.

    The path is checked now and opened later: whoever may swap folders for links
    below the root can win that race. A server for strangers would open each part
    with openat and O_NOFOLLOW instead.
    """
    leaves = PathError(grpc.StatusCode.PERMISSION_DENIED, f"{path} leaves the root")
    missing = PathError(grpc.StatusCode.NOT_FOUND, f"{path} does not exist")
    if path.startswith("/"):
        raise leaves
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            raise leaves
    if "\0" in path:
        raise missing
    real = os.path.realpath(os.path.join(root, path))
    if os.path.commonpath([root, real]) != root:
        raise leaves
    try:
        information = os.lstat(real)
    except PermissionError:
        raise unreadable(path) from None
    except OSError:
        raise missing from None
    if stat.S_ISLNK(information.st_mode):  # links in a circle
        raise missing
    return real, information


def unreadable(path):
    return PathError(grpc.StatusCode.PERMISSION_DENIED, f"{path} cannot be read")


def shown(path):
    """The path as results show it: without empty parts and "."."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def walk(real, name):
    """Yields (path, name to show) of every regular file, folders in byte order of their names.

    Links, pipes and devices are skipped, and folders that cannot be read.
    """
    pending = [(os.fsencode(real), name.encode())]
    while pending:
        path, name = pending.pop()
        information = os.lstat(path)
        if stat.S_ISREG(information.st_mode):
            yield path, name.decode(errors="replace")
        elif stat.S_ISDIR(information.st_mode):
            try:
                names = sorted(os.listdir(path), reverse=True)
            except OSError as error:
                lesson.note(f"skipped {os.fsdecode(path)}: {error.strerror}")
                continue
            pending += [(os.path.join(path, n), name + b"/" + n if name else n) for n in names]


def open_regular(path):
    """Opens a regular file for reading; never waits for a pipe or follows a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return os.fdopen(descriptor, "rb", buffering=1 << 16)
