"""The build's distrust of what is left over, and the notebooks it publishes."""

import json
import sqlite3

import nbformat
import pytest
from jupyter_cache import get_cache
from margins_book import plain, publish
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from tools import build as tool


@pytest.fixture
def build(tmp_path, monkeypatch):
    """The build tool, looking at a cache of its own with one executed notebook."""
    monkeypatch.setattr(tool, "CACHE", tmp_path)
    (tmp_path / "executed" / "abc").mkdir(parents=True)
    (tmp_path / "executed" / "abc" / "base.ipynb").write_text(json.dumps({"cells": []}))
    connection = sqlite3.connect(tmp_path / "global.db")
    with connection:
        connection.execute("create table nbcache (hashkey text)")
        connection.execute("insert into nbcache values ('abc')")
    connection.close()
    return tool


def test_a_whole_cache_is_trusted(build):
    assert build.cache_damage(build.cache_checksums()) == ""


def test_a_changed_output_is_damage(build):
    """Still a notebook, but not the one that was executed."""
    known = build.cache_checksums()
    (build.CACHE / "executed" / "abc" / "base.ipynb").write_text(
        json.dumps({"cells": [1]})
    )
    assert "not what was written" in build.cache_damage(known)


def test_a_notebook_cut_short_is_damage_even_if_new(build):
    (build.CACHE / "executed" / "abc" / "base.ipynb").write_text('{"cells": [')
    assert "cut short" in build.cache_damage({})


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_what_a_slow_cell_made_is_looked_after(build, harm):
    kept = build.CACHE / "live" / "abc.bin"
    kept.parent.mkdir()
    kept.write_bytes(b"results")
    known = build.cache_checksums()
    assert build.cache_damage(known) == ""
    if harm == "gone":
        kept.unlink()
    else:
        kept.write_bytes(b"others")
    assert "of a slow cell" in build.cache_damage(known)


def test_a_missing_notebook_is_damage(build):
    (build.CACHE / "executed" / "abc" / "base.ipynb").unlink()
    assert "missing" in build.cache_damage({})


@pytest.mark.parametrize("content", [b"", b"garbage"], ids=["empty", "no database"])
def test_a_broken_database_is_damage(build, content):
    (build.CACHE / "global.db").write_bytes(content)
    assert "database" in build.cache_damage({})


class Domain:
    def __init__(self, **attributes):
        self.__dict__ |= attributes


class Environment:
    """As much of Sphinx's as the translation asks for."""

    myst_config = MdParserConfig()

    def __init__(self, folder):
        self.folder = self.srcdir = folder
        self.toc_fignumbers = {"book/a": {"displaymath": {"equation-loss": (3, 2)}}}
        self.titles = {}

    def doc2path(self, docname):
        return str(self.folder / f"{docname}.md")

    def get_domain(self, name):
        return {
            "math": Domain(equations={"loss": ("book/a", 2)}),
            "std": Domain(labels={}),
        }[name]


@pytest.fixture
def translate(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "lib.py").write_text("a = 1\n# [part]\nb = 2\n# [/part]\nc = 3\n")
    return plain.PlainMarkdown(Environment(tmp_path), "book/a")


def test_equations_keep_their_numbers(translate):
    assert translate("$$\nx = 1\n$$ (loss)") == "$$\nx = 1 \\tag{3.2}\n$$"
    assert translate("```{math}\n:label: loss\n\nx\n```") == "$$\nx \\tag{3.2}\n$$"
    assert translate("By {eq}`loss`, so.") == "By (3.2), so."


def test_included_source_becomes_code(translate):
    text = (
        '```{literalinclude} ../lib.py\n:language: python\n:start-after: "# [part]"\n'
    )
    text += ':end-before: "# [/part]"\n```'
    said = "*`lib.py`, line 3*"
    assert translate(text) == f"```python\nb = 2\n```\n\n{said}"


def test_boxes_become_quotations(translate):
    text = ":::{note}\nSee {eq}`loss`.\n:::"
    assert translate(text) == "> **Note**\n>\n> See (3.2)."
    text = "```{admonition} Predict\n:class: tip\nGuess.\n```"
    assert translate(text) == "> **Predict**\n>\n> Guess."


def test_ordinary_code_is_left_alone(translate):
    text = "```python\nx = '{eq}`loss`'\n```"
    assert translate(text) == text


def test_links_to_chapters_lead_to_their_notebooks(translate):
    assert translate("[next](04-l-softmax.md)") == "[next](04-l-softmax.ipynb)"


def test_tables_become_tables(translate):
    text = "```{list-table}\n:header-rows: 1\n\n* - a\n  - b\n* - c\n  - d\n```"
    assert translate(text) == "| a | b |\n| --- | --- |\n| c | d |"


CHAPTER = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# A chapter

By {eq}`loss`:

```{code-cell} python
6 * 7
```
"""


def test_a_notebook_has_the_outputs_that_the_cache_remembers(translate, tmp_path):
    """Nothing is executed here, as in a build on which every chapter is a cache hit."""
    (tmp_path / "book" / "a.md").write_text(CHAPTER)
    executed = read_myst_markdown_notebook(CHAPTER, add_source_map=False)
    answer = nbformat.v4.new_output(
        "execute_result", {"text/plain": "42"}, execution_count=1
    )
    executed.cells[-1].outputs = [answer]
    nbformat.write(executed, tmp_path / "a.ipynb")
    cache = get_cache(tmp_path / "cache")
    cache.cache_notebook_file(tmp_path / "a.ipynb", check_validity=False)

    prose, code = publish.chapter(Environment(tmp_path), "book/a", cache).cells
    cache.db.dispose()  # it keeps its database open
    assert "(3.2)" in prose.source
    assert [output.data for output in code.outputs] == [{"text/plain": "42"}]
