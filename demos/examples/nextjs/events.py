"""Actions that no form sends: clicks, typing, an element that appears, a shortcut, the end of a list."""

from collections import deque
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from pydantic import Field

from reactor import Child, Component, action, on, state
from reactor import html as h

from .memory import Kept
from .section import Section

Views = Annotated[deque[int], Depends(Kept(lambda: deque([0], maxlen=1)))]


class LikeButton(Component):
    likes: int

    total: int = state(0)

    def mount(self) -> None:
        self.total = self.likes

    @action
    async def like(self) -> None:
        self.total += 1

    @like.optimistic
    def _(self) -> None:
        self.total += 1

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(class_="primary", on_click=self.like)["Like"],
            h.p["Total likes: ", h.output[self.total]],
        ]


@dataclass
class Post:
    draft: str = ""
    published: str = ""


Mine = Annotated[Post, Depends(Kept(Post))]
Content = Annotated[str, Field(max_length=400)]


class EditPost(Component):
    @action
    async def save_draft(self, value: Content, post: Mine) -> None:
        post.draft = value

    @action
    async def publish(self, content: Content, post: Mine) -> None:
        post.published, post.draft = content, ""

    def render(self, post: Mine) -> Child:
        return h.div(class_="stack")[
            h.form(class_="stack", action=self.publish)[
                h.textarea(
                    name="content",
                    aria_label="Content",
                    rows=3,
                    value=post.draft,
                    on_input=on(self.save_draft, debounce=0.3),
                ),
                h.div(class_="buttons")[
                    h.button(class_="primary")["Publish"],
                    h.span(class_="hint", role="status")[
                        post.draft and f"Saved {len(post.draft)} characters."
                    ],
                ],
            ],
            h.output(class_="outcome")[post.published],
        ]


@action
async def count_view(views: Views) -> None:
    views[0] += 1


class ViewCount(Component):
    def render(self, views: Views) -> Child:
        return h.p(on_mount=count_view)["Total views: ", h.output[views[0]]]


class Catalogue(Component):
    shown: int = state(8)
    compact: bool = state(False)

    @action
    async def more(self) -> None:
        self.shown = min(self.shown + 8, 40)

    @action
    async def toggle(self) -> None:
        self.compact = not self.compact

    def render(self) -> Child:
        shortcut = {"Ctrl+k": on(self.toggle, target="window", prevent=True)}
        return h.div(class_="stack", on_keydown=shortcut)[
            h.div(class_="scroller", tabindex="0", role="group", aria_label="Titles")[
                h.ul(class_={"rows": not self.compact})[
                    (h.li(key=number)[f"Title {number}"] for number in range(1, self.shown + 1))
                ],
                # A new key each time: so it is a new element, which comes into view again.
                [h.div(key=self.shown, on_visible=self.more)] if self.shown < 40 else None,
            ],
            h.output[f"{self.shown} titles", ", close together" if self.compact else ""],
        ]


def sections() -> list[Section]:
    return [
        Section(
            "Likes",
            "A click calls the action, and the component is rendered. It counts before the answer is there.",
            LikeButton(likes=41),
        ),
        Section(
            "A draft while you type",
            "Saved when you pause; the form publishes.",
            EditPost(),
            (Post,),
        ),
        Section(
            "A view counter",
            "Counted when the element is in the page, after the page itself.",
            ViewCount(),
            (count_view,),
        ),
        Section(
            "Other triggers",
            "Scroll the list: it goes on. Ctrl and K, anywhere on the page, changes how it looks.",
            Catalogue(),
        ),
    ]
