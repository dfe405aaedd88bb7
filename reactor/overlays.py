"""What a developer sees when a page fails: the exception and the application's lines on the way to it."""

from __future__ import annotations

from fastapi import Request

from . import html as h
from .blocks import Child
from .errors import CallRefused
from .markup import render
from .tracebacks import Frame, Raised, chain_of, path_of


def overlay(error: BaseException, request: Request, refused: CallRefused, stylesheet: str) -> str:
    """A whole document that shows an exception. Values of variables are not in it: they may be secrets.

    Arguments:
        error: the exception.
        request: what was asked for.
        refused: its reference.
        stylesheet: the address of its stylesheet.
    """
    chain = chain_of(error)
    path = path_of(error)
    asked = f"{request.method} {request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[chain[0].title],
            h.link(rel="stylesheet", href=stylesheet),
        ],
        h.body(class_="reactor-overlay")[
            h.main[
                h.p(class_="asked")[asked],
                h.h1[chain[0].title],
                path and h.p(class_="path")[path],
                [_raised(raised, index) for index, raised in enumerate(chain)],
                h.footer[
                    h.p[
                        "Reference ",
                        h.code[refused.reference],
                        ". Shown because debug is on; visitors of your site get the error page.",
                    ]
                ],
            ]
        ],
    ]
    return f"<!doctype html>{render(page)}"


def _raised(raised: Raised, index: int) -> Child:
    frames = list(reversed(raised.frames))
    return h.section[
        index > 0 and h.h2["Because of ", raised.title],
        h.ol(reversed=True)[(_shown(part) for part in _parts(frames))],
    ]


def _parts(frames: list[Frame]) -> list[list[Frame]]:
    """Frames of the application one by one, those between them together."""
    parts: list[list[Frame]] = []
    for frame in frames:
        if not frame.source and parts and not parts[-1][0].source:
            parts[-1].append(frame)
        else:
            parts.append([frame])
    return parts


def _shown(part: list[Frame]) -> Child:
    if not part[0].source:
        return h.li(class_="foreign")[
            h.details[
                h.summary[f"{len(part)} frames of libraries" if len(part) > 1 else "1 frame of a library"],
                h.ol[(h.li[_place(frame)] for frame in part)],
            ]
        ]
    frame = part[0]
    return h.li[
        _place(frame),
        h.pre(tabindex="0")[
            (
                h.span(class_={"line": True, "failed": number == frame.line})[f"{number:>5}  {text}\n"]
                for number, text in enumerate(frame.source, frame.first)
            )
        ],
    ]


def _place(frame: Frame) -> Child:
    return h.p(class_="place")[h.b[frame.function], " in ", h.code[f"{frame.file}:{frame.line}"]]
