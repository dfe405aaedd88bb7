"""Environments of the peers' own, in `.cache/peers`: nothing of theirs is installed beside what is ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = (ROOT / ".cache").resolve() / "peers"
"""An environment holds its own address. Checkouts whose `.cache` is a link to one folder share them."""
PAGES: Final = Path(__file__).resolve().parent / "pages"
QUIET: Final = {"NEXT_TELEMETRY_DISABLED": "1", "CI": "true"}


def python_environment(name: str) -> Path:
    """The Python of an environment with what `pages/NAME.txt` lists; it is made where it is missing or old.

    Raises:
        RuntimeError: it could not be made.
    """
    folder, wanted = CACHE / name, PAGES / f"{name}.txt"
    python = folder / "bin" / "python"
    if not _is_up_to_date(folder, [wanted]):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", str(wanted)])
        _say_up_to_date(folder, [wanted])
    return python


def node_environment(name: str, *beside: Path, build: bool = False) -> Path:
    """A copy of `pages/NAME` with its packages; it is made when it is missing or out of date.

    Arguments:
        name: a folder with `package.json` and `package-lock.json`.
        beside: files that are copied into it.
        build: whether there is something to be built (`npm run build`).

    Raises:
        RuntimeError: it could not be made.
    """
    folder = CACHE / name
    sources = [path for path in (PAGES / name).rglob("*") if path.is_file()] + [*beside]
    if not _is_up_to_date(folder, sources):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PAGES / name, folder)
        for path in beside:
            shutil.copy(path, folder)
        # Not `npm ci`: it wants binaries for all systems to be locked, also those that a registry lacks.
        _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], folder)
        if build:
            _run(["npm", "run", "build", "--silent"], folder)
        _say_up_to_date(folder, sources)
    return folder


def version(name: str, package: str) -> str:
    """The version of a package that `pages/NAME.txt` asks for."""
    lines = (PAGES / f"{name}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def _run(command: list[str], folder: Path = ROOT, variables: Mapping[str, str] = QUIET) -> None:
    print("--", *command, flush=True)
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed in {folder}:\n{done.stdout}{done.stderr}")


def _is_up_to_date(folder: Path, sources: list[Path]) -> bool:
    stamp = folder / ".made-from"
    return stamp.exists() and stamp.read_text() == _digest(sources)


def _say_up_to_date(folder: Path, sources: list[Path]) -> None:
    (folder / ".made-from").write_text(_digest(sources))


def _digest(sources: list[Path]) -> str:
    digest = hashlib.sha256(str(CACHE).encode())
    for source in sorted(sources):
        digest.update(str(source.relative_to(PAGES)).encode() + source.read_bytes())
    return digest.hexdigest()
