"""What the last call of an action came to: errors by field, or a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from .errors import StateError
from .taint import marks_in


@dataclass(frozen=True)
class Outcome:
    """How the last call of an action ended.

    Arguments:
        bound: what the action was bound to, as JSON: which of several forms it was.
        errors: what was wrong, by field; the empty name stands for the whole.
        result: what the action returned.
    """

    bound: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    result: Any = None


Outcomes = dict[str, Outcome]
"""The outcomes of a component's actions, by the name of the method."""

_KEPT: TypeAdapter[dict[str, tuple[str, dict[str, str], Any]]] = TypeAdapter(
    dict[str, tuple[str, dict[str, str], Any]]
)


def dump_outcomes(outcomes: Outcomes) -> bytes:
    """Outcomes as JSON, to be sealed; a result that cannot be JSON, or is tainted, is left out."""
    kept = {}
    for name, outcome in outcomes.items():
        result = outcome.result
        if result is None and not outcome.errors:
            continue
        if any(marks_in(result)):
            result = None  # read again, it would not be marked
        try:
            to_json(result)
        except (PydanticSerializationError, ValueError):
            result = None
        if outcome.errors or result is not None:
            kept[name] = (outcome.bound, dict(outcome.errors), result)
    return to_json(kept, bytes_mode="base64", inf_nan_mode="strings") if kept else b""


def load_outcomes(data: bytes) -> Outcomes:
    """Outcomes from JSON.

    Raises:
        StateError: it is of another form.
    """
    try:
        kept = _KEPT.validate_json(data)
    except ValidationError:
        raise StateError("the kept outcomes have another form") from None
    return {name: Outcome(bound, errors, result) for name, (bound, errors, result) in kept.items()}
