"""Feed: a hundred thousand entries, loaded as the end comes into view.

The server keeps none of them: its state is how many are shown, and what it sends is what is new.
"""

import asyncio
from collections.abc import Iterable, Iterator

from reactor import Child, Component, action, feed, state
from reactor import html as h

from .layout import demo
from .site import ui

TOTAL = 100_000
BATCH = 20
SECONDS = 0.3
"""How long the store of the entries takes, so that there is something to wait for."""

BIRDS = "Heron,Kingfisher,Wren,Barn owl,Swift,Goldfinch,Lapwing,Nuthatch,Curlew,Robin,Red kite".split(",")
PLACES = (
    "at the mill pond,on the old wall,over the east field,by the ferry,in the orchard,near the weir".split(
        ","
    )
)
DOINGS = "fishing,singing,building a nest,being chased by a crow,asleep,feeding its young,just passing".split(
    ","
)


class Sightings(Component):
    shown: int = state(BATCH)

    @feed
    def entries(self) -> Iterable[int]:
        return range(self.shown)

    @entries.item
    def _(self, number: int) -> h.Element:
        bird, place = BIRDS[number * 7 % 11], PLACES[number * 5 % 6]
        return h.article(
            key=number,
            class_=["card", f"tint-{number * 7 % 11 % 6}"],
            tabindex="0",
            aria_labelledby=f"entry-{number}",
            aria_posinset=number + 1,
            aria_setsize=TOTAL,
        )[
            h.span(class_="initial", aria_hidden="true")[bird[0]],
            h.div[
                h.h2(id=f"entry-{number}")[f"{bird} {place}"],
                h.p[f"Seen {DOINGS[number * 3 % 7]}, {20 + number * 13 % 480} m away."],
            ],
            h.span(class_="ordinal")[f"#{number + 1:,}"],
        ]

    @action
    async def more(self) -> None:
        await asyncio.sleep(SECONDS)
        more = range(self.shown, min(self.shown + BATCH, TOTAL))
        self.shown += len(more)
        self.entries.append(*more)

    def render(self) -> Child:
        complete = self.shown == TOTAL
        return h.section(class_="feed")[
            h.div(role="feed", aria_label="Sightings", aria_busy=self.more.pending)[self.entries],
            [*self.end(complete)],
            h.footer[
                h.p(role="status", class_="hint")[
                    f"All {TOTAL:,} sightings are shown."
                    if complete
                    else f"{self.shown:,} of {TOTAL:,} sightings"
                ],
                not complete
                and h.button(on_click=self.more, class_={"spinning": self.more.pending})[
                    self.more.pending.then("Loading…", "Load more"),
                ],
            ],
        ]

    def end(self, complete: bool) -> Iterator[Child]:
        """What stands at the end, reaching up so that it is seen early; a new one for each end."""
        if not complete:
            yield h.div(key=self.shown, class_="feed-end", aria_hidden="true", on_visible=self.more)


@ui.page("/feed", title="Feed")
async def sightings() -> Child:
    return demo("feed", Sightings())
