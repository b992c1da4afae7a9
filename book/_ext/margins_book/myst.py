"""The fences of MyST: a source as its blocks of prose, of ordinary code and of
directives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FENCE = re.compile(
    r"^ *(?P<fence>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[^}]+)\} *(?P<argument>.*))?"
)
OPTION = re.compile(r"^:(?P<key>[\w-]+): *(?P<value>.*)$")


@dataclass(frozen=True)
class Prose:
    """Lines outside fences, and the number of the first."""

    text: str
    line: int


@dataclass(frozen=True)
class Code:
    """An ordinary block of code, its fences included."""

    text: str
    line: int


@dataclass(frozen=True)
class Directive:
    """A fenced directive: ``{name} argument``, its options, and its body.

    `line` is the line of its fence, `inside` the first of its body.
    """

    name: str
    argument: str
    body: str
    line: int
    inside: int
    options: dict[str, str] = field(default_factory=dict)


def blocks(text: str, first: int = 1) -> Iterator[Prose | Code | Directive]:
    """The blocks of a source, in order; a directive's body may hold further ones.

    Parameters
    ----------
    text : str
    first : int
        Number of its first line.
    """
    lines = text.split("\n")
    start = position = 0
    while position < len(lines):
        opening = FENCE.match(lines[position])
        if opening is None or not (opening["name"] or opening["fence"][0] != ":"):
            position += 1
            continue
        if start < position:
            yield Prose("\n".join(lines[start:position]), first + start)
        begin, end = position, _end(lines, position + 1, opening["fence"])
        position = start = end + 1
        if opening["name"] is None:
            yield Code("\n".join(lines[begin:position]), first + begin)
        else:
            options, skipped = _options(lines[begin + 1 : end])
            inside = begin + 1 + skipped
            body = "\n".join(lines[inside:end])
            argument = (opening["argument"] or "").strip()
            yield Directive(
                opening["name"], argument, body, first + begin, first + inside, options
            )
    if start < len(lines):
        yield Prose("\n".join(lines[start:]), first + start)


def _end(lines, position, fence):
    """Where the closing fence is, or the end of the text."""
    for number in range(position, len(lines)):
        closing = lines[number].strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return number
    return len(lines)


def _options(lines):
    """The options at the head of a directive, and how many lines they take."""
    options = {}
    for number, line in enumerate(lines):
        found = OPTION.match(line.strip())
        if not found:
            return options, number
        options[found["key"]] = found["value"].strip().strip("\"'")
    return options, len(lines)
