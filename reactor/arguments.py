"""The arguments of a call: bound values, fields of the event, entries of the form.

Types come from the annotations of the action alone; what a browser sends is strings, numbers and
booleans, and pydantic makes the arguments of them.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias, TypeGuard, Union, get_args, get_origin

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined

from .dependencies import split
from .errors import ComponentError, Invalid

Entries: TypeAlias = Sequence[tuple[str, str]]
"""A form's entries, in order."""

_LISTS = (list, set, frozenset, tuple)
_MISSING = object()
_MAXIMAL_NESTING = 16


class Payload:
    """What came with a call: an event's fields, or a form's entries.

    Arguments:
        fields: what a browser tells about the event.
        entries: the form's entries; names may repeat. `None`: it is no form.
    """

    def __init__(self, fields: Mapping[str, Any] | None = None, entries: Entries | None = None) -> None:
        self._fields = dict(fields or {})
        self._is_form = entries is not None
        self._entries: dict[str, list[str]] = {}
        for name, value in entries or ():
            self._entries.setdefault(name, []).append(value)

    def get(self, name: str, annotation: Any) -> Any:
        """What to validate for one parameter, or the missing mark.

        A parameter that is a list gets all entries of its name; an empty entry counts as missing unless
        the parameter takes text.
        """
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
        below = [entry[len(prefix) :] for entry in self._entries if entry.startswith(prefix)]
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
        if self._is_form and _is_list(annotation):
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
    """

    def __init__(self, function: Callable[..., Any], names: Mapping[str, Any] | None = None) -> None:
        self.needs: Dependant | None
        self.needs, self._own = split(function, names)
        for parameter in self._own:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise ComponentError(
                    f"{function.__qualname__}: *args, **kwargs and positional-only parameters cannot be "
                    "filled from an event; name each argument"
                )
        self._names = [parameter.name for parameter in self._own]
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
        names = (parameter.name for parameter in self._own)
        return {**dict(zip(names, args, strict=False)), **kwargs}

    def wanted(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> frozenset[str]:
        """The names that are looked up in an event."""
        left = self.open(args, kwargs)
        whole = whole_model(left)
        if whole is not None:
            return frozenset(field.alias or name for name, field in whole.model_fields.items())
        return frozenset(parameter.name for parameter in left)

    def validate(self, args: Sequence[Any], kwargs: Mapping[str, Any], payload: Payload) -> dict[str, Any]:
        """The values of the parameters that are not bound.

        Raises:
            Invalid: something is missing or does not fit its annotation.
        """
        left = self.open(args, kwargs)
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


def _accepts_none(annotation: Any) -> bool:
    return type(None) in _members(annotation)


def _messages(error: ValidationError, name: str = "") -> dict[str, str]:
    """One message for each field, without the values that were sent."""
    messages: dict[str, str] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(str(part) for part in item["loc"])
        where = ".".join(part for part in (name, path) if part)
        messages.setdefault(where, item["msg"])
    return messages
