"""The application's secret: where it comes from, and what is no secret.

In production it is given: `Reactor(app, secret=...)`, or the environment's `REACTOR_SECRET`. Both take
several, separated by commas or white space: the first seals, all open, so that a secret can be replaced
without a visitor noticing. `python -m reactor.secret` prints a fresh one.

Where none is given, every directory gets a secret of its own for development, kept in the user's cache
folder, so that pages survive a restart and several workers agree. Other machines and users would have
another one; with `REACTOR_ENV=production` a secret must be given.
"""

import hashlib
import logging
import os
import secrets
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from .workers import has_siblings, other_worker

VARIABLE: Final = "REACTOR_SECRET"
ENVIRONMENT: Final = "REACTOR_ENV"
MIN_LENGTH: Final = 32

_logger = logging.getLogger("reactor")


class SecretError(ValueError):
    """There is no usable secret. The message says why and what to do; it never holds a secret."""


def fresh() -> str:
    """Make a new secret from 48 random bytes.

    >>> len(fresh())
    64
    """
    return secrets.token_urlsafe(48)


def find(given: str | Sequence[str] | None = None, *, directory: Path | str | None = None) -> tuple[str, ...]:
    """Find the secrets of the application.

    Arguments:
        given: what the application's author gave: one or several, as text separated by commas or white
            space, or as a sequence. None: look into the environment, then take the secret for development.
        directory: whose secret for development it is: best the folder of the application's module, as that
            is the same however the application is started. None: the current directory.

    Returns:
        At least one secret; the first is the one that seals.

    Raises:
        SecretError: one is too short, too simple or known; none is in what was given, or given at all where
            `REACTOR_ENV` is `production`; the secret for development can be neither read safely nor made;
            or another worker of the same server was given another one.

    >>> new, old = fresh(), fresh()
    >>> find(f"{new}, {old}") == (new, old)
    True
    """
    if given is None:
        text = os.environ.get(VARIABLE)
        if text is None:
            if os.environ.get(ENVIRONMENT, "").strip().lower() == "production":
                raise SecretError(
                    f"{ENVIRONMENT} is production, and no secret is given. Set {VARIABLE}, the same for all "
                    "workers and machines; make one with: python -m reactor.secret"
                )
            return (for_development(Path.cwd() if directory is None else Path(directory)),)
        found, source = _split(text), f"the environment's {VARIABLE}"
    else:
        found, source = _split(given) if isinstance(given, str) else tuple(given), "the argument `secret`"
    if not found:
        raise SecretError(f"{source} is empty; make a secret with: python -m reactor.secret")
    for number, secret in enumerate(found, 1):
        place = source if len(found) == 1 else f"{source} (secret {number} of {len(found)})"
        check(secret, place)
    if given is not None and has_siblings():
        _check_siblings(found[0], Path.cwd() if directory is None else Path(directory))
    return found


def _check_siblings(secret: str, directory: Path) -> None:
    """Refuses a secret that another worker of this server does not have.

    Raises:
        SecretError: there is one that has another.
    """
    for folder in _folders(os.environ):
        try:
            _make_folder(folder)
            other = other_worker(secret, directory, folder)
        except OSError:
            continue
        if other is not None:
            raise SecretError(
                f"this worker (process {os.getpid()}) was given another secret than process {other}: what "
                f"one of them seals the other could not open. Set {VARIABLE}, or give a constant; a secret "
                "that is made when the module is imported, as by fresh(), is another one in each process"
            )
        return


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


# Whoever sees one of these in a secret sees that nobody chose it. Six letters and more, as shorter words
# turn up in random text.
_PLACEHOLDERS: Final = (
    "changeit", "changeme", "changethis", "example", "insecure", "letmein", "password", "placeholder",
    "reactorsecret", "replaceme", "replacethis", "secretkey", "secrethere", "supersecret", "topsecret",
    "yoursecret", "verysecret",
)  # fmt: skip
# Printed in tutorials that many have copied.
_KNOWN: Final = frozenset(
    {
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "192b9bdd22ab9ed4d12e236c78afcd9a393ec15f71bbf5dc987d54727823bcbf",
    }
)
_WORDS: Final = ("", "admin", "dev", "development", "password", "reactor", "root", "secret", "test", "123456")


def check(secret: str | bytes, place: str = "the secret") -> None:
    """Refuse what is no secret.

    Arguments:
        secret: the value.
        place: what the message calls it.

    Raises:
        SecretError: it is shorter than 32 characters, repeats itself, is a run of neighbours ("abcd…"), has
            few different characters, holds a placeholder's words, or is known to everybody.

    >>> check("changeme-changeme-changeme-changeme")
    Traceback (most recent call last):
    reactor.secret.SecretError: the secret repeats itself; make a better one with: python -m reactor.secret
    """
    fault = _fault(secret if isinstance(secret, str) else secret.decode("latin-1"))
    if fault:
        raise SecretError(f"{place} {fault}; make a better one with: python -m reactor.secret")


def _fault(secret: str) -> str | None:
    if len(secret) < MIN_LENGTH:
        return f"has {len(secret)} characters, fewer than {MIN_LENGTH}"
    secret = secret[:1024]  # enough to judge it
    if any(secret.startswith(secret[size:]) for size in range(1, len(secret) // 2 + 1)):
        return "repeats itself"
    if len(set(secret)) < 8:
        return "has fewer than 8 different characters"
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(secret))
    if steps.most_common(1)[0][1] > len(secret) // 2:
        return "is a run of neighbouring characters"
    letters = "".join(filter(str.isalnum, secret.lower()))
    if any(word in letters for word in _PLACEHOLDERS):
        return "looks like a placeholder"
    if letters in _KNOWN or letters in _hashes_of_words():
        return "is known to everybody"
    return None


def _hashes_of_words() -> Iterator[str]:
    for word in _WORDS:
        data = word.encode()
        yield hashlib.md5(data, usedforsecurity=False).hexdigest()
        yield hashlib.sha1(data, usedforsecurity=False).hexdigest()
        yield hashlib.sha256(data).hexdigest()


def for_development(directory: Path) -> str:
    """The secret for development of one directory: made once, then read again.

    Workers that start at the same time get the same one. A warning in the log says what production needs.

    Arguments:
        directory: the application's folder; two spellings of the same folder are one.

    Returns:
        The secret.

    Raises:
        SecretError: its file belongs to somebody else, may be read by others or holds something else, or
            there is no folder in which it could be kept.
    """
    name = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:32] + ".secret"
    problems: list[str] = []
    for folder in _folders(os.environ):
        path = folder / name
        try:
            _make_folder(folder)
            secret = _read(path)
            if secret is None:
                _make(path)
                secret = _read(path)
        except OSError as error:
            problems.append(f"{folder} ({error.strerror or error})")
            continue
        if secret is None:  # somebody deletes it while we make it
            problems.append(f"{folder} (the file vanished)")
            continue
        _logger.warning(
            "no secret given: using one made for development, %s. For production set %s, the same for all "
            "workers; make one with: python -m reactor.secret",
            path,
            VARIABLE,
        )
        return secret
    raise SecretError(
        f"no secret given, and nowhere to keep one for development: {'; '.join(problems)}. "
        f"Set {VARIABLE}; make one with: python -m reactor.secret"
    )


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where it may be kept, best first."""
    cache = Path(environment.get("XDG_CACHE_HOME", ""))
    if cache.is_absolute():  # the specification says to ignore others
        yield cache / "reactor"
    else:
        home = Path(os.path.expanduser("~"))
        if home.is_absolute():
            yield home / ".cache" / "reactor"
    user = os.getuid() if hasattr(os, "getuid") else environment.get("USERNAME", "")
    yield Path(tempfile.gettempdir()) / f"reactor-{user}"


def _make_folder(folder: Path) -> None:
    """Make the folder for us alone.

    Raises:
        OSError: that cannot be, or somebody else could put files into the one that is there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if hasattr(os, "getuid") and (
        not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022
    ):
        raise PermissionError(1, "not a folder of this user alone")


def _make(path: Path) -> None:
    """Write a fresh secret, unless another process was first.

    The file appears under its name only when it is complete.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh().encode("ascii"))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _read(path: Path) -> str | None:
    """The secret in a file that only we can have written and only we can read; None if there is no file.

    Raises:
        SecretError: there is a file, and it cannot be trusted.
    """
    remedy = f"delete it, or set {VARIABLE}"
    try:
        # No links are followed, and nothing is waited for should it be a pipe.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"the secret for development cannot be read: {path} ({error.strerror}); {remedy}"
        raise SecretError(message) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SecretError(f"the secret for development is no file: {path}; {remedy}")
        if hasattr(os, "getuid"):
            if found.st_uid != os.getuid():
                raise SecretError(f"the secret for development belongs to another user: {path}; {remedy}")
            if found.st_mode & 0o077:
                raise SecretError(f"the secret for development is open to other users: {path}; {remedy}")
        data = os.read(descriptor, 1024)
    finally:
        os.close(descriptor)
    try:
        secret = data.decode("ascii")
        check(secret)
    except ValueError:
        raise SecretError(f"the secret for development is damaged: {path}; {remedy}") from None
    return secret
