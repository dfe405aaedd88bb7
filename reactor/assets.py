"""Assets: static files of the application, with addresses that change when the file does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.staticfiles import StaticFiles

from .addresses import prefix_of
from .context import context_now
from .errors import ReactorError


class Asset(str):
    """The address of a file within the application, wherever that will be served."""

    __slots__ = ()


class Assets:
    """Static files of the application, with addresses that change when the file does.

    Arguments:
        path: where they are served.
        directory: where they lie.
    """

    def __init__(self, path: str, directory: Path) -> None:
        self.path = path.rstrip("/")
        self.directory = directory
        self._versions: dict[str, tuple[int, str]] = {}

    def __call__(self, name: str) -> str:
        """The address of a file, for `href`, `src` and `stylesheets`.

        Where a proxy or another application has put this one under a path, that stands in front of it: at
        once while a request is answered, and in `stylesheets` when a page is made.

        Raises:
            ReactorError: there is no such file.
        """
        file = (self.directory / name).resolve()
        if not file.is_file() or not file.is_relative_to(self.directory.resolve()):
            raise ReactorError(f"there is no static file {name!r} in {self.directory}")
        changed = file.stat().st_mtime_ns
        known = self._versions.get(name)
        if known is None or known[0] != changed:
            known = self._versions[name] = (changed, hashlib.sha256(file.read_bytes()).hexdigest()[:12])
        address = f"{self.path}/{name}?v={known[1]}"
        context = context_now()
        return Asset(address) if context is None else prefix_of(context.request.scope) + address


class VersionedFiles(StaticFiles):
    """Files that a browser may keep for ever when it asked for them with their version."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The response of a file, with how long it may be kept."""
        response = super().file_response(*args, **kwargs)
        scope = args[2] if len(args) > 2 else kwargs["scope"]
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response
