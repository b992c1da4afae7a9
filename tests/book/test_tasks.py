"""What a page is given of an exercise: all of the stub, and nothing of an answer."""

import html
import re

import pytest
from docutils import nodes
from docutils.utils import new_document
from margins_book import tasks

from grader.engine import chapters, stubs

FOLDERS = chapters.folders()


def solution(folder):
    return (folder / "solution.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_pieces_of_a_page_are_the_students_file(folder):
    found = tasks.pieces(folder.name[:2])
    assert tasks.BETWEEN.join(found) + "\n" == stubs.generate(solution(folder))
    for task, piece in zip(chapters.chapter(folder).tasks, found[1:], strict=True):
        assert piece.startswith(f"def {task.function}(")
        assert piece.count("raise NotImplementedError") == 1


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_a_page_shows_is_what_the_editor_begins_with(folder):
    """A browser reads the text of the element, so every character has to survive."""
    chapter = chapters.chapter(folder)
    head, *answers = tasks.pieces(chapter.number)
    shown = [tasks.head_piece(chapter, head)]
    shown += [
        tasks.task_piece(chapter, task, text)
        for task, text in zip(chapter.tasks, answers, strict=True)
    ]
    for text, element in zip([head, *answers], shown, strict=True):
        (inner,) = re.findall(r'<pre class="live-stub">(.*)</pre>', element, re.DOTALL)
        assert html.unescape(inner) == text
        assert not inner.startswith("\n")  # which a browser would leave out


def test_a_statement_is_found_by_the_number_it_begins_with():
    document = new_document("page")
    other = nodes.paragraph("", "", nodes.Text("As 04.2 says, …"))
    stated = nodes.paragraph("", "", nodes.Text(""), nodes.strong("", "04.2 The k"))
    document += [other, stated]
    (task,) = (t for t in chapters.chapter(FOLDERS[2]).tasks if t.id == "04.2")
    assert tasks.found_statement(document, task) is stated
    document.remove(stated)
    with pytest.raises(LookupError, match=r"04\.2"):
        tasks.found_statement(document, task)


def test_the_overview_names_every_task_and_its_points():
    titles = {f"book/{f.name}": nodes.title("", f"The {f.name}") for f in FOLDERS}
    table = tasks.overview(lambda docname: f"{docname}.html", titles)
    for folder in FOLDERS:
        for task in chapters.chapter(folder).tasks:
            place = f"book/{folder.name}.html#{tasks.anchor(task.id)}"
            assert f'href="{place}" data-task="{task.id}"' in table
            assert f'data-points="{task.points}"' in table
