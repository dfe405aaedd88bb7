"""Failures: what a person and what the log are told when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from .blocks import Listener
from .context import context_now
from .errors import ActionError, CallRefused
from .protocol import FAILED, LATE
from .tracebacks import path_of, title_of, to_wire

log = logging.getLogger("reactor")

RAISED: Final = "reactor.raised"
"""The key of a list in the extensions of an ASGI scope: a test client finds there what was raised."""

NOTHING_CHANGED: Final = "Nothing was changed."

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are taken for others when somebody reads them aloud."""
_GENERIC: Final = "Something went wrong."
_SENTENCES: Final = {
    400: "This request cannot be understood.",
    401: "Please sign in first.",
    403: "You may not see this.",
    404: "There is nothing at this address.",
    405: "This cannot be done here.",
    409: "This has changed in the meantime.",
    413: "This is too large.",
    422: "Something in this request is not as it should be.",
    429: "This was too often. Please wait a moment.",
    500: _GENERIC,
    503: "This is not available at the moment. Please try again later.",
}


@dataclass(frozen=True)
class Failure:
    """What went wrong, for an error boundary's fallback and for error pages.

    Arguments:
        message: a sentence for the person.
        reference: what they can tell you, so that you find the line in the log; empty for errors that were
            raised on purpose (`ActionError`, `not_found()`), of which there is none.
        status: the HTTP status.
        retry: in a fallback, a handler that renders again what has failed: for a button's `on_click`.
    """

    message: str
    reference: str = ""
    status: int = 500
    retry: Listener | None = None


def not_found(message: str = _SENTENCES[404]) -> HTTPException:
    """What is not there: 404.

    Raised in a page, a component, an action, or a dependency (also of other routes); a page, component or
    action may return it as well.

    Arguments:
        message: a sentence for the person.

    >>> raise not_found("There is no such post.")
    Traceback (most recent call last):
    starlette.exceptions.HTTPException: 404: There is no such post.
    """
    return HTTPException(404, message)


def forbidden(message: str = _SENTENCES[403]) -> HTTPException:
    """What this visitor may not see or do: 403; used as `not_found`.

    Arguments:
        message: a sentence for the person.
    """
    return HTTPException(403, message)


def unauthorized(message: str = _SENTENCES[401], *, authenticate: str = "") -> HTTPException:
    """What one has to sign in for: 401; used as `not_found`.

    Arguments:
        message: a sentence for the person.
        authenticate: the header `WWW-Authenticate`, for browsers and scripts that sign in by themselves.

    >>> unauthorized(authenticate="Bearer").headers
    {'WWW-Authenticate': 'Bearer'}
    """
    return HTTPException(401, message, {"WWW-Authenticate": authenticate} if authenticate else None)


def is_expected(error: BaseException) -> bool:
    """Whether an exception was raised on purpose: what it says is for the person."""
    return isinstance(error, (CallRefused, HTTPException, RequestValidationError))


def is_redirect(error: BaseException) -> bool:
    """Whether it only leads the visitor elsewhere."""
    return isinstance(error, HTTPException) and error.status_code < 400


def reaches_boundary(error: BaseException) -> bool:
    """Whether an error boundary shows that an action has failed so.

    A call that the framework refuses (the page has changed, it took too long), or whose arguments do not
    validate, is told otherwise.
    """
    if isinstance(error, (CallRefused, RequestValidationError)):
        return isinstance(error, ActionError)
    return isinstance(error, Exception) and not is_redirect(error)


def as_refusal(error: CallRefused | HTTPException | RequestValidationError) -> CallRefused:
    """An error that a dependency or an action has raised on purpose, as an answer."""
    if isinstance(error, CallRefused):
        return error
    if isinstance(error, HTTPException):
        return CallRefused(error.status_code, "refused", str(error.detail))
    return CallRefused(422, "invalid", "The request does not validate.")


def told(error: BaseException, where: str, *, and_so: str = "") -> CallRefused:
    """What an exception becomes: for the person, and for the log, which both have the same reference.

    Arguments:
        error: the exception; call this once for each.
        where: what was being done, for the log.
        and_so: what the person has to know besides. It and the reference are put into the message.

    Returns:
        One that was raised on purpose with its own message; any other with a generic one, or in development
        with type, message and traceback.
    """
    if isinstance(error, (CallRefused, HTTPException, RequestValidationError)):
        refused = as_refusal(error)
        if refused.status >= 500 and not refused.reference and refused.code != LATE:
            log.warning("%s: %d %s", where, refused.status, refused.message)
        return refused
    reference = new_reference()
    inside = path_of(error)
    log.error("%s%s failed, reference %s", where, f" ({inside})" if inside else "", reference, exc_info=error)
    context = context_now()
    message = _GENERIC
    if context is not None and context.debug:
        message = title_of(error)
    elif and_so:
        message = f"{_GENERIC} {and_so} The reference is {reference}."
    refused = CallRefused(500, FAILED, message)
    refused.reference = reference
    if context is not None:
        if context.debug:
            refused.trace = to_wire(error)
        raised = context.request.scope.get("extensions", {}).get(RAISED)
        if raised is not None:
            raised.append(error)
    return refused


def failure_of(refused: CallRefused) -> Failure:
    """A failure for a page; where nobody has said anything, in words for people."""
    message = refused.message
    if refused.status in _SENTENCES and message in ("", HTTPStatus(refused.status).phrase):
        message = _SENTENCES[refused.status]
    return Failure(message, refused.reference, refused.status)


def new_reference() -> str:
    """A reference that nobody has had: `K7Q2-M4XD`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
