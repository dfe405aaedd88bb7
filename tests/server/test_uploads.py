"""Files: with the script and without it, their limits, and what hostile bodies come to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from fastapi import File as FormFile
from fastapi import UploadFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from reactor import Child, Component, Invalid, Limits, MaxSize, Reactor, action, state
from reactor import html as h
from reactor.codec import pack, to_text, unpack
from reactor.protocol import MEDIA_TYPE
from reactor.testing import File, TestPage
from reactor.testing.files import multipart
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False])

PNG = File("cat.png", b"\x89PNG" + bytes(range(256)), "image/png")
NOTES = File("notes.txt", b"milk\n", "text/plain")


class Member(BaseModel):
    name: str
    portrait: Annotated[UploadFile, MaxSize(1_000)]
    papers: Annotated[list[UploadFile], Field(max_length=2)]
    cover: UploadFile | None = None


async def told(file: UploadFile | None) -> str:
    if file is None:
        return "none"
    return f"{file.filename} {file.content_type} {file.size} {len(await file.read())}"


KEPT: list[UploadFile] = []
"""The files that came, after their time."""


class Desk(Component):
    said: str = state("")

    @action
    async def one(self, title: str, file: Annotated[UploadFile, FormFile()]) -> None:
        KEPT.append(file)
        self.said = f"{title}: {await told(file)}"

    @action
    async def many(self, files: list[UploadFile], photo: UploadFile | None = None) -> None:
        self.said = "; ".join([await told(each) for each in [*files, photo]])

    @action
    async def join(self, data: Member) -> None:
        said = [data.name, await told(data.portrait), *[await told(each) for each in data.papers]]
        self.said = "; ".join([*said, await told(data.cover)])

    @action
    async def title_only(self, title: str) -> None:
        self.said = f"only {title}"

    @action
    def plain(self, file: UploadFile = FormFile()) -> None:
        self.said = file.file.read().decode("ascii", "replace")

    @action
    async def refuse(self, file: UploadFile) -> None:
        raise Invalid(file=f"{file.filename} is not wanted.")

    @action
    async def picked(self, files: list[UploadFile]) -> None:
        self.said = "picked " + ("; ".join([await told(each) for each in files]) or "none")

    def render(self) -> Child:
        return h.main[
            h.output[self.said],
            h.form(action=self.one, aria_label="One")[
                h.label["Title", h.input(name="title")],
                h.label["File", h.input(self.one.field("file"), type="file")],
                self.one.error("file"),
                h.button["Send"],
                h.button(form_action=self.title_only)["Title only"],
                h.button(form_action=self.plain)["Plain"],
                h.button(form_action=self.refuse)["Refuse"],
                self.refuse.error("file"),
            ],
            h.form(action=self.many)[
                h.label["Files", h.input(self.many.field("files"), type="file", multiple=True)],
                self.many.error("files"),
                h.label["Photo", h.input(name="photo", type="file")],
                h.button["Send all"],
            ],
            h.form(action=self.join)[
                h.label["Name", h.input(name="name")],
                h.label["Portrait", h.input(self.join.field("portrait"), type="file")],
                self.join.error("portrait"),
                h.label["Papers", h.input(self.join.field("papers"), type="file", multiple=True)],
                self.join.error("papers"),
                h.label["Cover", h.input(name="cover", type="file")],
                h.button["Join"],
            ],
            h.label["Pick", h.input(type="file", multiple=True, on_change=self.picked)],
        ]


LIMITS = Limits(files=3, file_size=10_000, upload=40_000, body=20_000, fields=30, body_time=0.2, state=5_000)


def desk(limits: Limits = LIMITS) -> Reactor:
    ui = application(limits=limits)

    @ui.page("/", title="Desk")
    async def page_() -> Child:
        return Desk()

    return ui


@pytest.fixture
async def page() -> AsyncIterator[TestPage]:
    async with visiting(desk()) as page:
        yield page


def said(page: TestPage) -> str:
    return page.get_by_role("status").text


def described(page: TestPage, label: str) -> str:
    """What is said of a field that is wrong."""
    identifier = page.get_by_label(label).element.attributes["aria-describedby"]
    return next(
        element.text for element in page.tree.elements() if element.attributes.get("id") == identifier
    )


@both
async def test_file_arrives_beside_other_fields(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Title", "Cat")
        await page.attach("File", PNG)
        await page.click("Send")
        assert said(page) == "Cat: cat.png image/png 260 260"


@both
async def test_several_files_and_one_that_may_be_missing(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.attach("Files", PNG, NOTES)
        await page.click("Send all")
        assert said(page) == "cat.png image/png 260 260; notes.txt text/plain 5 5; none"
        await page.attach("Files")
        await page.attach("Photo", PNG)
        await page.click("Send all")
        assert said(page) == "cat.png image/png 260 260"
        await page.attach("Photo")
        await page.click("Send all")
        assert said(page) == "none"


@both
async def test_files_in_a_model(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Name", "Ada")
        await page.attach("Portrait", PNG)
        await page.attach("Papers", NOTES)
        await page.click("Join")
        assert said(page) == "Ada; cat.png image/png 260 260; notes.txt text/plain 5 5; none"


@both
async def test_file_that_is_missing_is_told_next_to_its_field(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Title", "Cat")
        await page.click("Send")
        assert described(page, "File") == "Field required"
        assert page.get_by_label("Title").value == "Cat"


@both
async def test_action_that_takes_no_file_gets_none_and_is_sent_none(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Title", "Cat")
        await page.attach("File", File("big.bin", bytes(30_000)))
        await page.click("Title only")
        assert said(page) == "only Cat"
        if page.view is not None:
            assert page.view.last_files == ()


@both
async def test_plain_function_reads_the_file_itself(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.attach("File", NOTES)
        await page.click("Plain")
        assert said(page) == "milk"


@both
async def test_action_may_refuse_a_file(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.attach("File", NOTES)
        await page.click("Refuse")
        assert page.get_by_text("notes.txt is not wanted.")


async def test_files_of_an_event_go_to_the_parameter_that_takes_them(page: TestPage) -> None:
    await page.attach("Pick", PNG, NOTES)
    assert said(page) == "picked cat.png image/png 260 260; notes.txt text/plain 5 5"
    await page.attach("Pick")
    assert said(page) == "picked none"


async def test_files_are_closed_after_the_action() -> None:
    KEPT.clear()
    async with visiting(desk()) as page:
        await page.attach("File", PNG)
        await page.fill("Title", "Cat")
        await page.click("Send")
    [file] = KEPT
    assert file.file.closed
    KEPT.clear()


async def test_name_of_a_file_has_no_folders(page: TestPage) -> None:
    for name in ("../../etc/passwd", "C:\\windows\\passwd", "/passwd", "a\0/pass\u202ewd"):
        await page.fill("Title", "Name")
        await page.attach("File", File(name, b"x"))
        await page.click("Send")
        assert said(page) == "Name: passwd application/octet-stream 1 1"


async def test_repeated_upload_is_run_once(page: TestPage) -> None:
    await page.attach("File", PNG)
    await page.fill("Title", "Cat")
    KEPT.clear()
    await page.click("Send")
    answer = await page.repeat_call()
    assert answer.content == page.answer.content
    assert len(KEPT) == 1


async def test_upload_on_a_page_that_the_server_has_forgotten(page: TestPage) -> None:
    page.server_forgets()
    await page.attach("File", PNG)
    await page.fill("Title", "Cat")
    await page.click("Send")
    assert said(page) == "Cat: cat.png image/png 260 260"


class Line(BaseModel):
    label: str
    photo: Annotated[UploadFile, MaxSize(100)]
    more: list[UploadFile] = []


class Catalogue(Component):
    said: str = state("")

    @action
    async def save(self, lines: list[Line], cover: Line | None = None) -> None:
        told_ = [f"{line.label} {line.photo.filename} {len(line.more)}" for line in lines]
        self.said = "; ".join([*told_, str(cover and cover.photo.filename)])

    def render(self) -> Child:
        return h.form(action=self.save)[
            h.output[self.said],
            [
                h.fieldset[
                    h.input(name=f"{prefix}.label", aria_label=f"{prefix} label", value=prefix),
                    h.input(name=f"{prefix}.photo", type="file", aria_label=f"{prefix} photo"),
                    h.input(name=f"{prefix}.more", type="file", multiple=True, aria_label=f"{prefix} more"),
                    self.save.error(f"{prefix}.photo"),
                ]
                for prefix in ("lines.0", "lines.1", "cover")
            ],
            h.button["Save"],
        ]


@both
async def test_files_in_models_within_models(javascript: bool) -> None:
    ui = application(limits=LIMITS)

    @ui.page("/")
    async def page_() -> Child:
        return Catalogue()

    async with visiting(ui, javascript=javascript) as page:
        for prefix in ("lines.0", "lines.1", "cover"):
            await page.attach(f"{prefix} photo", File(f"{prefix}.png", b"x"))
        await page.click("Save")
        assert said(page) == "lines.0 lines.0.png 0; lines.1 lines.1.png 0; cover.png"
        await page.attach("lines.0 photo", File("a.png", b"x"))
        await page.attach("lines.1 photo", File("b.png", bytes(101)))
        await page.click("Save")
        assert page.get_by_text("The file is larger than 100 bytes.")


async def test_shortcut_in_a_text_area_sends_its_form() -> None:
    class Letters(Component):
        said: str = state("")

        @action
        async def send(self, text: str) -> None:
            self.said += text

        def render(self) -> Child:
            return h.form(action=self.send)[
                h.output[self.said], h.textarea(name="text", aria_label="Letter"), h.button["Send"]
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Letters()

    async with visiting(ui) as page:
        for combination in ("Ctrl+Enter", "Meta+Enter", "Enter", "Shift+Enter"):
            await page.fill("Letter", "a")
            await page.press("Letter", combination)
        assert said(page) == "aa"


# Limits


@both
async def test_file_over_the_limit_is_told_next_to_its_field(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Title", "Cat")
        await page.attach("File", File("big.bin", bytes(10_001)))
        await page.click("Send")
        assert described(page, "File") == "The file is larger than 10 kB (Limits.file_size)."
        assert said(page) == ""
        await page.attach("File", File("fits.bin", bytes(10_000)))
        await page.click("Send")
        assert said(page) == "Cat: fits.bin application/octet-stream 10000 10000"


@both
async def test_file_over_the_limit_of_its_field(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Name", "Ada")
        await page.attach("Portrait", File("big.png", bytes(1_001)))
        await page.click("Join")
        assert described(page, "Portrait") == "The file is larger than 1 kB."
        await page.attach("Portrait", File("big.png", bytes(1_000)))
        await page.click("Join")
        assert said(page).startswith("Ada; big.png")


@both
async def test_more_files_than_a_field_takes(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.fill("Name", "Ada")
        await page.attach("Portrait", File("a.png", b"x"))
        await page.attach("Papers", NOTES, NOTES)
        await page.click("Join")
        assert said(page).startswith("Ada")
        await page.attach("Portrait", File("a.png", b"x"))
    limits = Limits(files=9)
    async with visiting(desk(limits), javascript=javascript) as page:
        await page.attach("Portrait", File("a.png", b"x"))
        await page.attach("Papers", NOTES, NOTES, NOTES)
        await page.click("Join")
        assert "at most 2 items" in described(page, "Papers")


@both
async def test_more_files_than_a_request_may_have(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.attach("Files", *[NOTES] * 4)
        await page.click("Send all")
        assert described(page, "Files") == "There are more than 3 files (Limits.files)."


@both
async def test_more_than_a_request_may_have_in_all(javascript: bool) -> None:
    async with visiting(desk(Limits(files=9, upload=40_000)), javascript=javascript) as page:
        await page.attach("Files", *[File("part.bin", bytes(9_000))] * 5)
        await page.click("Send all")
        if javascript:
            assert (page.answer.status, page.answer.code) == (413, "large")
            assert page.notices[-1] == "All of this is more than 40 kB (Limits.upload)."
        else:
            assert page.status == 413
            assert "All of this is more than 40 kB (Limits.upload)." in page.text


async def test_larger_field_than_the_application_says() -> None:
    class Cinema(Component):
        said: str = state("")

        @action
        async def send(self, film: Annotated[UploadFile, MaxSize(30_000)]) -> None:
            self.said = await told(film)

        def render(self) -> Child:
            return h.form(action=self.send)[
                h.output[self.said], h.input(name="film", type="file", aria_label="Film"), h.button["Send"]
            ]

    ui = application(limits=LIMITS)

    @ui.page("/")
    async def page_() -> Child:
        return Cinema()

    async with visiting(ui) as page:
        await page.attach("Film", File("film.mp4", bytes(29_000)))
        await page.click("Send")
        assert said(page).endswith("29000 29000")


# What hostile bodies come to


def message(page: TestPage, **changes: Any) -> bytes:
    """The call of a form with a file, some keys changed."""
    view = page.view
    assert view is not None
    one = page.get_by_role("form", name="One").element
    call: dict[str, Any] = {
        "p": 1,
        "i": view.id,
        "v": view.version,
        "c": os.urandom(16),
        "a": one.address("submit"),
        "h": one.handler("submit").mark,
        "f": ["title", "Cat", "file", 0],
        "s": view.sealed,
        **changes,
    }
    return pack(call)


async def post(page: TestPage, body: bytes, kind: str, accept: str = MEDIA_TYPE) -> Any:
    headers = {"content-type": kind, "accept": accept, "origin": page.client.origin}
    return await page.client.http.post("/", content=body, headers=headers)


def answered(response: Any) -> tuple[int, str]:
    assert "Traceback" not in response.text
    message_: Any = unpack(response.content, limit=100_000, depth=500)
    error = message_.get("e") or {"c": "", "m": ""}
    assert len(error["m"]) < 200
    return response.status_code, error["c"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["$message", "0"], (200, "")),
        (["$message"], (400, "malformed")),
        (["0", "$message"], (400, "malformed")),
        (["$message", "$message"], (400, "malformed")),
        (["$message", "$message", "0"], (400, "malformed")),
        (["$message", "0", "1"], (400, "malformed")),
        (["$message", "0", "0"], (400, "malformed")),
        (["$message", "1"], (400, "malformed")),
        (["$message", "file"], (400, "malformed")),
        (["$message", ""], (400, "malformed")),
        (["$MESSAGE", "0"], (400, "malformed")),
        ([], (400, "malformed")),
    ],
    ids=str,
)
async def test_parts_of_a_call_with_files(
    page: TestPage, parts: list[str], expected: tuple[int, str]
) -> None:
    call = message(page)
    body, kind = multipart([(n, File("x", call if n == "$message" else b"abc")) for n in parts])
    response = await post(page, body, kind)
    assert answered(response) == expected
    assert (b"Cat: x application/octet-stream 3 3" in response.content) == (expected[0] == 200)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"f": ["file", 1]}, (200, "")),
        ({"f": ["file", True]}, (400, "malformed")),
        ({"f": ["file", None]}, (400, "malformed")),
        ({"f": [0, "file"]}, (400, "malformed")),
        ({"f": ["file", 0] * 31}, (413, "large")),
        ({"h": 1}, (409, "changed")),
        ({"a": [99]}, (404, "handler")),
        ({"a": None}, (200, "")),
        ({"i": b"unknown", "s": None}, (409, "state")),
        ({"i": b"unknown", "s": b"\1" * 60}, (409, "stale")),
        ({"p": 2}, (400, "protocol")),
    ],
    ids=str,
)
async def test_messages_of_calls_with_files(
    page: TestPage, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    changes = {"f": ["title", "Cat", "file", 0], **changes}
    parts = [("$message", File("blob", message(page, **changes))), ("0", File("x", b"abc"))]
    status, code = answered(await post(page, *multipart(parts)))
    if "title" not in changes["f"] and expected[0] == 200:
        assert (status, code) == (422, "invalid")
    else:
        assert (status, code) == expected


async def test_files_are_not_read_before_the_mark_is_right(page: TestPage) -> None:
    """What the visitor did not see is refused after the message alone; not even its form is looked at."""
    sent: list[str] = []

    async def body(mark: int) -> AsyncIterator[bytes]:
        whole, _ = multipart([("$message", File("blob", message(page, h=mark))), ("0", File("x", b"abc"))])
        yield whole[: whole.index(b'name="0"')].replace(whole[2:38], b"y" * 36)
        sent.append("more")
        yield b"nonsense"

    form_ = page.get_by_role("form", name="One").element
    headers = {"content-type": "multipart/form-data; boundary=" + "y" * 36, "accept": MEDIA_TYPE}
    headers["origin"] = page.client.origin
    wrong = await page.client.http.post("/", content=body(1), headers=headers)
    assert answered(wrong) == (409, "changed")
    assert sent == []
    right: Any = form_.handler("submit").mark
    assert answered(await page.client.http.post("/", content=body(right), headers=headers))[0] == 400
    assert sent == ["more"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--\r\n"),
        ("multipart/form-data; boundary=", b"--x--\r\n"),
        ("multipart/form-data; boundary=" + "x" * 257, b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno headers\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: inline; name=a\r\n\r\n\r\n--x--\r\n",
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nA: " + b"b" * 9_000 + b"\r\n\r\n\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 999 + b"\r\n\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="$message"\r\n\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="$state"\r\n\r\n!\r\n--x--\r\n',
        ),
    ],
)
@pytest.mark.parametrize("accept", [MEDIA_TYPE, "text/html"])
async def test_body_that_cannot_be_read_is_refused(
    page: TestPage, kind: str, body: bytes, accept: str
) -> None:
    response = await post(page, body, kind, accept)
    assert 400 <= response.status_code < 500
    assert len(response.content) < 800
    if accept == MEDIA_TYPE:
        assert answered(response)[1] == "malformed"
    await page.call(None)
    assert said(page) == ""


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_body_that_is_damaged_is_answered(page: TestPage, data: st.DataObject) -> None:
    whole, kind = multipart([("$message", File("blob", message(page))), ("0", File("x", b"abc"))])
    at = data.draw(st.integers(0, len(whole)))
    change = data.draw(st.binary(max_size=8))
    cut = data.draw(st.integers(0, 20))
    response = await post(page, whole[:at] + change + whole[at + cut :], kind)
    assert response.status_code in (200, 400, 404, 409, 413, 422)
    answered(response)


async def test_too_many_parts_are_refused(page: TestPage) -> None:
    plain = await page.client.get("/", javascript=False)
    first = plain.get_by_role("form", name="One").element
    entries: list[tuple[str, str | File]] = [*plain.fields.entries(first, None)]
    for more in ([("a", "")] * 31, [("a", File("x"))] * 31):
        body, kind = multipart([*entries, *more])
        response = await post(page, body, kind, "text/html")
        assert response.status_code == 413
        assert "Limits.fields" in response.text


async def test_texts_of_a_form_with_files_have_their_limit(page: TestPage) -> None:
    plain = await page.client.get("/", javascript=False)
    first = plain.get_by_role("form", name="One").element
    for more in ([("a", "x" * 20_001)], [("a", "x" * 9_000)] * 3):
        body, kind = multipart([*plain.fields.entries(first, None), *more])
        response = await post(page, body, kind, "text/html")
        assert response.status_code == 413
        assert "Limits.body" in response.text
    body, kind = multipart([("$message", File("blob", message(page, f=["title", "x" * 20_001])))])
    assert answered(await post(page, body, kind)) == (413, "large")


async def test_form_brings_its_state_before_its_files(page: TestPage) -> None:
    plain = await page.client.get("/", javascript=False)
    first = plain.get_by_role("form", name="One").element
    ours = [entry for entry in plain.fields.entries(first, None) if entry[0][0] == "$"]
    file: tuple[str, str | File] = ("file", File("x", b"abc"))
    body, kind = multipart([file, *ours])
    assert (await post(page, body, kind, "text/html")).status_code == 400
    body, kind = multipart([("$state", to_text(b"\1" * 60)), file, ours[1]])
    afresh = await post(page, body, kind, "text/html")
    assert afresh.status_code == 409
    assert "afresh" in afresh.text
    body, kind = multipart([*ours, ("title", "Cat"), file])
    assert "Cat: x" in (await post(page, body, kind, "text/html")).text


async def test_upload_of_another_origin_is_refused_before_anything_is_read(page: TestPage) -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {"content-type": "multipart/form-data; boundary=x", "accept": MEDIA_TYPE}
    headers["origin"] = "https://evil.example"
    response = await page.client.http.post("/", content=body(), headers=headers)
    assert answered(response) == (403, "origin")


async def test_upload_that_is_announced_as_too_large_is_not_read(page: TestPage) -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {"content-type": "multipart/form-data; boundary=x", "accept": MEDIA_TYPE}
    headers |= {"origin": page.client.origin, "content-length": "40001"}
    response = await page.client.http.post("/", content=body(), headers=headers)
    assert answered(response) == (413, "large")


async def test_upload_that_grows_beyond_its_limit_is_ended(page: TestPage) -> None:
    first, kind = multipart([("$message", File("blob", message(page))), ("0", File("x", b"abc"))])
    given_up = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield first[: first.index(b"abc")]
        for _ in range(1_000):
            yield bytes(1_000)
        given_up.set()

    headers = {"content-type": kind, "accept": MEDIA_TYPE, "origin": page.client.origin}
    response = await page.client.http.post("/", content=body(), headers=headers)
    assert answered(response) == (413, "large")
    assert not given_up.is_set()


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(body_time=0.05), "Limits.body_time"),
        (Limits(body_time=5, upload_time=0.05), "Limits.upload_time"),
    ],
)
async def test_upload_that_does_not_go_on_is_ended(limits: Limits, name: str) -> None:
    async with visiting(desk(limits)) as page:
        first, kind = multipart([("$message", File("blob", message(page))), ("0", File("x", b"abc"))])
        never = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield first[:-20]
            await never.wait()

        headers = {"content-type": kind, "accept": MEDIA_TYPE, "origin": page.client.origin}
        response = await page.client.http.post("/", content=body(), headers=headers)
        assert answered(response) == (408, "large")
        assert name.encode() in response.content


# Fields of events


class Fields(Component):
    said: str = state("")

    @action
    async def day(self, value: date) -> None:
        self.said = repr(value)

    @action
    async def time(self, value: datetime | None) -> None:
        self.said = repr(value)

    @action
    async def price(self, value: Decimal) -> None:
        self.said = repr(value)

    @action
    async def days(self, values: list[date]) -> None:
        self.said = repr(values)

    @action
    async def chosen(self, dataset: dict[str, str]) -> None:
        self.said = repr(dataset)

    @action
    async def numbered(self, dataset: dict[str, int], shift: bool = False) -> None:
        self.said = repr((dataset, shift))

    def render(self) -> Child:
        return h.main[
            h.output[self.said],
            h.input(type="date", aria_label="Day", on_change=self.day),
            h.input(type="datetime-local", aria_label="Time", on_change=self.time),
            h.input(type="number", step="any", aria_label="Price", on_change=self.price),
            h.select(multiple=True, aria_label="Days", on_change=self.days)[
                (h.option(value=day)[day] for day in ("2027-05-01", "2027-05-02", "2027-05-03"))
            ],
            h.button(on_click=self.chosen, data_id=7, data_user_name="Ada")["Choose"],
            h.button(on_click=self.numbered, data_id=7)["Number"],
        ]


async def test_fields_of_events_become_what_the_action_says() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Fields()

    async with visiting(ui) as page:
        await page.fill("Day", "2027-05-01")
        assert said(page) == "datetime.date(2027, 5, 1)"
        await page.fill("Time", "2027-05-01T08:30")
        assert said(page) == "datetime.datetime(2027, 5, 1, 8, 30)"
        await page.fill("Time", "")
        assert said(page) == "None"
        await page.fill("Price", "9.50")
        assert said(page) == "Decimal('9.50')"
        await page.select("Days", "2027-05-01", "2027-05-03")
        assert said(page) == "[datetime.date(2027, 5, 1), datetime.date(2027, 5, 3)]"
        await page.click("Choose")
        assert said(page) == "{'id': '7', 'user_name': 'Ada'}"
        await page.click("Number")
        assert said(page) == "({'id': 7}, False)"


class Point(BaseModel):
    x: int
    y: int


class Images(Component):
    said: str = state("")

    @action
    async def here(self, x: int, y: int) -> None:
        self.said = f"{x}, {y}"

    @action
    async def there(self, where: Point, far: bool = False) -> None:
        self.said = f"there {where.x}, {where.y}"

    def render(self) -> Child:
        return h.form(action=self.here)[
            h.output[self.said],
            h.input(type="image", src="/a.png", alt="Here"),
            h.input(type="image", src="/a.png", alt="There", name="where", form_action=self.there),
        ]


@both
async def test_image_that_sends_its_form_tells_where_it_was_pressed(javascript: bool) -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Images()

    async with visiting(ui, javascript=javascript) as page:
        await page.click("Here")
        assert said(page) == "0, 0"
        await page.click("There")
        assert said(page) == "there 0, 0"
