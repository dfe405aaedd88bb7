"""The browser's part, as files: the client, and the parts of it that it loads when a page needs them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from fastapi import Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

ADDRESS: Final = "/_reactor/client/{release}/{name}"
_OVERLAY: Final = ("overlay.css", "overlay.js")
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


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
        self._directory = directory
        names = {file.name for file in directory.glob("*.js")} | set(_OVERLAY)
        self._names = names if debug else names - set(_OVERLAY)
        digest = hashlib.sha256()
        for name in sorted(names):
            digest.update((directory / name).read_bytes())
        self.release: Final = digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """The address of a file of this release."""
        return ADDRESS.format(release=self.release, name=name)

    async def serve(self, release: str, name: str) -> Response:
        """Answers with a file.

        Raises:
            HTTPException: 404: it is none of ours, or of another release, whose files do not fit ours.
        """
        if release != self.release or name not in self._names:
            raise HTTPException(404)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
        }
        return FileResponse(self._directory / name, media_type=_TYPES[Path(name).suffix], headers=headers)
