"""The arguments of a call: bound values, fields of the event, entries of the form.

Types come from the annotations of the action alone; what a browser sends is strings, numbers and
booleans, and pydantic makes the arguments of them.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias, TypeGuard, TypeVar, Union, get_args, get_origin

from fastapi import UploadFile
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined

from .dependencies import split
from .errors import ComponentError, Invalid
from .files import MaxSize, Unkept
from .storages import Into, Taken

T = TypeVar("T")

Entry: TypeAlias = str | int | UploadFile | Unkept
"""What a form has in a field: text, or a file; the number of a file that is still to come."""

Entries: TypeAlias = Sequence[tuple[str, Entry]]
"""A form's entries, in order."""

FILES: Final = "files"
"""The field of events that has the files of a control."""

_LISTS = (list, set, frozenset, tuple)
_MISSING = object()
_MAXIMAL_NESTING = 16
_DEEPEST_FILE = 4
"""How deep in models a file may be; models may contain themselves."""


class Payload:
    """What came with a call: an event's fields, or a form's entries.

    Arguments:
        fields: what a browser tells about the event.
        entries: the form's entries; names may repeat. `None`: it is no form.
        files: how many files of an event's field are still to come.
    """

    def __init__(
        self,
        fields: Mapping[str, Any] | None = None,
        entries: Entries | None = None,
        *,
        files: int = 0,
    ) -> None:
        self._fields = dict(fields or {})
        self._is_form = entries is not None
        self._entries: dict[str, list[str]] = {}
        self._files: dict[str, list[UploadFile]] = {}
        self._to_come = [FILES] * files
        self.unkept: dict[str, str] = {}
        """By name of the entry, why a file of it was not kept."""
        for name, value in entries or ():
            if isinstance(value, str):
                self._entries.setdefault(name, []).append(value)
            elif isinstance(value, int):
                self._to_come.append(name)
            else:
                self._add(name, value)

    def names_of_files(self, taken: Mapping[str, Any]) -> list[str]:
        """The names of the entries whose files are still to come, in order.

        Arguments:
            taken: the parameters that take files; the files of an event go to the first.
        """
        return self._to_come if self._is_form else [next(iter(taken), FILES) for _ in self._to_come]

    def has_entry(self, name: str) -> bool:
        """Whether a form came that has text in a field of this name."""
        return name in self._entries

    @property
    def waits(self) -> bool:
        """Whether files are still to come."""
        return bool(self._to_come)

    def fill(self, names: Sequence[str], files: Iterable[UploadFile | Unkept | None]) -> None:
        """Takes in the files that have come; `None`: one that nobody wants."""
        for name, file in zip(names, files, strict=True):
            if file is not None:
                self._add(name, file)
        self._to_come = []

    def _add(self, name: str, file: UploadFile | Unkept) -> None:
        if isinstance(file, Unkept):
            self.unkept.setdefault(name, file.message)
        else:
            self._files.setdefault(name, []).append(file)

    def get(self, name: str, annotation: Any) -> Any:
        """What to validate for one parameter, or the missing mark.

        A parameter that is a list gets all entries of its name; an empty entry counts as missing unless
        the parameter takes text.
        """
        if _takes_file(annotation):
            files = self._files.get(name)
            return _MISSING if files is None else files if _is_list(annotation) else files[-1]
        if name in self._entries:
            values = self._entries[name]
            if _is_list(annotation):
                return values
            return values[-1] if values[-1] != "" or _takes_text(annotation) else _MISSING
        if self._is_form:
            return self._nested(name, annotation)
        value = self._fields.get(name, _MISSING)
        # A field that was emptied tells nothing, unless it is text.
        return _MISSING if value == "" and not _takes_text(annotation) else value

    def _nested(self, name: str, annotation: Any) -> Any:
        """What entries such as `address.street` and `items.0.name` say, for a model or a list of models.

        Only names that models declare are looked up; nothing that was sent names anything.
        """
        prefix = f"{name}."
        entries = (*self._entries, *self._files) if self._files else self._entries
        below = [entry[len(prefix) :] for entry in entries if entry.startswith(prefix)]
        if not below or name.count(".") >= _MAXIMAL_NESTING:
            return _MISSING
        for member in _members(annotation):
            if _is_model(member):
                return self.model(member, prefix)
            items = get_args(member)
            if items and _is_list(member) and _is_model(items[0]):
                numbers = {entry.partition(".")[0] for entry in below}
                known = sorted(int(number) for number in numbers if number.isdecimal() and len(number) <= 6)
                return [self.model(items[0], f"{prefix}{number}.") for number in known]
        return _MISSING

    def absent(self, annotation: Any) -> Any:
        """What it means that a required entry is missing: of a form, nothing checked, nothing chosen."""
        if _is_list(annotation) and (self._is_form or _takes_file(annotation)):
            return []
        if self._is_form and _plain(annotation) is bool:
            return False
        return None if _accepts_none(annotation) else _MISSING

    def model(self, model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
        """What to validate for a model that takes everything, or everything whose name begins so."""
        values: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            given = field.alias or name
            value = self.get(prefix + given, field.annotation)
            if value is _MISSING and field.is_required():
                value = self.absent(field.annotation)
            if value is not _MISSING:
                values[given] = value
        return values


class Arguments:
    """What a function takes, apart from what is bound and what FastAPI resolves.

    Arguments:
        function: a method with `@action`.
        names: what its annotations may name besides the globals of its module.
        is_method: whether its first parameter is the component.
    """

    def __init__(
        self, function: Callable[..., Any], names: Mapping[str, Any] | None = None, *, is_method: bool = True
    ) -> None:
        self.needs: Dependant | None
        self.needs, self._own = split(function, names, is_method=is_method)
        for parameter in self._own:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise ComponentError(
                    f"{function.__qualname__}: *args, **kwargs and positional-only parameters cannot be "
                    "filled from an event; name each argument"
                )
        self._names = [parameter.name for parameter in self._own]
        self.most = len(self._names)
        """How many values can be bound."""
        self._adapters: dict[str, TypeAdapter[Any]] = {}

    def open(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[inspect.Parameter]:
        """The parameters that are left for the payload."""
        return [parameter for parameter in self._own[len(args) :] if parameter.name not in kwargs]

    def check_bound(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Checks that bound values have a parameter each.

        Raises:
            ComponentError: there are more than the action takes, or a name that it does not know.
        """
        names = self._names
        if len(args) <= len(names) and not kwargs:
            return
        unknown = [keyword for keyword in kwargs if keyword not in names[len(args) :]]
        if len(args) > len(names) or unknown:
            what = f"the argument {unknown[0]!r}" if unknown else f"{len(args)} arguments"
            raise ComponentError(f"{name}.bind(…): {what} cannot be bound; it takes ({', '.join(names)})")

    def named(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Bound values by parameter; those that FastAPI resolves may stand between them."""
        return {**dict(zip(self._names, args, strict=False)), **kwargs}

    def wanted(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> frozenset[str]:
        """The names that are looked up in an event."""
        left = self.open(args, kwargs)
        whole = whole_model(left)
        if whole is not None:
            return frozenset(field.alias or name for name, field in whole.model_fields.items())
        return frozenset(parameter.name for parameter in left)

    def files(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Taken]:
        """The parameters that take files, and what each takes.

        Fields of models have the names that entries of a form have, without the numbers of items.
        """
        left = self.open(args, kwargs)
        whole = whole_model(left)
        if whole is not None:
            return dict(_files_of_model(whole, ""))
        return {
            name: taken
            for parameter in left
            for name, taken in _files_of(parameter.annotation, parameter.name)
        }

    def validate(self, args: Sequence[Any], kwargs: Mapping[str, Any], payload: Payload) -> dict[str, Any]:
        """The values of the parameters that are not bound.

        Raises:
            Invalid: something is missing or does not fit its annotation.
        """
        left = self.open(args, kwargs)
        if not left:
            return {}
        if payload.unkept and self.files(args, kwargs):
            raise Invalid(payload.unkept)
        whole = whole_model(left)
        if whole is not None:
            try:
                return {left[0].name: whole.model_validate(payload.model(whole))}
            except ValidationError as error:
                raise Invalid(_messages(error)) from None
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for parameter in left:
            annotation = Any if parameter.annotation is parameter.empty else parameter.annotation
            value = payload.get(parameter.name, annotation)
            if value is _MISSING:
                default = _default(parameter)
                if default is not parameter.empty:
                    values[parameter.name] = default
                    continue
                value = payload.absent(annotation)
            if value is _MISSING:
                wrong[parameter.name] = "Field required"
                continue
            try:
                values[parameter.name] = self._adapter(parameter.name, annotation).validate_python(value)
            except ValidationError as error:
                wrong.update(_messages(error, parameter.name))
        if wrong:
            raise Invalid(wrong)
        return values

    def _adapter(self, name: str, annotation: Any) -> TypeAdapter[Any]:
        adapter = self._adapters.get(name)
        if adapter is None:
            adapter = self._adapters[name] = TypeAdapter(annotation)
        return adapter


def _default(parameter: inspect.Parameter) -> Any:
    default = parameter.default
    # A FastAPI parameter object such as Form("x") holds the default inside.
    if hasattr(default, "default") and hasattr(default, "annotation"):
        return parameter.empty if default.default in (PydanticUndefined, ...) else default.default
    return default


def whole_model(left: Sequence[inspect.Parameter]) -> type[BaseModel] | None:
    """The model that takes the whole payload: the only parameter left."""
    if len(left) != 1:
        return None
    annotation = _plain(left[0].annotation)
    return annotation if _is_model(annotation) else None


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _members(annotation: Any) -> list[Any]:
    annotation = _plain(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for member in get_args(annotation) for inner in _members(member)]
    return [annotation]


def _is_list(annotation: Any) -> bool:
    return any((get_origin(member) or member) in _LISTS for member in _members(annotation))


def _takes_text(annotation: Any) -> bool:
    for member in _members(annotation):
        if member in (Any, inspect.Parameter.empty) or get_origin(member) is typing.Literal:
            return True
        if isinstance(member, type) and issubclass(member, (str, bytes)):
            return True
    return False


def _takes_file(annotation: Any) -> bool:
    """Whether a parameter is for a file, or a list of files."""
    for member in _members(annotation):
        inner = get_args(member)
        if _is_list(member) and inner and _takes_file(inner[0]):
            return True
        if isinstance(member, type) and issubclass(member, UploadFile):
            return True
    return False


def _files_of(annotation: Any, name: str, nesting: int = 0) -> Iterator[tuple[str, Taken]]:
    """The names of what takes files in a parameter, and what they take."""
    if _takes_file(annotation):
        size, into = _said(annotation, MaxSize), _said(annotation, Into)
        yield name, Taken(size.bytes if size else 0, into.storage if into else None)
    elif nesting < _DEEPEST_FILE:
        for member in _members(annotation):
            model = next(iter(get_args(member)), None) if _is_list(member) else member
            if _is_model(model):
                yield from _files_of_model(model, f"{name}.", nesting + 1)


def _files_of_model(model: type[BaseModel], prefix: str, nesting: int = 0) -> Iterator[tuple[str, Taken]]:
    for name, field in model.model_fields.items():
        annotation = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        yield from _files_of(annotation, f"{prefix}{field.alias or name}", nesting)


def _said(annotation: Any, kind: type[T]) -> T | None:
    """What is said of a file in an annotation: the last of the outermost."""
    if get_origin(annotation) is Annotated:
        said = [each for each in annotation.__metadata__ if isinstance(each, kind)]
        return said[-1] if said else _said(get_args(annotation)[0], kind)
    for inner in get_args(annotation):
        found = _said(inner, kind)
        if found is not None:
            return found
    return None


def _accepts_none(annotation: Any) -> bool:
    return type(None) in _members(annotation)


def _messages(error: ValidationError, name: str = "") -> dict[str, str]:
    """One message for each field, without the values that were sent."""
    messages: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in item["loc"])
        where = ".".join(part for part in (name, path) if part)
        # A validator of the application has a sentence of its own; pydantic puts "Value error, " before it.
        own = item.get("ctx", {}).get("error") if item["type"] == "value_error" else None
        messages.setdefault(where, str(own or "") or item["msg"])
    return messages
