"""A table as HTML.

It says by itself what every program that shows notebooks has to know: heads are heads,
words are set to the left, what is best is bold. The rest is in the pages' styles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from margins.tables.cells import Cell
from margins.tables.heads import name_and_unit, spans
from margins.tables.plain import is_text

if TYPE_CHECKING:
    from margins.tables.table import Table

# As wide as a phone shows without scrolling; who tabs through a page on a wide screen
# is not stopped at each small table.
NARROW = 30  # characters
UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
LEFT = ' style="text-align:left"'


def html(table: Table) -> str:
    """The table in a box of its own, which scrolls where the page is too narrow."""
    groups, marked = table.written(), table.marked()
    rows = [row for _, some in groups for row in some]
    columns = [[row[k] for row in rows] for k in range(len(table.heads))]
    words = [is_text(column) for column in columns]
    bodies = []
    for g, (title, some) in enumerate(groups):
        lines = [_title(title, len(columns))] * bool(title)
        for r, row in enumerate(some):
            cells = [
                _cell(cell, columns[k], words[k], (g, r, k) in marked)
                for k, cell in enumerate(row)
            ]
            # The first one names the row, and "m = 2" is one word of it.
            cells[0] = re.sub("^<td(.*)td>$", r'<th scope="row"\1th>', cells[0])
            cells[0] = cells[0].replace(" = ", "\u00a0=\u00a0")
            lines.append(f"<tr>{''.join(cells)}</tr>")
        bodies.append(f"<tbody>{''.join(lines)}</tbody>")
    caption = _span("caption", table.caption) if table.caption else ""
    names = max((len(row[0].text) for row in rows), default=0)
    heads = _heads(table.heads, words)
    note = table.notes("Bold")
    below = f'<p class="margins-table-note">{escape(note)}</p>' if note else ""
    inner = f"{caption}<thead>{heads}</thead>{''.join(bodies)}"
    box = f'<div class="margins-table-box"{_focus(table, rows)}>'
    # A phone breaks the names of rows, and has to know how long they are.
    start = f'<table style="--names:{names}">'
    return f'<div class="margins-table">{box}{start}{inner}</table></div>{below}</div>'


def _focus(table, rows):
    widest = [
        max([len(head) / 2, *(len(row[k].text + row[k].spread) for row in rows)])
        for k, head in enumerate(table.heads)
    ]
    if sum(widest) + 2 * len(widest) <= NARROW:
        return ""
    label = table.caption or "table: " + ", ".join(filter(None, table.heads))
    return f' tabindex="0" role="group" aria-label="{escape(label)}"'


def _heads(heads, words):
    """One row of heads, or two where some have something in common."""
    names = [name for _, some in spans(heads) for name in some]
    lower = "".join(map(_head, names, words))
    if not any(common for common, _ in spans(heads)):
        return f"<tr>{lower}</tr>"
    upper = "".join(
        f'<th scope="colgroup" colspan="{len(some)}">'
        f"<span>{_with_unit(common)}</span></th>"
        if common
        else "<td></td>" * len(some)
        for common, some in spans(heads)
    )
    return f'<tr class="margins-common">{upper}</tr><tr>{lower}</tr>'


def _head(head, words):
    if not head:
        return "<td></td>"
    return f'<th scope="col"{LEFT if words else ""}>{_with_unit(head)}</th>'


def _with_unit(head):
    name, unit = name_and_unit(head)
    unit = f' <span class="margins-unit">({escape(unit)})</span>' if unit else ""
    return f"{escape(name)}{unit}"


def _title(title, columns):
    return (
        f'<tr class="margins-group"><th scope="rowgroup" colspan="{columns}"{LEFT}>'
        f"<span>{escape(title)}</span></th></tr>"
    )


def _span(element, text):
    """What stays in sight while the rest scrolls."""
    return f"<{element}><span>{escape(text)}</span></{element}>"


def _cell(cell: Cell, column: Sequence[Cell], words: bool, is_best: bool) -> str:
    if cell.missing:
        side = LEFT if words else ""
        return f'<td class="margins-missing"{side}>{escape(cell.text)}</td>'
    main, pad = escape(cell.text), 0
    if cell.address:
        main = f'<a href="{escape(cell.address)}">{main}</a>'
    if words:
        return f"<td{LEFT}>{main}</td>"
    main = re.sub("^-", "−", main)
    if cell.number:
        pad = cell.lacks(max(one.fraction for one in column if one.number))
    if is_best:
        main = f'<strong>{main}</strong><span style="{UNSEEN}"> (best)</span>'
    spread = max(len(one.spread) for one in column)
    if not spread:
        return f"<td>{_padded(main, pad)}</td>"
    # Points under points, and ± under ±: what is missing at the right is left free.
    free = spread - len(cell.spread) + (0 if cell.spread else 2)
    small = f" ± {escape(cell.spread)}" if cell.spread else ""
    return f"<td>{_padded(main, pad)}<small{_pad(free)}>{small}</small></td>"


def _padded(main, pad):
    return f"<span{_pad(pad)}>{main}</span>" if pad else main


def _pad(characters):
    return f' style="padding-right:{characters}ch"' if characters else ""
