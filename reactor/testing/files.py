"""Files that a person chooses, and how a browser sends them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """A file that a person chooses.

    Arguments:
        name: its name.
        content: what is in it.
        type: its media type, as a browser guesses it by the name.

    >>> File("notes.txt", b"milk", "text/plain")
    File(name='notes.txt', content=4 bytes, type='text/plain')
    """

    name: str
    content: bytes = field(default=b"", repr=False)
    type: str = "application/octet-stream"

    def __repr__(self) -> str:
        return f"File(name={self.name!r}, content={len(self.content)} bytes, type={self.type!r})"


NO_FILE = File("")
"""What a browser sends of a field in which no file was chosen."""


def multipart(entries: Iterable[tuple[str, str | File]]) -> tuple[bytes, str]:
    """Entries as the body of a request.

    Arguments:
        entries: name and text, or name and file.

    Returns:
        The body, and its content type.
    """
    boundary = f"----{os.urandom(16).hex()}"
    body = bytearray()
    for name, value in entries:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'.encode()
        if isinstance(value, str):
            body += b"\r\n\r\n" + value.encode()
        else:
            body += f'; filename="{_quoted(value.name)}"\r\nContent-Type: {value.type}\r\n\r\n'.encode()
            body += value.content
        body += b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
