"""Files in pieces: begun, sent, asked for, named by their call; and what hostile pieces come to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import UploadFile
from pydantic import Field

from reactor import Child, Component, DiskStorage, Into, Invalid, Limits, MaxSize, Reactor, action, state
from reactor import html as h
from reactor.codec import from_text, pack, to_text, unpack
from reactor.protocol import MEDIA_TYPE, OFFSET_HEADER, PIECE_TYPE, UPLOAD_HEADER
from reactor.secret import fresh
from reactor.storages import Details, StorageFull
from reactor.testing import File, TestPage
from reactor.testing.files import multipart
from tests.server.applications import application, visiting

CONTENT = bytes(range(256)) * 40
RAN: list[str] = []


class Desk(Component):
    said: str = state("")

    @action
    async def send(self, file: Annotated[UploadFile, MaxSize(20_000)], title: str = "") -> None:
        RAN.append(title)
        if title == "refuse":
            raise Invalid(title="Another one, please.")
        content = await file.read()
        assert content == CONTENT[: len(content)]
        self.said = f"{file.filename} {file.content_type} {file.size} {len(content)}"

    @action
    async def other(self, file: UploadFile) -> None:
        self.said = "other"

    @action
    async def many(self, files: Annotated[list[UploadFile], Field(max_length=9)]) -> None:
        self.said = " ".join([f"{each.filename}:{len(await each.read())}" for each in files])

    def render(self) -> Child:
        return h.main[
            h.output[self.said],
            h.form(action=self.send, aria_label="send")[
                h.input(self.send.field("file"), type="file"), self.send.error("file")
            ],
            h.form(action=self.other, aria_label="other")[h.input(name="file", type="file")],
            h.form(action=self.many, aria_label="many")[h.input(name="files", type="file")],
        ]


LIMITS = Limits(files=3, file_size=15_000, upload=40_000, body_time=0.2, piece=4_000)


def desk(folder: Path, limits: Limits = LIMITS, **settings: Any) -> Reactor:
    RAN.clear()
    ui = application(limits=limits, storage=DiskStorage(folder, **settings))

    @ui.page("/{name}", title="Desk")
    async def page_(name: str) -> Child:
        return Desk()

    return ui


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[TestPage]:
    async with visiting(desk(tmp_path), "/desk") as page:
        yield page


def message(page: TestPage, form: str, stored: list[Any], **changes: Any) -> dict[str, Any]:
    view, element = page.view, page.get_by_role("form", name=form).element
    assert view is not None
    field = "files" if form == "many" else "file"
    return {
        "p": 1,
        "i": view.id,
        "v": view.version,
        "c": os.urandom(16),
        "a": element.address("submit"),
        "h": element.handler("submit").mark,
        "f": [each for number in range(len(stored)) for each in (field, number)],
        "s": view.sealed,
        "l": stored,
        **changes,
    }


async def post(page: TestPage, body: Any, kind: str = MEDIA_TYPE, url: str = "/desk", **headers: str) -> Any:
    headers = {"content-type": kind, "accept": MEDIA_TYPE, "origin": page.client.origin, **headers}
    return await page.client.http.post(url, content=body, headers=headers)


def read(response: Any) -> tuple[int, Any]:
    answer: Any = unpack(response.content, limit=100_000, depth=500)
    return response.status_code, answer


async def ask(page: TestPage, form: str, stored: list[Any], **changes: Any) -> tuple[int, Any]:
    return read(await post(page, pack(message(page, form, stored, **changes))))


async def begin(page: TestPage, size: int = len(CONTENT), form: str = "send", *known: str) -> str:
    status, answer = await ask(page, form, [["../a.txt", size, "text/plain", *known]])
    assert status == 200, answer
    token: str = answer["o"][0][0]
    return token


async def send(page: TestPage, token: str, offset: int | str | None, data: Any = b"") -> tuple[int, Any]:
    headers = {UPLOAD_HEADER: token, **({} if offset is None else {OFFSET_HEADER: str(offset)})}
    status, answer = read(await post(page, data, PIECE_TYPE, **headers))
    return status, answer.get("o", answer.get("e", {}).get("c"))


def parts(folder: Path) -> list[int]:
    """How much of each unfinished upload lies on disk."""
    return sorted(path.stat().st_size for path in (folder / ".unfinished").glob("*.*"))


async def test_pieces_become_a_file_that_is_gone_after_the_action(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)
    assert await send(page, token, 0, CONTENT[:4_000]) == (200, 4_000)
    assert await send(page, token, None) == (200, 4_000)
    assert await send(page, token, 4_000, CONTENT[4_000:]) == (200, len(CONTENT))
    assert parts(tmp_path) == [len(CONTENT)]
    call = pack(message(page, "send", [token]))
    response = await post(page, call)
    assert f"a.txt text/plain {len(CONTENT)} {len(CONTENT)}".encode() in response.content
    assert parts(tmp_path) == []
    again = await post(page, call)
    assert (again.content, len(RAN)) == (response.content, 1)
    status, answer = await ask(page, "send", [token])
    assert (status, answer["e"]["c"]) == (409, "pieces")


async def test_cut_in_a_piece_loses_nothing_that_has_arrived(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)

    async def body() -> AsyncIterator[bytes]:
        yield CONTENT[:1_000]
        await asyncio.Event().wait()

    # What does not go on is ended by the server, as a cut would end it.
    assert await send(page, token, 0, body()) == (408, "large")
    assert await send(page, token, None) == (200, 1_000)
    assert await send(page, token, 1_000, CONTENT[1_000:]) == (200, len(CONTENT))
    assert (await ask(page, "send", [token]))[0] == 200


async def test_file_over_the_limit_of_its_field_is_refused_before_it_is_sent(
    page: TestPage, tmp_path: Path
) -> None:
    status, answer = await ask(page, "send", [["a.txt", 20_001, ""]])
    assert (status, answer["e"]["f"]) == (422, {"file": "The file is larger than 20 kB."})
    assert "d" in answer
    status, answer = await ask(page, "other", [["a.txt", 15_001, ""]])
    assert answer["e"]["f"] == {"file": "The file is larger than 15 kB (Limits.file_size)."}
    status, answer = await ask(page, "many", [["a.txt", 1, ""]] * 4)
    assert answer["e"]["f"] == {"files": "There are more than 3 files (Limits.files)."}
    status, answer = await ask(page, "many", [["a.txt", 14_000, ""]] * 3)
    assert (status, answer["e"]["c"]) == (413, "large")
    assert not tmp_path.joinpath(".unfinished").exists()
    assert RAN == []


async def test_refused_call_needs_no_second_sending(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)
    await send(page, token, 0, CONTENT)
    status, _ = await ask(page, "send", [token], f=["file", 0, "title", "refuse"])
    assert status == 422
    assert (await ask(page, "send", [["a.txt", len(CONTENT), "", token]]))[1] == {
        "o": [[token, len(CONTENT)]]
    }
    assert (await ask(page, "send", [token]))[0] == 200


async def test_upload_of_before_goes_on_for_the_same_field_and_size_only(page: TestPage) -> None:
    token = await begin(page)
    await send(page, token, 0, CONTENT[:100])
    _, answer = await ask(page, "send", [["a.txt", len(CONTENT), "", token]])
    assert answer["o"] == [[token, 100]]
    for form, size, known in [
        ("send", 5, token),
        ("other", len(CONTENT), token),
        ("send", len(CONTENT), "!"),
        ("send", len(CONTENT), to_text(b"\1" * 80)),
    ]:
        status, answer = await ask(page, form, [["a.txt", size, "", known]])
        assert status == 200
        assert answer["o"][0][0] != token
        assert answer["o"][0][1] == 0


async def test_offsets_that_do_not_fit_take_nothing(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)
    await send(page, token, 0, CONTENT[:100])
    cases: list[tuple[int | str, bytes, Any]] = [
        (0, CONTENT[:100], (200, 100)),
        (99, b"x", (200, 100)),
        (101, b"x", (200, 100)),
        (100, b"", (200, 100)),
        (len(CONTENT), b"x", (413, "large")),
        (len(CONTENT) + 1, b"", (413, "large")),
        (100, bytes(len(CONTENT)), (413, "large")),
        (50, CONTENT[50:300], (200, 300)),
        ("-1", b"x", (400, "malformed")),
        ("1e2", b"x", (400, "malformed")),
        ("9" * 400, b"x", (400, "malformed")),
        ("", b"x", (400, "malformed")),
    ]
    for offset, data, expected in cases:
        assert await send(page, token, offset, data) == expected
    assert sum(parts(tmp_path)) <= len(CONTENT)


async def test_of_pieces_at_the_same_place_one_wins(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)
    told = await asyncio.gather(*[send(page, token, 0, CONTENT) for _ in range(8)])
    assert told == [(200, len(CONTENT))] * 8
    assert parts(tmp_path) == [len(CONTENT)]
    assert (await ask(page, "send", [token]))[0] == 200


async def test_call_needs_its_files_whole_and_its_own(page: TestPage) -> None:
    token = await begin(page)
    await send(page, token, 0, CONTENT[:-1])
    cases: list[tuple[str, list[Any], Any]] = [
        ("send", [token], (409, "pieces")),
        ("other", [token], (409, "pieces")),
        ("send", [None], (400, "forged")),
        ("send", [token, token], (409, "pieces")),
        ("many", [token], (409, "pieces")),
        ("send", ["!"], (400, "malformed")),
        ("send", [to_text(b"\1" * 80)], (409, "pieces")),
        ("send", [to_text(from_text(token)[:-1])], (400, "forged")),
        ("send", [to_text(b"\2" * 80)], (409, "pieces")),
    ]
    for form, stored, expected in cases:
        status, answer = await ask(page, form, stored)
        assert (status, answer["e"]["c"]) == expected, stored
    await send(page, token, len(CONTENT) - 1, CONTENT[-1:])
    assert (await ask(page, "other", [token]))[1]["e"]["c"] == "pieces"
    assert (await ask(page, "send", [token], f=[]))[1]["e"]["c"] == "malformed"
    assert (await ask(page, "send", [token], h=1))[1]["e"]["c"] == "changed"
    assert RAN == []
    assert (await ask(page, "send", [token]))[0] == 200


@pytest.mark.parametrize(
    "stored",
    [1, {}, ["x"] * 2_000, [1], [[]], [["a", -1, ""]], [["a", True, ""]], [["a", 1]], [["a", 1.5, ""]],
     [["a", 1, "", 5]], [["a", 1, "", "x", "y"]], [[b"a", 1, ""]]],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
async def test_descriptions_of_another_form_are_refused(page: TestPage, stored: Any) -> None:
    call = message(page, "send", [])
    status, answer = read(await post(page, pack({**call, "f": ["file", 0], "l": stored})))
    assert status in (400, 413)
    assert answer["e"]["c"] in ("malformed", "large")


async def test_token_is_of_use_to_its_visitor_on_its_page_only(page: TestPage, tmp_path: Path) -> None:
    token = await begin(page)
    stranger = await page.client.__class__(page.client.app).__aenter__()
    try:
        other = await stranger.get("/desk")
        assert await send(other, token, 0, b"x") == (400, "forged")
        assert (await ask(other, "send", [token]))[1]["e"]["c"] == "forged"
    finally:
        await stranger.__aexit__(None, None, None)
    headers = {UPLOAD_HEADER: token, OFFSET_HEADER: "0"}
    assert read(await post(page, b"x", PIECE_TYPE, "/elsewhere", **headers))[0] == 400
    cut = to_text(from_text(token)[:-1])
    assert await send(page, cut, 0, b"x") == (400, "forged")
    assert parts(tmp_path) == [0]


async def test_piece_of_another_origin_is_refused_before_anything_is_read(page: TestPage) -> None:
    token = await begin(page)

    async def body() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {UPLOAD_HEADER: token, OFFSET_HEADER: "0", "origin": "https://evil.example"}
    assert (await post(page, body(), PIECE_TYPE, **headers)).status_code == 403


async def test_pieces_have_a_rate_of_their_own(tmp_path: Path) -> None:
    async with visiting(desk(tmp_path, Limits(rate=0.001, burst=4, pieces=1.0)), "/desk") as page:
        token = await begin(page)
        told = [await send(page, token, at, CONTENT[at : at + 1]) for at in range(40)]
        assert {code for status, code in told if status == 429} == {"rate"}
        assert 4 <= len([status for status, _ in told if status == 200]) < 40
        # The visitor may still call.
        assert (await ask(page, "send", [["a.txt", 1, ""]]))[0] == 200


async def test_too_many_unfinished_uploads_are_refused(tmp_path: Path) -> None:
    async with visiting(desk(tmp_path, visitor_count=3), "/desk") as page:
        for _ in range(3):
            await begin(page)
        status, answer = await ask(page, "send", [["a.txt", 1, ""]])
        assert status == 429
        assert "at most 3 (DiskStorage visitor_count)" in answer["e"]["m"]
        assert len(parts(tmp_path)) == 3
        # One to which nothing came for a while makes room.
        oldest = next(tmp_path.joinpath(".unfinished").glob("*.*"))
        os.utime(oldest, (0, oldest.stat().st_mtime - 1_000))
        await begin(page)
        assert len(parts(tmp_path)) == 3
        assert not oldest.exists()


async def test_storage_on_disk_is_bounded_and_forgets(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path / "files", count=2, size=100, age=60)
    one = Details("a", "", 60, "a" * 16)
    first = await storage.create(one)
    with pytest.raises(StorageFull, match="at most 100 bytes"):
        await storage.create(Details("a", "", 60, "b" * 16))
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700
    path = tmp_path / "files" / ".unfinished" / first
    os.utime(path, (0, path.stat().st_mtime - 100))
    second = await storage.create(Details("a", "", 60, "b" * 16))
    assert await storage.size(first) is None
    assert await storage.append(first, 0, b"x") is None
    assert await storage.append(second, 0, b"abc") == 3
    for name in ("../" + second, "/etc/passwd", "", "..", second + "/.."):
        assert await storage.size(name) is None
        with pytest.raises(FileNotFoundError):
            await storage.open(name)


async def test_file_stays_in_the_storage_of_the_application_however_it_came(tmp_path: Path) -> None:
    films = DiskStorage(tmp_path / "films")
    kept: list[str] = []

    class Cinema(Component):
        @action
        async def add(self, film: Annotated[UploadFile, Into(films)]) -> None:
            kept.append(await films.keep(film))
            assert await films.keep(film) == kept[-1] or len(kept) == 2

        def render(self) -> Child:
            return h.form(action=self.add, aria_label="send")[h.input(name="film", type="file")]

    ui = application(limits=LIMITS, storage=DiskStorage(tmp_path / "others"))

    @ui.page("/desk")
    async def page_() -> Child:
        return Cinema()

    async with visiting(ui, "/desk") as page:
        _, answer = await ask(page, "send", [["a", len(CONTENT), ""]], f=["film", 0])
        token = answer["o"][0][0]
        await send(page, token, 0, CONTENT)
        assert (await ask(page, "send", [token], f=["film", 0]))[0] == 200
        call = message(page, "send", [], f=["film", 0])
        del call["l"]
        body, kind = multipart([("$message", File("blob", pack(call))), ("0", File("x", CONTENT))])
        assert (await post(page, body, kind)).status_code == 200
    assert [films.path(name).read_bytes() for name in kept[:2]] == [CONTENT] * 2
    assert not (tmp_path / "others").exists()
    assert list((tmp_path / "films" / ".unfinished").glob("*.*")) == []
    with pytest.raises(ValueError, match="no name of a kept file"):
        films.path("../" + kept[0])


async def test_action_that_yields_reads_its_files_to_the_end(tmp_path: Path) -> None:
    read_: list[bytes] = []

    class Slow(Component):
        said: str = state("")

        @action
        async def add(self, film: UploadFile) -> AsyncIterator[None]:
            for _ in range(3):
                read_.append(await film.read(1_000))
                self.said += "."
                yield
                await asyncio.sleep(0)

        def render(self) -> Child:
            return h.form(action=self.add, aria_label="send")[h.input(name="film", type="file"), self.said]

    ui = application(limits=LIMITS, storage=DiskStorage(tmp_path))

    @ui.page("/desk")
    async def page_() -> Child:
        return Slow()

    async with visiting(ui, "/desk") as page:
        _, answer = await ask(page, "send", [["a", 3_000, ""]], f=["film", 0])
        token = answer["o"][0][0]
        await send(page, token, 0, CONTENT[:3_000])
        whole = await post(page, pack(message(page, "send", [token], f=["film", 0])))
        assert whole.status_code == 200
        assert b"".join(read_) == CONTENT[:3_000]
        assert parts(tmp_path) == []
        read_.clear()
        call = message(page, "send", [], f=["film", 0])
        del call["l"]
        body, kind = multipart([("$message", File("blob", pack(call))), ("0", File("x", CONTENT))])
        assert (await post(page, body, kind)).status_code == 200
        assert b"".join(read_) == CONTENT[:3_000]


async def test_storage_of_an_application_is_shared_by_its_workers() -> None:
    first, second = application(), application()
    assert first.site.storage.name == second.site.storage.name
    assert application(secret=fresh()).site.storage.name != first.site.storage.name
