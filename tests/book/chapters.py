"""The sources of the book, read as far as the tests need it."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from margins_book.myst import Directive, Prose, blocks

from tools import ROOT

BOOK = ROOT / "book"

# What is inside is not MyST.
LITERAL = ("code-cell", "code-block", "literalinclude", "math")


@dataclass(frozen=True)
class Display:
    """A displayed equation and its label, or None."""

    label: str | None
    unnumbered: bool
    line: int


@dataclass(frozen=True)
class Chapter:
    path: Path

    def __str__(self):
        return self.path.name

    @cached_property
    def text(self):
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def header(self):
        """The front matter with its two ``---`` lines, or an empty string."""
        found = re.match(r"---\n.*?\n---\n", self.text, re.S)
        return found[0] if found else ""

    @cached_property
    def _scanned(self):
        return _scan(self.text)

    @property
    def directives(self):
        return self._scanned[0]

    @property
    def prose(self):
        """The text with code, fences and options blanked; line numbers stay."""
        return self._scanned[1]

    @cached_property
    def cells(self):
        return [d for d in self.directives if d.name == "code-cell"]

    @cached_property
    def displays(self):
        """Every displayed equation, both spellings; ``% unnumbered`` above it is
        noted."""
        found = []
        for d in self.directives:
            if d.name == "math":
                found.append(
                    Display(d.options.get("label"), "nowrap" in d.options, d.line)
                )
        lines = self.prose.split("\n")
        start = None
        for number, line in enumerate(lines, start=1):
            text = line.strip().removeprefix(">").strip()
            closing = re.match(
                r"^(?P<before>.*)\$\$ *(?:\((?P<label>[^()]+)\))?$", text
            )
            if start is None and text.startswith("$$"):
                start = number
                whole = re.match(r"^\$\$.+\$\$ *(?:\((?P<label>[^()]+)\))?$", text)
                if not whole:
                    continue
                closing = whole
            if start is not None and closing:
                above = lines[start - 2].strip() if start > 1 else ""
                found.append(Display(closing["label"], above == "% unnumbered", start))
                start = None
        return found

    @cached_property
    def headings(self):
        """The second-level headings, in order."""
        return re.findall(r"^## +(.+?) *$", self.prose, re.M)


def _scan(text):
    """The directives of a source, and its prose. Boxes may hold further directives."""
    directives, prose = [], [""] * len(text.split("\n"))

    def walk(text, first):
        for block in blocks(text, first):
            if isinstance(block, Prose):
                lines = block.text.split("\n")
                prose[block.line - 1 : block.line - 1 + len(lines)] = lines
            elif isinstance(block, Directive):
                directives.append(block)
                if block.name not in LITERAL and block.body:
                    walk(block.body, block.inside)

    walk(text, 1)
    return directives, "\n".join(prose)


CHAPTERS = [Chapter(path) for path in sorted(BOOK.glob("*.md"))]
NUMBERED = [chapter for chapter in CHAPTERS if chapter.path.name[:2].isdigit()]
