"""Which frameworks are compared, and how each is served in production."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Final

import reactor

from .environments import PAGES, QUIET, ROOT, node_environment, python_environment, version
from .servers import Peer

OURS: Final = "reactor"
UVICORN: Final = ("--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning", "--no-access-log")
"""One worker, and what `uvicorn[standard]` takes by itself."""


def ours() -> Peer:
    command = (sys.executable, "-m", "uvicorn", "benchmarks.peers.pages.ours:app", *UVICORN)
    variables = {"REACTOR_ENV": "production"}
    return Peer(OURS, reactor.__version__, command, variables, ROOT)


def nicegui() -> Peer:
    command = (str(python_environment("nicegui")), str(PAGES / "nicegui_page.py"))
    return Peer("NiceGUI", version("nicegui", "nicegui"), command, {"PORT": "{port}"}, ROOT)


def reactpy() -> Peer:
    command = (str(python_environment("reactpy")), "-m", "uvicorn", "reactpy_page:app", *UVICORN)
    return Peer("ReactPy", version("reactpy", "reactpy"), command, {}, PAGES)


def fasthtml() -> Peer:
    htmx = node_environment("htmx") / "node_modules" / "htmx.org"
    command = (str(python_environment("fasthtml")), "-m", "uvicorn", "fasthtml_page:app", *UVICORN)
    release = json.loads((htmx / "package.json").read_text())["version"]
    versions = f"{version('fasthtml', 'python-fasthtml')} with htmx {release}"
    return Peer("FastHTML", versions, command, {"SCRIPTS": str(htmx / "dist")}, PAGES)


def nextjs() -> Peer:
    folder = node_environment("nextjs", PAGES / "words.json", build=True)
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    command = (
        "node",
        "node_modules/next/dist/bin/next",
        "start",
        "--hostname",
        "127.0.0.1",
        "--port",
        "{port}",
    )
    return Peer("Next.js", f"{wanted['next']} with React {wanted['react']}", command, QUIET, folder)


CATALOGUE: Final[dict[str, Callable[[], Peer]]] = {
    "reactor": ours,
    "nicegui": nicegui,
    "reactpy": reactpy,
    "fasthtml": fasthtml,
    "nextjs": nextjs,
}
"""By the name that the command takes; each makes what it needs."""
