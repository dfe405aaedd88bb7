"""What is written: posts, drafts and comments in the database, and how pages read them."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, event, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from reactor import Invalid, cached, forbidden, not_found, revalidate_tag

from ..database import Session, Table, sessions
from .first_posts import FIRST_POSTS
from .people import Person

LONGEST_TITLE = 120
LONGEST_TEXT = 20_000


def now() -> datetime:
    """Now, by UTC; SQLite keeps no time zones."""
    return datetime.now(UTC).replace(tzinfo=None)


class PostRow(Table):
    __tablename__ = "blog_posts"

    slug: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    published: Mapped[datetime | None] = mapped_column(default=None)


class DraftRow(Table):
    """What somebody is writing at a post, and which version of it they began with."""

    __tablename__ = "blog_drafts"

    slug: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]


class CommentRow(Table):
    __tablename__ = "blog_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(index=True)
    person: Mapped[str]
    text: Mapped[str]


@event.listens_for(PostRow.__table__, "after_create")
def first_posts(table: Any, connection: Connection, **_: Any) -> None:
    for days, (slug, author, title, text) in enumerate(FIRST_POSTS):
        published = now() - timedelta(days=4 * days + 1)
        connection.execute(
            insert(table).values(
                slug=slug, author=author, title=title, text=text, version=1, published=published
            )
        )


class Post(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    slug: str
    author: str
    title: str
    text: str
    version: int
    published: datetime | None

    @property
    def address(self) -> str:
        return f"/blog/posts/{self.slug}"

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]


class Comment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    person: str
    text: str


# These are read once in each request, however many ask (ttl=0), and not kept for longer: several processes
# serve the demos, and the memory of one does not hear what another has saved. The tags say what is shown
# where, so that the answer to an action brings what it has changed.


@cached(tags=["posts"], ttl=0)
async def posts() -> list[Post]:
    async with sessions() as session:
        rows = await session.scalars(select(PostRow).order_by(PostRow.published.desc(), PostRow.slug))
        return [Post.model_validate(row) for row in rows]


@cached(tags=lambda slug: [f"post:{slug}"], ttl=0)
async def post(slug: str) -> Post | None:
    async with sessions() as session:
        row = await session.get(PostRow, slug)
        return Post.model_validate(row) if row else None


@cached(tags=lambda slug: [f"comments:{slug}"], ttl=0)
async def comments(slug: str) -> list[Comment]:
    async with sessions() as session:
        rows = await session.scalars(
            select(CommentRow).where(CommentRow.slug == slug).order_by(CommentRow.id)
        )
        return [Comment.model_validate(row) for row in rows]


def long_words(text: str) -> set[str]:
    return set(re.findall(r"\w{6,}", text.lower()))


@cached(tags=["posts"], ttl=60)
async def related(slug: str) -> list[Post]:
    """The posts that share the most words with one; a minute old at most, and the same for everybody."""
    published = [each for each in await posts() if each.published]
    words = {each.slug: long_words(each.text) for each in published}
    mine = words.pop(slug, set())
    others = [each for each in published if words.get(each.slug, set()) & mine]
    return sorted(others, key=lambda other: -len(words[other.slug] & mine))[:2]


def changed(slug: str) -> None:
    revalidate_tag(f"post:{slug}", "posts")


async def editable(slug: str, me: Person) -> Post:
    """A post that this person may change. To be asked by each action: what a page showed is no permission."""
    found = await post(slug)
    if found is None:
        raise not_found("There is no such post.")
    if not me.may_edit(found.author):
        raise forbidden("This post is somebody else's.")
    return found


async def begin(session: Session, author: Person, title: str) -> str:
    """Add a post that is not published yet.

    Returns:
        Its slug.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    wanted = "-".join(re.findall(r"[a-z0-9]+", plain)) or "post"
    for slug in (wanted, *(f"{wanted}-{number}" for number in range(2, 100))):
        session.add(PostRow(slug=slug, author=author.name, title=title))
        try:
            await session.commit()
        except IntegrityError:  # somebody has it; to look first would leave a gap for somebody else
            await session.rollback()
        else:
            changed(slug)
            return slug
    raise Invalid(title="There are a hundred posts of this title already.")


async def publish(session: Session, slug: str, seen: int, title: str, text: str, author: Person) -> bool:
    """Publish a new version in place of the one that the author has seen, unless there is another one by now.

    Returns:
        Whether it is published.
    """
    saved = await session.execute(
        update(PostRow)
        .where(PostRow.slug == slug, PostRow.version == seen)
        .values(title=title, text=text, version=seen + 1)
        .returning(PostRow.published)
    )
    row = saved.one_or_none()
    if row is None:
        return False
    if row.published is None:
        await session.execute(update(PostRow).where(PostRow.slug == slug).values(published=now()))
    await discard(session, slug, author)
    changed(slug)
    return True


async def unpublish(session: Session, slug: str) -> None:
    await session.execute(update(PostRow).where(PostRow.slug == slug).values(published=None))
    await session.commit()
    changed(slug)


async def draft_of(session: Session, slug: str, author: Person) -> DraftRow | None:
    return await session.get(DraftRow, (slug, author.name))


async def save_draft(session: Session, post: Post, author: Person, seen: int, **fields: str) -> None:
    new = {"version": seen, "title": post.title, "text": post.text, **fields}
    await session.execute(
        sqlite.insert(DraftRow)
        .values(slug=post.slug, person=author.name, **new)
        .on_conflict_do_update(index_elements=[DraftRow.slug, DraftRow.person], set_=fields)
    )
    await session.commit()


async def go_on(session: Session, slug: str, newest: int, author: Person) -> None:
    """Let a draft be meant for the newest version, whichever it was begun with."""
    mine = (DraftRow.slug == slug, DraftRow.person == author.name)
    await session.execute(update(DraftRow).where(*mine).values(version=newest))
    await session.commit()


async def discard(session: Session, slug: str, author: Person) -> None:
    await session.execute(delete(DraftRow).where(DraftRow.slug == slug, DraftRow.person == author.name))
    await session.commit()


async def add_comment(session: Session, slug: str, author: Person, text: str) -> None:
    session.add(CommentRow(slug=slug, person=author.name, text=text))
    await session.commit()
    revalidate_tag(f"comments:{slug}")
