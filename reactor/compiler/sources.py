"""Sources: a file of the application, rewritten so that its element expressions make blocks at once.

The whole file is compiled again, so that every name means in it what it meant before; of that the code of
single functions is taken, and put into the functions that are there.
"""

from __future__ import annotations

import ast
import functools
import linecache
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import Any, Final, TypeAlias

from ..blocks import Block
from ..builder import ElementFactory
from .expressions import PLAIN, SOON, Compiled, Left, Reader, soon
from .options import is_prepared, prepared

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_HOLDERS: Final = ("reactor", "reactor.html")
_MARK: Final = "\0reactor "

_lock: Final = threading.Lock()


@dataclass(frozen=True)
class Note:
    """What has become of one element expression.

    Arguments:
        line: where it begins.
        function: what it stands in.
        source: the expression.
        compiled: what it was made to; `None`: it stays as it is.
        why: the reason for that.
    """

    line: int
    function: str
    source: str
    compiled: Compiled | None = None
    why: str = ""


@dataclass
class Source:
    """A file as it was rewritten.

    Arguments:
        notes: what has become of its element expressions.
        before: the code of its functions, by name and first line, as it was.
        after: the same as it is rewritten.
    """

    notes: list[Note] = field(default_factory=list)
    before: dict[tuple[str, int], CodeType] = field(default_factory=dict)
    after: dict[tuple[str, int], CodeType] = field(default_factory=dict)


@functools.lru_cache(1000)
def _read(file: str, text: str, names: _Names) -> Source:
    with _lock, warnings.catch_warnings():
        # Those of the application it has had already; what stands for our constants brings others.
        warnings.simplefilter("ignore")
        tree = ast.parse(text, file)
        before = compile(tree, file, "exec", dont_inherit=True)
        rewriter = _Rewriter(tree, file, names)
        made = rewriter.visit(tree)
        if not rewriter.made:
            return Source(rewriter.notes)
        after = _filled(
            compile(ast.fix_missing_locations(made), file, "exec", dont_inherit=True), rewriter.made
        )
    return Source(rewriter.notes, dict(_functions(before)), dict(_functions(after)))


def read(file: str, names: Mapping[str, Any]) -> Source | None:
    """The source of a file, rewritten.

    Arguments:
        file: its name, as its functions have it.
        names: the names of its module.

    Returns:
        `None`: there is no source of it.
    """
    text = "".join(linecache.getlines(file, dict(names)))
    if not text:
        return None
    try:
        return _read(file, text, _Names(names))
    except (SyntaxError, ValueError, RecursionError):
        return None


class _Names:
    """The names of a module; equal for the same module."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Names) and self.names is other.names

    def __hash__(self) -> int:
        return id(self.names)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, tree: ast.Module, file: str, names: _Names) -> None:
        self.notes: list[Note] = []
        self.made: dict[str, object] = {SOON: soon, PLAIN: frozenset({str, int, Block, type(None)})}
        self._file = file
        self._names = names.names
        self._imported = _imported(tree)
        self._bound: list[frozenset[str]] = []
        """Names that have a meaning of their own in the function at hand."""
        self._function: list[str] = []
        self._found = 0

    def _resolve(self, node: ast.expr) -> object:
        if isinstance(node, ast.Attribute):
            around = self._resolve(node.value)
            if not isinstance(around, ModuleType):
                return None
            try:
                return getattr(around, node.attr, None)
            except Exception:
                return None
        if not isinstance(node, ast.Name) or node.id not in self._imported:
            return None
        if any(node.id in bound for bound in self._bound):
            return None
        found = self._names.get(node.id)
        return found if isinstance(found, (ModuleType, ElementFactory)) or is_prepared(found) else None

    def _visit_function(self, node: Any) -> Any:
        # Its decorators and defaults belong to what is around it, which is no matter here.
        self._bound.append(_bindings(node))
        self._function.append(getattr(node, "name", "<lambda>"))
        try:
            return self.generic_visit(node)
        finally:
            self._bound.pop()
            self._function.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return self._visit_function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self._function.append(node.name)
        try:
            return self.generic_visit(node)
        finally:
            self._function.pop()

    def _visit_element(self, node: ast.Call | ast.Subscript) -> Any:
        if not self._bound:
            return self.generic_visit(node)  # it was run already
        reader = Reader(self._resolve, self._file, self._function[-1])
        where = ".".join(self._function)
        try:
            compiled = reader.read(node)
        except Left as left:
            self.notes.append(Note(node.lineno, where, ast.unparse(node), why=str(left)))
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
                self.generic_visit(node.value)
                node.slice = self.visit(node.slice)
                return node
            return self.generic_visit(node)
        if compiled is None:
            return self.generic_visit(node)
        self.notes.append(Note(node.lineno, where, ast.unparse(node), compiled))
        return self._call(compiled.make, compiled.values, node)

    def _call(self, function: object, args: list[ast.expr], node: ast.expr) -> ast.expr:
        """A call of something that stands in the code itself, in place of what is written there."""
        self._found += 1
        mark = f"{_MARK}{self._found}"
        self.made[mark] = function
        call = ast.Call(
            func=ast.copy_location(ast.Constant(mark), node),
            args=[self.visit(value) for value in args],
            keywords=[],
        )
        return ast.copy_location(call, node)

    def _prepared(self, node: ast.Call) -> Callable[[Any], Any] | None:
        """What does the same as a call whose options are constants; `None`: it stays as it is."""
        if not self._bound or len(node.args) != 1 or isinstance(node.args[0], ast.Starred):
            return None
        options = {
            each.arg: each.value.value
            for each in node.keywords
            if each.arg and isinstance(each.value, ast.Constant)
        }
        if len(options) != len(node.keywords):
            return None
        function: Any = self._resolve(node.func)
        return prepared(function, options) if is_prepared(function) else None

    def visit_Call(self, node: ast.Call) -> Any:
        made = self._prepared(node)
        return self._visit_element(node) if made is None else self._call(made, node.args, node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        return self._visit_element(node)


def _imported(tree: ast.Module) -> frozenset[str]:
    """The names that a module has by imports, and by nothing else."""
    imported: set[str] = set()
    other: set[str] = set()

    def look(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _IMPORTS):
                imported.update((each.asname or each.name).partition(".")[0] for each in child.names)
            elif isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
                other.add(getattr(child, "name", ""))
                for inner in ast.walk(child):
                    if isinstance(inner, ast.Global):
                        other.update(inner.names)
            else:
                other.update(_bound_by(child))
                look(child)

    look(tree)
    return frozenset(imported - other)


def _bindings(function: Function) -> frozenset[str]:
    """The names that mean something of their own somewhere in a function."""
    return frozenset(name for node in ast.walk(function) for name in _bound_by(node))


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.ClassDef(name=name):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from ((each.asname or each.name).partition(".")[0] for each in aliases)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            # `def f[T]` has names of its own, in a Python that knows it.
            for each in getattr(node, "type_params", ()):
                yield each.name


def _functions(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _functions(constant)


def _filled(code: CodeType, made: Mapping[str, object]) -> CodeType:
    """A code with what our constants stand for."""

    def filled(constant: Any) -> Any:
        if isinstance(constant, CodeType):
            return _filled(constant, made)
        if type(constant) is str:
            return made.get(constant, constant)
        return constant

    return code.replace(co_consts=tuple(map(filled, code.co_consts)))


def _knows_elements(names: Mapping[str, Any]) -> bool:
    """Whether element expressions can stand in a module at all; most that decorators are from have none."""
    kinds = (each for each in list(names.values()) if isinstance(each, (ModuleType, ElementFactory)))
    return any(isinstance(each, ElementFactory) or each.__name__ in _HOLDERS for each in kinds)


def rewritten(code: CodeType, names: Mapping[str, Any]) -> CodeType | None:
    """The code of a function, rewritten.

    Arguments:
        code: what it runs now.
        names: those of its module.

    Returns:
        `None`: there is nothing to be rewritten in it, or its source is not what it runs.
    """
    if not _knows_elements(names):
        return None
    source = read(code.co_filename, names)
    if source is None:
        return None
    place = code.co_qualname, code.co_firstlineno
    made = source.after.get(place)
    if made is None or source.before.get(place) != code:
        return None
    if (made.co_freevars, made.co_cellvars) != (code.co_freevars, code.co_cellvars):
        return None
    return None if made == code else made
