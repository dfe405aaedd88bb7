"""Messages: a call as it was sent, read from its bytes, and the answers that tell of an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from .arguments import FILES, Entry, Payload
from .blocks import SAFE_INTEGER
from .codec import Malformed, pack, unpack
from .errors import CallRefused, Invalid
from .failures import as_refusal
from .protocol import LARGE, MALFORMED, PROTOCOL, WRONG_PROTOCOL
from .records import Answer
from .site import Site

Stored: TypeAlias = "list[Any] | str | None"
"""Of a file that comes in pieces: its name, size, type, and perhaps a token of before; or the token of one
that has come; or nothing, where the action does not take it."""

_STEPS: Final = frozenset({str, int})
"""What an address is made of."""

_LIMITS_OF_CODEC: Final = {
    "bytes": " (Limits.body)",
    "levels": " (Limits.depth)",
    "values": " (Limits.items)",
}
"""By what there is too much of, the setting."""


class Call(NamedTuple):
    """A call, as it came (`docs/protocol.md`)."""

    view: bytes
    version: int
    id: bytes
    address: list[str | int] | None
    mark: int | bytes | None
    payload: Payload
    sealed: bytes | None
    reference: bytes | None = None
    """Stands for what is called, where that is no component's."""
    ahead: bool = False
    """Only to tell what a call would do."""
    blind: bool = False
    """The person acted before they could see that the call before was refused."""
    cancels: bool = False
    """Nothing is called: those that it supersedes are cancelled."""
    asks: bool = False
    """Whether the caller wants what the action returns."""
    others: frozenset[bytes] = frozenset()
    """The ids of the calls that are under way beside it."""
    supersedes: frozenset[bytes] = frozenset()
    """The ids of those whose place it takes."""
    stored: Sequence[Stored] | None = None
    """What is said of its files, by their numbers, where they come in pieces."""
    forks: Sequence[tuple[bytes, bytes]] = ()
    """Sealed states before and after calls that were answered from another state than the one it brings."""
    is_whole: bool = False
    """The browser cannot keep what it shows of feeds."""


def read_call(body: bytes, site: Site, *, files: bool = False) -> Call:
    """A call from its bytes.

    Arguments:
        body: the bytes.
        site: the application's limits.
        files: whether files come with it.

    Raises:
        CallRefused: 400, 413.
    """
    limits = site.limits
    try:
        message = unpack(body, limit=limits.body, depth=limits.depth, items=limits.items)
    except Malformed as error:
        limit = _LIMITS_OF_CODEC.get(str(error).rpartition(" ")[2], "")
        raise CallRefused(400, MALFORMED, f"This call cannot be read: {error}{limit}.") from None
    if not isinstance(message, dict):
        raise CallRefused(400, MALFORMED, "A call is a map.")
    if message.get("p") != PROTOCOL or type(message.get("p")) is bool:
        raise CallRefused(400, WRONG_PROTOCOL, f"This server speaks protocol {PROTOCOL}. Please reload.")
    view, version, call = message.get("i"), message.get("v"), message.get("c")
    if not (
        isinstance(view, bytes)
        and len(view) <= 32
        and isinstance(version, int)
        and 0 <= version < SAFE_INTEGER
        and isinstance(call, bytes)
        and 8 <= len(call) <= 32
    ):
        raise CallRefused(400, MALFORMED, "A call needs i, v and c.")
    address, mark, sealed = message.get("a"), message.get("h"), message.get("s")
    reference = message.get("g")
    if address is not None and not (isinstance(address, list) and _STEPS.issuperset(map(type, address))):
        raise CallRefused(400, MALFORMED, "An address is a list of numbers and strings.")
    if not (mark is None or type(mark) in (int, bytes)) or not (sealed is None or type(sealed) is bytes):
        raise CallRefused(400, MALFORMED, "h is a number or binary, s is binary.")
    if not (reference is None or type(reference) is bytes):
        raise CallRefused(400, MALFORMED, "g is binary.")
    stored = _stored(message["l"], limits.fields) if "l" in message else None
    if "e" in message or "f" in message:
        payload = _payload(message, site, int if files or stored is not None else str)
    else:
        payload = Payload()
    return Call(
        view,
        version,
        call,
        address,  # type: ignore[arg-type]
        mark,  # type: ignore[arg-type]
        payload,
        sealed,
        reference,
        ahead=message.get("w") is True,
        blind=message.get("o") is True,
        cancels=message.get("y") is True,
        asks=message.get("x") is True,
        others=_ids(message["u"], limits.calls) - {call} if "u" in message else _NONE,
        supersedes=_ids(message["z"], limits.calls) - {call} if "z" in message else _NONE,
        stored=stored,
        forks=_forks(message["m"], limits.forks) if "m" in message else (),
        is_whole="m" in message,
    )


def _forks(given: object, limit: int) -> list[tuple[bytes, bytes]]:
    if not isinstance(given, list) or len(given) > limit:
        raise CallRefused(413, LARGE, f"m is a list of at most {limit} pairs (Limits.forks).")
    forks: list[tuple[bytes, bytes]] = []
    for fork in given:
        match fork:
            case [bytes() as before, bytes() as after]:
                forks.append((before, after))
            case _:
                raise CallRefused(400, MALFORMED, "m is a list of pairs of binaries.")
    return forks


def _stored(given: object, limit: int) -> list[Stored] | None:
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > limit:
        raise CallRefused(413, LARGE, f"l is a list of at most {limit} files (Limits.fields).")
    for each in given:
        match each:
            case None | str():
                pass
            case [str(), int() as size, str(), *more] if type(size) is int and 0 <= size < SAFE_INTEGER:
                if more and not (len(more) == 1 and isinstance(more[0], str)):
                    raise CallRefused(400, MALFORMED, "A file has a name, a size, a type, and a token.")
            case _:
                raise CallRefused(400, MALFORMED, "l is a list of files, or of tokens.")
    return given


_NONE: Final[frozenset[bytes]] = frozenset()


def _ids(given: object, limit: int) -> frozenset[bytes]:
    if given is None:
        return _NONE
    if not isinstance(given, list) or len(given) > limit:
        raise CallRefused(413, LARGE, f"u and z are lists of at most {limit} ids (Limits.calls).")
    if not all(type(each) is bytes and 8 <= len(each) <= 32 for each in given):
        raise CallRefused(400, MALFORMED, "u and z are lists of call ids.")
    return frozenset(given)


def _payload(message: dict[str, Any], site: Site, file: type[Entry]) -> Payload:
    fields, entries = message.get("e"), message.get("f")
    if entries is not None:
        pairs = isinstance(entries, list) and len(entries) % 2 == 0
        if (
            not pairs
            or not all(type(name) is str for name in entries[::2])
            or not all(type(value) in (str, file) for value in entries[1::2])
        ):
            raise CallRefused(400, MALFORMED, "f is a list of names and values.")
        if len(entries) > 2 * site.limits.fields:
            raise CallRefused(413, LARGE, f"A form has at most {site.limits.fields} entries (Limits.fields).")
        return Payload(entries=list(zip(entries[::2], entries[1::2], strict=True)))
    if fields is not None and not isinstance(fields, dict):
        raise CallRefused(400, MALFORMED, "e is a map.")
    named = (fields or {}).get(FILES) if file is int else None
    return Payload(fields, files=len(named) if isinstance(named, list) else 0)


def refusal(refused: CallRefused, **more: Any) -> Answer:
    """The answer that tells of an error."""
    return Answer(refused.status, pack({"e": error_of(refused), **more}), refused.headers)


def error_of(refused: CallRefused) -> dict[str, Any]:
    """An error as it travels, in `e`."""
    error: dict[str, Any] = {"c": refused.code, "m": refused.message}
    if isinstance(refused, Invalid):
        error["f"] = refused.fields
    if refused.reference:
        error["r"] = refused.reference
    if refused.trace:
        error["t"] = refused.trace
    return error


def answer_to(error: CallRefused | HTTPException | RequestValidationError) -> Answer:
    """The answer that tells of an error; a redirect, as guards of pages raise it, is none."""
    if isinstance(error, HTTPException) and 300 <= error.status_code < 400:
        location = (error.headers or {}).get("location") or (error.headers or {}).get("Location")
        if location is not None:
            return Answer(200, pack({"l": location}))
    return refusal(as_refusal(error))
