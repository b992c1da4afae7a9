"""The rules of a style sheet that can apply to a page of this book, without the others.

The theme styles whatever a book may hold, and a phone shows nothing before it has read
all of it. A rule stays where each class and each name that its selector asks for is a
word of some page or script. Scripts also put names together, so theirs count that begin
with a word such as ``bs-tooltip-`` or end with one such as ``-shown``. What goes could
not have matched anything.
"""

import re
from collections.abc import Iterable, Iterator

COMMENT = re.compile(r"/\*(?!!).*?\*/", re.S)  # licences stay
# A string, an address, or one of the signs that end a piece.
PIECE = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^"')]*\)|/\*.*?\*/|[{};]""", re.S
)
WORD = re.compile(r"-*[A-Za-z_][\w-]*")
NAME = re.compile(r"[.#]((?:\\.|[\w-])+)")
ATTRIBUTE = re.compile(r"""\[(?:"[^"]*"|'[^']*'|[^\]"'])*\]""")
FUNCTION = re.compile(r":([\w-]+)\(")
GROUPS = ("@media", "@supports", "@layer", "@container")
LEAST = 4  # signs of a beginning or an end; "a-" is the beginning of too much


class Words:
    """What pages and scripts say, and thus what may be a class.

    Parameters
    ----------
    pages, scripts : iterable of str
        Their whole texts.
    """

    def __init__(self, pages: Iterable[str], scripts: Iterable[str]):
        self.whole = {word for page in pages for word in WORD.findall(page)}
        said = {word for script in scripts for word in WORD.findall(script)}
        self.whole |= said
        parts = {word for word in said if len(word) >= LEAST}
        self.beginnings = tuple(sorted(w for w in parts if w.endswith("-")))
        self.ends = tuple(sorted(w for w in parts if w.startswith("-")))

    def may_be(self, name: str) -> bool:
        """Whether `name`, as a selector spells it, may be a class or an id."""
        return (
            "\\" in name
            or name in self.whole
            or name.startswith(self.beginnings)
            or name.endswith(self.ends)
        )


def only_possible(sheet: str, words: Words) -> str:
    """The `sheet` without rules, and without parts of them, that match nothing."""
    return "\n".join(_kept(COMMENT.sub("", sheet), words))


def _kept(sheet: str, words: Words) -> Iterator[str]:
    for prelude, body in _rules(sheet):
        if body is None:
            yield prelude
        elif prelude.startswith(GROUPS):
            if inner := "\n".join(_kept(body, words)):
                yield f"{prelude}{{{inner}}}"
        elif prelude.startswith("@"):
            yield f"{prelude}{{{body}}}"
        else:
            selectors = split(prelude)
            left = [one for one in selectors if possible(one, words)]
            # With a selector that one browser alone knows, others ignore the rule.
            if left and ":-" in prelude:
                left = selectors
            if left:
                yield f"{','.join(left)}{{{body}}}"


def _rules(sheet: str) -> Iterator[tuple[str, str | None]]:
    """What stands before the brackets of each rule, and in them; or what has none."""
    depth = begin = opened = 0
    for piece in PIECE.finditer(sheet):
        if piece[0] == "{":
            opened = opened if depth else piece.start()
            depth += 1
        elif piece[0] == "}":
            depth -= 1
            if not depth:
                yield sheet[begin:opened].strip(), sheet[opened + 1 : piece.start()]
                begin = piece.end()
        elif piece[0] == ";" and not depth:
            yield sheet[begin : piece.end()].strip(), None
            begin = piece.end()
        elif piece[0].startswith("/*") and not sheet[begin : piece.start()].strip():
            yield piece[0], None
            begin = piece.end()
    if depth or sheet[begin:].strip():
        raise ValueError(f"a style sheet ends within a rule: {sheet[begin:][:80]!r}")


def split(selectors: str) -> list[str]:
    """The selectors of a list; a comma in brackets parts none."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(selectors):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            parts.append(selectors[begin:place].strip())
            begin = place + 1
    return [*parts, selectors[begin:].strip()]


def possible(selector: str, words: Words) -> bool:
    """Whether all that `selector` asks for may be on one page.

    What is in ``:not(…)`` is not asked for; of ``:is(…)`` and its like one choice is.
    """
    rest = ATTRIBUTE.sub("", selector)
    while function := FUNCTION.search(rest):
        end, depth = function.end(), 1
        while depth:
            depth += (rest[end] == "(") - (rest[end] == ")")
            end += 1
        inside = rest[function.end() : end - 1]
        if function[1] in ("is", "where", "has") and not any(
            possible(choice, words) for choice in split(inside)
        ):
            return False
        rest = rest[: function.start()] + rest[end:]
    return all(words.may_be(name) for name in NAME.findall(rest))
