"""The parts of a multipart body, one after the other, as they arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from .errors import CallRefused
from .protocol import MALFORMED

_UNREADABLE: Final = "This form cannot be read: its parts have a wrong form."


@dataclass
class Part:
    """One part: an entry of a form.

    Arguments:
        name: that of the entry.
        filename: that of the file; `None`: it is text.
        headers: its own headers, their names in small letters.
    """

    name: str = ""
    filename: str | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class Multipart:
    """Reads the parts of a body: `await part()`, then `await data()` until the part has ended.

    Arguments:
        content_type: the header, which has the boundary in it.
        stream: the bytes of the body, as they arrive.

    Raises:
        CallRefused: 400, here and while reading: what comes is no multipart body, or not all of one.
    """

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _unreadable()
        self._stream = stream
        self._came: deque[Part | bytes | None] = deque()
        """Parts that begin, their data, and `None` where one ends."""
        self._part = Part()
        self._header = bytearray()
        self._value = bytearray()
        self._has_ended = False
        self._is_inside = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": lambda data, start, end: self._came.append(data[start:end]),
                    "on_part_end": lambda: self._came.append(None),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _unreadable() from None

    async def part(self) -> Part | None:
        """The next part; what is left of the one before is passed over. `None`: there is no other."""
        while self._is_inside:
            await self.data()
        item = await self._next()
        self._is_inside = isinstance(item, Part)
        return item if isinstance(item, Part) else None

    async def data(self) -> bytes | None:
        """More of the part; `None`: it has ended."""
        item = await self._next() if self._is_inside else None
        self._is_inside = item is not None
        return item if isinstance(item, bytes) else None

    async def _next(self) -> Part | bytes | None:
        while not self._came and not self._has_ended:
            try:
                chunk = await anext(self._stream)
            except StopAsyncIteration:
                raise CallRefused(400, MALFORMED, "The body ended too early.") from None
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise _unreadable() from None
        return self._came.popleft() if self._came else None

    def _begin(self) -> None:
        self._part = Part()

    def _end_header(self) -> None:
        self._part.headers.append((bytes(self._header).lower(), bytes(self._value)))
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        disposition = dict(self._part.headers).get(b"content-disposition")
        kind, options = parse_options_header(disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise _unreadable()
        self._part.name = name.decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._part.filename = None if filename is None else filename.decode("utf-8", "replace")
        self._came.append(self._part)

    def _end(self) -> None:
        self._has_ended = True


def _unreadable() -> CallRefused:
    return CallRefused(400, MALFORMED, _UNREADABLE)
