"""One page for each group of what forms and events can do, every example beside its source."""

from . import (
    actions,
    cookies,
    data,
    effects,
    errors,
    events,
    forms,
    hooks,
    index,
    lifecycle,
    nextjs,
    optimistic,
    order,
    pending,
    uploads,
    validation,
)

__all__ = [
    "actions",
    "cookies",
    "data",
    "effects",
    "errors",
    "events",
    "forms",
    "hooks",
    "index",
    "lifecycle",
    "nextjs",
    "optimistic",
    "order",
    "pending",
    "uploads",
    "validation",
]
