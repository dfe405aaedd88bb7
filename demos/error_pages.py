"""What a visitor sees in place of a page that is not there, not for them, or that failed."""

from fastapi import Request

from reactor import Failure, Page
from reactor import html as h

from .site import ui

TITLES = {401: "Please log in", 403: "Not for you", 404: "Not found", 429: "Too often"}
UNEXPECTED = "Something went wrong"


@ui.error()
def error_page(failure: Failure, request: Request) -> Page:
    title = TITLES.get(failure.status, UNEXPECTED)
    is_of_blog = request.url.path.startswith("/blog/")
    return Page(
        h.article(class_="error-page")[
            h.p(class_="status", aria_hidden="true")[failure.status],
            h.h1[title],
            failure.message.rstrip(".") != title and h.p(class_="lead")[failure.message],
            bool(failure.reference)
            and h.p(class_="hint")[
                "It is not your fault. The log knows it as ", h.code[failure.reference], "."
            ],
            h.p(class_="buttons")[
                is_of_blog and h.a(class_="button", href="/blog")["All posts"],
                h.a(class_="button", href="/")["All demos"],
            ],
        ],
        title=title,
        head=[h.meta(name="robots", content="noindex")],
    )
