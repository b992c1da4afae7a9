"""Under the title of a chapter: its question, the time that it takes, what it needs."""

import re

import pytest
from chapters import NUMBERED
from margins_book import openings
from sphinx.cmd.build import build_main

PAGE = """\
---
subtitle: "Why is $5 not enough?"
---

# A title

Builds on nothing.

Text of seven words, as one reads.
"""


@pytest.fixture
def build(tmp_path):
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_parser', 'margins_book.openings']\nhtml_theme = 'basic'\n"
        "project = copyright = author = 'Test'\nversion = '1'\n"
        "myst_html_meta = {'description': 'of every page'}\n"
    )

    def run(text, builder="html"):
        (tmp_path / "index.md").write_text(text)
        options = ["-q", "-W", "-b", builder, "-d", str(tmp_path / "doctrees")]
        assert build_main([*options, str(tmp_path), str(tmp_path / builder)]) == 0
        (page,) = (tmp_path / builder).glob("index.*html")
        return page.read_text(encoding="utf-8")

    return run


@pytest.mark.parametrize("builder", ["html", "epub"])
def test_a_page_and_an_epub_open_in_this_order(build, builder):
    page = build(PAGE, builder)
    parts = [
        "<h1>A title",
        '<p class="margins-subtitle">Why is $5 not enough?</p>',
        '<p class="margins-times">About 5 minutes to read</p>',
        '<p class="margins-builds-on">Builds on nothing.</p>',
        "<p>Text of seven",
    ]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_the_question_is_what_a_page_says_of_itself(build):
    page = build(PAGE)
    assert re.findall('content="(.+?)" name="description"', page) == [
        "Why is $5 not enough?"
    ]
    other = build(PAGE.replace("subtitle", "other"))
    assert "margins-subtitle" not in other
    assert "margins-times" not in other
    assert 'content="of every page" name="description"' in other


def test_only_code_that_stands_open_takes_time():
    shown = "```{code-cell} python\na = 1\n\nb = 2\n```\n"
    hidden = "```{code-cell} python\n:tags: [hide-input]\na = 1\n```\n"
    boxed = f":::{{tip}} Predict\nTwo words.\n\n{shown}:::\n"
    assert openings.counts(shown)["line"] == 2
    assert openings.counts(hidden)["line"] == 0
    assert openings.counts(boxed) | {"word": 2} == openings.counts(boxed)
    assert openings.counts(boxed)["line"] == 2


def test_a_chapter_takes_longer_with_every_part_that_is_read():
    for kind in ("word", "display", "formula", "line"):
        assert openings.minutes({kind: 3000}) > openings.minutes({kind: 300})


@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_a_chapter_is_read_at_one_sitting(chapter):
    """An estimate of a few minutes or of half a day would be a count gone wrong."""
    assert 5 <= openings.minutes(openings.counts(chapter.text)) <= 90


def test_a_chapter_with_exercises_says_how_many_and_for_how_long():
    assert openings.tasks_of("book/04-l-softmax") == 6
    assert openings.tasks_of("book/13-the-same-code-on-a-gpu") == 0
    assert openings.times("word " * 1800, 6).endswith("60 more to solve its 6 tasks")
