"""One page for each group of what forms and events can do, every example beside its source."""

from . import events, forms, hooks, index, lifecycle, optimistic, pending, validation

__all__ = ["events", "forms", "hooks", "index", "lifecycle", "optimistic", "pending", "validation"]
