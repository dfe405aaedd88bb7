"""Write `client_js/src/protocol.ts` from `reactor/protocol.py`, so that the constants stand in one place.

    python scripts/generate_protocol.py            write the file
    python scripts/generate_protocol.py --check    fail when it is not what this script would write

The comments go along. What the client does not use is not in its bundle.
"""

import ast
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "reactor" / "protocol.py"
TARGET = ROOT / "client_js" / "src" / "protocol.ts"

HEADER = "/** The constants of docs/protocol.md. Generated from reactor/protocol.py; do not edit. */\n"


def typescript(source: str) -> str:
    """The TypeScript of a module that holds constants, comments and empty lines."""
    constants = {
        node.lineno: f"export const {node.target.id} = {json.dumps(ast.literal_eval(node.value))};"
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    lines: list[str] = []
    for number, line in enumerate(source.splitlines(), start=1):
        if number in constants:
            lines.append(constants[number])
        elif lines and (not line or line.startswith("#")):
            lines.append(line.replace("#", "//", 1))
    return HEADER + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    text = typescript(SOURCE.read_text("utf-8"))
    if arguments == ["--check"]:
        if TARGET.is_file() and TARGET.read_text("utf-8") == text:
            return 0
        print(
            f"{TARGET.relative_to(ROOT)} is stale: run python scripts/generate_protocol.py", file=sys.stderr
        )
        return 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
