"""Examples of files: several, in a model, as soon as they are chosen; and which button sends a form."""

import asyncio
from typing import Annotated

from fastapi import UploadFile
from pydantic import BaseModel, Field

from reactor import Child, Component, Invalid, MaxSize, action, form, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class Album(Component):
    photos: list[str] = state([])

    @action
    async def add(self, files: Annotated[list[UploadFile], Field(min_length=1, max_length=5)]) -> None:
        for file in files:
            if not (file.content_type or "").startswith("image/"):
                raise Invalid(files=f"{file.filename} is no picture.")
            self.photos.append(f"{file.filename}, {file.size} bytes")

    def render(self) -> Child:
        return h.form(class_="stack", action=self.add)[
            h.div(class_="drop field", data_drop=True)[
                h.label(for_="photos")["Pictures"],
                h.input(self.add.field("files"), id="photos", type="file", multiple=True, accept="image/*"),
                self.add.error("files"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Add"]],
            h.ul(class_="rows")[(h.li[photo] for photo in self.photos)],
        ]


class Applicant(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    letter: Annotated[UploadFile, MaxSize(100_000)]
    portrait: UploadFile | None = None


class Application(Component):
    @action
    async def apply(self, data: Applicant) -> str:
        words = len((await data.letter.read()).split())
        return f"{data.name}: {words} words, {'a' if data.portrait else 'no'} portrait."

    def render(self) -> Child:
        return h.form(class_="stack", action=self.apply)[
            h.div(class_="field")[
                h.label(for_="applicant")["Name"],
                h.input(self.apply.field("name"), id="applicant", autocomplete="off"),
                self.apply.error("name"),
            ],
            h.div(class_="field")[
                h.label(for_="letter")["Letter, up to 100 kB"],
                h.input(self.apply.field("letter"), id="letter", type="file", accept="text/plain"),
                self.apply.error("letter"),
            ],
            h.div(class_="field")[
                h.label(for_="portrait")["Portrait, if you like"],
                h.input(id="portrait", name="portrait", type="file", accept="image/*"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Apply"]],
            h.p(class_="outcome", role="status")[self.apply.result],
        ]


class Choosing(Component):
    said: str = state("")

    @action
    async def chosen(self, file: UploadFile | None) -> None:
        self.said = "Nothing is chosen." if file is None else f"{file.filename}: {file.size} bytes."

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.input(type="file", aria_label="Any file", on_change=self.chosen),
            self.chosen.pending.then(h.progress(max=100, value=self.chosen.progress, aria_label="Sent")),
            h.p(class_="outcome", role="status")[self.said],
        ]


class Buttons(Component):
    said: str = state("")

    @action
    async def send(self, text: str) -> None:
        await asyncio.sleep(1)
        self.said = f"Sent “{text}”."

    @action
    async def keep(self, text: str) -> None:
        await asyncio.sleep(1)
        self.said = f"Kept “{text}”."

    def render(self) -> Child:
        return h.form(class_="stack", action=self.send)[
            h.textarea(name="text", aria_label="Letter", required=True),
            h.div(class_="buttons")[
                h.button(class_="primary")[form.action(self.send).then("Sending…", "Send")],
                h.button(form_action=self.keep)[form.action(self.keep).then("Keeping…", "Keep")],
            ],
            h.p(class_="outcome", role="status")[self.said],
        ]


@ui.page("/examples/uploads", title="Examples: files")
async def uploads() -> Child:
    return demo(
        "examples-uploads",
        [
            example("Several files", "Up to five pictures at once, chosen or dropped.", Album()),
            example(
                "Files in a model", "Beside other fields, each with its own limit.", Application(), Applicant
            ),
            example("As soon as it is chosen", "A field for a file without a form.", Choosing()),
            example("Which button", "Ctrl+Enter, or ⌘+Enter, sends what one writes.", Buttons()),
        ],
        wide=True,
    )
