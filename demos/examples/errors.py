"""Examples of what goes wrong: in a part of a page, in an action, and where there is nothing."""

from reactor import ActionError, Child, Component, ErrorBoundary, Failure, action, not_found, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

POSTS = {1: "Tea", 2: "Bread"}


class Weather(Component):
    attempts: int = state(0)

    @action
    async def look(self) -> None:
        self.attempts += 1
        if self.attempts % 3 == 0:
            raise RuntimeError("the station does not answer")

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(on_click=self.look)["Look out of the window"],
            h.p["Sunny, seen ", h.output[self.attempts], " times."],
        ]


class Forecast(Component):
    def render(self) -> Child:
        return h.div(class_="stack")[
            h.p["Every third look fails. What stands around it goes on."], ErrorBoundary()[Weather()]
        ]


class Room(Component):
    booked: list[str] = state([])

    @action
    async def book(self, day: str) -> None:
        self.booked.append(day)
        if day == "Sunday":
            raise ActionError("On Sundays the room is closed.", status=409)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(on_click=self.book.bind(day))[day] for day in ("Saturday", "Sunday"))
            ],
            h.p["Booked: ", h.output[", ".join(self.booked) or "nothing"]],
        ]


def closed(failure: Failure) -> Child:
    return h.div(class_="stack", role="alert")[
        h.p[h.strong["No room. "], failure.message],
        h.p[h.button(on_click=failure.retry)["Choose another day"]],
    ]


class Booking(Component):
    def render(self) -> Child:
        return ErrorBoundary(fallback=closed)[Room()]


class Notice(Component):
    @action
    async def refuse(self) -> None:
        raise ActionError("This is told by a notice.")

    def render(self) -> Child:
        return h.button(on_click=self.refuse)["Try it"]


class Links(Component):
    def render(self) -> Child:
        return h.ul[
            [h.li[h.a(href=f"/examples/errors/posts/{number}")[f"Post {number}"]] for number in (1, 2, 3)],
            h.li[h.a(href="/examples/errors/nowhere")["An address that is nobody's"]],
        ]


@ui.page("/examples/errors", title="Examples: errors")
async def errors() -> Child:
    return demo(
        "examples-errors",
        [
            example("A part that fails", "Look three times. Your looks are kept.", Forecast(), Weather),
            example("A fallback of one's own", "Try both days.", Booking(), Room),
            example("Without a boundary", "The message is a notice.", Notice()),
            example("Not found", "There is no post 3.", Links()),
        ],
        wide=True,
    )


@ui.page("/examples/errors/posts/{number}", title="A post")
async def post(number: int) -> Child:
    if number not in POSTS:
        raise not_found("There is no such post.")
    return h.article[h.h1[POSTS[number]], h.p[h.a(href="/examples/errors")["Back"]]]


@ui.error(404, title="Not found")
def lost(failure: Failure) -> Child:
    return h.article(class_="demo")[
        h.header(class_="demo-header")[h.h1["Not found"], h.p(class_="lead")[failure.message]],
        h.p[h.a(href="/")["All demos"]],
    ]
