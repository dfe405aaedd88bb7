"""The demos over HTTP, and the formulas of the spreadsheet."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from demos.benchmark import from_runs, to_runs
from demos.catalogue import BY_SLUG
from demos.seven_guis.formulas import LONGEST, between, evaluate
from tests.servers import Server, Servers


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def posted_button(html: str, text: str) -> dict[str, str]:
    """What a browser without JavaScript sends for a button of the page's own form."""
    call = re.search(rf'name="\$call" value="([^"]*)">{text}<', html)
    state = re.search(r'name="\$state" value="([^"]*)"', html)
    assert call is not None
    assert state is not None
    return {"$call": call[1], "$state": state[1]}


def test_ledger_counts_calls_of_several_processes_at_the_same_time(serve: Servers, tmp_path: Path) -> None:
    database = {"DEMOS_DATABASE": str(tmp_path / "new" / "demos.sqlite3")}
    server = serve("demos.app:app", workers=2, env=database)
    with httpx.Client(base_url=server.url) as client:
        form = posted_button(client.get("/ledger").text, "Count")
        headers = {"origin": server.url}

        def count(_: int) -> int:
            cookies = dict(client.cookies)
            return httpx.post(f"{server.url}/ledger", data=form, headers=headers, cookies=cookies).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(count, range(40))) == {200}
        assert client.get("/ledger/count").text == "40"


def test_ledger_of_somebody_new_is_empty(demos: Server) -> None:
    response = httpx.get(f"{demos.url}/ledger/count")
    assert response.text == "0"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert re.search(r"demos_visitor=[\w-]{43};.*HttpOnly.*SameSite=lax", response.headers["set-cookie"])


def test_cookie_that_is_not_ours_is_replaced(demos: Server) -> None:
    response = httpx.get(f"{demos.url}/ledger/count", cookies={"demos_visitor": "me"})
    assert "demos_visitor=" in response.headers["set-cookie"]


def test_source_of_no_demo_is_not_found(demos: Server) -> None:
    for slug in "none", "..%2fapp", "app.py":
        assert httpx.get(f"{demos.url}/source/{slug}").status_code == 404


def test_each_demo_s_source_is_there() -> None:
    for demo in BY_SLUG.values():
        assert all(text.startswith(('"""', "// ")) for _, text in demo.sources())


@pytest.mark.parametrize("ids", [[], [1], [3, 2, 1], [1, 2, 3], [1, 999, 3, 998, 2, 1000, 1001]])
def test_runs_keep_the_order_of_ids(ids: list[int]) -> None:
    assert from_runs(to_runs(ids)) == ids


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+2*3", "7"),
        ("=(1+2)*3", "9"),
        ("=10-4-3", "3"),
        ("=12/3/2", "2"),
        ("=-2*-3", "6"),
        ("= 2 * ( 3 + 4 ) ", "14"),
        ("=.5+1.25", "1.75"),
        ("=1/3", "0.3333333333"),
        ("=a0+B1", "7"),
        ("=SUM(A0:B1)", "14"),
        ("=sum(B1:A0)", "14"),
        ("=SUM(A0, A1*2, B0:B1)", "17"),
        ("=AVERAGE(A0:A1)", "2.5"),
        ("=MAX(A0:B1)-MIN(A0:B1)", "3"),
        ("=COUNT(A0:C9)", "4"),
        ("=Z99+1", "1"),
        ("=0.1+0.2", "0.3"),
        ("=-0", "0"),
    ],
)
def test_formula_has_its_value(formula: str, value: str) -> None:
    cells = {"A0": "2", "A1": "3", "B0": "4", "B1": "5", "C5": "text", "D0": formula}
    assert evaluate(cells)["D0"] == value


@pytest.mark.parametrize(
    "formula",
    [
        "=",
        "=1+",
        "=1 2",
        "=(1",
        "=1)",
        "=A100",
        "=AA1",
        "=A01",
        "=SUM",
        "=SUM()",
        "=SUM(A0:)",
        "=A0:A3",
        "=1/0",
        "=C0+1",
        "=D0",
        "=SUM(A0:Z99)",
        "=AVERAGE(E0:F9)",
        "=9" + "9" * 190 + "*9" * 3,
        "=__import__('os')",
        "=1**2",
        "=" + "(" * 90 + "1" + ")" * 90,
        "=" + "9" * (LONGEST + 1),
        "=PRODUCT(" + ",".join(["9" * 45] * 4) + ")*" + "*".join(["1"] * 3),
    ],
)
def test_formula_that_is_wrong_shows_no_number(formula: str) -> None:
    shown = evaluate({"A0": "2", "C0": "text", "D0": formula})["D0"]
    assert not re.fullmatch(r"-?[\d.]+", shown)


def test_formula_may_hang_on_a_long_chain() -> None:
    names = between("A0", "Z99")
    chain = {name: f"={before}+1" for before, name in pairwise(names)}
    assert evaluate({"A0": "1", **chain})["Z99"] == "2600"


def test_formula_that_leads_to_a_circle_shows_no_number() -> None:
    shown = evaluate({"A0": "=B0", "B0": "=C0", "C0": "=B0", "D0": "1"})
    assert shown == {"A0": "#CYCLE", "B0": "#CYCLE", "C0": "#CYCLE", "D0": "1"}


def test_formula_passes_on_the_error_of_a_cell() -> None:
    assert evaluate({"A0": "=1/0", "B0": "=A0+1"})["B0"] == "#DIV/0"


def test_text_that_is_no_formula_is_shown_as_it_is() -> None:
    texts = {"A0": "hello", "A1": "1e999", "A2": "nan", "A3": "007", "A4": "-"}
    shown = evaluate(texts)
    assert (shown["A0"], shown["A1"], shown["A2"], shown["A4"]) == ("hello", "1e999", "nan", "-")
