"""Code on a page: long lines that wrap well, and a figure's code folded under it."""

import re
from collections.abc import Iterator
from html import unescape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from pygments.formatters import HtmlFormatter
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from margins_book.accents import coloured_comments

# No phone wraps a line that is shorter.
SHORT = 36
TAG = re.compile(r"<[^>]+>")
TABLE, FIGURE = re.compile(r"<table\b"), re.compile(r'class="[^"]*margins-figure')


class LongLines(HtmlFormatter):
    """Marks lines that may wrap with their indentation: a style sheet sees no lines.

    It also gives the words of a comment the colours of `accents`.
    """

    def wrap(self, source):
        return super().wrap(self.marked(source))

    def marked(self, source) -> Iterator[tuple[int, str]]:
        for of_code, line in source:
            line = coloured_comments(line)
            text = unescape(TAG.sub("", line)).rstrip()
            if of_code and len(text) > SHORT:
                inwards = len(text) - len(text.lstrip(" "))
                start = f'<span class="margins-long" style="--i:{inwards}">'
                yield of_code, f"{start}{line}</span>"
            else:
                yield of_code, line


class FoldedUnder(SphinxPostTransform):
    """Put the hidden code of a cell behind what it shows, and call it the code of
    that."""

    default_priority = 205  # behind myst-nb, which hides it at 199
    formats = ("html",)

    def run(self, **kwargs):
        for hidden in list(self.document.findall(HideCodeCellNode)):
            cell = hidden.parent
            shown = cell.children[cell.index(hidden) + 1 :]
            if "above-input" not in hidden["classes"] or not shown:
                continue
            name = named(shown)
            hidden["prompt_show"] = f"Code for this {name}"
            hidden["prompt_hide"] = f"Hide the code for this {name}"
            # In place of the theme's name, whose rules expect it above.
            hidden["classes"] = ["margins-folded"]
            # Not :has() in the style sheet: with it whatever comes into a cell, of the
            # page or of a script, costs the style of all that is in the cell.
            cell["classes"].append("margins-folds")
            cell.remove(hidden)
            cell.append(hidden)


def named(shown: list) -> str:
    """What a cell shows, in a word."""
    html = "".join(raw.astext() for part in shown for raw in part.findall(nodes.raw))
    if FIGURE.search(html):
        return "figure"
    return "table" if TABLE.search(html) else "result"


def mark_long_lines(app):
    if app.builder.format == "html" and hasattr(app.builder, "highlighter"):
        app.builder.highlighter.formatter = LongLines


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(FoldedUnder)
    app.connect("builder-inited", mark_long_lines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
