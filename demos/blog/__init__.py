"""Blog: a small application as one would write it. Who may do what, drafts, publishing, comments."""

from . import editor, login, reading

__all__ = ["editor", "login", "reading"]
