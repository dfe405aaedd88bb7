"""`python -m benchmarks.browser.profile [plain] [OPERATION …]`: where the browser's time goes.

It is Chromium's profiler that tells. The client is bundled anew for this, so that functions have their names.
Times are those of the function itself.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from ..serve import serving
from .measuring import OPERATIONS, chromium, open_page, run

ROOT: Final = Path(__file__).resolve().parents[2]
CLIENT: Final = ROOT / "client_js"
STATIC: Final = ROOT / "reactor" / "static"
ROUNDS: Final = 10
MOST: Final = 30
WAITING: Final = ("(idle)", "(program)", "(root)")


def bundle(folder: str) -> None:
    """Writes the client and its parts into a folder, with all their names."""
    parts = [file.stem for file in STATIC.glob("*.js") if file.stem != "client"]
    command = [
        "node_modules/.bin/esbuild",
        "client=src/index.ts",
        *(f"{part}=src/{part}.ts" for part in parts),
    ]
    command += ["--bundle", "--splitting", "--format=esm", "--target=es2022", f"--outdir={folder}"]
    subprocess.run(command, cwd=CLIENT, capture_output=True, check=True)


def times(page: Page, operations: list[str]) -> Counter[str]:
    """Microseconds by function while these operations are done; the others are done, too, but not counted."""
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 100})
    spent: Counter[str] = Counter()
    for number in range(ROUNDS + 2):
        for operation in OPERATIONS:
            session.send("Profiler.start")
            run(page, operation)
            profile: Any = session.send("Profiler.stop")["profile"]
            if number < 2 or operation not in operations:
                continue
            frames = {node["id"]: node["callFrame"] for node in profile["nodes"]}
            for id, microseconds in zip(profile["samples"], profile["timeDeltas"], strict=True):
                frame = frames[id]
                spent[f"{frame['functionName'] or '(anonymous)'}:{frame['lineNumber'] + 1}"] += microseconds
    return spent


def main(operations: list[str]) -> None:
    side = "plain" if "plain" in operations else "reactive"
    chosen = [each for each in operations if each != "plain"] or list(OPERATIONS)

    with TemporaryDirectory() as folder, serving(side) as served, chromium() as browser:
        bundle(folder)

        def fulfill(route: Route) -> None:
            route.fulfill(path=Path(folder, Path(urlsplit(route.request.url).path).name))

        page = open_page(browser, served[side], "/counter")
        page.context.route("**/_reactor/**/*.js*", fulfill)
        page.goto(f"http://127.0.0.1:{served[side].port}/rows/{secrets.token_hex(8)}")
        spent = times(page, chosen)
    work = {name: taken for name, taken in spent.items() if not name.startswith(WAITING)}
    print(f"{sum(work.values()) / 1000 / ROUNDS:.2f} ms a round: {', '.join(chosen)}")
    for name, taken in Counter(work).most_common(MOST):
        print(f"{taken / 1000 / ROUNDS:8.2f} ms  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
