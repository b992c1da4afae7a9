"""Tables that a cell prints as text, where a page could show a table.

    python -m tools.printed_tables NOTEBOOK...

What counts is three lines below each other whose words stand in columns, at least
three of them. Arrays as NumPy prints them do not count, nor the reports of the library
itself, which a reader sees so in a terminal, nor what a cell shows *of* a terminal.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

LINES, COLUMNS = 3, 3
# How our own reports begin: of a gradient check, of a network, of training, of a judge.
REPORTS = (
    r"argument +shape +checked",
    r" +index +analytic +numeric",
    r"output +parameters +layer",
    r"epoch +train loss",
    r"dtype +cases +right",
)
NUMBER = re.compile(r"[-+(]?[\d.,]+(e[-+]\d+)?[%°)*?,:]?|nan|inf")


def printed_tables(path: Path) -> list[str]:
    """The first line of every table that the cells of a notebook print."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        line
        for cell in cells
        if "terminal" not in cell["metadata"].get("tags", ())
        for line in tables(_printed(cell))
    ]


def _printed(cell):
    streams = (
        output
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream" and output["name"] == "stdout"
    )
    return "".join("".join(output["text"]) for output in streams)


def tables(text: str) -> Iterator[str]:
    """The first line of every table in a text.

    Examples
    --------
    >>> list(tables("m = 1   loss 0.5\\nm = 2   loss 0.25\\nm = 3   loss 1.5"))
    ['m = 1   loss 0.5']
    >>> list(tables("One line.\\nAnother one, and it is longer.\\nA last one."))
    []
    """
    for block in re.split(r"\n\s*\n", text):
        lines = [line.rstrip() for line in block.splitlines() if line.strip()]
        report = False
        for k, line in enumerate(lines):
            report = report or any(re.match(head, line) for head in REPORTS)
            some = lines[k : k + LINES]
            if report or len(some) < LINES or any("[" in line for line in some):
                continue
            if wide_columns(some) >= COLUMNS or numbered_columns(some) >= COLUMNS:
                yield line
                break


def wide_columns(lines: Sequence[str]) -> int:
    """Columns in which every line has something, with two blanks and more between."""
    width = max(map(len, lines))
    used = [any(line.ljust(width)[k] != " " for line in lines) for k in range(width)]
    blanks = "".join("x" if one else " " for one in used)
    places = [found.span() for found in re.finditer(r"x( ?x)*", blanks)]
    return sum(all(line[a:b].strip() for line in lines) for a, b in places)


def numbered_columns(lines: Sequence[str]) -> int:
    """Words of these lines that stand below each other, if two of them are numbers."""
    words = [[*re.finditer(r"\S+", line)] for line in lines]
    if len({len(some) for some in words}) != 1:
        return 0
    columns = [*zip(*words, strict=True)]
    below = [
        len({m.start() for m in column}) == 1 or len({m.end() for m in column}) == 1
        for column in columns
    ]
    numbers = [all(NUMBER.fullmatch(m[0]) for m in column) for column in columns]
    return len(columns) if all(below) and sum(numbers) >= 2 else 0


def main() -> None:
    problems = [
        f"{path}: {line!r}"
        for path in sys.argv[1:]
        for line in printed_tables(Path(path))
    ]
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
