"""The blog: who may do what, drafts, publishing what was seen. Two processes serve it, in turn."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import is_same_page, opened
from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

SECRET = {"REACTOR_SECRET": "3c5ab21c7a4f48b0a1d29f6e0b7c8d4e5f60718293a4b5c6"}
PASSWORDS = {"ada": "lovelace", "grace": "hopper", "kay": "mcnulty"}
SEEDED = "/blog/posts/what-you-saw-is-what-you-publish"

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def servers(serve_for_module: Servers) -> list[Server]:
    return [serve_for_module("demos.app:app", env=SECRET) for _ in range(2)]


@pytest.fixture(scope="module")
def site(servers: list[Server]) -> Iterator[RoundRobin]:
    with closing(RoundRobin([server.port for server in servers])) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def aborted(problems: Problems) -> None:
    problems.allow("net::ERR_ABORTED GET")  # a page that was asked for ahead, and is not needed any more


def log_in(page: Page, site: RoundRobin, name: str, to: str = "/blog") -> Page:
    page.goto(f"{site.url}/blog/login?next={to}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORDS[name])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert page.url == f"{site.url}{to}"
    return page


def begin(page: Page, site: RoundRobin, title: str) -> str:
    """A new post, open in the editor. Gives its path."""
    page.goto(f"{site.url}/blog/new")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_label("Text")).to_have_value("")
    return page.url.removeprefix(site.url).removesuffix("/edit")


def publish(page: Page, text: str) -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Publish").click()


def published(page: Page, site: RoundRobin, title: str, text: str) -> str:
    """A post that is published, and shown. Gives its path."""
    path = begin(page, site, title)
    publish(page, text)
    expect(page.locator(".prose p")).to_have_text(text.split("\n\n"))
    return path


@both
def test_blog_publishes_and_leads_to_the_post(
    site: RoundRobin, new_visitor: Visitors, javascript: bool
) -> None:
    page = log_in(new_visitor(javascript=javascript), site, "ada")
    title = f"Tea & <biscuits> {javascript}"
    path = published(page, site, title, "One.\n\n<b>Two</b> & three.")
    assert page.url == f"{site.url}{path}"
    expect(page).to_have_title(title)
    page.get_by_role("link", name="Field notes").click()
    expect(page.get_by_role("article").first).to_contain_text(title)


@both
def test_blog_tells_that_the_post_has_changed_since_it_was_opened(
    site: RoundRobin, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422 POST .*/edit")
    ada = log_in(new_visitor(javascript=javascript), site, "ada")
    path = published(ada, site, f"Seen by two {javascript}", "First.")
    grace = log_in(new_visitor(javascript=javascript), site, "grace", f"{path}/edit")
    ada.goto(f"{site.url}{path}/edit")
    publish(ada, "Of Ada.")
    expect(ada.locator(".prose")).to_have_text("Of Ada.")
    publish(grace, "Of Grace.")
    expect(grace.get_by_role("alert")).to_have_text("The post has changed since you opened it.")
    expect(grace.get_by_label("Text")).to_have_value("Of Grace.")
    ada.reload()
    expect(ada.locator(".prose")).to_have_text("Of Ada.")
    grace.get_by_role("button", name="Replace it with mine").click()
    expect(grace.get_by_role("alert")).to_have_count(0)
    grace.get_by_role("button", name="Publish").click()
    expect(grace.locator(".prose")).to_have_text("Of Grace.")


def test_blog_keeps_a_draft_while_one_types(site: RoundRobin, new_visitor: Visitors) -> None:
    page = log_in(new_visitor(), site, "ada")
    path = published(page, site, "Typed", "As it was.")
    opened(page, f"{site.url}{path}/edit")
    page.get_by_label("Text").press("Control+End")
    page.get_by_label("Text").press_sequentially(" And more.")
    expect(page.get_by_text("Your draft is saved")).to_be_visible()
    expect(page.get_by_label("Text")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Text")).to_have_value("As it was. And more.")
    grace = log_in(new_visitor(), site, "grace", f"{path}/edit")
    expect(grace.get_by_label("Text")).to_have_value("As it was.")
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_label("Text")).to_have_value("As it was.")


def test_blog_keeps_a_draft_without_javascript(site: RoundRobin, page_without_javascript: Page) -> None:
    page = log_in(page_without_javascript, site, "ada")
    path = begin(page, site, "Kept by a button")
    page.get_by_label("Text").fill("Half of it.")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("Your draft is saved")).to_be_visible()
    page.goto(f"{site.url}{path}/edit")
    expect(page.get_by_label("Text")).to_have_value("Half of it.")
    page.goto(f"{site.url}{path}")
    expect(page.locator(".byline")).to_contain_text("not published")


@both
def test_blog_leads_to_the_login_and_back(
    site: RoundRobin, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422 POST .*/login")
    problems.allow("response 403 GET .*/blog/new")
    page = new_visitor(javascript=javascript)
    page.goto(f"{site.url}/blog/new")
    assert page.url == f"{site.url}/blog/login?next=/blog/new"
    page.get_by_label("Name").fill("Kay")
    page.get_by_label("Password").fill("hopper")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("The name or the password is wrong.")).to_be_visible()
    page.get_by_label("Password").fill("mcnulty")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Not for you")).to_be_visible()
    expect(page.get_by_text("Kay is a reader here.")).to_be_visible()


def test_blog_leads_to_no_other_site_after_the_login(site: RoundRobin, page: Page) -> None:
    log_in(page, site, "kay")
    for there in "https://example.org/", "//example.org", "/blog//example.org", "/blogs", "/blog/../":
        page.goto(f"{site.url}/blog/login?next={there}")
        assert page.url == f"{site.url}/blog", there


def test_blog_lets_nobody_change_the_posts_of_others(
    site: RoundRobin, new_visitor: Visitors, problems: Problems
) -> None:
    problems.allow("response 403 .*/edit")
    problems.allow("response 401 POST .*/edit")
    grace = log_in(new_visitor(), site, "grace")
    path = published(grace, site, "Of Grace alone", "Hers.")
    grace.goto(f"{site.url}{path}/edit")
    # The same browser, in another tab: she leaves, and Ada comes. The page of Grace is still open.
    other = grace.context.new_page()
    other.goto(f"{site.url}/blog")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("link", name="Log in")).to_be_visible()
    publish(grace, "Not logged in.")
    expect(grace.get_by_text("You are logged out.").first).to_be_visible()
    expect(grace.get_by_label("Text")).to_have_value("Not logged in.")
    log_in(other, site, "ada", path)
    expect(other.get_by_role("link", name="Edit")).to_have_count(0)
    publish(grace, "Of Ada.")
    expect(grace.get_by_text("This post is somebody else's.").first).to_be_visible()
    other.goto(f"{site.url}{path}/edit")
    expect(other.get_by_role("heading", name="Not for you")).to_be_visible()
    other.goto(f"{site.url}{path}")
    expect(other.locator(".prose")).to_have_text("Hers.")


@both
def test_blog_lets_editors_take_posts_off(
    site: RoundRobin, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 404 GET")
    path = published(log_in(new_visitor(), site, "ada"), site, f"Too early {javascript}", "Soon.")
    grace = log_in(new_visitor(javascript=javascript), site, "grace", path)
    grace.get_by_role("button", name="Unpublish").click()
    expect(grace.locator(".byline")).to_contain_text("not published")
    stranger = new_visitor(javascript=javascript)
    stranger.goto(f"{site.url}{path}")
    expect(stranger.get_by_role("heading", name="Not found")).to_be_visible()
    expect(stranger.get_by_text("There is no such post.")).to_be_visible()
    stranger.get_by_role("link", name="All posts").click()
    expect(stranger.get_by_role("link", name="What you saw is what you publish")).to_be_visible()
    expect(stranger.get_by_role("link", name=f"Too early {javascript}")).to_have_count(0)
    grace.get_by_role("link", name="Field notes").click()
    expect(grace.get_by_role("region", name="Not published")).to_contain_text(f"Too early {javascript}")


@both
def test_blog_shows_comments_as_they_were_written(
    site: RoundRobin, new_visitor: Visitors, javascript: bool
) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{site.url}{SEEDED}")
    expect(page.get_by_text("Log in to say something.")).to_be_visible()
    log_in(page, site, "kay", SEEDED)
    page.get_by_label("Your comment").fill(f"I <i>agree</i> {javascript}.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".said li").last).to_have_text(f"KayI <i>agree</i> {javascript}.")
    expect(page.get_by_label("Your comment")).to_have_value("")


def test_blog_shows_a_comment_before_it_is_saved(site: RoundRobin, page: Page) -> None:
    log_in(page, site, "ada")
    opened(page, f"{site.url}/blog/posts/one-click-one-request")
    page.get_by_label("Your comment").fill("Quick")
    with site.holding_responses("POST"):
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".said li[aria-busy]")).to_have_text("AdaQuick")
    expect(page.locator(".said li:not([aria-busy])")).to_have_text("AdaQuick")
    expect(page.locator(".said li")).to_have_count(1)


@both
def test_blog_goes_on_where_a_part_fails(
    site: RoundRobin, servers: list[Server], new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    for server in servers:
        server.expect_traceback()
    problems.allow(r"response 500 GET .*\?broken")
    page = new_visitor(javascript=javascript)
    page.goto(f"{site.url}{SEEDED}?broken")
    expect(page.get_by_text("The related posts are not there")).to_be_visible()
    expect(page.get_by_role("heading", name="What you saw is what you publish")).to_be_visible()
    expect(page.get_by_role("heading", name="Comments")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("complementary", name="Related").get_by_role("link")).not_to_have_count(0)


def test_blog_keeps_its_head_from_page_to_page(site: RoundRobin, page: Page) -> None:
    log_in(page, site, "ada")
    opened(page, f"{site.url}/blog")
    head = page.locator(".blog-head").element_handle()
    page.get_by_role("link", name="What you saw is what you publish").click()
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Text")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    settled(page)
    assert is_same_page(page)
    assert head.evaluate("head => head.isConnected")
