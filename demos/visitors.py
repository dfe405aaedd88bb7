"""Who is here: a cookie of the demos' own tells one visitor from another, and nothing else about them."""

import re
import secrets
from typing import Annotated

from fastapi import Depends, Request, Response

COOKIE = "demos_visitor"
A_YEAR = 365 * 24 * 60 * 60


def _visitor(request: Request, response: Response) -> str:
    known = getattr(request.state, "visitor", None) or request.cookies.get(COOKIE, "")
    if not re.fullmatch(r"[\w-]{43}", known, re.ASCII):
        known = secrets.token_urlsafe(32)
        response.set_cookie(
            COOKIE, known, max_age=A_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
    # Whatever asks again while this request lasts gets the same answer, though its cookie is not there yet.
    request.state.visitor = known
    return known


Visitor = Annotated[str, Depends(_visitor)]
"""The visitor's id, for the arguments of pages, actions and `render`."""
