"""All demos as one application: `uvicorn demos.app:app`."""

from . import (
    benchmark,
    blog,
    chat,
    counter,
    dashboard,
    echo,
    error_pages,
    examples,
    feed,
    gallery,
    ledger,
    seven_guis,
    signup,
    stream,
    thread,
    todomvc,
    upload,
)
from .site import app

__all__ = [
    "app",
    "benchmark",
    "blog",
    "chat",
    "counter",
    "dashboard",
    "echo",
    "error_pages",
    "examples",
    "feed",
    "gallery",
    "ledger",
    "seven_guis",
    "signup",
    "stream",
    "thread",
    "todomvc",
    "upload",
]
