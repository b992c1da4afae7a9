"""What the book's cells use of `IPython.display`, which weighs more than all the rest.

In the browser this file lies at ``IPython/display.py``.
"""

import html
import re
from typing import Any

from margins.live import outputs


class HTML:
    """HTML as it stands."""

    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


class Markdown(HTML):
    """Markdown, of which bold words and fenced code are understood."""

    def _repr_html_(self) -> str:
        parts = re.split(r"^```\w*\n(.*?)^```$", self.data, flags=re.M | re.S)
        # Behind each piece of text stands what the next fence holds.
        return "".join(
            f"<pre>{html.escape(part)}</pre>" if number % 2 else _paragraphs(part)
            for number, part in enumerate(parts)
        )


def _paragraphs(text):
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(text.strip()))
    return "".join(f"<p>{part}</p>" for part in bold.split("\n\n") if part)


def display(*values: Any) -> None:
    """Show each of these values below the cell."""
    for value in values:
        outputs.display(value)
