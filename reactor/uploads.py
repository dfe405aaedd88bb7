"""Files on their way in: read from the request piece by piece, within their limits, and closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Final, Self

from fastapi import Request, UploadFile
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from .errors import CallRefused
from .files import Unkept, in_words, safe_name, too_large
from .multipart import Multipart, Part
from .protocol import LARGE, MALFORMED, MESSAGE_PART, STATE_FIELD
from .site import Limits
from .storages import Taken
from .streams import Stream

_IN_MEMORY: Final = 256_000
"""Bytes of a file that are held in memory; a larger one goes to disk."""


class Upload:
    """The body of a call or form that may bring files; a context, at whose end they are closed.

    Nothing is kept before it is known who asks and for what: a call's message comes first, and a form's state
    before its files.

    Arguments:
        request: the request, with a body that is `multipart/form-data`.
        limits: those of the application.

    Raises:
        CallRefused: 400, 408, 413: here, and while reading.
    """

    def __init__(self, request: Request, limits: Limits) -> None:
        self._limits = limits
        self._files: list[UploadFile] = []
        self.is_read = False
        """Whether all of it has come."""
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > limits.upload:
            raise self._too_large()
        self._stream = arriving(request, limits, limits.upload, self._too_large())
        self._parts = Multipart(request.headers.get("content-type", ""), self._stream)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.aclose()
        for file in self._files:
            await file.close()

    def stay(self, stream: Stream) -> None:
        """Has the files closed not at the end of the context, but of a stream whose work reads them."""
        for file in self._files:
            stream.closing.push_async_callback(file.close)
        self._files = []

    async def message(self) -> bytes:
        """The message of a call: the first part."""
        part = await self._parts.part()
        if part is None or part.name != MESSAGE_PART:
            raise CallRefused(400, MALFORMED, f"The first part of a call with files is {MESSAGE_PART}.")
        return await self._text(self._limits.body)

    async def files(
        self, names: Sequence[str], taken: Mapping[str, Taken]
    ) -> list[UploadFile | Unkept | None]:
        """The files of a call, which are its other parts, each named by its number.

        Arguments:
            names: of the entries that they belong to.
            taken: see `Arguments.files`.

        Returns:
            The files by number; `None` for one that the action does not take.
        """
        files: list[UploadFile | Unkept | None] = []
        for number, name in enumerate(names):
            part = await self._parts.part()
            if part is None or part.name != str(number) or part.filename is None:
                raise CallRefused(400, MALFORMED, "The files that came are not those that the call names.")
            wanted = taken.get(plain(name))
            files.append(None if wanted is None else await self._file(part, wanted.size))
        if await self._parts.part() is not None:
            raise CallRefused(400, MALFORMED, "The files that came are not those that the call names.")
        self.is_read = True
        return files

    async def form(self, check_state: Callable[[str], None]) -> list[tuple[str, str | UploadFile | Unkept]]:
        """The entries of a form that a browser has posted by itself, in order.

        Arguments:
            check_state: raises when the form's state is not one of this visitor.
        """
        entries: list[tuple[str, str | UploadFile | Unkept]] = []
        left, is_known = self._limits.body, False
        while (part := await self._parts.part()) is not None:
            if len(entries) >= self._limits.fields:
                limit = self._limits.fields
                raise CallRefused(413, LARGE, f"A form has at most {limit} entries (Limits.fields).")
            if part.filename is None:
                data = await self._text(left)
                left -= len(data) + len(part.name)
                text = data.decode("utf-8", "replace")
                if part.name == STATE_FIELD:
                    check_state(text)
                    is_known = True
                entries.append((part.name, text))
            elif not is_known:
                raise CallRefused(400, MALFORMED, f"{STATE_FIELD} comes before the files of a form.")
            elif (file := await self._file(part)) is not None:
                entries.append((part.name, file))
        self.is_read = True
        return entries

    async def _text(self, limit: int) -> bytes:
        data = bytearray()
        while (more := await self._parts.data()) is not None:
            data += more
            if len(data) > limit:
                message = f"The texts of this form are longer than {self._limits.body} bytes (Limits.body)."
                raise CallRefused(413, LARGE, message)
        return bytes(data)

    async def _file(self, part: Part, limit: int = 0) -> UploadFile | Unkept | None:
        """One file, read to its end or to its limit; `None` for a field in which none was chosen.

        Arguments:
            part: its part.
            limit: how many bytes it may have; 0: as many as the application says.
        """
        if len(self._files) >= self._limits.files:
            if not part.filename:
                return None
            return Unkept(f"There are more than {self._limits.files} files (Limits.files).")
        setting = "" if limit else "Limits.file_size"
        limit = limit or self._limits.file_size
        name = safe_name(part.filename or "")
        file = UploadFile(
            # It is closed with the upload.
            SpooledTemporaryFile(max_size=_IN_MEMORY),  # type: ignore[arg-type]  # noqa: SIM115
            size=0,
            filename=name,
            headers=Headers(raw=part.headers),
        )
        self._files.append(file)
        size = 0
        while (data := await self._parts.data()) is not None:
            size += len(data)
            if size > limit:
                await file.close()
                return Unkept(too_large(limit, setting))
            await file.write(data)
        await file.seek(0)
        if not name and not size:
            self._files.pop()
            await file.close()
            return None
        return file

    def _too_large(self) -> CallRefused:
        most = in_words(self._limits.upload)
        return CallRefused(413, LARGE, f"All of this is more than {most} (Limits.upload).")


async def arriving(request: Request, limits: Limits, most: int, beyond: CallRefused) -> AsyncGenerator[bytes]:
    """The body of a request, as long as it comes, and within its limits of size and time.

    Arguments:
        request: the request.
        limits: those of the application.
        most: how many bytes may come.
        beyond: what is raised when there are more.

    Raises:
        CallRefused: `beyond`; 408, it took too long.
    """
    clock = asyncio.get_running_loop().time
    end, size, stream = clock() + limits.upload_time, 0, request.stream()
    while True:
        try:
            async with asyncio.timeout(min(limits.body_time, end - clock())):
                piece = await anext(stream, None)
        except TimeoutError:
            seconds = limits.upload_time if clock() >= end else limits.body_time
            name = "upload_time" if clock() >= end else "body_time"
            message = f"The files took too long: more than {seconds:g} s (Limits.{name})."
            raise CallRefused(408, LARGE, message) from None
        except ClientDisconnect:
            piece = None
        if piece is None:
            return
        size += len(piece)
        if size > most:
            raise beyond
        yield piece


def plain(name: str) -> str:
    """The name of an entry without the numbers of items: `items.0.photo` is `items.photo`."""
    return ".".join(step for step in name.split(".") if not step.isdecimal())
