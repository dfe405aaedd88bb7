"""The pages for those who write: a new post, and the editor."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import StringConstraints

from reactor import Child, Component, Handler, Invalid, Page, action, on, redirect
from reactor import html as h

from ..database import Session
from ..signup import or_say
from ..site import ui
from . import posts
from .frame import frame
from .people import Author, author

PAUSE = 0.8
"""Seconds without a key after which the draft is saved."""

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=posts.LONGEST_TITLE),
    or_say("A post needs a title, of up to 120 characters."),
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=posts.LONGEST_TEXT),
    or_say("Write something, in up to 20,000 characters."),
]
Typed = Annotated[str, StringConstraints(max_length=posts.LONGEST_TEXT)]


class NewPost(Component):
    @action
    async def create(self, title: Title, me: Author, session: Session) -> None:
        slug = await posts.begin(session, me, title)
        raise redirect(f"/blog/posts/{slug}/edit", replace=True)

    def render(self) -> Child:
        return h.form(class_="panel stack", action=self.create, novalidate=True)[
            h.div(class_="field")[
                h.label(for_="title")["Title"],
                h.input(self.create.field("title"), id="title", autofocus=True, autocomplete="off"),
                self.create.error("title"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Begin"]],
        ]


@ui.page("/blog/new", title="A new post", layout=frame, dependencies=[Depends(author)])
async def new() -> Child:
    return [h.h1["A new post"], NewPost()]


# What one edits does not change under one's hands: who publishes is told that it has.
@ui.page("/blog/posts/{slug}/edit", layout=frame, dependencies=[Depends(author)], live=False)
async def edit(slug: str, me: Author, session: Session) -> Page:
    post = await posts.editable(slug, me)
    draft = await posts.draft_of(session, slug, me)
    newest = post.version
    seen = draft.version if draft else newest  # what the actions below will know, whenever they are called

    @action
    async def typed(field: Literal["title", "text"], value: Typed, me: Author, session: Session) -> None:
        await posts.save_draft(session, await posts.editable(slug, me), me, seen, **{field: value})

    @action
    async def keep(title: Typed, text: Typed, me: Author, session: Session) -> None:
        await posts.save_draft(session, await posts.editable(slug, me), me, seen, title=title, text=text)

    @action
    async def publish(title: Title, text: Text, me: Author, session: Session) -> None:
        post = await posts.editable(slug, me)
        if not await posts.publish(session, slug, seen, title, text, me):
            await posts.save_draft(session, post, me, seen, title=title, text=text)
            raise Invalid("The post has changed since you opened it.")
        raise redirect(f"/blog/posts/{slug}")

    @action
    async def go_on(me: Author, session: Session) -> None:
        await posts.go_on(session, slug, newest, me)

    @action(overwrites=True)
    async def discard(me: Author, session: Session) -> None:
        await posts.discard(session, slug, me)

    return Page(
        [
            h.h1["Edit"],
            seen != newest and outdated(post.address, publish.error(), go_on),
            h.form(class_="panel stack", action=publish, novalidate=True)[
                h.div(class_="field")[
                    h.label(for_="title")["Title"],
                    h.input(
                        publish.field("title"),
                        id="title",
                        value=draft.title if draft else post.title,
                        autocomplete="off",
                        on_input=on(typed.bind("title"), debounce=PAUSE),
                    ),
                    publish.error("title"),
                ],
                h.div(class_="field")[
                    h.label(for_="text")["Text"],
                    h.textarea(
                        publish.field("text"),
                        id="text",
                        rows=16,
                        value=draft.text if draft else post.text,
                        on_input=on(typed.bind("text"), debounce=PAUSE),
                    ),
                    h.p(class_="hint")["An empty line begins a new paragraph."],
                    publish.error("text"),
                ],
                h.div(class_="buttons")[
                    h.button(class_="primary")["Publish"],
                    h.button(class_="without-script", form_action=keep)["Keep as a draft"],
                    draft is not None and h.button(form_action=discard)["Discard the draft"],
                    h.a(class_="button", href=post.address)["To the post"],
                ],
                h.p(class_="hint", role="status")[
                    draft is not None and "Your draft is saved. Only you see it."
                ],
            ],
        ],
        title=f"Edit: {post.title}",
    )


def outdated(address: str, error: Child, go_on: Handler) -> Child:
    return h.section(class_="notice stack", aria_label="Another version")[
        error,
        h.p[
            "Somebody has published ",
            h.a(href=address, target="_blank")["another version"],
            " meanwhile. What you write here is your draft.",
        ],
        h.form(action=go_on)[h.button["Replace it with mine"]],
    ]
