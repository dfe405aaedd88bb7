"""Data that is cached, what makes it fresh, redirects, and cookies."""

from collections import Counter

from reactor import (
    Child,
    Component,
    action,
    cached,
    cookies,
    not_found,
    redirect,
    revalidate_path,
    revalidate_tag,
)
from reactor import html as h

from ...site import ui
from ...visitors import Visitor
from .memory import Kept, Line
from .section import Section

notes = Kept(lambda: ["Tea"])
queries = Kept(Counter[str])


@cached
async def all_notes(visitor: str) -> list[str]:
    queries(visitor)["notes"] += 1
    return notes(visitor)[-4:]


class Notes(Component):
    @action
    async def create(self, note: Line, visitor: Visitor) -> None:
        notes(visitor)[:] = [*notes(visitor)[-3:], note]
        revalidate_path("/examples/nextjs")

    async def render(self, visitor: Visitor) -> Child:
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.create)[
                h.input(
                    name="note", aria_label="Note", placeholder="Note", required=True, autocomplete="off"
                ),
                h.button["Add"],
            ],
            h.ul(class_="rows")[(h.li[note] for note in await all_notes(visitor))],
            h.output[f"Asked for {queries(visitor)['notes']} times."],
        ]


posts = Kept(lambda: {1: "First"})


@cached(tags=lambda visitor: [f"posts:{visitor}"])
async def all_posts(visitor: str) -> dict[int, str]:
    queries(visitor)["posts"] += 1
    return posts(visitor)


@cached(tags=["authors"])
async def authors(visitor: str) -> list[str]:
    queries(visitor)["authors"] += 1
    return ["Ada", "Grace"]


class Posts(Component):
    @action
    async def create(self, title: Line, visitor: Visitor) -> None:
        add_post(visitor, title)
        revalidate_tag(f"posts:{visitor}")

    async def render(self, visitor: Visitor) -> Child:
        titles = await all_posts(visitor)
        names = await authors(visitor)
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.create)[
                h.input(
                    name="title", aria_label="Title", placeholder="Title", required=True, autocomplete="off"
                ),
                h.button["Publish"],
            ],
            h.ul(class_="rows")[(h.li(key=id)[title] for id, title in titles.items())],
            h.p(class_="hint")["By ", " and ".join(names)],
            h.output["Asked for: ", ", ".join(f"{what} {n}×" for what, n in asked(visitor))],
        ]


def asked(visitor: str) -> list[tuple[str, int]]:
    return [(what, queries(visitor)[what]) for what in ("posts", "authors")]


def add_post(visitor: str, title: str) -> int:
    kept = posts(visitor)
    id = max(kept, default=0) + 1
    kept[id] = title
    kept.pop(id - 4, None)
    return id


class NewPost(Component):
    @action
    async def create(self, title: Line, visitor: Visitor) -> None:
        id = add_post(visitor, title)
        revalidate_tag(f"posts:{visitor}")
        raise redirect(f"/examples/nextjs/posts/{id}")

    def render(self) -> Child:
        return h.form(class_="inline", action=self.create)[
            h.input(
                name="title",
                aria_label="Title of the post",
                placeholder="Title",
                required=True,
                autocomplete="off",
            ),
            h.button(class_="primary")["Publish and show"],
        ]


@ui.page("/examples/nextjs/posts/{id}", title="A post")
async def post(id: int, visitor: Visitor) -> Child:
    title = (await all_posts(visitor)).get(id)
    if title is None:
        raise not_found("There is no such post.")
    return h.article(class_="demo")[
        h.h1[title], h.p(class_="lead")[h.a(href="/examples/nextjs#Redirect-after-revalidation")["Back"]]
    ]


class Greeting(Component):
    @action
    async def remember(self, name: Line) -> None:
        cookies().set("nextjs_name", name)

    @action
    async def forget(self) -> None:
        cookies().delete("nextjs_name")

    def render(self) -> Child:
        name = cookies().get("nextjs_name")
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.remember)[
                h.input(
                    self.remember.field("name"),
                    aria_label="Your first name",
                    placeholder="Name",
                    autocomplete="off",
                ),
                h.button["Remember"],
                h.button(form_action=self.forget)["Forget"],
                self.remember.error("name"),
            ],
            h.output[f"Hello {name}." if name else "Nobody is known here."],
        ]


def sections() -> list[Section]:
    return [
        Section(
            "Revalidate a path",
            "What was read for this page is read again, and shown in the same answer.",
            Notes(),
            (all_notes,),
        ),
        Section(
            "Revalidate a tag",
            "Only what has this tag is read again: the authors are not.",
            Posts(),
            (all_posts, authors),
        ),
        Section(
            "Redirect after revalidation",
            "The page of the post comes in the answer of the call that has made it.",
            NewPost(),
            (post,),
        ),
        Section(
            "Cookies",
            "What an action sets is there for all that is rendered after it.",
            Greeting(),
        ),
    ]
