"""What all pages of the blog share: its head with who is logged in, and its foot."""

from datetime import datetime
from urllib.parse import quote

from reactor import Child, Component, action, redirect, request
from reactor import html as h

from ..database import Session
from ..layout import shell
from .people import Me, log_out


class Head(Component):
    """It stays as it is from page to page."""

    @action
    async def leave(self, session: Session) -> None:
        await log_out(session)
        raise redirect("/blog")

    def render(self, me: Me) -> Child:
        here = request().url.path
        return h.header(class_="blog-head")[
            h.a(class_="blog-name", href="/blog")["Field notes"],
            h.nav(aria_label="Blog")[
                me is not None and me.may_write() and h.a(href="/blog/new")["Write"],
                me is None and h.a(href=f"/blog/login?next={quote(here)}")["Log in"],
            ],
            me is not None
            and h.form(class_="blog-me", action=self.leave)[
                h.span[h.strong[me.name], f", {me.role}"], h.button["Log out"]
            ],
        ]


def frame(content: Child) -> Child:
    """The layout of the blog's pages, within that of the demos."""
    return shell(
        h.div(class_="blog")[
            Head(), content, h.footer(class_="demo-footer")[h.a(href="/source/blog")["Read its source"]]
        ]
    )


def byline(author: str, published: datetime | None) -> Child:
    return h.p(class_="byline")[
        author,
        " · ",
        h.time(datetime=f"{published:%Y-%m-%d}")[f"{published.day} {published:%B %Y}"]
        if published
        else "not published",
    ]
