"""What all pages share: the frame around them, and the heading of a demo."""

from reactor import Child
from reactor import html as h

from .catalogue import BY_SLUG


def shell(content: Child) -> Child:
    """The frame of every page."""
    return [
        h.a(class_="skip", href="#content")["Skip to content"],
        h.header(class_="site-header")[
            h.a(class_="wordmark", href="/")[logo(), "reactor"],
            h.nav(aria_label="Demos")[
                h.a(href="/")["Demos"], h.a(href="/examples")["Examples"], h.a(href="/7guis")["7GUIs"]
            ],
        ],
        h.main(id="content", tabindex="-1")[content],
        h.footer(class_="site-footer")[
            h.p[
                "Python component classes on FastAPI. What is a form or a link also works without JavaScript."
            ]
        ],
    ]


def demo(slug: str, component: Child, *, wide: bool = False) -> Child:
    """A demo below its heading.

    Arguments:
        slug: which demo of the catalogue this is.
        component: what is shown.
        wide: whether it takes the whole width of the page.
    """
    this = BY_SLUG[slug]
    return h.article(class_={"demo": True, "wide": wide})[
        h.header(class_="demo-header")[
            h.nav(class_="crumbs", aria_label="Breadcrumb")[
                h.a(href="/")["Demos"],
                slug.startswith("7guis-") and h.a(href="/7guis")["7GUIs"],
                slug.startswith("examples-") and h.a(href="/examples")["Examples"],
            ],
            h.h1[this.name],
            h.p(class_="lead")[this.shows],
        ],
        component,
        h.footer(class_="demo-footer")[h.a(href=f"/source/{slug}")["Read its source"]],
    ]


def logo() -> Child:
    return h.svg(class_="logo", viewBox="0 0 24 24", aria_hidden="true")[
        h.circle(cx="12", cy="12", r="2.6"),
        h.ellipse(cx="12", cy="12", rx="10", ry="4.2", transform="rotate(30 12 12)"),
        h.ellipse(cx="12", cy="12", rx="10", ry="4.2", transform="rotate(-30 12 12)"),
    ]
