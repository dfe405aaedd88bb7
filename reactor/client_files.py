"""Our own files: the client, the parts of it that it loads when a page needs them, and stylesheets."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from starlette.exceptions import HTTPException

ADDRESS: Final = "/_reactor/client/{release}/{name}"
_OVERLAY: Final = ("overlay.css", "overlay.js")
"""What is for developers."""
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_TAKES_GZIP: Final = re.compile(r"(?:^|[,\s])gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|,)))")


class ClientFiles:
    """Serves the files, all of one release under one address, so that they find each other.

    Arguments:
        directory: where they lie.
        debug: whether what is for developers is served, too.

    >>> files = ClientFiles(Path(__file__).parent / "static", debug=False)
    >>> files.address("client.js").startswith("/_reactor/client/")
    True
    """

    def __init__(self, directory: Path, *, debug: bool) -> None:
        paths = sorted(each for each in directory.iterdir() if each.suffix in _TYPES)
        self._files = {path.name: _File(path) for path in paths}
        digest = hashlib.sha256()
        for file in self._files.values():
            digest.update(file.content)
        self.release: Final = digest.hexdigest()[:12]
        for name in () if debug else _OVERLAY:
            del self._files[name]

    def address(self, name: str) -> str:
        """The address of a file of this release."""
        return ADDRESS.format(release=self.release, name=name)

    async def serve(self, request: Request, release: str, name: str) -> Response:
        """Answers with a file, packed for who takes that: there are no secrets in it.

        Raises:
            HTTPException: 404: it is none of ours, or of another release, whose files do not fit ours.
        """
        if release != self.release or name not in self._files:
            raise HTTPException(404)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        file = self._files[name]
        content = file.content
        if _TAKES_GZIP.search(request.headers.get("accept-encoding", "")):
            headers["content-encoding"] = "gzip"
            content = file.packed
        return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])


class _File:
    """A file that stays as it was when the application started, as its release does."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()

    @cached_property
    def packed(self) -> bytes:
        """The same for browsers that take gzip, as all do."""
        return gzip.compress(self.content, 9, mtime=0)
