"""Echo: shows what it is given, and nothing of it becomes more than text."""

from collections.abc import Callable

from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from reactor import BuildError, Child, Component, Invalid, action
from reactor import html as h

from .database import Session, Table
from .layout import demo
from .site import ui
from .visitors import Visitor

LONGEST = 10_000


class Said(Table):
    __tablename__ = "said"

    visitor: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    style: Mapped[str] = mapped_column(default="")


async def said_by(session: AsyncSession, visitor: str) -> Said:
    return await session.get(Said, visitor) or Said(visitor=visitor, text="", title="", link="", style="")


def is_taken(make: Callable[[], Child]) -> bool:
    """Whether an element can be made: addresses that are scripts, say, are refused by the framework."""
    try:
        make()
    except BuildError:
        return False
    return True


class Echo(Component):
    @action
    async def show(
        self, text: str, title: str, link: str, style: str, session: Session, visitor: Visitor
    ) -> None:
        wrong = {}
        if max(map(len, (text, title, link, style))) > LONGEST:
            wrong[""] = f"At most {LONGEST:,} characters each, please."
        if not is_taken(lambda: h.a(href=link)):
            wrong["link"] = "This address would be a script, or is none."
        if not is_taken(lambda: h.p(style=style)):
            wrong["style"] = "These are no declarations."
        if wrong:
            raise Invalid(wrong)
        given = {"text": text, "title": title, "link": link, "style": style}
        await session.execute(
            insert(Said)
            .values(visitor=visitor, **given)
            .on_conflict_do_update(index_elements=[Said.visitor], set_=given)
        )
        await session.commit()

    async def render(self, session: Session, visitor: Visitor) -> Child:
        said = await said_by(session, visitor)
        return h.div(class_="stack")[
            h.form(class_="panel stack", action=self.show, novalidate=True)[
                (
                    h.div(class_="field")[
                        h.label(for_=name)[name.capitalize()],
                        h.input(
                            self.show.field(name), id=name, value=getattr(said, name), autocomplete="off"
                        ),
                        self.show.error(name),
                    ]
                    for name in ("text", "title", "link", "style")
                ),
                self.show.error(),
                h.button(class_="primary")["Show"],
            ],
            h.section(class_="panel stack", aria_label="What was given")[
                h.p["The text: ", h.output[said.text]],
                h.p(data_testid="titled", title=said.title)[
                    "Its title is here: rest the pointer on this line."
                ],
                h.p[h.a(data_testid="link", href=said.link or None)["The link"]],
                h.p(data_testid="styled", style=said.style or None)["This line has the style."],
            ],
        ]


@ui.page("/echo", title="Echo")
async def echo() -> Child:
    return demo("echo", Echo())
