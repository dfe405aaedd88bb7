"""Imports inside the package go downward only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.servers import ROOT

PACKAGE = ROOT / "reactor"

# From the ground up: a module imports only those that come before it here. A folder counts as one module.
# A new module is given its place in this list.
LAYERS = [
    "protocol",
    "garbage",
    "order",
    "errors",
    "taint",
    "codec",
    "navigation",
    "symbols",
    "policy",
    "elements",
    "blocks",
    "makers",
    "attributes",
    "hooks",
    "effects",
    "builder",
    "compiler",
    "html",
    "markup",
    "diff",
    "needs",
    "wire",
    "weights",
    "mirror",
    "layers",
    "secret",
    "seal",
    "heads",
    "proxies",
    "origin",
    "events",
    "stores",
    "brokers",
    "addresses",
    "context",
    "assets",
    "tracebacks",
    "failures",
    "caching",
    "cookies",
    "dependencies",
    "routes",
    "topics",
    "files",
    "multipart",
    "storages",
    "arguments",
    "outcomes",
    "results",
    "values",
    "actions",
    "components",
    "references",
    "bindings",
    "feeds",
    "boundaries",
    "suspense",
    "saved",
    "turns",
    "mounts",
    "props",
    "mounting",
    "parts",
    "placeholders",
    "previews",
    "automata",
    "predictions",
    "deadlines",
    "running",
    "views",
    "rates",
    "streams",
    "records",
    "states",
    "cluster",
    "site",
    "uploads",
    "documents",
    "overlays",
    "error_pages",
    "messages",
    "loopback",
    "visits",
    "deliveries",
    "exchanges",
    "answers",
    "pieces",
    "following",
    "calls",
    "transports",
    "line",
    "lines",
    "pages",
    "client_files",
    "app",
    "testing",
    "__init__",
]

# Looks upward that are meant, from inside a function: (module, what it imports).
UPWARD = {
    ("blocks", "markup"),  # `__html__`, for template engines: a block can say what it looks like
    ("actions", "references"),  # `@action` of a function, which belongs to no component
}


def modules() -> dict[str, list[Path]]:
    """The package's files by module: `reactor/cluster/memory.py` belongs to `cluster`."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found.setdefault(name, []).append(path)
    return found


def imported_modules(source: str, inside: str = "reactor") -> set[str]:
    """The modules of the package that this text imports, anywhere in it; also only for type checking.

    Args:
        source: text of a module.
        inside: dotted name of the package that holds it, for relative imports.
    """
    dotted: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            dotted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = inside.split(".")[: len(inside.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            # `from reactor import x` takes the module x, or a name of `__init__`.
            dotted |= {f"{base}.{alias.name}" for alias in node.names} if base == "reactor" else {base}
    inner = {name.split(".")[1] if "." in name else "__init__" for name in dotted if is_of_package(name)}
    known = {*modules(), "__init__"}
    return {name if name in known else "__init__" for name in inner}


def is_of_package(dotted: str) -> bool:
    return dotted == "reactor" or dotted.startswith("reactor.")


def test_layers_list_names_every_module() -> None:
    assert set(modules()) <= set(LAYERS), "give the new module its place in LAYERS"


@pytest.mark.parametrize("module", sorted(modules()))
def test_layers_imports_go_downward(module: str) -> None:
    below = set(LAYERS[: LAYERS.index(module)])
    for path in modules()[module]:
        inside = ".".join(["reactor", *path.relative_to(PACKAGE).parts[:-1]])
        meant = {target for source, target in UPWARD if source == module}
        upward = imported_modules(path.read_text(), inside) - below - {module} - meant
        assert not upward, f"{path.relative_to(ROOT)} imports what stands above it: {sorted(upward)}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import reactor.blocks", {"blocks"}),
        ("from reactor.blocks import Block", {"blocks"}),
        ("from reactor import blocks", {"blocks"}),
        ("from reactor import Component", {"__init__"}),
        ("from . import blocks", {"blocks"}),
        ("from .blocks import Block", {"blocks"}),
        ("def late():\n    from reactor.html import div", {"html"}),
        ("if TYPE_CHECKING:\n    import reactor.html as h", {"html"}),
        ("import ast, reactors.blocks", set()),
    ],
)
def test_layers_every_form_of_import_is_read(source: str, expected: set[str]) -> None:
    assert imported_modules(source) == expected


def test_layers_relative_import_from_a_folder() -> None:
    assert imported_modules("from ..blocks import Block", "reactor.cluster") == {"blocks"}
