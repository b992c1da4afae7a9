"""A table as text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from margins.tables.cells import Cell
from margins.tables.heads import spans

if TYPE_CHECKING:
    from margins.tables.table import Table

WIDTH = 84
MARK = "*"


def text(table: Table) -> str:
    """The table in lines of text: columns two blanks apart, points under points."""
    groups, marked = table.written(), table.marked()
    rows = [row for _, some in groups for row in some]
    columns = []
    for k in range(len(table.heads)):
        marks = [
            (g, r, k) in marked
            for g, (_, some) in enumerate(groups)
            for r in range(len(some))
        ]
        columns.append(column([row[k] for row in rows], marks))
    names = [name for _, some in spans(table.heads) for name in some]
    upper = make_room(table.heads, names, columns)
    heads = [[name, *cells] for name, cells in zip(names, columns, strict=True)]
    left = [is_text([row[k] for row in rows]) for k in range(len(heads))]
    lines = aligned([*zip(*heads, strict=True)], left)
    rule = "-" * max(map(len, [upper, *lines]))
    out = [fill(table.caption, WIDTH), ""] if table.caption else []
    out += [upper] * bool(upper)
    out += [lines[0], rule]
    at = 1
    for title, some in groups:
        out += [title] * bool(title)
        out += lines[at : at + len(some)]
        at += len(some)
    if note := table.notes(MARK):
        out += ["", fill(note, WIDTH, break_on_hyphens=False)]
    return "\n".join(out)


def make_room(heads: list[str], names: list[str], columns: list[list[str]]) -> str:
    """The line of what neighbours have in common, over their `columns`.

    The first of `names` is made longer where that is longer than its columns.
    """
    line, at = "", 0
    for common, some in spans(heads):
        own = range(at, at + len(some))
        widths = [max(map(len, [names[k], *columns[k]])) for k in own]
        width = sum(widths) + 2 * (len(widths) - 1)
        if len(common) > width:
            names[at] = names[at].rjust(widths[0] + len(common) - width)
        line += "  " * bool(at) + common.center(max(width, len(common)))
        at += len(some)
    return line.rstrip()


def is_text(cells: Sequence[Cell]) -> bool:
    """Whether a column holds words and no number."""
    return not any(cell.number for cell in cells)


def column(cells: Sequence[Cell], marks: Sequence[bool]) -> list[str]:
    """The cells of a column, made as long at the right as their points ask for."""
    if is_text(cells):
        return [cell.text for cell in cells]
    fraction = max(cell.fraction for cell in cells if cell.number)
    spreads = [f" ± {cell.spread}" if cell.spread else "" for cell in cells]
    longest = max(map(len, spreads))
    out = []
    for cell, spread, mark in zip(cells, spreads, marks, strict=True):
        if cell.number:
            main = cell.text + " " * cell.lacks(fraction)
            tail = f"{spread:{longest}}" + f" {MARK}" * mark
            out.append(main + tail + "  " * (any(marks) and not mark))
        else:
            out.append(cell.text)
    return out


def aligned(rows: Sequence[Sequence[str]], left: Sequence[bool]) -> list[str]:
    """The lines of rows whose columns are set to the left or to the right.

    Examples
    --------
    >>> print(*aligned([("name", "runs"), ("mnist", "3")], [True, False]), sep="\\n")
    name   runs
    mnist     3
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [str.ljust if is_left else str.rjust for is_left in left]
    return [
        "  ".join(
            side(cell, width)
            for side, cell, width in zip(sides, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
