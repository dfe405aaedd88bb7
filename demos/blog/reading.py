"""The pages that everybody may read: the list of posts, and a post with its comments."""

from typing import Annotated

from pydantic import StringConstraints

from reactor import Child, Component, ErrorBoundary, Failure, Page, action, not_found, request, state
from reactor import html as h

from ..database import Session
from ..signup import or_say
from ..site import ui
from .frame import byline, frame
from .people import Author, Me, Member
from .posts import Post, add_comment, comments, editable, post, posts, related, unpublish

LONGEST_COMMENT = 500


# It works on several processes that share the database only, and nothing by which they could tell each other.
@ui.page("/blog", title="Blog", layout=frame, live=False)
async def blog(me: Me) -> Child:
    all_posts = await posts()
    drafts = [each for each in all_posts if not each.published and me and me.may_edit(each.author)]
    return [
        h.h1["Notes on building pages"],
        h.ol(class_="posts")[(entry(each) for each in all_posts if each.published)],
        bool(drafts)
        and h.section(class_="drafts", aria_labelledby="drafts")[
            h.h2(id="drafts")["Not published"],
            h.ul(class_="rows")[
                (
                    h.li(key=each.slug)[
                        h.a(href=each.address)[each.title], h.span(class_="hint")[each.author]
                    ]
                    for each in drafts
                )
            ],
        ],
    ]


def entry(each: Post) -> Child:
    return h.li(key=each.slug)[
        h.article[
            byline(each.author, each.published),
            h.h2[h.a(href=each.address)[each.title]],
            h.p[each.paragraphs[:1]],
        ]
    ]


@action
async def take_off(slug: str, me: Author, session: Session) -> None:
    await editable(slug, me)
    await unpublish(session, slug)


@ui.page("/blog/posts/{slug}", layout=frame, live=False)
async def show(slug: str, me: Me, broken: str | None = None) -> Page:
    found = await post(slug)
    may_edit = found is not None and me is not None and me.may_edit(found.author)
    if found is None or not (found.published or may_edit):
        raise not_found("There is no such post.")
    return Page(
        [
            h.article(class_="post")[
                byline(found.author, found.published),
                h.h1[found.title],
                may_edit
                and h.form(class_="buttons")[
                    h.a(class_="button", href=f"{found.address}/edit")["Edit"],
                    found.published is not None and h.button(form_action=take_off.bind(slug))["Unpublish"],
                ],
                h.div(class_="prose")[(h.p[paragraph] for paragraph in found.paragraphs)],
            ],
            ErrorBoundary(fallback=no_related)[Related(slug=slug, broken=broken is not None)],
            found.published is not None and Comments(slug=slug),
        ],
        title=found.title,
    )


class Related(Component):
    slug: str
    broken: bool = False

    async def render(self) -> Child:
        if self.broken and request().method == "GET":  # for you to see; trying again helps
            raise RuntimeError("the related posts were asked to be broken")
        found = await related(self.slug)
        return (
            bool(found)
            and h.aside(class_="related", aria_labelledby="related")[
                h.h2(id="related")["Related"],
                h.ul[(h.li(key=each.slug)[h.a(href=each.address)[each.title]] for each in found)],
            ]
        )


def no_related(failure: Failure) -> Child:
    return h.aside(class_="related", role="alert")[
        h.p["The related posts are not there at the moment."],
        h.p(class_="hint")[failure.message, " Reference: ", h.code[failure.reference]],
        h.button(on_click=failure.retry)["Try again"],
    ]


Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_COMMENT),
    or_say("Write something, in up to 500 characters."),
]


class Comments(Component):
    slug: str
    on_their_way: list[str] = state([])
    """What was sent and not answered. Only the browser's prediction puts something here."""

    @action
    async def say(self, text: Said, me: Member, session: Session) -> None:
        found = await post(self.slug)
        if found is None or not found.published:
            raise not_found("This post is not there any more.")
        await add_comment(session, self.slug, me, text)

    @say.optimistic
    def _(self, text: str) -> None:
        self.on_their_way.append(text)

    async def render(self, me: Me) -> Child:
        said = await comments(self.slug)
        return h.section(class_="comments", aria_labelledby="comments")[
            h.h2(id="comments")["Comments"],
            h.ol(class_="said")[
                (h.li(key=each.id)[h.strong[each.person], h.p[each.text]] for each in said),
                (
                    h.li(aria_busy=True)[h.strong[me.name if me else ""], h.p[text]]
                    for text in self.on_their_way
                ),
            ],
            not said and not self.on_their_way and h.p(class_="hint")["Nobody has said anything yet."],
            self.form()
            if me
            else h.p(class_="hint")[
                h.a(href=f"/blog/login?next=/blog/posts/{self.slug}")["Log in"], " to say something."
            ],
        ]

    def form(self) -> Child:
        return h.form(class_="stack", action=self.say)[
            h.div(class_="field")[
                h.label(for_="comment")["Your comment"],
                h.textarea(
                    self.say.field("text"), id="comment", rows=3, maxlength=LONGEST_COMMENT, required=True
                ),
                self.say.error("text"),
            ],
            h.div(class_="buttons")[h.button["Send"]],
        ]
