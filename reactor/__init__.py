"""Reactive web interfaces in Python.

Component classes render on the server; a small client in the browser sends events and applies the
difference that comes back. See `docs/`.
"""

from . import effects, html
from .actions import BoundAction, action
from .app import Reactor
from .bindings import bind
from .blocks import Block as Element
from .blocks import Child, Key
from .blocks import Listener as Handler
from .boundaries import ErrorBoundary
from .caching import cached, revalidate_path, revalidate_tag
from .compiler import compiled
from .components import Component, state
from .context import refresh, request
from .cookies import cookies
from .documents import Page
from .errors import (
    ActionError,
    BuildError,
    CallRefused,
    ComponentError,
    DataError,
    Invalid,
    PlaceholderError,
    ReactorError,
    StateError,
    TaintError,
)
from .events import on
from .failures import Failure, forbidden, not_found, unauthorized
from .feeds import Feed, feed
from .files import MaxSize
from .navigation import redirect
from .policy import nonce
from .site import Limits
from .storages import Details, DiskStorage, Into, Storage, StorageFull
from .suspense import Suspense
from .symbols import connection, form
from .taint import reveal, taint, tainted
from .topics import Presence, Topic, subscribe

__version__ = "0.1.0"

__all__ = [
    "ActionError",
    "BoundAction",
    "BuildError",
    "CallRefused",
    "Child",
    "Component",
    "ComponentError",
    "DataError",
    "Details",
    "DiskStorage",
    "Element",
    "ErrorBoundary",
    "Failure",
    "Feed",
    "Handler",
    "Into",
    "Invalid",
    "Key",
    "Limits",
    "MaxSize",
    "Page",
    "PlaceholderError",
    "Presence",
    "Reactor",
    "ReactorError",
    "StateError",
    "Storage",
    "StorageFull",
    "Suspense",
    "TaintError",
    "Topic",
    "action",
    "bind",
    "cached",
    "compiled",
    "connection",
    "cookies",
    "effects",
    "feed",
    "forbidden",
    "form",
    "html",
    "nonce",
    "not_found",
    "on",
    "redirect",
    "refresh",
    "request",
    "revalidate_path",
    "revalidate_tag",
    "reveal",
    "state",
    "subscribe",
    "taint",
    "tainted",
    "unauthorized",
]
