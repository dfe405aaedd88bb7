"""Files in pieces: begun by a call that is not run yet, sent one after the other, and then named by the call.

A call says first which files it has. Its handler is found as for any call, the limits of its fields are
looked at, and for each file a token goes back, sealed for the visitor and the page. With it the bytes come,
in as many requests as it takes. At the end the call is made, with the tokens in place of its files.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import astuple, dataclass
from hashlib import blake2b
from typing import Any, Final

from .codec import Malformed, from_text, pack, to_text, unpack
from .errors import CallRefused
from .exchanges import Exchange
from .files import Unkept, in_words, safe_name, too_large
from .messages import Call, Stored
from .protocol import LARGE, MALFORMED, OFFSET_HEADER, PIECES, STALE, UPLOAD_HEADER
from .records import Answer
from .site import Limits
from .storages import Details, Storage, StorageFull, StoredFile, Taken, storage_named
from .uploads import arriving, plain
from .views import Found

log = logging.getLogger("reactor")

_LONGEST_TOKEN: Final = 8_000
_LONGEST_OFFSET: Final = 16
"""Digits."""
_GONE: Final = "These files have not come whole, or were not kept so long. Please send them again."


@dataclass(frozen=True)
class _Upload:
    """What is in the token of an upload."""

    storage: str
    """The name of the storage; empty: that of the application."""
    name: str
    """Its name in there."""
    field: str
    action: str
    filename: str
    content_type: str
    size: int

    def is_for(self, entry: str, found: Found, size: int) -> bool:
        """Whether it is an upload for this field of this handler."""
        return (self.field, self.action, self.size) == (entry, found.bound.action.name, size)


async def answer_stored(
    exchange: Exchange,
    call: Call,
    stored: Sequence[Stored],
    seek: Callable[[], Awaitable[Found | None]],
    run: Callable[[], Awaitable[Answer]],
) -> Answer:
    """The answer to a call whose files come in pieces: where to send them, or when they are there, its own.

    Arguments:
        exchange: the request.
        call: the call.
        stored: what it says of its files.
        seek: finds the handler, if it is what the visitor saw.
        run: runs the call, or finds its recorded answer.

    Raises:
        CallRefused: 409, a file is not there; 413, they are too large; 429, there are too many uploads.
    """
    records = exchange.site.records
    if records.has(exchange.visitor, call.id):
        return await run()
    found = await seek()
    if found is None:
        return await run()
    taken = found.bound.files
    names = call.payload.names_of_files(taken)
    if len(names) != len(stored):
        raise CallRefused(400, MALFORMED, "The files in l are not those that the call names.")
    wanted = [taken.get(plain(name)) for name in names]
    limits = exchange.site.limits
    if any(isinstance(each, list) for each in stored):
        refused = _refused(exchange, stored, wanted)
        if any(refused):
            call.payload.fill(names, refused)
            return await run()
        told = [
            await _begin(exchange, found, name, want, each)
            for name, want, each in zip(names, wanted, stored, strict=True)
        ]
        return Answer(200, pack({"o": told}))
    async with AsyncExitStack() as stack:
        files: list[StoredFile | None] = []
        came: list[StoredFile] = []
        for name, want, token in zip(names, wanted, stored, strict=True):
            file = None
            if want is not None:
                file = await _opened(exchange, found, name, token)
            if file is not None:
                stack.push_async_callback(file.close)
            elif want is not None and records.has(exchange.visitor, call.id):
                return await run()
            elif want is not None:
                raise CallRefused(409, PIECES, _GONE)
            files.append(file)
            # Uploads may have been begun for several calls.
            came = [each for each in files if each is not None]
            if len(came) > limits.files:
                raise CallRefused(413, LARGE, f"There are more than {limits.files} files (Limits.files).")
            if sum(each.size or 0 for each in came) > limits.upload:
                raise _too_large(limits)
        call.payload.fill(names, files)
        answer = await run()
        stream = None if answer.more is None else answer.more[0]

        async def forget() -> None:
            # What was refused may be right the next time: then it need not be sent again.
            if answer.status < 400 and (stream is None or stream.failure is None):
                for file in came:
                    if file.kept is None:
                        await file.storage.delete(file.upload)

        stack.push_async_callback(forget)
        if stream is not None:
            stream.closing.push_async_callback(stack.pop_all().aclose)
        return answer


def _refused(
    exchange: Exchange, stored: Sequence[Stored], wanted: Sequence[Taken | None]
) -> list[Unkept | None]:
    """Why files are not taken, before any byte of them has come.

    Raises:
        CallRefused: 413, they are too large in all.
    """
    limits = exchange.site.limits
    refused: list[Unkept | None] = []
    count = total = 0
    for want, each in zip(wanted, stored, strict=True):
        why = ""
        if want is not None and isinstance(each, list):
            count, total = count + 1, total + each[1]
            limit = want.size or limits.file_size
            if count > limits.files:
                why = f"There are more than {limits.files} files (Limits.files)."
            elif each[1] > limit:
                why = too_large(limit, "" if want.size else "Limits.file_size")
        refused.append(Unkept(why) if why else None)
    if total > limits.upload and not any(refused):
        raise _too_large(limits)
    return refused


def _too_large(limits: Limits) -> CallRefused:
    most = in_words(limits.upload)
    return CallRefused(413, LARGE, f"All of this is more than {most} (Limits.upload).")


async def _begin(
    exchange: Exchange, found: Found, entry: str, want: Taken | None, said: Stored
) -> list[Any] | None:
    """The token of an upload, and how much of it has come; of one that was begun before, the rest is due."""
    if want is None:
        return None
    if not isinstance(said, list):
        raise CallRefused(400, MALFORMED, "All files of a call are described, or none.")
    filename, size, kind, *before = said
    storage = want.storage or exchange.site.storage
    if before:
        known = _read(exchange, before[0], lenient=True)
        if known is not None and known.is_for(entry, found, size) and _storage(exchange, known) is storage:
            offset = await storage.size(known.name)
            if offset is not None:
                return [before[0], offset]
    details = Details(safe_name(filename), _type(kind), size, _visitor(exchange))
    try:
        name = await storage.create(details)
    except StorageFull as full:
        log.warning("%s: an upload was refused: %s", exchange.page, full)
        raise CallRefused(429, "refused", str(full)) from None
    upload = _Upload(
        storage.name if want.storage else "",
        name,
        entry,
        found.bound.action.name,
        details.filename,
        details.content_type,
        size,
    )
    content = pack(list(astuple(upload)))
    sealed = exchange.site.keyring.seal(content, purpose=_purpose(exchange), visitor=exchange.visitor)
    return [to_text(sealed), 0]


async def answer_piece(exchange: Exchange) -> Answer:
    """The answer to a piece of a file: how much of it has come. Without an offset, nothing else is asked.

    Raises:
        CallRefused: 400, 408, 409, 413.
    """
    request = exchange.request
    upload = _read(exchange, request.headers.get(UPLOAD_HEADER, ""))
    storage = upload and _storage(exchange, upload)
    if not upload or not storage:
        raise CallRefused(409, PIECES, _GONE)
    exchange.site.piece_rates.know(exchange.visitor)
    size = await storage.size(upload.name)
    said = request.headers.get(OFFSET_HEADER)
    if said is not None and not (said.isascii() and said.isdecimal() and len(said) <= _LONGEST_OFFSET):
        raise CallRefused(400, MALFORMED, f"{OFFSET_HEADER} is a number of bytes.")
    if said is not None and size is not None:
        size = await _take(exchange, upload, storage, int(said), size)
    if size is None:
        raise CallRefused(409, PIECES, _GONE)
    return Answer(200, pack({"o": size}))


async def _take(
    exchange: Exchange, upload: _Upload, storage: Storage, begin: int, size: int | None
) -> int | None:
    """Adds what comes to an upload that has `size` bytes; how many it has then."""
    beyond = CallRefused(413, LARGE, f"This is more than the {upload.size} bytes that were announced.")
    if begin > upload.size:
        raise beyond
    # A browser may send a piece again by itself when a connection breaks: what has come of it is passed over.
    known = max((size or 0) - begin, 0)
    data, end = bytearray(), begin + known
    async with aclosing(
        arriving(exchange.request, exchange.site.limits, upload.size - begin, beyond)
    ) as stream:
        try:
            async for more in stream:
                # So is what does not fit: a browser hears no answer before it has sent all.
                if size == end:
                    data += more[known:]
                    known = max(known - len(more), 0)
                if len(data) >= storage.chunk:
                    size, end = await storage.append(upload.name, end, bytes(data)), end + len(data)
                    data.clear()
        finally:
            # Also what has come of a piece that breaks off need not be sent again.
            if data and size == end:
                size = await storage.append(upload.name, end, bytes(data))
    return size


async def _opened(exchange: Exchange, found: Found, entry: str, token: Stored) -> StoredFile | None:
    """A file that has come, for this field of this handler; `None`: it has not, or is not there any more."""
    upload = _read(exchange, token if isinstance(token, str) else "")
    storage = upload and _storage(exchange, upload)
    if not upload or not storage:
        return None
    if not upload.is_for(entry, found, upload.size) or await storage.size(upload.name) != upload.size:
        return None
    details = Details(upload.filename, upload.content_type, upload.size, _visitor(exchange))
    try:
        return StoredFile(storage, upload.name, await storage.open(upload.name), details)
    except FileNotFoundError:
        return None


def _read(exchange: Exchange, text: str, *, lenient: bool = False) -> _Upload | None:
    """What is in a token; `None`: it is too old.

    Arguments:
        exchange: who brings it.
        text: the token.
        lenient: nothing depends on it.

    Raises:
        CallRefused: 400, it was not made for this visitor and page.
    """
    try:
        token = from_text(text, limit=_LONGEST_TOKEN)
        content = exchange.open_token(token, _purpose(exchange))
        return _Upload(*unpack(content, limit=_LONGEST_TOKEN))  # type: ignore[misc]
    except Malformed:
        if lenient:
            return None
        raise CallRefused(400, MALFORMED, "The token of an upload has a wrong form.") from None
    except CallRefused as refused:
        if lenient or refused.code == STALE:
            return None
        raise


def _storage(exchange: Exchange, upload: _Upload) -> Storage | None:
    return storage_named(upload.storage) if upload.storage else exchange.site.storage


def _purpose(exchange: Exchange) -> str:
    return f"upload {exchange.place}"


def _visitor(exchange: Exchange) -> str:
    """What stands for the visitor in a storage: no secret is to lie in a file's name."""
    return blake2b(exchange.visitor.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _type(kind: str) -> str:
    """A media type that can stand in a header."""
    is_plain = len(kind) <= 127 and kind.isascii() and kind.isprintable()
    return kind if kind and is_plain else "application/octet-stream"
