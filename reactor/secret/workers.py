"""Workers: whether the processes of one server have been given the same secret."""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where none of the servers has workers that are started so
    fcntl = None  # type: ignore[assignment]


def has_siblings(arguments: Sequence[str] | None = None) -> bool:
    """Whether this process is one of several workers, as far as the command line and environment tell.

    Arguments:
        arguments: those of the command; without them, this process's.

    >>> has_siblings(["uvicorn", "app:app", "--workers", "2"]), has_siblings(["gunicorn", "-w4", "app:app"])
    (True, True)
    >>> has_siblings(["uvicorn", "app:app", "--workers=1"])
    False
    """
    arguments = sys.argv if arguments is None else arguments
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in ("--workers", "-w"):
            return (value or "".join(arguments[index + 1 : index + 2])) not in ("", "0", "1")
        if argument[:2] == "-w" and argument[2:].isdecimal():
            return int(argument[2:]) > 1
    return os.environ.get("WEB_CONCURRENCY", "1") not in ("", "0", "1")


def other_worker(secret: str, directory: Path, folder: Path) -> int | None:
    """Notes which secret this worker has, and looks for one that has another.

    Arguments:
        secret: what it seals with; only a digest is written.
        directory: the application's folder.
        folder: where workers can tell each other; only this user may read it.

    Returns:
        The process id of a worker of the same server that runs with another secret; `None`: there is none.

    Raises:
        OSError: the folder cannot be written to.
    """
    if fcntl is None:
        return None
    name = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:32] + ".workers"
    digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), person=b"reactor workers").hexdigest()
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before: Any = None
        with suppress(ValueError):
            before = json.load(file)
        if (
            isinstance(before, dict)
            and before.get("parent") == _parent()
            and _is_running(before.get("worker"))
        ):
            return None if before.get("digest") == digest else int(before["worker"])
        file.seek(0)
        file.truncate()
        json.dump({"parent": _parent(), "worker": os.getpid(), "digest": digest}, file)
    return None


def _parent() -> str:
    """What identifies the process that has started this one; its number may be given again later."""
    number = os.getppid()
    try:
        # The 22nd field is the time of its start; the second may hold spaces.
        started = Path(f"/proc/{number}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        started = ""
    return f"{number} {started}"


def _is_running(process: object) -> bool:
    if type(process) is not int or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
