"""Stream: an answer that is read while it is written, can be stopped, and is followed to its end."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from reactor import Child, Component, Page, action, effects, nonce, state
from reactor import html as h

from .layout import demo
from .model import answer, pieces
from .site import assets, ui

WORDS_A_SECOND = 45
MOST = 20
"""Questions that are kept; the page carries them, not the server."""

Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

SUGGESTIONS = (
    "Why is the sky blue?",
    "How do I bake a good loaf?",
    "What is a server-rendered page?",
)


class Turn(BaseModel):
    question: str
    answer: str = ""
    is_complete: bool = False


class Conversation(Component):
    turns: list[Turn] = state([])

    @action
    async def ask(self, prompt: Prompt) -> AsyncIterator[None]:
        turn = Turn(question=prompt)
        self.turns = [*self.turns, turn][-MOST:]
        yield
        for piece in pieces(answer(prompt)):
            await asyncio.sleep(1 / WORDS_A_SECOND)
            turn.answer += piece
            yield
        turn.is_complete = True

    @ask.optimistic
    def _(self, prompt: str) -> None:
        self.turns.append(Turn(question=prompt))

    @action
    async def clear(self) -> None:
        self.turns = []

    def render(self) -> Child:
        return h.section(class_="panel conversation")[
            h.div(class_="follow")[
                h.div(
                    class_="scroll",
                    role="log",
                    aria_label="Conversation",
                    aria_busy=self.ask.pending,
                    tabindex="0",
                    hook="Follow",
                    options={"turns": len(self.turns)},
                )[h.div(class_="turns")[(self.turn(turn) for turn in self.turns), self.start()]],
                h.button(class_="to-end", type="button", aria_label="To the end")["↓"],
            ],
            h.form(class_="inline", action=[self.ask, effects.focus("#prompt")])[
                h.input(
                    self.ask.field("prompt"),
                    id="prompt",
                    aria_label="Prompt",
                    placeholder="Ask anything",
                    autocomplete="off",
                    maxlength=500,
                    required=True,
                ),
                h.button(
                    class_="stop",
                    type="button",
                    disabled=self.ask.pending.then(False, True),
                    on_click=[self.ask.cancel, effects.focus("#prompt")],
                )["Stop"],
                h.button(class_="primary")["Ask"],
            ],
            self.ask.error("prompt"),
            h.footer[
                h.p(class_="hint")["Some sentences and a die, on this server, word by word."],
                bool(self.turns) and h.button(class_="quiet", on_click=self.clear)["Begin anew"],
            ],
        ]

    def turn(self, turn: Turn) -> Child:
        return h.article(class_="turn")[
            h.p(class_="question")[turn.question],
            h.div(class_={"answer": True, "writing": False if turn.is_complete else self.ask.pending})[
                written(turn.answer),
                not turn.is_complete and self.ask.pending.then(None, h.p(class_="hint")["Stopped."]),
            ],
        ]

    def start(self) -> Child:
        # It stays where it is: a call whose button is gone could not be stopped.
        return h.div(class_="start", hidden=bool(self.turns))[
            h.p["What would you like to read about?"],
            h.form(class_="buttons", action=[self.ask, effects.focus("#prompt")])[
                (h.button(name="prompt", value=each)[each] for each in SUGGESTIONS)
            ],
        ]


def written(text: str) -> Iterator[Child]:
    """A text with its marks as elements; as much of it as is there."""
    for block in re.split(r"\n\n(?=\S)", text.strip("\n")):
        if block.startswith("```"):
            yield h.pre(tabindex="0")[h.code[block.strip("`").strip("\n")]]
        elif "\n- " in block:
            heading, *items = block.split("\n- ")
            yield h.p[heading]
            yield h.ul(class_="points")[(h.li[marked(item)] for item in items)]
        elif block.strip():
            yield h.p[marked(block)]


def marked(text: str) -> Iterator[Child]:
    """A line with `code` and *stress* in it."""
    for part in re.split(r"(`[^`]*`?|\*[^*\s][^*]*\*?)", text):
        if part.startswith("`"):
            yield h.code[part.strip("`")]
        elif part.startswith("*"):
            yield h.em[part.strip("*")]
        elif part:
            yield part


@ui.page("/stream", title="Stream")
async def stream() -> Page:
    return Page(
        demo("stream", Conversation()),
        head=[h.script(type="module", src=assets("follow.js"), nonce=nonce())],
    )
