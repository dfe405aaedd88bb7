"""One page for each group of what forms and events can do, every example beside its source."""

from . import (
    effects,
    events,
    forms,
    guards,
    hooks,
    index,
    lifecycle,
    optimistic,
    order,
    pending,
    uploads,
    validation,
)

__all__ = [
    "effects",
    "events",
    "forms",
    "guards",
    "hooks",
    "index",
    "lifecycle",
    "optimistic",
    "order",
    "pending",
    "uploads",
    "validation",
]
