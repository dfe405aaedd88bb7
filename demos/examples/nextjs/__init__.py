"""What Server Actions do, done here: one section a case, in the usual order."""

from . import page

__all__ = ["page"]
