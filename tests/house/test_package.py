"""What is installed, and the names at its front."""

from __future__ import annotations

import ast
import gzip
import re
import subprocess
import sys
import tomllib
import types
import zipfile
from pathlib import Path

import reactor
from tests.servers import ROOT


def test_package_lists_all_of_its_names() -> None:
    visible = {name for name in vars(reactor) if not name.startswith("_")}
    # Importing a module of the package makes it an attribute; those that are offered are listed.
    modules = {name for name in visible if isinstance(getattr(reactor, name), types.ModuleType)}
    listed = {name for name in reactor.__all__ if not name.startswith("_")}
    assert listed - visible == set()
    assert visible - modules - listed - {"annotations"} == set()


def test_package_explains_all_of_its_names() -> None:
    offered = {name: getattr(reactor, name) for name in reactor.__all__}
    explainable = (type, types.FunctionType, types.ModuleType)  # an alias of a type holds no text
    unexplained = [
        name for name, value in offered.items() if isinstance(value, explainable) and not value.__doc__
    ]
    assert unexplained == []


def test_package_declares_what_it_imports() -> None:
    imported: set[str] = set()
    for path in (ROOT / "reactor").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).split(".")[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    requirements = [*project["dependencies"], *extras["redis"], *extras["testing"]]
    declared = {re.split(r"[\[<>=~ ]", requirement)[0].replace("-", "_") for requirement in requirements}
    declared.add("pydantic_core")  # a part of pydantic, which names its very version
    assert imported - declared - sys.stdlib_module_names - {"reactor"} == set()


def test_package_wheel_holds_what_an_installation_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {str(path.relative_to(ROOT)) for path in (ROOT / "reactor").rglob("*.py")}
    assert wheel.name == f"reactor-{reactor.__version__}-py3-none-any.whl"
    assert ours | {"reactor/py.typed", "reactor/static/client.js", "reactor/static/reactor.d.ts"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {"reactor", f"reactor-{reactor.__version__}.dist-info"}


def test_package_client_that_every_page_loads_is_small() -> None:
    """What few pages need belongs into a part: docs/architecture.md has a table of them."""
    client = (ROOT / "reactor" / "static" / "client.js").read_bytes()
    assert len(gzip.compress(client, 9, mtime=0)) <= 8_000
