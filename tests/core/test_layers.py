"""What is shown while calls have no answer: the vectors that both languages run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reactor.layers import OpenCall, applied, layered, resolved
from reactor.markup import render
from reactor.mirror import Mirror

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "layers.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_layers_show_what_the_vectors_say(vector: dict[str, Any]) -> None:
    mirror = Mirror()
    mirror.learn(vector["templates"])
    tree: Any = vector["tree"]
    predictions = dict(zip(vector["predictions"][::2], vector["predictions"][1::2], strict=True))
    calls: list[OpenCall] = []
    for step in vector["steps"]:
        if "open" in step:
            given = step["open"]
            form = given.get("form")
            calls.append(
                OpenCall(
                    given["at"],
                    given.get("source"),
                    given.get("ahead"),
                    None if form is None else (tuple(form), 0),
                    given.get("entries"),
                    given.get("fields"),
                )
            )
        else:
            del calls[step["answer"]]
            if "delta" in step:
                tree = applied(tree, step["delta"], mirror.templates)
            told = step.get("predictions", ())
            predictions |= dict(zip(told[::2], told[1::2], strict=True))
        known = {number: each for number, each in predictions.items() if each is not None}
        shown = layered(tree, calls, known, mirror.templates)
        mirror.replace(resolved(shown, calls, mirror.templates))
        assert render(mirror.root) == step["html"]
        if "shown" in step:
            assert calls[-1].is_shown is step["shown"]
