"""Storages: where the pieces of a file are kept until it is whole, and where it may stay for good."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import stat
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from weakref import WeakValueDictionary

from fastapi import UploadFile
from starlette.datastructures import Headers

from .errors import DataError
from .files import in_words

if os.name == "posix":
    import fcntl

_DAY: Final = 24 * 3600.0
_IDLE: Final = 600.0
"""Seconds after which an unfinished upload makes room for another one of its visitor."""
_PART: Final = re.compile(r"([0-9a-f]{16})\.([0-9]{1,16})\.([0-9a-f]{32})")
"""An unfinished upload: its visitor, how many bytes it will have, and a random number."""
_WHOLE: Final = re.compile(r"[0-9a-f]{32}")


class StorageFull(Exception):
    """A storage takes no further upload.

    Arguments:
        message: why, for the person; with the name of the setting.
    """


@dataclass(frozen=True)
class Details:
    """What is known of a file before its bytes come.

    Arguments:
        filename: its name, as the browser says; not to be made part of a path.
        content_type: its type, as the browser says.
        size: how many bytes it will have; no more are taken.
        visitor: stands for the visitor: 16 hexadecimal digits, the same for all of their uploads.
    """

    filename: str
    content_type: str
    size: int
    visitor: str


class Storage(ABC):
    """Keeps uploads that come in pieces. A subclass brings them to where the application wants them.

    Pieces of one upload may reach any worker, so what is kept must be found by all of them. An upload has a
    name that `create` makes up. It comes back in a token sealed for the visitor, so no other one comes.

    Attributes:
        name: what tells this storage from the others of the application; the same in all workers.
        chunk: how many bytes are gathered for one `append`, unless the piece ends before.
    """

    name: str
    chunk: int = 262_144

    @abstractmethod
    async def create(self, details: Details) -> str:
        """Begins an upload.

        Arguments:
            details: what is known of it.

        Returns:
            Its name, of at most 500 characters.

        Raises:
            StorageFull: there is no room for it.
        """

    @abstractmethod
    async def size(self, upload: str) -> int | None:
        """How many bytes of an upload have come; `None`: there is no such upload (any more)."""

    @abstractmethod
    async def append(self, upload: str, offset: int, data: bytes) -> int | None:
        """Adds bytes, if they begin where the upload ends; of several that come at once, one is the first.

        Arguments:
            upload: its name.
            offset: where they begin. If the upload ends elsewhere, nothing is done.
            data: the bytes; never more than the upload is to have.

        Returns:
            How many bytes the upload has now, where the browser goes on; `None`: there is no such upload.
        """

    @abstractmethod
    async def open(self, upload: str) -> BinaryIO:
        """An upload that has come whole, to be read.

        Raises:
            FileNotFoundError: there is no such upload.
        """

    @abstractmethod
    async def finish(self, upload: str) -> str:
        """Keeps an upload for good.

        Returns:
            The name of what is kept, for the application; unfinished uploads have none of these.
        """

    @abstractmethod
    async def delete(self, upload: str) -> None:
        """Forgets an upload; one that is not there is none."""

    async def keep(self, file: UploadFile) -> str:
        """Keeps a file that an action was given, whichever way it came.

        A file that came in pieces into this storage is not copied.

        Arguments:
            file: the file, still open.

        Returns:
            The name of what is kept.

        Raises:
            StorageFull: there is no room for it.
        """
        if isinstance(file, StoredFile) and file.storage is self:
            if file.kept is None:
                file.kept = await self.finish(file.upload)
            return file.kept
        size = file.size or 0
        details = Details(file.filename or "", file.content_type or "", size, "0" * 16)
        upload, offset = await self.create(details), 0
        try:
            await file.seek(0)
            while data := await file.read(self.chunk):
                offset = await self.append(upload, offset, data) or 0
            return await self.finish(upload)
        except BaseException:
            await self.delete(upload)
            raise


class StoredFile(UploadFile):
    """A file that came in pieces; to an action it is an `UploadFile` as any other.

    Arguments:
        storage: where it is kept.
        upload: its name there.
        file: its content.
        details: what is known of it.
    """

    def __init__(self, storage: Storage, upload: str, file: BinaryIO, details: Details) -> None:
        headers = Headers({"content-type": details.content_type})
        super().__init__(file, size=details.size, filename=details.filename, headers=headers)
        self.storage = storage
        self.upload = upload
        self.kept: str | None = None
        """The name under which the application keeps it."""


@dataclass(frozen=True)
class Into:
    """In which storage the files of a field are kept while they come, instead of that of the application.

    Arguments:
        storage: which one. It is made in a module, so that every worker has it.

    >>> from typing import Annotated
    >>> from fastapi import UploadFile
    >>> films = DiskStorage("/srv/films")
    >>> Film = Annotated[UploadFile, Into(films)]
    """

    storage: Storage

    def __post_init__(self) -> None:
        _used[self.storage.name] = self.storage


_used: WeakValueDictionary[str, Storage] = WeakValueDictionary()


def storage_named(name: str) -> Storage | None:
    """The storage of this name that a field has its files kept in."""
    return _used.get(name)


@dataclass(frozen=True)
class Taken:
    """What a field for files takes.

    Arguments:
        size: bytes of a file; 0: as many as the application says.
        storage: where pieces are kept; `None`: that of the application.
    """

    size: int = 0
    storage: Storage | None = None


class DiskStorage(Storage):
    """Keeps files in a folder, which all workers of the machine share.

    Unfinished ones lie in a folder within, under random names; those that were kept, beside it.

    Arguments:
        directory: the folder; it is made when it is needed, for the owner alone.
        age: seconds after which an unfinished upload is deleted to which nothing more came.
        count: how many unfinished uploads there may be.
        size: how many bytes they may have in all when they are finished.
        visitor_count: how many of them may be one visitor's.
        visitor_size: how many bytes these may have.

    >>> import asyncio, tempfile
    >>> async def example(folder):
    ...     films = DiskStorage(folder)
    ...     upload = await films.create(Details("a.mp4", "video/mp4", 6, "0" * 16))
    ...     await films.append(upload, 0, b"abc")
    ...     print(await films.append(upload, 1, b"beyond"), await films.append(upload, 3, b"def"))
    ...     return films.path(await films.finish(upload)).read_bytes()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     asyncio.run(example(folder))
    3 6
    b'abcdef'
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        age: float = _DAY,
        count: int = 1_000,
        size: int = 20_000_000_000,
        visitor_count: int = 40,
        visitor_size: int = 4_000_000_000,
    ) -> None:
        self.directory = Path(directory).absolute()
        self.name = str(self.directory)
        self.age = age
        self._most = {
            "count": count,
            "size": size,
            "visitor_count": visitor_count,
            "visitor_size": visitor_size,
        }
        self._parts = self.directory / ".unfinished"

    def path(self, name: str) -> Path:
        """Where a file lies that was kept.

        Arguments:
            name: what `keep` has returned.

        Raises:
            ValueError: it is no such name.
        """
        if not _WHOLE.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a kept file")
        return self.directory / name

    async def create(self, details: Details) -> str:
        """Begins an upload."""
        return await asyncio.to_thread(self._create, details)

    async def size(self, upload: str) -> int | None:
        """How many bytes of it have come."""
        return await asyncio.to_thread(self._size, upload)

    async def append(self, upload: str, offset: int, data: bytes) -> int | None:
        """Adds bytes, if they begin where it ends."""
        return await asyncio.to_thread(self._append, upload, offset, data)

    async def open(self, upload: str) -> BinaryIO:
        """An upload that has come whole, or a file that was kept."""
        path = self.path(upload) if _WHOLE.fullmatch(upload) else self._part(upload)
        return await asyncio.to_thread(path.open, "rb")

    async def finish(self, upload: str) -> str:
        """Keeps it for good, beside the unfinished ones."""
        name = secrets.token_hex(16)
        await asyncio.to_thread(os.replace, self._part(upload), self.path(name))
        return name

    async def delete(self, upload: str) -> None:
        """Deletes an upload, or a file that was kept."""
        path = self.path(upload) if _WHOLE.fullmatch(upload) else self._part(upload)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    def _part(self, upload: str) -> Path:
        if not _PART.fullmatch(upload):
            raise FileNotFoundError(f"{upload!r} is no upload")
        return self._parts / upload

    def _create(self, details: Details) -> str:
        self._make_folders()
        with self._alone():
            self._make_room(details)
            name = f"{details.visitor}.{details.size}.{secrets.token_hex(16)}"
            os.close(os.open(self._part(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return name

    def _make_room(self, details: Details) -> None:
        """Deletes what is too old, and of the visitor's own what has to make room.

        Raises:
            StorageFull: that is not enough.
        """
        now = time.time()
        left: list[tuple[float, str, int, Path]] = []
        for entry in os.scandir(self._parts):
            found = _PART.fullmatch(entry.name)
            if not found:
                continue
            with suppress(FileNotFoundError):
                since, path = now - entry.stat().st_mtime, Path(entry.path)
                if since > self.age:
                    path.unlink()
                else:
                    left.append((since, found[1], int(found[2]), path))
        left.sort(key=lambda each: each[0])
        own = [each for each in left if each[1] == details.visitor]
        while own and own[-1][0] > _IDLE and self._is_beyond("visitor_", own, details.size):
            left.remove(own[-1])
            own.pop()[3].unlink(missing_ok=True)
        for whose, uploads in (("visitor_", own), ("", left)):
            setting = self._is_beyond(whose, uploads, details.size)
            if setting:
                most = self._most[setting]
                shown = in_words(most) if setting.endswith("size") else most
                raise StorageFull(
                    f"There are too many unfinished uploads: at most {shown} (DiskStorage {setting}). "
                    "Please try again later."
                )

    def _is_beyond(self, whose: str, uploads: list[tuple[float, str, int, Path]], size: int) -> str:
        """The setting that one more upload would exceed."""
        if len(uploads) >= self._most[f"{whose}count"]:
            return f"{whose}count"
        is_beyond = size + sum(each[2] for each in uploads) > self._most[f"{whose}size"]
        return f"{whose}size" if is_beyond else ""

    def _size(self, upload: str) -> int | None:
        with suppress(FileNotFoundError):
            return self._part(upload).stat().st_size
        return None

    def _append(self, upload: str, offset: int, data: bytes) -> int | None:
        with suppress(FileNotFoundError), self._part(upload).open("r+b") as file, _locked(file):
            size = file.seek(0, os.SEEK_END)
            if size == offset:
                size += file.write(data)
                file.flush()
            return size
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While nobody else begins an upload."""
        with (self._parts / "lock").open("ab") as file, _locked(file):
            yield

    def _make_folders(self) -> None:
        """Makes the folders.

        Raises:
            DataError: the folder is another user's.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._parts.mkdir(mode=0o700, exist_ok=True)
        found = os.lstat(self._parts)
        # In a folder where everybody may write, somebody else may have been first.
        is_strange = os.name == "posix" and (found.st_uid != os.geteuid() or found.st_mode & 0o077)
        if not stat.S_ISDIR(found.st_mode) or is_strange:
            raise DataError(f"DiskStorage: {self._parts} is not yours alone; give another folder")


_lock = threading.Lock()


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """While nobody else has this file locked; the lock ends with the file."""
    if os.name == "posix":
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    else:
        with _lock:
            yield


def temporary(name: str) -> DiskStorage:
    """A storage in the system's folder for temporary files.

    Arguments:
        name: what only the workers of the application know.
    """
    return DiskStorage(Path(tempfile.gettempdir()) / f"reactor-{name}")
