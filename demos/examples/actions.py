"""Examples of actions that are functions: of a module, inside another function, and called by a script."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from reactor import Child, Component, Handler, Invalid, Page, action, nonce
from reactor import html as h

from ..layout import demo
from ..site import assets, ui
from ..visitors import Visitor
from .frame import example


@dataclass
class Desk:
    """What one visitor works at."""

    names: dict[int, str] = field(default_factory=lambda: {1: "Ada", 2: "Grace", 3: "Katherine"})
    version: int = 1
    published: list[str] = field(default_factory=list)
    draft: str = ""


desks: dict[str, Desk] = defaultdict(Desk)


@action
async def rename(number: int, name: Annotated[str, Field(min_length=1)], visitor: Visitor) -> None:
    """Usable from any page and component; `number` is bound where it is rendered, and sealed."""
    desks[visitor].names[number] = name


class UserProfile(Component):
    name: str
    on_rename: Handler

    def render(self) -> Child:
        return h.form(class_="inline", action=self.on_rename)[
            h.input(name="name", value=self.name, aria_label=f"Name of {self.name}"), h.button["Rename"]
        ]


async def profiles(visitor: str) -> Child:
    return h.ul(class_="rows")[
        (
            h.li(key=number)[UserProfile(name=name, on_rename=rename.bind(number))]
            for number, name in desks[visitor].names.items()
        )
    ]


async def publishing(visitor: str) -> Child:
    version = desks[visitor].version

    @action
    async def publish() -> None:
        if version != desks[visitor].version:
            raise Invalid("The version has changed since you pressed publish.")
        desks[visitor].published.append(f"version {version}")

    @action
    async def edit_elsewhere() -> str:
        desks[visitor].version += 1
        return "Somebody else has made a newer version; this page does not know of it yet."

    return h.div(class_="stack")[
        h.p[
            f"You see version {version}. Published: ",
            h.output[", ".join(desks[visitor].published) or "nothing"],
        ],
        h.form(class_="buttons")[
            h.button(class_="primary", form_action=publish)["Publish"],
            h.button(form_action=edit_elsewhere)["Edit elsewhere"],
        ],
        publish.error(),
    ]


@action
async def save_draft(content: Annotated[str, Field(max_length=40)], visitor: Visitor) -> dict[str, int]:
    desks[visitor].draft = content
    return {"words": len(content.split())}


async def writing(visitor: str) -> Child:
    return h.div(class_="stack")[
        h.div(id="draft", data_save=save_draft)[
            h.textarea(name="content", rows=3, aria_label="Draft", value=desks[visitor].draft),
            h.p(role="status")["Write something: a script saves it."],
        ],
    ]


@ui.page("/examples/actions", title="Examples: actions anywhere")
async def actions(visitor: Visitor) -> Page:
    return Page(
        demo(
            "examples-actions",
            [
                example(
                    "A function as a prop",
                    "Of a module, with an argument bound that nobody can read or change in the browser.",
                    await profiles(visitor),
                    rename,
                    UserProfile,
                    profiles,
                ),
                example(
                    "A closure",
                    "It knows which version you saw, also after a restart of the server.",
                    await publishing(visitor),
                    publishing,
                ),
                example(
                    "From a script",
                    "Forty characters are allowed. The script gets what the action returns, or why not.",
                    await writing(visitor),
                    save_draft,
                    writing,
                    script="draft.js",
                ),
            ],
            wide=True,
        ),
        head=[h.script(type="module", src=assets("draft.js"), nonce=nonce())],
    )
