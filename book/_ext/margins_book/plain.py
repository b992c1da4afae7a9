"""MyST text to the Markdown that every notebook program shows.

Not a parser of MyST: a translation of the few constructs the chapters use. What it does
not know it leaves as its plain body, so a reader of the notebook loses decoration and
never text.
"""

import re
from pathlib import Path
from textwrap import dedent

from docutils.nodes import make_id

FENCE = re.compile(
    r"^ *(?P<fence>`{3,}|:{3,}|~{3,})\{(?P<name>[^}]+)\} *(?P<argument>.*)$"
)
OPTION = re.compile(r"^:(?P<key>[\w-]+):\s*(?P<value>.*)$")
ROLE = re.compile(r"\{(?P<name>[\w:.-]+)\}`(?P<body>[^`]+)`")
DISPLAY = re.compile(
    r"^\$\$(?P<body>.+?)\$\$(?: *\((?P<label>[\w:.-]+)\))?$", re.M | re.S
)
BOXES = {"admonition", "attention", "caution", "danger", "dropdown", "error", "hint", "important",
         "margin", "note", "seealso", "sidebar", "tip", "warning", "topic"}  # fmt: skip


class PlainMarkdown:
    """Translate the text of one page; `env` knows the numbers and titles it refers
    to."""

    def __init__(self, env, docname):
        self.env = env
        self.docname = docname
        self.folder = Path(env.doc2path(docname)).parent

    def __call__(self, text):
        out, lines = [], text.split("\n")
        prose = []

        def flush():
            if prose:
                out.append(self._prose("\n".join(prose)))
                prose.clear()

        plain_fence = None
        position = 0
        while position < len(lines):
            line = lines[position]
            position += 1
            if plain_fence:  # inside ordinary code: nothing is translated
                out.append(line)
                if line.strip().startswith(plain_fence) and not line.strip().strip(
                    plain_fence[0]
                ):
                    plain_fence = None
            elif found := FENCE.match(line):
                body, position = _body(lines, position, found["fence"])
                flush()
                out.append(
                    self._directive(found["name"], found["argument"].strip(), body)
                )
            elif found := re.match(r"^ *(`{3,}|~{3,})", line):
                flush()
                plain_fence = found[1]
                out.append(line)
            else:
                prose.append(line)
        flush()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()

    # -- directives
    # ---------------------------------------------------------------------------

    def _directive(self, name, argument, lines):
        options, body = _options(lines)
        text = "\n".join(body).strip("\n")
        if name == "literalinclude":
            source = self._included(argument, options)
            return f"```{options.get('language', 'python')}\n{source}\n```"
        if name == "include":
            return self((self.folder / argument).read_text(encoding="utf-8"))
        if name == "list-table":
            return _table(text)
        if name == "math":
            return f"$$\n{text}{self._tag(options.get('label') or argument)}\n$$"
        if name in ("code-block", "code", "sourcecode"):
            return f"```{argument}\n{text}\n```"
        if name in ("figure", "image"):
            return f"*{options.get('alt', '')}*\n\n{self(text)}"
        if name == "bibliography":
            return "*The list of references is in the book's appendix.*"
        if name in BOXES:
            title = argument or name.capitalize()
            quoted = f"**{self._prose(title)}**\n\n{self(text)}".split("\n")
            return "\n".join(f"> {line}".rstrip() for line in quoted) + "\n"
        return self(text)

    def _included(self, path, options):
        lines = (self.folder / path).read_text(encoding="utf-8").splitlines()
        if marker := options.get("start-after"):
            lines = lines[_first(lines, marker) + 1 :]
        if marker := options.get("start-at"):
            lines = lines[_first(lines, marker) :]
        if marker := options.get("end-before"):
            lines = lines[: _first(lines, marker)]
        if marker := options.get("end-at"):
            lines = lines[: _first(lines, marker) + 1]
        text = "\n".join(lines).strip("\n")
        return dedent(text) if "dedent" in options else text

    # -- prose
    # --------------------------------------------------------------------------------

    def _prose(self, text):
        text = re.sub(r"^\([\w:.-]+\)=\n", "", text, flags=re.M)
        text = re.sub(r"^%.*\n", "", text, flags=re.M)
        text = DISPLAY.sub(
            lambda m: f"$${m['body'].rstrip()}{self._tag(m['label'])}\n$$", text
        )
        text = ROLE.sub(lambda m: self._role(m["name"], m["body"]), text)
        # Notebooks of the other chapters lie beside this one.
        return re.sub(r"\]\(((?:\.\./)*[\w-]+)\.md(#[\w-]+)?\)", r"](\1.ipynb)", text)

    def _tag(self, label):
        return (
            f" \\tag{{{number}}}" if label and (number := self._equation(label)) else ""
        )

    def _equation(self, label):
        entry = self.env.get_domain("math").equations.get(label)
        if not entry:
            return ""
        numbers = self.env.toc_fignumbers.get(entry[0], {}).get("displaymath", {})
        return ".".join(map(str, numbers.get(make_id(f"equation-{label}"), ())))

    def _role(self, name, body):
        if name == "math":
            return f"${body}$"
        if name == "eq":
            return f"({self._equation(body)})"
        if name.startswith("cite"):
            # {cite:t} is part of a sentence, {cite} and {cite:p} stand in brackets.
            joined = "; ".join(
                _citation(self.env, key.strip()) for key in body.split(",")
            )
            return joined if name.startswith("cite:t") else f"({joined})"
        if name in ("ref", "numref", "doc"):
            explicit = re.match(r"(.+?)\s*<(.+)>$", body, re.S)
            return explicit[1] if explicit else self._reference(name, body)
        if name in ("code", "py:func", "func", "class", "py:class"):
            return f"`{body}`"
        return re.sub(r"\s*<[^>]*>$", "", body)

    def _reference(self, name, target):
        if name == "doc":
            docname = str(Path(self.docname).parent / target)
            title = self.env.titles.get(docname)
            return (
                f"[{title.astext()}]({target}.ipynb)" if title is not None else target
            )
        labels = self.env.get_domain("std").labels
        return labels[target.lower()][2] if target.lower() in labels else target


def _body(lines, start, fence):
    """The lines up to the closing fence, and the position after it."""
    for end in range(start, len(lines)):
        closing = lines[end].strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return lines[start:end], end + 1
    return lines[start:], len(lines)


def _options(lines):
    options, position = {}, 0
    while position < len(lines) and (found := OPTION.match(lines[position].strip())):
        options[found["key"]] = found["value"].strip().strip("\"'")
        position += 1
    return options, lines[position:]


def _table(text):
    """A ``list-table`` (``* - a`` begins a row, ``  - b`` goes on) as a table of
    Markdown."""
    rows = []
    for line in text.split("\n"):
        if line.startswith("* - "):
            rows.append([line[4:].strip()])
        elif line.startswith("  - "):
            rows[-1].append(line[4:].strip())
        elif line.strip() and rows:
            rows[-1][-1] += " " + line.strip()
    if not rows:
        return text
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _first(lines, marker):
    for number, line in enumerate(lines):
        if marker in line:
            return number
    raise ValueError(f"literalinclude: no line contains {marker!r}")


def _citation(env, key):
    """Author and year with a link, from the bibliography."""
    entry = env.get_domain("cite").bibdata.data.entries.get(key)
    if entry is None:
        return key
    people = [" ".join(person.last_names) for person in entry.persons.get("author", [])]
    if len(people) > 2:
        people = [f"{people[0]} et al."]
    text = f"{' and '.join(people)}, {entry.fields.get('year', '')}".strip(", ")
    address = entry.fields.get("url")
    return f"[{text}]({address})" if address else text
