"""Answers that show what has become of a page: a patch of the tree, or all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .codec import pack
from .diff import UNCHANGED
from .documents import listening
from .errors import CallRefused
from .exchanges import Exchange
from .messages import error_of
from .protocol import AWAITED
from .records import Answer
from .views import Ran, View
from .wire import Encoder, Numbering


async def patch(
    exchange: Exchange,
    view: View,
    ran: Ran,
    more: dict[str, Any],
    refused: CallRefused | None = None,
    *,
    made: Callable[[], None],
) -> Answer:
    """What has changed in a view that is locked.

    Arguments:
        exchange: the request.
        view: the view.
        ran: what has changed.
        more: what else is told.
        refused: what went wrong.
        made: notes who has made the new version.
    """
    message: dict[str, Any] = {"b": view.version, "v": view.version + 1, **more}
    if refused is not None:
        message["e"] = error_of(refused)
    sealed = exchange.seal_change(view, soon=more.get("f", AWAITED) != AWAITED)
    if ran.change is not UNCHANGED:
        message["d"] = Encoder(view.numbering, exchange.site.digest).change(ran.change)
    await exchange.look_ahead(view, ran.rendered)
    told = view.predictions.tell(view.numbering, exchange.site.digest, anew=False)
    if told:
        message["a"] = told
    templates = view.numbering.definitions()
    if templates:
        message["t"] = templates
    if sealed is not None:
        message["s"] = sealed
    if view.is_line_needed:
        message["q"] = listening(view, exchange.site)
    packed = pack(message)
    made()
    view.weigh(len(packed) - len(sealed or b""))
    exchange.site.views.keep(view)
    return Answer(200 if refused is None else refused.status, packed)


async def sync(
    exchange: Exchange,
    view: View,
    refused: CallRefused | None = None,
    more: dict[str, Any] | None = None,
    *,
    tell: bool = True,
    whole: bool = False,
    made: Callable[[], None],
) -> Answer:
    """All of a view that is locked.

    Arguments:
        exchange: the request.
        view: the view.
        refused: what went wrong.
        more: what else is told.
        tell: whether the person is told what went wrong.
        whole: the browser may not show of feeds what it is taken to show.
        made: notes who has made the new version.
    """
    if whole:
        await view.fill(exchange.resolver)
    numbering = Numbering()
    root = Encoder(numbering, exchange.site.digest).child(view.root.content)
    await exchange.look_ahead(view, view.mounts)
    told = view.predictions.tell(numbering, exchange.site.digest, anew=True)
    packed = pack(
        {
            "v": view.version + 1,
            "t": numbering.definitions(),
            "r": root,
            "s": exchange.seal(view),
            **({"a": told} if told else {}),
            **({"e": error_of(refused)} if refused else {}),
            **({"n": refused.message} if refused and tell else {}),
            **({"q": listening(view, exchange.site)} if view.is_live else {}),
            **(more or {}),
        }
    )
    view.numbering = numbering
    made()
    view.weigh()
    exchange.site.views.keep(view)
    return Answer(refused.status if refused else 200, packed)
