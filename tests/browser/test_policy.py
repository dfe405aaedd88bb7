"""The strict Content-Security-Policy with Trusted Types, which is the default, is never violated."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.windows import opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

STYLED = """
    import os
    from fastapi import FastAPI
    from markupsafe import Markup
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))

    class Styled(Component):
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        @action
        async def fail(self): raise ValueError("on purpose")

        def render(self):
            odd = self.turn % 2 == 1
            raw = f"<i title='raw'>raw {self.turn}</i><svg><rect width='5'/></svg>"
            return h.main[
                h.output[self.turn],
                h.p(id="always", style={"color": "rgb(1, 2, 3)", "--own": "x"})["Always"],
                h.p(id="styled", style=f"color: {'red' if odd else 'blue'}; margin-left: {self.turn}px")["S"],
                h.p(id="sometimes", style={"color": "green"} if odd else None)["Sometimes"],
                h.svg(width=10, height=10)[h.circle(r=self.turn, style={"fill": "red"})],
                h.table[h.tr[h.td(style={"width": "10px"})[self.turn]]] if odd else None,
                h.div(id="raw")[Markup(raw)],
                h.noscript["without a script ", self.turn],
                h.textarea(aria_label="Text", value=f"<b>{self.turn}</b>"),
                h.a(href=f"/?{self.turn}")["Link"],
                h.button(on_click=self.next)["Next"],
                h.button(on_click=self.fail)["Fail"],
            ]

    @ui.page("/", title="Styled")
    async def styled():
        return Styled()
"""


@pytest.fixture(scope="module", params=["1000", "0"], ids=["patch", "sync"])
def server(serve_for_module: Servers, request: pytest.FixtureRequest) -> Server:
    return serve_for_module(STYLED, env={"VIEWS": request.param})


@pytest.fixture
def watched(page: Page) -> Page:
    page.add_init_script(
        """window.violations = [];
        document.addEventListener("securitypolicyviolation", event =>
            window.violations.push(`${event.effectiveDirective} ${event.sample} ${event.blockedURI}`));"""
    )
    return page


def test_policy_is_strict_and_in_force(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("console error: .*TrustedHTML")
    response = page.goto(server.url)
    assert response is not None
    policy = response.headers["content-security-policy"]
    for directive in (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    settled(page)
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<p>'")


def test_nothing_that_a_patch_does_violates_the_policy(server: Server, watched: Page) -> None:
    page = opened(watched, server.url)
    for turn in range(1, 5):
        press(page, "Next")
        expect(page.get_by_role("status")).to_have_text(str(turn))
        odd = turn % 2 == 1
        styled = page.locator("#styled")
        assert styled.evaluate("p => p.style.color") == ("red" if odd else "blue")
        assert styled.evaluate("p => getComputedStyle(p).marginLeft") == f"{turn}px"
        assert page.locator("#sometimes").evaluate("p => p.style.color") == ("green" if odd else "")
        assert page.locator("#sometimes").evaluate("p => p.hasAttribute('style')") is odd
        assert page.locator("#always").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
        assert page.locator("#always").evaluate("p => p.style.getPropertyValue('--own')") == "x"
        assert page.locator("circle").evaluate("c => c.style.fill") == "red"
        expect(page.locator("#raw i")).to_have_text(f"raw {turn}")
        svg = page.locator("#raw rect").evaluate("rect => rect.namespaceURI")
        assert svg == "http://www.w3.org/2000/svg"
        expect(page.get_by_label("Text")).to_have_value(f"<b>{turn}</b>")
        if odd:
            assert page.locator("td").evaluate("td => td.style.width") == "10px"
    assert page.evaluate("window.violations") == []


def test_styles_of_the_first_load_take_effect(server: Server, watched: Page) -> None:
    page = opened(watched, server.url)
    assert page.locator("#always").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
    assert page.locator("#styled").evaluate("p => getComputedStyle(p).color") == "rgb(0, 0, 255)"
    assert page.evaluate("window.violations") == []


def test_notice_is_shown_with_its_looks(serve: Servers, watched: Page, problems: Problems) -> None:
    problems.allow("response 500 POST")
    server = serve(STYLED)
    server.expect_traceback()
    page = opened(watched, server.url)
    page.get_by_role("button", name="Fail").click()
    notice = page.get_by_role("alert")
    expect(notice).to_be_visible()
    assert notice.evaluate("notice => getComputedStyle(notice).position") == "fixed"
    assert page.evaluate("window.violations") == []


def test_raw_markup_runs_no_script(serve: Servers, watched: Page, problems: Problems) -> None:
    problems.allow("console error: .*violates the following Content Security Policy directive")
    server = serve(
        STYLED.replace(
            "raw {self.turn}</i>",
            "raw {self.turn}</i><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>",
        )
    )
    page = watched
    page.route("**/x", lambda route: route.fulfill(body=""))
    page.goto(server.url)
    settled(page)
    press(page, "Next")
    expect(page.locator("#raw i")).to_have_text("raw 1")
    assert page.evaluate("window.ran") is None


STRICTEST = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


@pytest.fixture(scope="module")
def strictest(serve_for_module: Servers) -> Server:
    return serve_for_module(
        f"""
        from demos.site import ui
        ui.site.policy = {STRICTEST!r}
        from demos.app import app
        """
    )


def test_examples_run_under_the_strictest_policy(
    strictest: Server, watched: Page, problems: Problems
) -> None:
    problems.allow("response 422 POST")
    page = watched
    for path in (
        *("/counter", "/todomvc", "/signup", "/thread", "/upload", "/feed"),
        *("/7guis/crud", "/7guis/cells", "/7guis/circles"),
        *(
            f"/examples/{name}"
            for name in ("forms", "events", "effects", "hooks", "optimistic", "actions", "guards")
        ),
    ):
        response = page.goto(strictest.url + path)
        assert response is not None
        assert "'nonce-" in response.headers["content-security-policy"]
        settled(page)
        assert page.locator("html").get_attribute("data-reactor-adopted") == "true"
        for button in page.get_by_role("button", disabled=False).all()[:4]:
            button.dispatch_event("click")
        settled(page)
        assert page.evaluate("window.violations") == [], path


NONCED = """
    from fastapi import FastAPI
    from fastapi.responses import Response
    from reactor import Component, Reactor, action, nonce, state, html as h

    app = FastAPI()
    ui = Reactor(app, policy=POLICY)

    class Nonced(Component):
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        def render(self):
            return h.main[
                h.script(src="/run.js", nonce=nonce(), id="script", data_turn=self.turn),
                h.output[self.turn],
                h.button(on_click=self.next)["Next"],
            ]

    @app.get("/run.js")
    async def script():
        return Response("window.ran = (window.ran ?? 0) + 1", media_type="text/javascript")

    @ui.page("/", title="Nonced")
    async def nonced():
        return Nonced()
""".replace("POLICY", repr(STRICTEST))


@pytest.mark.parametrize("views", ["1000", "0"], ids=["patch", "sync"])
def test_script_with_a_nonce_runs_once_and_is_left_alone(serve: Servers, watched: Page, views: str) -> None:
    server = serve(NONCED.replace("policy=", f"limits=Limits(views={views}), policy=").replace(
        "import Component,", "import Component, Limits,"
    ))  # fmt: skip
    page = opened(watched, server.url)
    assert page.evaluate("window.ran") == 1
    given = page.locator("#script").evaluate("script => script.nonce")
    assert len(given) == 24
    assert page.locator("#script").get_attribute("nonce") == ""
    for turn in (1, 2):
        press(page, "Next")
        expect(page.get_by_role("status")).to_have_text(str(turn))
    assert page.locator("#script").get_attribute("data-turn") == "2"
    assert page.locator("#script").evaluate("script => script.nonce") == given
    assert page.evaluate("window.ran") == 1
    assert page.evaluate("window.violations") == []
    page.reload()
    settled(page)
    assert page.locator("#script").evaluate("script => script.nonce") != given


def test_script_without_the_nonce_does_not_run(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow("Content Security Policy")
    problems.allow("request failed: csp")
    server = serve(NONCED.replace("nonce=nonce(), ", ""))
    opened(page, server.url)
    assert page.evaluate("window.ran") is None
    press(page, "Next")
    expect(page.get_by_role("status")).to_have_text("1")
