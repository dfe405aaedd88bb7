"""Visitors beside each other, and secrets (F)."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import reactor
from reactor import Child, Component, action, effects, nonce, state
from reactor import html as h
from reactor.codec import pack
from reactor.testing import TestClient
from tests.security.calls import message
from tests.server.applications import application

PACKAGE = Path(reactor.__file__).parent


class Private(Component):
    owner: str
    notes: list[str] = state([])

    @action
    async def note(self) -> str:
        before = self.owner
        for _ in range(3):
            await asyncio.sleep(0)
        self.notes.append(f"secret of {before}")
        effects.run(effects.dispatch("noted", {"owner": self.owner}))
        return f"secret of {self.owner}"

    def render(self) -> Child:
        return h.main[
            h.script(src="/x.js", nonce=nonce()),
            h.h1[f"secret of {self.owner}"],
            h.ul[[h.li(key=index)[text] for index, text in enumerate(self.notes)]],
            h.button(on_click=self.note)["Count"],
        ]


@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), min_size=4, max_size=16))
async def test_visitors_never_see_what_is_of_another(steps: list[tuple[int, int]]) -> None:
    """T-INTERLEAVE: calls of four visitors at the same time, some of them cut off at any await."""
    ui = application(policy="script-src 'nonce-{nonce}'")

    @ui.page("/{owner}")
    async def page_(owner: str) -> Child:
        await asyncio.sleep(0)
        return Private(owner=owner)

    clients = [TestClient(ui.app) for _ in range(4)]
    pages = [await client.get(f"/v{number}") for number, client in enumerate(clients)]
    answers: list[tuple[int, bytes]] = []

    async def call(who: int) -> None:
        body = pack(message(pages[who], x=True))
        answers.append((who, (await clients[who].post_call(f"/v{who}", body)).content))

    tasks = []
    for who, cut in steps:
        task = asyncio.create_task(call(who))
        tasks.append(task)
        for _ in range(cut):
            await asyncio.sleep(0)
        if cut % 4 == 3:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for who, page in enumerate(pages):
        await page.call(None)
        answers.append((who, page.html.encode()))
    for who, content in answers:
        for other in range(4):
            assert other == who or f"secret of v{other}".encode() not in content
    for client in clients:
        await client.http.aclose()


SECRETS = frozenset({"token", "secret", "digest", "mac", "signature", "sealed"})
# Compared with what is no secret: a digest in a file of this user's, and the state that we have kept.
KNOWN = {("workers.py", "other_worker"), ("exchanges.py", "seal_change")}


def test_secrets_are_compared_in_constant_time() -> None:
    """T-CONST: no `==` on anything with such a name; `seal` compares by `hmac.compare_digest`."""
    found: set[Any] = set()
    for path in PACKAGE.rglob("*.py"):
        if "testing" in path.parts:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Compare) and any(
                    isinstance(each, (ast.Eq, ast.NotEq)) for each in node.ops
                ):
                    names = {each.id for each in (node.left, *node.comparators) if isinstance(each, ast.Name)}
                    names |= {
                        each.attr
                        for each in (node.left, *node.comparators)
                        if isinstance(each, ast.Attribute)
                    }
                    if names & SECRETS:
                        found.add((path.name, function.name))
    assert found <= KNOWN
    assert "hmac.compare_digest(" in (PACKAGE / "seal.py").read_text()
