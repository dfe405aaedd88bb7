"""Files that a browser sends: how large they may be, and what stands for one that was not kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastapi import UploadFile
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_UNITS: Final = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class MaxSize:
    """How large a file may be, instead of `Limits.file_size`; it is checked while the file arrives.

    Arguments:
        bytes: how many bytes it may have; of a list, each of the files.

    >>> from typing import Annotated
    >>> from fastapi import UploadFile
    >>> Portrait = Annotated[UploadFile, MaxSize(2_000_000)]
    """

    bytes: int

    def __post_init__(self) -> None:
        if self.bytes < 1:
            raise ValueError(f"MaxSize({self.bytes}): takes a number of bytes, at least 1")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: Any) -> Any:
        for file in value if isinstance(value, (list, tuple, set, frozenset)) else (value,):
            if isinstance(file, UploadFile) and (file.size or 0) > self.bytes:
                raise PydanticCustomError("file_size", "{message}", {"message": too_large(self.bytes)})
        return value


@dataclass(frozen=True)
class Unkept:
    """Stands for a file that was not kept.

    Arguments:
        message: why, for the person.
    """

    message: str


def too_large(limit: int, setting: str = "") -> str:
    """What is said of a file that is larger than it may be.

    Arguments:
        limit: how many bytes it may have.
        setting: the limit's name, if it is one of the application's.
    """
    named = f" ({setting})" if setting else ""
    return f"The file is larger than {in_words(limit)}{named}."


def in_words(size: int) -> str:
    """A number of bytes as people write it.

    >>> [in_words(size) for size in (1, 999, 1_500, 25_000_000)]
    ['1 byte', '999 bytes', '1.5 kB', '25 MB']
    """
    for unit, name in _UNITS:
        if size >= unit:
            return f"{round(size / unit, 1):g} {name}"
    return "1 byte" if size == 1 else f"{size} bytes"


def safe_name(name: str) -> str:
    r"""The name of a file as it came, without folders and what cannot be seen.

    >>> safe_name("C:\\photos\\a.png"), safe_name("../../etc/passwd\0")
    ('a.png', 'passwd')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME]
