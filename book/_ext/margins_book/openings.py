"""How a chapter opens: under its title the question that it answers, how long it takes,
and what it builds on.

The question is the ``subtitle`` of the source's front matter. The times are estimates
from the source itself, so that they follow it; `PACE` says at which pace.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from margins_book import tasks
from margins_book.myst import Directive, Prose, blocks

FRONT = re.compile(r"---\n(.*?\n)---\n", re.S)
BUILDS_ON = "Builds on "

# Minutes: for a word, a displayed formula, one within a line, a line of open code, a
# task. Whoever derives along takes longer, and whoever knows the subject half of it.
PACE = {
    "word": 1 / 180,
    "display": 3 / 4,
    "formula": 1 / 30,
    "line": 1 / 20,
    "task": 10,
}
STEP = 5  # minutes, to which a time is rounded

DISPLAY = re.compile(r"\$\$.+?\$\$", re.S)
INLINE = re.compile(r"\$[^$]+\$")
WORD = re.compile(r"[^\W\d_][\w’'-]*")


def subtitle(source: str) -> str:
    """The question of a chapter, from the front matter of its source; "" without one.

    Examples
    --------
    >>> subtitle('---\\nsubtitle: "Why?"\\n---\\n# Title')
    'Why?'
    """
    front = FRONT.match(source)
    facts = (yaml.safe_load(front[1]) or {}) if front else {}
    return str(facts.get("subtitle", ""))


def counts(source: str) -> dict[str, int]:
    """How much there is to read: words, formulas, lines of code that stand open.

    Examples
    --------
    >>> counts("Two words, $x$ and\\n\\n$$\\ny\\n$$\\n")
    {'word': 3, 'display': 1, 'formula': 1, 'line': 0}
    """
    found = dict.fromkeys(("word", "display", "formula", "line"), 0)
    front = FRONT.match(source)
    _count(source[front.end() :] if front else source, found)
    return found


def _count(text, found):
    for block in blocks(text):
        if isinstance(block, Prose):
            prose, displays = DISPLAY.subn(" ", block.text)
            prose, formulas = INLINE.subn(" ", prose)
            found["display"] += displays
            found["formula"] += formulas
            found["word"] += len(WORD.findall(prose))
        elif isinstance(block, Directive) and block.name == "code-cell":
            if "hide-input" not in block.options.get("tags", ""):
                found["line"] += sum(1 for line in block.body.splitlines() if line)
        elif isinstance(block, Directive) and block.name == "math":
            found["display"] += 1
        elif isinstance(block, Directive):
            _count(block.body, found)


def minutes(found: dict[str, int]) -> int:
    """The time for what was counted, rounded.

    Examples
    --------
    >>> minutes({"word": 1800, "display": 4})
    15
    """
    exact = sum(PACE[kind] * number for kind, number in found.items())
    return max(STEP, STEP * round(exact / STEP))


def times(source: str, count: int) -> str:
    """How long a chapter takes, in the words of its page.

    Parameters
    ----------
    source : str
    count : int
        How many tasks its exercises have.

    Examples
    --------
    >>> times("word " * 1800, 2)
    'About 10 minutes to read, 20 more to solve its 2 tasks'
    """
    reading = f"About {minutes(counts(source))} minutes to read"
    if not count:
        return reading
    noun = "task" if count == 1 else f"{count} tasks"
    return f"{reading}, {minutes({'task': count})} more to solve its {noun}"


def tasks_of(docname: str) -> int:
    """How many tasks the exercises of a page have; the two share their name."""
    exercises = tasks.of_page(docname)
    return len(exercises.tasks) if exercises else 0


def in_markdown(text: str, source: str, docname: str) -> str:
    """The opening for a notebook: what the page has, under the title that `text` has.

    Examples
    --------
    >>> front = '---\\nsubtitle: "Why?"\\n---\\n'
    >>> print(in_markdown("# Title\\n\\nText", front + "# Title\\n\\nText", "book/a"))
    # Title
    <BLANKLINE>
    *Why?*
    <BLANKLINE>
    About 5 minutes to read.
    <BLANKLINE>
    Text
    """
    question = subtitle(source)
    if not question:
        return text
    told = f"*{question}*\n\n{times(source, tasks_of(docname))}."
    title, rest = text.split("\n", 1)
    return f"{title}\n\n{told}\n{rest}"


class OpenChapters(SphinxPostTransform):
    """Write question and times under the title, and set apart what a chapter needs."""

    default_priority = 120
    formats = ("html",)

    def run(self, **kwargs):
        path = Path(self.env.doc2path(self.env.docname))
        source = path.read_text(encoding="utf-8")
        question = subtitle(source)
        if not question:
            return
        title = next(iter(self.document.findall(nodes.title)))
        at = title.parent.index(title) + 1
        needs = title.parent[at]
        if needs.astext().startswith(BUILDS_ON):
            needs["classes"].append("margins-builds-on")
        told = times(source, tasks_of(self.env.docname))
        title.parent[at:at] = [
            nodes.paragraph("", question, classes=["margins-subtitle"]),
            nodes.paragraph("", told, classes=["margins-times"]),
        ]
        for node in self.document.findall(nodes.meta):
            if node.get("name") == "description":
                node["content"] = question


def setup(app):
    app.add_post_transform(OpenChapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
