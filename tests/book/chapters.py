"""The sources of the book, read as far as the tests need it."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"

_FENCE = re.compile(r"^ *(?P<fence>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[^}]+)\} *(?P<argument>.*))?")
_OPTION = re.compile(r"^:(?P<key>[\w-]+): *(?P<value>.*)$")


@dataclass(frozen=True)
class Directive:
    """A fenced directive: ``{name} argument``, its options, its body, and the line it begins on."""

    name: str
    argument: str
    options: dict
    body: str
    line: int


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
    def directives(self):
        found = []
        lines = self.text.split("\n")
        opened = None  # the fence of ordinary code that we are inside of
        number = 0
        while number < len(lines):
            match = _FENCE.match(lines[number])
            if not match:
                number += 1
                continue
            if match["name"] is None:
                fence = match["fence"]
                if opened is None:
                    opened = fence
                elif fence.startswith(opened):
                    opened = None
                number += 1
                continue
            if opened is not None:
                number += 1
                continue
            end = number + 1
            while end < len(lines) and not _closes(lines[end], match["fence"]):
                end += 1
            inside = lines[number + 1 : end]
            options = {}
            while inside and (option := _OPTION.match(inside[0].strip())):
                options[option["key"]] = option["value"].strip().strip("\"'")
                inside = inside[1:]
            argument = match["argument"].strip()
            found.append(Directive(match["name"], argument, options, "\n".join(inside), number + 1))
            # Boxes may hold further directives; code and mathematics may not.
            number = end + 1 if match["name"] in ("code-cell", "code-block", "math") else number + 1
        return found

    @cached_property
    def cells(self):
        return [d for d in self.directives if d.name == "code-cell"]

    @cached_property
    def displays(self):
        """Every displayed equation, both spellings. ``% unnumbered`` above one frees it of a label."""
        found = []
        for d in self.directives:
            if d.name == "math":
                found.append(Display(d.options.get("label"), "nowrap" in d.options, d.line))
        lines = _without_code(self.text).split("\n")
        start = None
        for number, line in enumerate(lines, start=1):
            text = line.strip().removeprefix(">").strip()
            closing = re.match(r"^(?P<before>.*)\$\$ *(?:\((?P<label>[^()]+)\))?$", text)
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
        return re.findall(r"^## +(.+?) *$", _without_code(self.text), re.M)


def _closes(line, fence):
    text = line.strip()
    return text.startswith(fence) and not text.strip(fence[0])


def _without_code(text):
    """`text` with the lines of code cells and code blocks blanked; line numbers stay."""
    out, fence = [], None
    for line in text.split("\n"):
        match = re.match(r"^ *(`{3,}|~{3,})(\{(?P<name>[^}]+)\})?", line)
        if fence:
            if _closes(line, fence):
                fence = None
            out.append("")
        elif match and match["name"] in (None, "code-cell", "code-block", "literalinclude", "math"):
            fence = match[1]
            out.append("")
        else:
            out.append(line)
    return "\n".join(out)


CHAPTERS = [Chapter(path) for path in sorted(BOOK.glob("*.md"))]
NUMBERED = [chapter for chapter in CHAPTERS if chapter.path.name[:2].isdigit()]
