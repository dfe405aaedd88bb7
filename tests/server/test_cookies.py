"""Cookies and sessions: set anywhere, seen at once by all that is rendered afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from fastapi import Cookie, Depends, HTTPException, Request
from pydantic import BaseModel
from starlette.middleware.sessions import SessionMiddleware

from reactor import (
    Child,
    Component,
    DataError,
    Invalid,
    Reactor,
    ReactorError,
    action,
    cookies,
    refresh,
    request,
    state,
)
from reactor import html as h
from reactor.context import Context, answering, names_of
from reactor.seal import Keyring
from reactor.secret import fresh
from reactor.testing import TestClient
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

rendered: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_rendered() -> None:
    rendered.clear()


def asked(url: str = "http://testserver/", cookie: str = "", ring: Keyring | None = None) -> Context:
    """A request with cookies."""
    scheme, _, host = url.partition("://")
    headers = [(b"host", host.rstrip("/").encode())]
    headers += [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "headers": headers}
    return Context(Request(scope), keyring=ring or Keyring([fresh()]))


def sent(context: Context) -> list[str]:
    return [value.decode() for name, value in context.response.raw_headers if name == b"set-cookie"]


# What is sent


def test_cookie_has_safe_defaults() -> None:
    with answering(asked()) as context:
        cookies().set("theme", "dark")
    assert sent(context) == ["theme=dark; Path=/; HttpOnly; SameSite=Lax"]
    with answering(asked("https://testserver/")) as context:
        cookies().set("theme", "dark")
    assert sent(context) == ["theme=dark; Path=/; Secure; HttpOnly; SameSite=Lax"]


def test_cookie_with_all_of_its_settings() -> None:
    with answering(asked()) as context:
        cookies().set(
            "a",
            "b",
            max_age=timedelta(hours=1),
            expires=datetime(2040, 5, 1, 12, tzinfo=UTC),
            path="/shop",
            domain="example.org",
            secure=True,
            httponly=False,
            samesite="none",
        )
    assert sent(context) == [
        "a=b; Path=/shop; Domain=example.org; Max-Age=3600; Expires=Tue, 01 May 2040 12:00:00 GMT; "
        "Secure; SameSite=None"
    ]


def test_cookie_that_is_set_again_is_sent_once() -> None:
    with answering(asked()) as context:
        cookies().set("a", "1")
        cookies().set("a", "2", path="/shop")
        cookies().set("ab", "3")
        cookies().delete("a")
        cookies().set("a", "4", max_age=60)
    assert sent(context) == [
        "a=2; Path=/shop; HttpOnly; SameSite=Lax",
        "ab=3; Path=/; HttpOnly; SameSite=Lax",
        "a=4; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
    ]


def test_cookie_that_is_deleted() -> None:
    with answering(asked(cookie="a=1; b=2")) as context:
        cookies().delete("a")
        assert list(cookies()) == ["b"]
        cookies().delete("unknown")
    gone = "Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"
    assert sent(context) == [f"a=; {gone}", f"unknown=; {gone}"]


@pytest.mark.parametrize(
    ("value", "travels"),
    [
        ("dark", "dark"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("a;b,c", "a%3Bb%2Cc"),
        ('"quoted\\"', "%22quoted%5C%22"),
        ("Łódź", "%C5%81%C3%B3d%C5%BA"),
        ("a\r\nSet-Cookie: evil=1", "a%0D%0ASet-Cookie:%20evil=1"),
        ("\0\x7f", "%00%7F"),
        ("", ""),
    ],
)
def test_cookie_may_hold_any_text(value: str, travels: str) -> None:
    with answering(asked()) as context:
        cookies().set("a", value)
        assert cookies()["a"] == value
    assert sent(context)[0].split("; ")[0] == f"a={travels}"
    with answering(asked(cookie=f"a={travels}")):
        assert cookies().get("a") == value


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "a\r\nb", "ä", "a,b", "(a)", '"a"'])
def test_cookie_name_is_one(name: str) -> None:
    with answering(asked()) as context:
        with pytest.raises(DataError, match=r"cannot have the name(.|\n)*test_cookies.py:\d+"):
            cookies().set(name, "x")
        with pytest.raises(DataError, match="cannot have the name"):
            cookies().delete(name)
    assert sent(context) == []


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("a", {"path": "shop"}, "path='shop'"),
        ("a", {"path": "/; Domain=evil.org"}, "path="),
        ("a", {"path": "/\r\n"}, "path="),
        ("a", {"domain": "evil.org; Path=/"}, "is no domain"),
        ("a", {"domain": ""}, "is no domain"),
        ("a", {"samesite": "some"}, "none of 'lax'"),
        ("a", {"samesite": "none"}, "needs secure=True"),
        ("a", {"expires": datetime(2040, 1, 1)}, "no time zone"),
        ("__Host-a", {}, "asks for secure=True"),
        ("__Secure-a", {}, "asks for secure=True"),
        ("__Host-a", {"secure": True, "path": "/shop"}, "asks for path='/'"),
        ("__Host-a", {"secure": True, "domain": "example.org"}, "no domain"),
        ("reactor", {}, "reactor's own"),
        ("__Host-reactor", {"secure": True}, "reactor's own"),
    ],
)
def test_cookie_that_a_browser_would_not_take_is_an_error(
    name: str, settings: dict[str, Any], message: str
) -> None:
    with answering(asked()) as context, pytest.raises(DataError, match=message):
        cookies().set(name, "x", **settings)
    assert sent(context) == []


def test_cookie_has_4_kb() -> None:
    with answering(asked()):
        cookies().set("a", "x" * 4095)
        with pytest.raises(DataError, match="takes 4097 bytes; browsers keep at most 4096"):
            cookies().set("a", "x" * 4096)


def test_cookie_that_is_over_is_not_there() -> None:
    with answering(asked(cookie="a=1; b=1; c=1")):
        cookies().set("a", "2", max_age=0)
        cookies().set("b", "2", expires=datetime(2020, 1, 1, tzinfo=UTC))
        assert dict(cookies()) == {"c": "1"}
        assert ("a" in cookies(), cookies().get("a"), cookies().get("a", "none")) == (False, None, "none")


def test_cookies_belong_to_a_request() -> None:
    with pytest.raises(ReactorError, match=r"cookies\(\) belongs to a request"):
        cookies()
    with pytest.raises(ReactorError, match=r"request\(\) belongs to a request"):
        request()


# Sealed


class Cart(BaseModel):
    items: list[int] = []


def of_visitor(visitor: str, sealed: str, ring: Keyring) -> Context:
    return asked(cookie=f"reactor={visitor}; {sealed}", ring=ring)


ADA, BEN = "a" * 43, "b" * 43


def sealed_by(ring: Keyring, value: object, **settings: Any) -> str:
    """A sealed cookie `cart` of Ada."""
    with answering(of_visitor(ADA, "", ring)) as context:
        cookies().sealed.set("cart", value, **settings)
        assert cookies().sealed.get("cart", type(value)) == value
    return sent(context)[0].split("; ")[0]


def test_sealed_cookie_is_what_it_was() -> None:
    ring = Keyring([fresh()])
    sealed = sealed_by(ring, Cart(items=[1, 2]))
    assert "items" not in sealed
    with answering(of_visitor(ADA, sealed, ring)):
        assert cookies().sealed.get("cart", Cart) == Cart(items=[1, 2])
        assert cookies().sealed.get("cart", list[int]) is None, "of another type"
        assert cookies().sealed.get("basket", Cart, Cart()) == Cart(), "there is none"


def test_sealed_cookie_opens_for_its_visitor_name_and_keys_only() -> None:
    ring = Keyring([fresh()])
    sealed = sealed_by(ring, [1, 2])
    for visitor, cookie, keys in (
        (BEN, sealed, ring),
        (ADA, sealed.replace("cart=", "basket="), ring),
        (ADA, sealed, Keyring([fresh()])),
        (ADA, sealed[:-2], ring),
        (ADA, "cart=", ring),
        (ADA, "cart=[1,2]", ring),
        (ADA, f"cart={'A' * 100}", ring),
    ):
        with answering(of_visitor(visitor, cookie, keys)):
            assert cookies().sealed.get("cart", list[int], []) == []
            assert cookies().sealed.get("basket", list[int]) is None
    with answering(asked(cookie=sealed, ring=ring)):
        assert cookies().sealed.get("cart", list[int]) is None, "of nobody"


def test_sealed_cookie_ends_when_it_was_meant_to(monkeypatch: pytest.MonkeyPatch) -> None:
    ring, now = Keyring([fresh()]), datetime.now(UTC)
    by_age = sealed_by(ring, [1], max_age=60, expires=now + timedelta(days=1))
    by_date = sealed_by(ring, [1], expires=now + timedelta(seconds=60))
    for cookie in (by_age, by_date):
        monkeypatch.setattr("time.time", lambda: now.timestamp() + 55)
        with answering(of_visitor(ADA, cookie, ring)):
            assert cookies().sealed.get("cart", list[int]) == [1]
        monkeypatch.setattr("time.time", lambda: now.timestamp() + 65)
        with answering(of_visitor(ADA, cookie, ring)):
            assert cookies().sealed.get("cart", list[int]) is None


def test_sealed_cookie_must_fit_and_be_data() -> None:
    with answering(asked()):
        with pytest.raises(DataError, match="browsers keep at most 4096"):
            cookies().sealed.set("cart", "x" * 4000)
        with pytest.raises(DataError, match="a object has no JSON"):
            cookies().sealed.set("cart", object())


async def test_sealed_cookie_of_a_visitor_who_is_new() -> None:
    ui = application()

    def remember() -> None:
        if cookies().sealed.get("number", int) is None:
            cookies().sealed.set("number", 7)

    @ui.page("/", dependencies=[Depends(remember)])
    async def page() -> Child:
        return h.main[h.p[str(cookies().sealed.get("number", int))], Theme()]

    async with visiting(ui) as shown:
        assert "7" in shown.text
        await shown.reload()
        assert "7" in shown.text
        await shown.click("Dark")
        assert shown.get_by_role("status").text == "dark"


# In pages


class Reads(Component):
    """Reads a cookie by itself."""

    def render(self) -> Child:
        rendered.append("reads")
        return h.p[f"by itself: {cookies().get('theme', 'light')}"]


class Depending(Component):
    """Reads a cookie as FastAPI's parameter."""

    def render(self, theme: Annotated[str, Cookie()] = "light") -> Child:
        rendered.append("depending")
        return h.p[f"by a parameter: {theme}"]


class Asking(Component):
    def render(self) -> Child:
        rendered.append("asking")
        return h.p[f"by the request: {request().cookies.get('theme', 'light')}"]


class Other(Component):
    def render(self) -> Child:
        rendered.append("other")
        return h.p["other", cookies().get("other")]


class Theme(Component):
    clicks: int = state(0)

    @action
    async def choose(self, theme: str) -> None:
        self.clicks += 1
        cookies().set("theme", theme, max_age=3600)

    @action
    def choose_in_a_thread(self) -> None:
        cookies().set("theme", "threaded")

    @action
    async def forget(self) -> None:
        cookies().delete("theme")

    @action
    async def refuse(self) -> None:
        cookies().set("theme", "never")
        raise Invalid("No.")

    @action
    async def fail(self) -> None:
        cookies().set("theme", "never")
        raise LookupError

    def render(self) -> Child:
        rendered.append("theme")
        return h.div[
            h.output[cookies().get("theme", "light")],
            h.button(on_click=self.choose.bind("dark"))["Dark"],
            h.button(on_click=self.choose.bind("light"))["Light"],
            h.button(on_click=self.choose_in_a_thread)["Threaded"],
            h.button(on_click=self.forget)["Forget"],
            h.button(on_click=self.refuse)["Refuse"],
            h.button(on_click=self.fail)["Fail"],
        ]


def themed() -> Reactor:
    ui = application()

    def by_dependency(theme: Annotated[str, Cookie()] = "light") -> str:
        return theme

    @ui.page("/")
    async def page(theme: str = Depends(by_dependency)) -> Child:
        rendered.append("page")
        return h.main[h.h1[f"by the page: {theme}"], Reads(), Depending(), Asking(), Other(), Theme()]

    @ui.page("/plain")
    async def plain() -> Child:
        rendered.append("plain")
        return h.main[Reads(), Other(), Theme()]

    @ui.page("/counted")
    async def counted() -> Child:
        visits = int(cookies().get("visits", "0")) + 1
        cookies().set("visits", str(visits))
        return h.main[h.p[f"{visits} visits"]]

    return ui


@both
@pytest.mark.parametrize("forgotten", [False, True])
async def test_cookie_that_an_action_sets_is_seen_by_all_in_the_same_answer(
    javascript: bool, forgotten: bool
) -> None:
    async with visiting(themed(), javascript=javascript) as page:
        if javascript and forgotten:
            page.server_forgets()
        await page.click("Dark")
        for place in ("by the page", "by itself", "by a parameter", "by the request"):
            assert f"{place}: dark" in page.text
        assert page.get_by_role("status").text == "dark"
        await page.reload()
        assert "by the page: dark" in page.text
        await page.click("Forget")
        assert "by the page: light" in page.text
        await page.reload()
        assert "by the page: light" in page.text


async def test_cookie_makes_stale_what_has_read_it_and_nothing_else() -> None:
    async with visiting(themed(), "/plain") as page:
        rendered.clear()
        await page.click("Dark")
        assert sorted(rendered) == ["reads", "theme"]
        assert page.answer.content["k"] == names_of([("cookie", ""), ("cookie", "theme")])
        rendered.clear()
        await page.click("Dark")
        assert sorted(rendered) == ["theme"], "it is the same as before"


async def test_cookie_that_is_set_in_a_thread() -> None:
    async with visiting(themed(), "/plain") as page:
        await page.click("Threaded")
        assert "by itself: threaded" in page.text


async def test_cookie_that_a_page_sets() -> None:
    async with visiting(themed(), "/counted") as page:
        assert page.text == "1 visits"
        await page.reload()
        assert page.text == "2 visits"


@pytest.mark.parametrize("button", ["Refuse", "Fail"])
async def test_cookies_of_an_action_that_fails_are_what_they_were(button: str) -> None:
    async with visiting(themed(), "/plain", raise_server_errors=False) as page:
        await page.click("Dark")
        await page.click(button)
        assert page.answer.status in (422, 500)
        assert "by itself: dark" in page.text
        await page.reload()
        assert "by itself: dark" in page.text


async def test_cookie_of_a_call_that_is_repeated_is_sent_again() -> None:
    async with visiting(themed(), "/plain") as page:
        await page.click("Dark")
        answer = await page.repeat_call()
        assert answer.status == 200
        page.client.http.cookies.delete("theme")
        await page.repeat_call()
        assert page.client.http.cookies["theme"] == "dark"


# The request, and sessions


@both
async def test_session_of_middleware_works_in_actions_and_in_what_they_show(javascript: bool) -> None:
    ui = application()
    ui.app.add_middleware(SessionMiddleware, secret_key="x" * 32)

    class Name(Component):
        def render(self) -> Child:
            rendered.append("name")
            return h.p[f"Hello {request().session.get('name', 'stranger')}"]

    class Still(Component):
        def render(self) -> Child:
            rendered.append("still")
            return h.p["Nothing here"]

    class Login(Component):
        @action
        async def log_in(self, name: str) -> None:
            request().session["name"] = name

        def render(self) -> Child:
            return h.form(action=self.log_in)[
                h.input(name="name", aria_label="Name"), h.button["Log in"], request().method
            ]

    def user(request: Request) -> str:
        return str(request.session.get("name", "nobody"))

    @ui.page("/")
    async def page(name: str = Depends(user)) -> Child:
        return h.main[h.h1[f"Page of {name}"], Name(), Still(), Login()]

    async with visiting(ui, javascript=javascript) as shown:
        rendered.clear()
        await shown.fill("Name", "Ada")
        await shown.click("Log in")
        assert "Hello Ada" in shown.text
        assert "Page of Ada" in shown.text
        if javascript:
            assert rendered == ["name"]
        await shown.reload()
        assert "Hello Ada" in shown.text


async def test_request_is_the_one_of_now() -> None:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return h.p[f"{request().method} {request().url.path} {request().headers['x-name']}"]

    async with TestClient(ui.app, headers={"x-name": "Ada"}) as client:
        assert (await client.get("/?a=1")).text == "GET / Ada"


async def test_cookies_of_two_visitors_at_once() -> None:
    async with visiting(themed(), "/plain") as ada, visiting(themed(), "/plain") as ben:
        await asyncio.gather(ada.click("Dark"), ben.click("Threaded"))
        assert ("dark" in ada.text, "threaded" in ben.text) == (True, True)


# Redirects


def members() -> Reactor:
    """Pages for those who are logged in, and for those who are not."""
    ui = application()

    def member() -> str:
        name = cookies().sealed.get("member", str)
        if name is None:
            cookies().set("hint", "log in first")
            raise HTTPException(303, headers={"location": "/login"})
        return name

    class Account(Component):
        @action
        async def log_out(self) -> None:
            cookies().delete("member")
            refresh()

        def render(self) -> Child:
            return h.form(action=self.log_out)[h.button["Log out"]]

    class Login(Component):
        @action
        async def log_in(self) -> None:
            cookies().sealed.set("member", "Ada")
            raise HTTPException(303, headers={"location": "/"})

        def render(self) -> Child:
            return h.form(action=self.log_in)[h.button["Log in"]]

    @ui.page("/")
    async def account(name: str = Depends(member)) -> Child:
        return h.main[h.h1[f"Account of {name}"], Account()]

    @ui.page("/login")
    async def login() -> Child:
        return h.main[h.h1["Login"], h.p[cookies().get("hint")], Login()]

    return ui


@both
async def test_cookies_go_along_when_a_visitor_is_led_elsewhere(javascript: bool) -> None:
    async with visiting(members(), javascript=javascript) as page:
        assert "Login" in page.text
        assert "log in first" in page.text, "set by the guard"
        await page.click("Log in")
        if javascript:
            assert page.answer.content["l"] == "/"
            await page.open("/")
        assert "Account of Ada" in page.text, "set by the action"
        await page.click("Log out")
        if javascript:
            assert page.answer.content["l"] == "/", "whose guard knows where to"
            await page.open("/")
        assert "Login" in page.text, "deleted by the action, after which the guard led elsewhere"


async def test_call_of_somebody_who_is_not_logged_in_any_more_is_led_elsewhere_with_cookies() -> None:
    async with visiting(members(), "/login") as page:
        await page.click("Log in")
        await page.open("/")
        page.client.http.cookies.delete("member")
        page.client.http.cookies.delete("hint")
        await page.click("Log out")
        assert page.answer.content["l"] == "/login"
        assert page.client.http.cookies["hint"] == "log%20in%20first"
