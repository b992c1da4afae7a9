"""No answer, however shaped, is a fault of the grader: it costs its own task, and has a
report."""

import json
import tracemalloc
from dataclasses import replace
from functools import cache

import numpy as np
import odd_results
import pytest

from grader.engine import chapters
from grader.engine.grade import TaskReport, grade
from grader.engine.report import chapter_lines, table
from grader.engine.report import plain as as_text
from grader.sandbox.inside.calls import plain
from grader.teacher.gradebook import _said
from grader.teacher.remember import remember

CHAPTERS = [chapters.chapter(folder) for folder in chapters.folders()]
TASKS = [pytest.param(c, task, id=task.id) for c in CHAPTERS for task in c.tasks]
SHARE = 3  # one in so many pairs of a task and an odd result is tried at each run
LARGEST = 2**26  # bytes that the grader may need for an answer of a few numbers


def _answering(function, odd):
    return lambda *arguments: odd(function(*arguments))


def _expect_a_report(chapter_and_functions, task, what):
    chapter, functions = chapter_and_functions
    report = grade(chapter, task, functions)
    assert not report.fault, (what, report.fault)
    assert TaskReport.from_dict(json.loads(json.dumps(report.as_dict()))) == report
    text = as_text(chapter_lines([report], steps=3))
    assert f" {task.id} " in text
    assert "<table>" in table(report)
    for check in report.checks:
        assert check.passed or _said(report, check)
    return report


def _alone(chapter, task, odd):
    answer = _answering(chapter.solution[task.function], odd)
    return chapter, {**chapter.solution, task.function: answer}


def _others(chapter, task, odd):
    answers = {
        t.function: _answering(chapter.solution[t.function], odd) for t in chapter.tasks
    }
    return chapter, {
        **chapter.solution,
        **answers,
        task.function: chapter.solution[task.function],
    }


def _all(chapter, task, odd):
    return chapter, _others(chapter, task, odd)[1] | _alone(chapter, task, odd)[1]


def _in_a_handout(chapter, task, odd):
    return _handed_out(chapter.number), _alone(chapter, task, odd)[1]


@cache
def _handed_out(number):
    """There, results are compared as fingerprints."""
    (chapter,) = (c for c in CHAPTERS if c.number == number)
    return replace(chapter, misconceptions=(), memory=remember(chapter))


WAYS = (_alone, _others, _all, _in_a_handout)


def _pairs():
    """Each odd result in each task, and each way in turn."""
    which = [(c, task) for c in CHAPTERS for task in c.tasks]
    for i, (chapter, task) in enumerate(which):
        for j, name in enumerate(odd_results.ODD):
            yield (
                (i + j) % SHARE,
                chapter,
                task,
                name,
                WAYS[(i + j // SHARE) % len(WAYS)],
            )


@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_an_odd_result_is_a_wrong_answer_and_no_fault(chapter, task):
    """A share of the pairs, so that each task and each odd result has its turns; all of
    them on demand, `python tests/grader/test_odd_results.py`."""
    count = 0
    for share, c, t, name, way in _pairs():
        if t is task and share == 0:
            count += 1
            _expect_a_report(way(c, t, odd_results.ODD[name]), t, name)
    assert count >= len(odd_results.ODD) // SHARE


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.number)
def test_a_result_may_be_odd_in_its_second_call_only(chapter):
    """And drawn by lot: what the checks unpack, compare and subtract is of every
    mixture."""
    rng = np.random.default_rng(7)
    odds = list(odd_results.ODD.values())
    for task in chapter.tasks:
        for _ in range(8):

            def answer(*arguments, function=chapter.solution[task.function]):
                result = function(*arguments)
                return (
                    odds[rng.integers(len(odds))](result)
                    if rng.random() < 0.5
                    else result
                )

            functions = {**chapter.solution, task.function: answer}
            _expect_a_report((chapter, functions), task, "by lot")


def test_what_broadcasts_does_not_fill_the_memory_of_the_grader():
    """(n, 1) against (n,) would be n² numbers."""
    column = np.zeros((2**17, 1))
    for chapter in CHAPTERS:
        functions = {t.function: lambda *arguments: column for t in chapter.tasks}
        for task in chapter.tasks:
            tracemalloc.start()
            try:
                assert (
                    grade(chapter, task, {**chapter.solution, **functions}).points == 0
                )
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert most < LARGEST, (task.id, most)


def test_the_odd_results_are_odd():
    """The control: of what they make of an array, nearly all is refused or is another
    array."""
    right = np.arange(6.0).reshape(2, 3)
    unlike = 0
    for odd in odd_results.ODD.values():
        try:
            result = plain(odd(right))
        except Exception:
            unlike += 1
            continue
        alike = isinstance(result, np.ndarray) and result.shape == right.shape
        unlike += not (
            alike and result.dtype == right.dtype and np.array_equal(result, right)
        )
    assert unlike > 0.85 * len(odd_results.ODD)


if __name__ == "__main__":
    for share, chapter, task, name, _ in _pairs():
        if share == 0:
            print(task.id, name, flush=True)
        for way in WAYS:
            _expect_a_report(way(chapter, task, odd_results.ODD[name]), task, name)
