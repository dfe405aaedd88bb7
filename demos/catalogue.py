"""What there is to see: the name, the purpose and the source of every demo."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Demo:
    """One demo.

    Arguments:
        slug: its name in the address of its source.
        address: where it is.
        name: what it is called.
        shows: one line on what it shows.
        files: its source, relative to this folder.
    """

    slug: str
    address: str
    name: str
    shows: str
    files: tuple[str, ...]

    def sources(self) -> list[tuple[str, str]]:
        """Name and text of each of its files."""
        return [(f"demos/{name}", (HERE / name).read_text("utf-8")) for name in self.files]


START_HERE = (
    Demo(
        "counter",
        "/counter",
        "Counter",
        "The smallest component: one field of state, one action, one button.",
        ("counter.py",),
    ),
    Demo(
        "ledger",
        "/ledger",
        "Ledger",
        "A counter in a database, one for each visitor. Click as fast as you can: none is lost.",
        ("ledger.py", "database.py", "visitors.py"),
    ),
    Demo(
        "todomvc",
        "/todomvc",
        "TodoMVC",
        "The classic list by its public specification, kept for each visitor.",
        ("todomvc.py",),
    ),
    Demo(
        "echo",
        "/echo",
        "Echo",
        "Shows what it is given, verbatim: text, an attribute, an address, a style. Try to break out.",
        ("echo.py", "database.py"),
    ),
    Demo(
        "signup",
        "/signup",
        "Sign up",
        "A form that is validated on the server, and tells what is wrong next to each field.",
        ("signup.py",),
    ),
    Demo(
        "thread",
        "/thread",
        "Thread",
        "Messages that are there when you send them, however slow the server; a refused one is taken back.",
        ("thread.py", "database.py", "visitors.py"),
    ),
    Demo(
        "upload",
        "/upload",
        "Upload",
        "A large file on its way in pieces: pause it, cut the line, reload the page, and it goes on.",
        ("upload.py", "static/pace.js"),
    ),
    Demo(
        "feed",
        "/feed",
        "Feed",
        "A hundred thousand entries that load as the end comes into view; the server keeps none of them.",
        ("feed.py",),
    ),
    Demo(
        "chat",
        "/chat",
        "Chat",
        "Several rooms: who is here, who is typing, what you have not read, and a hundred thousand messages.",
        ("chat.py", "rooms.py", "static/follow.js"),
    ),
    Demo(
        "stream",
        "/stream",
        "Stream",
        "An answer that is read while it is written, word by word, and can be stopped.",
        ("stream.py", "model.py", "static/follow.js"),
    ),
    Demo(
        "dashboard",
        "/dashboard",
        "Dashboard",
        "Numbers and charts that move ten times a second, for all who look at the same time.",
        ("dashboard.py", "machines.py"),
    ),
    Demo(
        "blog",
        "/blog",
        "Blog",
        "A small application: who may do what, drafts that save themselves, publishing, comments.",
        tuple(f"blog/{name}.py" for name in ("reading", "editor", "login", "people", "posts", "frame")),
    ),
    Demo(
        "benchmark",
        "/benchmark",
        "Benchmark",
        "A thousand rows, or ten thousand: create, update, swap, select and remove them.",
        ("benchmark.py",),
    ),
)

SEVEN_GUIS = (
    Demo(
        "7guis-counter",
        "/7guis/counter",
        "Counter",
        "A button and a number: the ceremony of a first program.",
        ("seven_guis/counter.py",),
    ),
    Demo(
        "7guis-temperature",
        "/7guis/temperature",
        "Temperature",
        "Celsius and Fahrenheit, each following the other while you type.",
        ("seven_guis/temperature.py",),
    ),
    Demo(
        "7guis-flight",
        "/7guis/flight",
        "Flight booker",
        "Fields that constrain each other, and a button that knows when it may be pressed.",
        ("seven_guis/flight.py",),
    ),
    Demo(
        "7guis-timer",
        "/7guis/timer",
        "Timer",
        "Time passes ten times a second while you move the slider.",
        ("seven_guis/timer.py",),
    ),
    Demo(
        "7guis-crud",
        "/7guis/crud",
        "CRUD",
        "People to filter, create, update and delete.",
        ("seven_guis/crud.py",),
    ),
    Demo(
        "7guis-circles",
        "/7guis/circles",
        "Circle drawer",
        "A drawing in SVG with undo, redo, a context menu and a dialog.",
        ("seven_guis/circles.py",),
    ),
    Demo(
        "7guis-cells",
        "/7guis/cells",
        "Cells",
        "A spreadsheet of 2,600 cells with formulas that depend on each other.",
        ("seven_guis/cells.py", "seven_guis/formulas.py"),
    ),
)

EXAMPLES = (
    Demo(
        "examples-forms",
        "/examples/forms",
        "Forms",
        "Two actions in one form, bound arguments, choices, dates and numbers.",
        ("examples/forms.py",),
    ),
    Demo(
        "examples-validation",
        "/examples/validation",
        "Validation",
        "Errors next to their fields: by annotations, by the action, while typing.",
        ("examples/validation.py",),
    ),
    Demo(
        "examples-pending",
        "/examples/pending",
        "Pending",
        "What is shown between the click and the answer.",
        ("examples/pending.py",),
    ),
    Demo(
        "examples-suspense",
        "/examples/suspense",
        "Slow parts",
        "The page at once; what is slow follows in the same response.",
        ("examples/suspense.py",),
    ),
    Demo(
        "examples-feeds",
        "/examples/feeds",
        "Feeds",
        "Lists of which the server keeps nothing: what is new is sent, what is old goes.",
        ("examples/feeds.py",),
    ),
    Demo(
        "examples-optimistic",
        "/examples/optimistic",
        "Optimistic updates",
        "What is shown before the server has answered: counts, switches, lists.",
        ("examples/optimistic.py",),
    ),
    Demo(
        "examples-uploads",
        "/examples/uploads",
        "Files",
        "Several at once, beside other fields, as soon as they are chosen.",
        ("examples/uploads.py",),
    ),
    Demo(
        "examples-order",
        "/examples/order",
        "Order",
        "What happens while something else is under way: queue, latest, drop, parallel.",
        ("examples/order.py",),
    ),
    Demo(
        "examples-redirects",
        "/examples/redirects",
        "Redirects",
        "An action leads to another page, which comes in the same answer.",
        ("examples/redirects.py",),
    ),
    Demo(
        "examples-events",
        "/examples/events",
        "Events",
        "Keys, debounce and throttle, questions, clicks elsewhere.",
        ("examples/events.py",),
    ),
    Demo(
        "examples-effects",
        "/examples/effects",
        "Effects",
        "Menus, dialogs, focus and clipboard, without a call or around one.",
        ("examples/effects.py",),
    ),
    Demo(
        "examples-lifecycle",
        "/examples/lifecycle",
        "Lifecycle",
        "What comes into the page or into view, and what happens as time goes by.",
        ("examples/lifecycle.py",),
    ),
    Demo(
        "examples-streaming",
        "/examples/streaming",
        "Streaming",
        "Actions that yield: progress, a text in pieces, work that goes on.",
        ("examples/streaming.py",),
    ),
    Demo(
        "examples-live",
        "/examples/live",
        "Live",
        "What is told unasked: topics, who is here, data that others have changed, the connection.",
        ("examples/live.py",),
    ),
    Demo(
        "examples-errors",
        "/examples/errors",
        "Errors",
        "What fails is replaced, what stands around it goes on; and pages that are not there.",
        ("examples/errors.py", "error_pages.py"),
    ),
    Demo(
        "examples-hooks",
        "/examples/hooks",
        "Hooks",
        "The page's own JavaScript: a chart that calls the server, a custom element.",
        ("examples/hooks.py", "static/chart.js", "static/stars.js"),
    ),
    Demo(
        "examples-guards",
        "/examples/guards",
        "Guards",
        "A login with roles: who may see a page, who may call its actions, and whose row it is.",
        ("examples/guards.py",),
    ),
    Demo(
        "examples-actions",
        "/examples/actions",
        "Actions anywhere",
        "Functions as actions: given to components, closed over what was seen, called by a script.",
        ("examples/actions.py", "static/draft.js"),
    ),
    Demo(
        "examples-data",
        "/examples/data",
        "Data",
        "Cached until it changes; then what has read it is rendered again in the same answer.",
        ("examples/data.py",),
    ),
    Demo(
        "examples-cookies",
        "/examples/cookies",
        "Cookies",
        "Read and set anywhere, seen at once; sealed ones; the request.",
        ("examples/cookies.py",),
    ),
    Demo(
        "examples-nextjs",
        "/examples/nextjs",
        "Coming from Next.js",
        "What Server Actions do, case by case, in Python: forms, events, data, errors, safety.",
        (
            "examples/nextjs/page.py",
            "examples/nextjs/memory.py",
            "examples/nextjs/convention.py",
            "examples/nextjs/forms.py",
            "examples/nextjs/validation.py",
            "examples/nextjs/waiting.py",
            "examples/nextjs/events.py",
            "examples/nextjs/errors.py",
            "examples/nextjs/data.py",
            "examples/nextjs/safety.py",
        ),
    ),
)

BY_SLUG = {demo.slug: demo for demo in (*START_HERE, *EXAMPLES, *SEVEN_GUIS)}
