"""The whole document of a page: head, body, and what the browser's part needs to start."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from . import html as h
from .assets import Asset
from .blocks import Block, Child, Items, Rendered, Template, child_of, is_live
from .codec import pack, to_text
from .context import names_of
from .markup import Forms, Typed, escape, page_form, render
from .policy import nonce_attribute
from .protocol import DATA_BLOCK, LINE_ADDRESS, PROTOCOL
from .saved import place_of
from .site import Site
from .views import View
from .wire import Encoder, Numbering

DOCUMENT: Final = Template(
    (
        "html",
        (("lang", 0),),
        (
            (
                "head",
                (),
                (
                    ("meta", (("charset", "utf-8"),), ()),
                    ("meta", (("name", "viewport"), ("content", "width=device-width, initial-scale=1")), ()),
                    1,
                ),
            ),
            2,
        ),
    )
)
_BODY: Final = 2
_HEAD_START: Final = (
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
)


@dataclass(frozen=True)
class Page:
    """What a page function may return when the content alone does not say enough.

    Arguments:
        content: what the page shows.
        title: the document's title.
        lang: the language of the content, as in HTML.
        head: further elements of the head: `h.meta(…)`, `h.link(…)`, `h.script(src=…)`.
        status: the HTTP status.
    """

    content: Child
    title: str | None = None
    lang: str | None = None
    head: Sequence[Child] = ()
    status: int = 200


Layout = Callable[[Any], Child]
"""A function that puts the content of a page into what pages share."""


def document(
    page: Page, layout: Layout | None, stylesheets: Sequence[str], path: str = "", *, prefix: str = ""
) -> Block:
    """The tree of a whole document.

    Arguments:
        page: what it shows.
        layout: what that is put into.
        stylesheets: addresses.
        path: that of the page: at another one the content is another, the layout the same.
        prefix: what stands in front of the application's addresses.
    """
    # A generator gives its items once, so what stands for the content from here on is what it gave.
    content: Any = child_of(page.content, "body")
    if not _is_body(content):
        content = Items((content,), (place_of(path),), is_live(content))
    rendered: Any = child_of(content if layout is None else layout(content), "body")
    if not _is_body(rendered):
        rendered = h.body[rendered]
    head: list[Child] = [h.title(key="title")[page.title or ""]]
    head += [
        h.link(rel="stylesheet", href=prefix + address if isinstance(address, Asset) else address)
        for address in stylesheets
    ]
    head += list(page.head)
    filled: Rendered = child_of(_keyed(head), "head")
    return Block(DOCUMENT, (page.lang or "en", filled, rendered), live=is_live(filled) or is_live(rendered))


def _is_body(child: object) -> bool:
    return isinstance(child, Block) and child.template.tag == "body"


def _keyed(head: Sequence[Child]) -> Iterator[Child]:
    """Elements of a head, so that what loads something is the same on two pages only if that is the same."""
    seen: set[str] = set()
    for child in head:
        if isinstance(child, Block) and child.key is None and child.template.tag in ("link", "script"):
            loads = _attribute(child, "href") or _attribute(child, "src")
            key = f"{child.template.tag} {_attribute(child, 'rel') or ''} {loads}"
            if loads and key not in seen:
                seen.add(key)
                child = Block(child.template, child.values, key, child.live)
        yield child


def _attribute(block: Block, name: str) -> object:
    value = dict(block.template.definition[1]).get(name)
    return block.values[value] if type(value) is int else value


def _stylesheets(head: Rendered) -> list[object]:
    """The addresses of the stylesheets that a head loads."""
    blocks = head.values if isinstance(head, Items) else (head,)
    return [
        _attribute(block, "href")
        for block in blocks
        if isinstance(block, Block)
        and block.template.tag == "link"
        and _attribute(block, "rel") == "stylesheet"
    ]


def served(
    view: View,
    site: Site,
    state: bytes,
    *,
    query: str = "",
    called: bool = False,
    notice: str = "",
    alert: bool = False,
    typed: Typed | None = None,
    prefix: str = "",
    more: Mapping[str, Any] = MappingProxyType({}),
    start: str = "",
) -> str:
    """The HTML of a view, ready to start in a browser and to work without JavaScript.

    Arguments:
        view: the open page.
        site: what it belongs to.
        state: its sealed state.
        query: that of the page's address.
        called: whether the address that was asked for has a call in it.
        notice: a sentence for the person, at the top of the page.
        alert: whether the sentence tells of a failure.
        typed: what was typed into a form that is shown again.
        prefix: what stands in front of the application's addresses.
        more: what else the browser's part is told.
        start: markup at the start of the head, where parts of the page follow the rest of it.
    """
    root = view.root.content
    if not isinstance(root, Block):
        raise TypeError("a view shows a document")
    lang, head, body = root.values
    forms = Forms(
        to_text(state),
        lambda address, listener, keys: _call(site, address, listener, keys),
        typed,
        query,
        called=called,
    )
    styles = site.inline_styles
    head_html = render(head, styles=styles)
    body_html = render(body, forms=forms, styles=styles, path=(_BODY,))
    at = body_html.index(">") + 1
    address = prefix + site.client
    client = f'src="{escape(address)}"{nonce_attribute()}></script>'
    said = (
        f'<p class="reactor-notice" role="{"alert" if alert else "status"}">{escape(notice)}</p>'
        if notice
        else ""
    )
    data = _data(view, site, state, more, outline=True, prefix=prefix)
    packed = pack(data)
    view.weigh()
    outline = binascii.b2a_base64(packed, newline=False).decode()
    return "".join(
        (
            f'<!doctype html><html lang="{escape(lang)}">',
            _HEAD_START,
            start,
            # As soon as it is there: others wait for the end of the page. It runs once.
            f'<script type="module" async {client}' if start else "",
            # Before the page's own scripts: they find what it offers to them.
            f'<script type="module" {client}{_preloads(address, body_html, data["o"])}{head_html}</head>',
            body_html[:at],
            said,
            body_html[at : -len("</body>")],
            page_form(forms) if forms.page_form else "",
            f'<script type="application/reactor" id="{DATA_BLOCK}">{outline}</script></body></html>',
        )
    )


def _preloads(client: str, body: str, options: Mapping[str, Any]) -> str:
    """What of the browser's part a page will want at once: it comes beside the client, not after it."""
    wanted = {*options.get("parts", ()), *options.get("ahead", ())}
    if "pages" in options and "<a " in body:
        wanted.add("navigation")
    if "live" in options:
        wanted |= {"listening", "recovery"}
    folder = client.rpartition("/")[0]
    return "".join(
        f'<link rel="modulepreload" href="{escape(folder)}/{name}.js"{nonce_attribute()}>'
        for name in sorted(wanted)
    )


def resting(root: Block, site: Site) -> str:
    """The HTML of a document in which nothing can be called, such as an error page."""
    lang, head, body = root.values
    styles = site.inline_styles
    return (
        f'<!doctype html><html lang="{escape(lang)}">{_HEAD_START}'
        f"{render(head, styles=styles)}</head>{render(body, styles=styles)}</html>"
    )


def _call(site: Site, address: list[str | int], listener: Any, keys: tuple[str | int, ...]) -> str:
    token = listener.token()
    mark = listener.mark(keys, site.digest)
    return to_text(pack([address, mark] if token is None else [address, mark, token]))


def message_of(view: View, site: Site, state: bytes, address: str, prefix: str = "") -> dict[str, Any]:
    """A page in the form for a browser that has another one open.

    Arguments:
        view: the page.
        site: what it belongs to.
        state: its sealed state.
        address: its address, as a path with its query.
        prefix: what stands in front of the application's addresses.
    """
    message = _data(view, site, state, {}, outline=False, prefix=prefix)
    root = view.root.content
    if isinstance(root, Block):
        message["o"]["styles"] = _stylesheets(root.values[1])
    return {**message, "u": address}


def listening(view: View, site: Site) -> list[str | float]:
    """Where a browser listens, and the pause between signs of life; now it knows."""
    view.listens_to = view.topics
    return [LINE_ADDRESS, site.limits.heartbeat]


def _data(
    view: View, site: Site, state: bytes, more: Mapping[str, Any], *, outline: bool, prefix: str
) -> dict[str, Any]:
    """What the browser's part starts from, and what else it is told."""
    view.numbering = Numbering()
    styles = site.inline_styles if outline else True
    encoder = Encoder(view.numbering, site.digest, outline=outline, styles=styles)
    root = encoder.child(view.root.content)
    told = view.predictions.tell(view.numbering, site.digest, anew=True)
    options: dict[str, Any] = {
        "timeout": site.limits.timeout,
        "upload": site.limits.upload,
        "build": site.build,
    }
    if site.limits.piece:
        options["piece"] = site.limits.piece
    names = names_of({name for mount in view.mounts for name in (*mount.readings, *mount.started)})
    if view.is_live:
        options["live"] = listening(view, site)
    options["pages"] = prefix + site.addresses.address
    if view.has_layout:
        options["layout"] = True
    if encoder.needs:
        parts, ahead = {*encoder.needs.parts(view.numbering.numbers)}, {*encoder.needs.ahead}
        if told:
            parts |= {"making", "predictions"}
        if "f" in more:
            # More of the page follows in the same response.
            parts.add("streams")
            ahead.add("recovery")
        wanted = (("parts", parts), ("ahead", ahead - parts))
        options |= {key: sorted(each) for key, each in wanted if each}
    return {
        "p": PROTOCOL,
        "i": view.id,
        "v": view.version,
        "t": view.numbering.definitions(),
        "r": root,
        "s": state,
        **({"a": told} if told else {}),
        **({"k": names} if names else {}),
        "o": options,
        **more,
    }
