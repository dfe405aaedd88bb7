"""Formulas of the spreadsheet: read them, find what they depend on, work them out.

    formula = "=" sum
    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = [ "-" | "+" ] ( number | "(" sum ")" | cell | function "(" argument { "," argument } ")" )
    argument = cell ":" cell | sum

Nothing is handed to Python's own evaluation. Depth and length are limited, so that no formula can exhaust
the server.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

COLUMNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ROWS = 100
LONGEST = 200
DEEPEST = 30

Cell = str
"""`A0` to `Z99`."""

Lookup = Callable[[Cell], "float | str"]
"""What a cell holds: a number, or a text."""

Expression = Callable[[Lookup], float]

TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)|(?P<name>[A-Za-z]+\d{0,3})|(?P<sign>[-+*/(),:]))")
CELL = re.compile(r"[A-Z](?:0|[1-9]\d?)", re.ASCII)

FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "PRODUCT": math.prod,
    "AVERAGE": lambda values: math.fsum(values) / len(values),
    "MIN": lambda values: min(values, default=0.0),
    "MAX": lambda values: max(values, default=0.0),
    "COUNT": lambda values: float(len(values)),
}


class Wrong(Exception):
    """A formula that has no value; the text is shown in its cell."""


@dataclass
class Formula:
    """A formula that was understood.

    Attributes:
        value: works it out.
        cells: what it depends on.
    """

    value: Expression
    cells: set[Cell] = field(default_factory=set)


def parse(text: str) -> Formula:
    """Read what stands behind the `=`.

    Raises:
        Wrong: it is no formula.
    """
    return _Parser(text).formula()


class _Parser:
    """Recursive descent; each method reads what its rule in the grammar says."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise Wrong("#LONG")
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0
        self.cells: set[Cell] = set()

    def formula(self) -> Formula:
        value = self.sum()
        if self.peek():
            raise Wrong("#ERROR")
        return Formula(value, self.cells)

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """The next token if it is one of these."""
        token = self.peek()
        if not token or token not in wanted:
            return ""
        self.position += 1
        return token

    def need(self, token: str) -> None:
        if not self.take(token):
            raise Wrong("#ERROR")

    def sum(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Wrong("#DEEP")
        terms = [(1.0, self.product())]
        while sign := self.take("+", "-"):
            terms.append((1.0 if sign == "+" else -1.0, self.product()))
        self.depth -= 1
        if len(terms) == 1:
            return terms[0][1]
        return lambda look: sum(sign * term(look) for sign, term in terms)

    def product(self) -> Expression:
        first = self.factor()
        rest = []
        while sign := self.take("*", "/"):
            rest.append((sign, self.factor()))

        def value(look: Lookup) -> float:
            result = first(look)
            for sign, factor in rest:
                result = result * factor(look) if sign == "*" else _divided(result, factor(look))
            return result

        return value if rest else first

    def factor(self) -> Expression:
        negative = False
        while sign := self.take("+", "-"):
            negative ^= sign == "-"
        value = self.operand()
        return (lambda look: -value(look)) if negative else value

    def operand(self) -> Expression:
        if self.take("("):
            inside = self.sum()
            self.need(")")
            return inside
        token = self.peek()
        self.position += 1
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda look: number
        if token.upper() in FUNCTIONS:
            return self.call(FUNCTIONS[token.upper()])
        return self.reference(token)

    def reference(self, token: str) -> Expression:
        cell = _cell(token)
        self.cells.add(cell)
        return lambda look: _number(look(cell))

    def call(self, function: Callable[[list[float]], float]) -> Expression:
        self.need("(")
        arguments = [self.argument()]
        while self.take(","):
            arguments.append(self.argument())
        self.need(")")

        def value(look: Lookup) -> float:
            numbers = [number for argument in arguments for number in argument(look)]
            if not numbers and function is FUNCTIONS["AVERAGE"]:
                raise Wrong("#DIV/0")
            return function(numbers)

        return value

    def argument(self) -> Callable[[Lookup], list[float]]:
        ahead = self.tokens[self.position : self.position + 3]
        if len(ahead) == 3 and ahead[1] == ":":
            self.position += 3
            cells = between(_cell(ahead[0]), _cell(ahead[2]))
            self.cells.update(cells)
            return lambda look: [value for cell in cells if isinstance(value := look(cell), float)]
        single = self.sum()
        return lambda look: [single(look)]


def _tokens(text: str) -> Iterator[str]:
    text = text.rstrip()
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise Wrong("#ERROR")
        yield match[match.lastgroup or 0]
        position = match.end()


def _cell(token: str) -> Cell:
    if not CELL.fullmatch(token.upper()):
        raise Wrong("#ERROR")
    return token.upper()


def _number(value: float | str) -> float:
    if isinstance(value, float):
        return value
    if value:
        raise Wrong(value if value.startswith("#") else "#VALUE")
    return 0.0


def _divided(above: float, below: float) -> float:
    if below == 0:
        raise Wrong("#DIV/0")
    return above / below


def between(first: Cell, last: Cell) -> list[Cell]:
    """The cells of a rectangle."""
    left, right = sorted((COLUMNS.index(first[0]), COLUMNS.index(last[0])))
    top, bottom = sorted((int(first[1:]), int(last[1:])))
    return [f"{column}{row}" for row in range(top, bottom + 1) for column in COLUMNS[left : right + 1]]


def evaluate(contents: Mapping[Cell, str]) -> dict[Cell, str]:
    """What each cell shows.

    Arguments:
        contents: what was typed, by cell; cells that hold nothing are left out.

    >>> evaluate({"A0": "2", "A1": "=A0*3", "A2": "=SUM(A0:A1)", "A3": "=A3"})
    {'A0': '2', 'A1': '6', 'A2': '8', 'A3': '#CYCLE'}
    """
    values: dict[Cell, float | str] = {}
    formulas: dict[Cell, Formula] = {}
    for cell, content in contents.items():
        if not content.startswith("="):
            values[cell] = _literal(content)
            continue
        try:
            formulas[cell] = parse(content[1:])
        except Wrong as wrong:
            values[cell] = str(wrong)
    for cell in _in_order(formulas):
        values[cell] = _value(formulas[cell], values)
    for cell in formulas:
        values.setdefault(cell, "#CYCLE")
    return {cell: shown(values[cell]) for cell in contents}


def _in_order(formulas: Mapping[Cell, Formula]) -> Iterator[Cell]:
    """Each formula after those that it depends on; those that depend on themselves never come."""
    waits_for = {cell: formula.cells & formulas.keys() for cell, formula in formulas.items()}
    dependents: dict[Cell, list[Cell]] = {cell: [] for cell in formulas}
    for cell, others in waits_for.items():
        for other in others:
            dependents[other].append(cell)
    ready = [cell for cell, others in waits_for.items() if not others]
    while ready:
        cell = ready.pop()
        yield cell
        for dependent in dependents[cell]:
            waits_for[dependent].discard(cell)
            if not waits_for[dependent]:
                ready.append(dependent)


def _value(formula: Formula, values: Mapping[Cell, float | str]) -> float | str:
    try:
        result = formula.value(lambda cell: values.get(cell, ""))
    except Wrong as wrong:
        return str(wrong)
    except OverflowError:
        return "#BIG"
    return result if math.isfinite(result) else "#BIG"


def _literal(content: str) -> float | str:
    try:
        number = float(content)
    except ValueError:
        return content
    return number if math.isfinite(number) and content[-1:].isdigit() else content


def shown(value: float | str) -> str:
    """A value as the cell shows it.

    >>> shown(3.0), shown(1 / 3), shown("text")
    ('3', '0.3333333333', 'text')
    """
    return value if isinstance(value, str) else f"{value + 0.0:.10g}"
