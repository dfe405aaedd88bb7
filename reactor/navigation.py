"""Redirects: an action, a page or a guard sends the visitor to another page."""

from __future__ import annotations

from starlette.responses import RedirectResponse

from .errors import ReactorError


class Redirect(RedirectResponse, BaseException):
    """A response that leads to another page; it may be returned, or raised.

    It is no `Exception`: `except Exception` around it lets it through. Whoever is answered with it was
    answered well, so dependencies with `yield` go on as after any success.

    Arguments:
        address: where it leads.
        replace: whether that page takes the place of this one in the browser's history.
    """

    def __init__(self, address: str, *, replace: bool = False) -> None:
        RedirectResponse.__init__(self, address, 303)
        self.replace = replace

    def __str__(self) -> str:
        return f"a redirect to {self.headers['location']}, raised where no page, action or guard of one runs"


def redirect(address: str, *, replace: bool = False) -> Redirect:
    """Sends the visitor to another page; to be returned or raised.

    In an action, what the visitor sees next is the page at the address, which comes in the same answer. In a
    page's function, a component, or a dependency of these, it is shown in place of what was asked for.
    A plain route of FastAPI returns it.

    Arguments:
        address: a path of this site (`/done`), or an `http` or `https` address.
        replace: whether that page takes the place of this one in the browser's history, so that "back" does
            not lead here again.

    Returns:
        A response that can also be raised: `raise redirect("/login")`.

    Raises:
        ReactorError: the address is neither; `//host` and control characters are refused.

    >>> redirect("/done").headers["location"]
    '/done'
    >>> try:
    ...     raise redirect("/login", replace=True)
    ... except Exception:
    ...     print("swallowed")
    ... except BaseException as leaving:
    ...     print(leaving.headers["location"])
    /login
    """
    if any(character <= " " or character in "\\\x7f" for character in address):
        raise ReactorError(
            f"redirect({address!r}): an address has no spaces, control characters or backslashes"
        )
    if not (address.startswith("/") and not address.startswith("//")) and not address.startswith(
        ("http://", "https://", "?")
    ):
        raise ReactorError(
            f"redirect({address!r}): an address is a path such as /done, or begins with https://"
        )
    return Redirect(address, replace=replace)
