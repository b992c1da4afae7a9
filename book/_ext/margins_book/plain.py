"""MyST text to the Markdown that every notebook program shows.

Not a parser of MyST: a translation of the few constructs the chapters use. What it does
not know it leaves as its plain body, so a reader of the notebook loses decoration and
never text.
"""

import re
from pathlib import Path
from textwrap import dedent

from docutils.nodes import make_id

from margins_book import figures, quoted
from margins_book.myst import Code, Directive, blocks

ROLE = re.compile(r"\{(?P<name>[\w:.-]+)\}`(?P<body>[^`]+)`")
DISPLAY = re.compile(
    r"^\$\$(?P<body>.+?)\$\$(?: *\((?P<label>[\w:.-]+)\))?$", re.M | re.S
)
BOXES = {
    *("admonition", "attention", "caution", "danger", "dropdown", "error", "hint"),
    *("important", "margin", "note", "seealso", "sidebar", "tip", "topic", "warning"),
}


class PlainMarkdown:
    """Translate one page's text; `env` knows the numbers and titles it refers to."""

    def __init__(self, env, docname):
        self.env = env
        self.docname = docname
        self.folder = Path(env.doc2path(docname)).parent

    def __call__(self, text):
        out = []
        for block in blocks(text):
            if isinstance(block, Directive):
                out.append(self._directive(block))
            elif isinstance(block, Code):
                out.append(block.text)
            else:
                out.append(self._prose(block.text))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()

    # -- directives

    def _directive(self, block):
        name, argument, options = block.name, block.argument, block.options
        text = block.body.strip("\n")
        if name == "literalinclude":
            return self._included(argument, options)
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
        source = self.folder / path
        lines = source.read_text(encoding="utf-8").splitlines()
        if marker := options.get("start-after"):
            lines = lines[_first(lines, marker) + 1 :]
        if marker := options.get("start-at"):
            lines = lines[_first(lines, marker) :]
        if marker := options.get("end-before"):
            lines = lines[: _first(lines, marker)]
        if marker := options.get("end-at"):
            lines = lines[: _first(lines, marker) + 1]
        text = "\n".join(lines).strip("\n")
        name = source.resolve().relative_to(Path(self.env.srcdir).resolve()).as_posix()
        where = quoted.in_words(*quoted.place(source, text))
        text = dedent(text) if "dedent" in options else text
        language = options.get("language", "python")
        return f"```{language}\n{text}\n```\n\n*`{name}`, {where}*\n"

    # -- prose

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
            # A figure's number stands for "%s" in the words around it.
            if name == "numref" and (number := self._figure(body)):
                words = explicit[1] if explicit else "Figure %s"
                return words.replace("%s", number)
            return explicit[1] if explicit else self._reference(name, body)
        if name in ("code", "py:func", "func", "class", "py:class"):
            return f"`{body}`"
        return re.sub(r"\s*<[^>]*>$", "", body)

    def _figure(self, body):
        """The number of the figure that a ``numref`` means; empty if it is none."""
        target = re.sub(r".*<(.+)>$", r"\1", body, flags=re.S)
        place = self.env.get_domain("std").anonlabels.get(target)
        return figures.number_of(self.env, *place[:2]) if place else ""

    def _reference(self, name, target):
        if name == "doc":
            docname = str(Path(self.docname).parent / target)
            title = self.env.titles.get(docname)
            return (
                f"[{title.astext()}]({target}.ipynb)" if title is not None else target
            )
        labels = self.env.get_domain("std").labels
        return labels[target.lower()][2] if target.lower() in labels else target


def _table(text):
    """A ``list-table`` (``* - a`` begins a row, ``  - b`` goes on) in Markdown."""
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
