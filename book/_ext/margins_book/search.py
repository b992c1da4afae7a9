"""The search: an index of sections instead of Sphinx's index of pages.

Sphinx finds the page that holds a word, and a chapter is 20,000 pixels long. Its index
knows headings by their section and all else by the page, and what it scores is fixed
when a word is indexed; so the sections are read from the written pages here, and
``book/_static/ranking.js`` ranks them. The index is a script and no JSON: a page that
is opened as a file may not fetch, and may load scripts.
"""

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from margins_book.sections import Section, sections
from margins_book.theme import version

NAME = "search-index.js"
# What these say of a word explains it less than any chapter does.
EXPLAIN_NOTHING = {"book/exercises", "book/for-teachers", "book/errata"}


def index(pages: dict[str, str]) -> list[dict[str, Any]]:
    """What the search knows of each page.

    Parameters
    ----------
    pages : dict
        The HTML of each page by its name, in the order of the book.
    """
    found = []
    for name, page in pages.items():
        parts = sections(page)
        if parts:
            found.append(
                {
                    "url": f"{name}.html",
                    "title": parts[0].title,
                    "number": parts[0].number,
                    "sections": [
                        described(part, name in EXPLAIN_NOTHING) for part in parts
                    ],
                }
            )
    return found


def described(section: Section, explains_nothing: bool) -> dict[str, Any]:
    """A section for the script, without what is empty in it."""
    facts = {
        "anchor": section.anchor,
        "number": section.number,
        "title": section.title,
        "words": section.words,
        "captions": section.captions,
        "text": section.text,
        "names": sorted(section.names),
    }
    return facts | ({"asks": True} if section.asks or explains_nothing else {})


def in_order(app: Sphinx) -> list[str]:
    """The pages of the book, as one reads them."""
    relations = app.builder.relations
    first = app.config.root_doc
    order = [first]
    while (after := relations.get(order[-1], (None, None, None))[2]) is not None:
        if after in order:
            break
        order.append(after)
    return order


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the index beside the pages, from all of them, also those written before."""
    if error is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    pages = {
        name: (folder / f"{name}.html").read_text(encoding="utf-8")
        for name in in_order(app)
        if (folder / f"{name}.html").exists()
    }
    text = json.dumps(index(pages), ensure_ascii=False, separators=(",", ":"))
    script = f"globalThis.marginsIndex = {text};\n"
    (folder / "_static" / NAME).write_text(script, encoding="utf-8")


def give_version(app, pagename, templatename, context, doctree):
    """The search page asks for the index of this build, and not for one it has kept."""
    if templatename == "search.html":
        context["margins_index"] = f"_static/{NAME}"
        context["margins_version"] = version(app)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", give_version)
    app.connect("build-finished", write, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
