"""Reactive web interfaces in Python.

Component classes render on the server; a small client in the browser sends events and applies the
difference that comes back. See `docs/`.
"""

from . import effects, html
from .actions import BoundAction, action
from .app import Reactor, redirect
from .bindings import bind
from .blocks import Block as Element
from .blocks import Child, Key
from .blocks import Listener as Handler
from .components import Component, state
from .documents import Page
from .errors import (
    BuildError,
    CallRefused,
    ComponentError,
    Invalid,
    PlaceholderError,
    ReactorError,
    StateError,
    TaintError,
)
from .events import on
from .files import MaxSize
from .policy import nonce
from .site import Limits
from .symbols import form
from .taint import reveal, taint, tainted

__version__ = "0.1.0"

__all__ = [
    "BoundAction",
    "BuildError",
    "CallRefused",
    "Child",
    "Component",
    "ComponentError",
    "Element",
    "Handler",
    "Invalid",
    "Key",
    "Limits",
    "MaxSize",
    "Page",
    "PlaceholderError",
    "Reactor",
    "ReactorError",
    "StateError",
    "TaintError",
    "action",
    "bind",
    "effects",
    "form",
    "html",
    "nonce",
    "on",
    "redirect",
    "reveal",
    "state",
    "taint",
    "tainted",
]
