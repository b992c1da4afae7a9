"""What every chapter keeps to, read from its source without building anything."""

import ast
import re

import pytest
import yaml
from chapters import BOOK, CHAPTERS, LITERAL, NUMBERED
from margins_book import openings
from margins_book.myst import Code, Directive, blocks

from tools import ROOT
from tools.contents import docnames

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""

# The same order in every chapter on a loss, so that a reader always knows where to
# look: ``(04-forward)=`` above a heading says what its section is for, and the heading
# is free to say what the section finds.
ROLES = (
    "picture",
    "forward",
    "backward",
    "source",
    "check",
    "geometry",
    "experiment",
    "practice",
    "exercises",
    "reading",
)
SECTION = re.compile(r"^((?:\([\w-]+\)=\n+)*)## +(.+?) *$", re.M)

ON_LOSSES = [
    c
    for c in NUMBERED
    if c.path.name[:2] in {"03", "04", "05", "06", "07", "08", "09", "10", "17", "20"}
]

# What works beside the sources and nowhere else.
PATH_TRICKS = re.compile(
    r"sys\.path|os\.chdir|%run|%cd|__file__|\.\./|Path\.cwd|site\.addsitedir"
)


@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if c.cells], ids=str)
def test_the_header_is_the_standard_one(chapter):
    """One header, so that every tool reads every chapter in the same way."""
    assert re.sub(r"^subtitle: .*\n", "", chapter.header, flags=re.M) == HEADER


@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_a_chapter_opens_with_its_question_and_what_it_builds_on(chapter):
    question = openings.subtitle(chapter.text)
    assert question.endswith("?"), f"{chapter}: subtitle: {question!r} asks nothing"
    assert len(question) < 90, f"{chapter}: the subtitle is longer than a line"
    (opening,) = re.findall(r"^# .+\n\n(.+)\n\n", chapter.prose, re.M)
    assert opening.startswith(openings.BUILDS_ON), opening


def roles(chapter):
    """The sections of a chapter in order, each as its role (or None) and its heading.

    The role of a section is what the label above it says, with the chapter's number.
    """
    number = chapter.path.name[:2]
    for labels, heading in SECTION.findall(chapter.prose):
        found = re.findall(rf"^\({number}-(\w+)\)=$", labels, re.M)
        assert len(found) <= 1, f"{chapter}: two roles above {heading!r}"
        yield (found[0] if found else None), heading


@pytest.mark.parametrize("chapter", ON_LOSSES, ids=str)
def test_a_chapter_on_a_loss_keeps_the_order(chapter):
    assert [role for role, _ in roles(chapter)] == list(ROLES)


@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_sections_that_recur_keep_their_order_in_every_chapter(chapter):
    found = [role for role, _ in roles(chapter) if role]
    assert found == [role for role in ROLES if role in found]
    assert len(list(roles(chapter))) == len(chapter.headings)
    exercises = [heading for role, heading in roles(chapter) if role == "exercises"]
    assert exercises == ["Exercises"] * ("{include} ../exercises/" in chapter.text)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_included_sources_exist_between_their_markers(chapter):
    """Sphinx warns of a missing file; of an empty region it says nothing."""
    for include in (d for d in chapter.directives if d.name == "literalinclude"):
        where = f"{chapter}:{include.line}"
        source = (BOOK / include.argument).resolve()
        assert source.is_relative_to(ROOT), f"{where}: outside the repository"
        assert source.is_file(), f"{where}: no file {include.argument}"
        lines = source.read_text(encoding="utf-8").splitlines()
        begin, end = 0, len(lines)
        for key in ("start-after", "start-at", "end-before", "end-at"):
            marker = include.options.get(key)
            if marker is None:
                continue
            at = [i for i, line in enumerate(lines) if marker in line and i >= begin]
            assert at, f"{where}: no line of {include.argument} contains {marker!r}"
            if key.startswith("start"):
                begin = at[0] + (key == "start-after")
            else:
                end = at[0] + (key == "end-at")
        assert "\n".join(lines[begin:end]).strip(), (
            f"{where}: nothing between the markers"
        )


def test_every_region_of_the_code_is_shown_by_a_page():
    """A marker that no page names is a promise that nobody keeps."""
    shown = {
        f"{include.argument.removeprefix('../')} {include.options['start-after']}"
        for chapter in CHAPTERS
        for include in chapter.directives
        if include.name == "literalinclude" and "start-after" in include.options
    }
    marked = {
        f"{path.relative_to(ROOT).as_posix()} {marker}"
        for package in ("mlcore", "margins")
        for path in (ROOT / package).rglob("*.py")
        for marker in re.findall(
            r"^ *(# \[[\w-]+\])$", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert marked
    assert marked <= shown


def code(text, first=1):
    """The lines of code in a source, cells and other blocks, with their numbers."""
    for block in blocks(text, first):
        if isinstance(block, Code):
            yield from enumerate(block.text.split("\n"), block.line)
        elif isinstance(block, Directive) and block.name in ("code-cell", "code-block"):
            yield from enumerate(block.body.split("\n"), block.inside)
        elif isinstance(block, Directive) and block.name not in LITERAL:
            yield from code(block.body, block.inside)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_code_is_as_wide_as_a_page_shows_it(chapter):
    """The library's own width, which a window of 1,280 pixels shows unscrolled."""
    wide = [
        f"{chapter}:{n}: {line}" for n, line in code(chapter.text) if len(line) > 88
    ]
    assert not wide, "\n".join(wide)


def test_lines_of_code_are_found():
    text = ":::{tip}\n```{code-cell} python\n:tags: [x]\na\n```\n:::\n```sh\nb\n```\nc"
    assert list(code(text)) == [(4, "a"), (7, "```sh"), (8, "b"), (9, "```")]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_cells_use_no_path_tricks(chapter):
    """A cell runs in Colab and in any folder: nothing but the installed package."""
    for cell in chapter.cells:
        found = PATH_TRICKS.search(cell.body)
        assert not found, f"{chapter}:{cell.line}: {found[0]}"


def calls(chapter, name):
    """The calls ``figures.<name>(...)`` in the cells, each with where it stands."""
    for cell in chapter.cells:
        # Magics and shell lines are not Python; `ast` need not see them.
        code = re.sub(r"^[%!].*$", "pass", cell.body, flags=re.M)
        for node in ast.walk(ast.parse(code)):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == f"figures.{name}"
            ):
                yield node, f"{chapter}:{cell.line + node.lineno}"


@pytest.mark.parametrize("name", ["show", "movable", "draggable"])
@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_figures_are_described(chapter, name):
    """Alt text and a caption for each figure, written by hand and not the same sentence
    twice."""
    for call, where in calls(chapter, name):
        words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert len(words.get("alt", "")) > 30, (
            f"{where}: alt must say what the figure shows"
        )
        assert "caption" in words, f"{where}: no caption"
        assert words["alt"] != words["caption"], (
            f"{where}: the caption repeats the alt text"
        )


def told_on_paper(caption):
    """The words of a caption that are not in a ``figures.hint``."""
    if isinstance(caption, ast.Call) and ast.unparse(caption.func) == "figures.hint":
        return ""
    if isinstance(caption, ast.Constant):
        return str(caption.value)
    return " ".join(map(told_on_paper, ast.iter_child_nodes(caption)))


@pytest.mark.parametrize("name", ["movable", "draggable"])
@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_paper_is_not_told_to_drag(chapter, name):
    """What only a screen can do is said in ``figures.hint``, which paper leaves out."""
    for call, where in calls(chapter, name):
        for keyword in call.keywords:
            if keyword.arg == "caption":
                said = re.search(r"[Dd]rag\b|globe", told_on_paper(keyword.value))
                assert not said, f"{where}: put {said[0]!r} into figures.hint"


def test_hints_are_told_from_the_rest_of_a_caption():
    said = 'figures.hint("Drag it.") + " It is a point." + f" {n} more"'
    told = told_on_paper(ast.parse(said, mode="eval").body)
    assert "Drag" not in told
    assert "It is a point." in told
    assert "more" in told


@pytest.mark.parametrize("chapter", NUMBERED, ids=str)
def test_a_chapter_moves_before_it_explains(chapter):
    """A figure whose points can be dragged, before the second section begins."""
    heads = [
        number
        for number, line in enumerate(chapter.prose.split("\n"), start=1)
        if line.startswith("## ")
    ]
    at = [cell.line for cell in chapter.cells if "figures.draggable(" in cell.body]
    assert at, f"{chapter}: nothing to drag"
    assert at[0] < heads[1], f"{chapter}: the first figure to drag is in line {at[0]}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_images_have_alt_text(chapter):
    for image in (d for d in chapter.directives if d.name in ("image", "figure")):
        assert image.options.get("alt"), f"{chapter}:{image.line}: no alt text"
    assert not re.search(r"!\[\s*\]\(", chapter.text), (
        f"{chapter}: an image without alt text"
    )


def test_the_build_proves_that_chapters_stand_alone():
    """Cells run in an empty folder, fail the build when they fail, and may not run for
    ever."""
    execute = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))[
        "execute"
    ]
    assert execute["run_in_temp"] is True
    assert execute["stderr_output"] == "warn"
    assert execute.get("allow_errors", False) is False
    assert execute["timeout"] <= 600


def test_every_source_is_in_the_contents():
    """A chapter that nobody can reach is not part of the book."""
    assert set(docnames()) == {f"book/{chapter.path.stem}" for chapter in CHAPTERS}
