"""The grader tells right answers from wrong ones, and names the mistake.

These are the mutation tests of the exercises: every misconception of every task is
given as an answer, and has to lose points and be recognised as itself and as nothing
else.
"""

import importlib
import itertools
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.engine import chapters, stubs
from grader.engine.grade import TaskReport, grade
from grader.engine.report import chapter_lines, plain
from grader.engine.task import Check, Misconception, Task
from tools import ROOT

CHAPTERS = [chapters.chapter(folder) for folder in chapters.folders()]
TASKS = [pytest.param(c, task, id=task.id) for c in CHAPTERS for task in c.tasks]
WRONG_ANSWERS = [
    pytest.param(c, c.task(wrong.task), wrong, id=f"{wrong.task}-{wrong.name}")
    for c in CHAPTERS
    for wrong in c.misconceptions
]


def _differently(way, chapter):
    """Right answers written differently: of all first chapters in one file, then in one
    each."""
    names = (way, f"{way}_{chapter.number}")
    files = [name for name in names if (Path(__file__).parent / f"{name}.py").exists()]
    return {
        k: v for name in files for k, v in vars(importlib.import_module(name)).items()
    }


def report_of(reports):
    return plain(chapter_lines(reports))


def _found(report):
    return [
        (c.name, c.message, c.expected, c.given) for c in report.checks if not c.passed
    ]


def test_there_are_exercises_for_the_chapters_that_show_them():
    pages = sorted((ROOT / "book").glob("[0-9][0-9]-*.md"))
    shown = [p.stem for p in pages if "../exercises/" in p.read_text(encoding="utf-8")]
    assert [c.folder.name for c in CHAPTERS] == shown
    assert len(shown) >= 14
    for c in CHAPTERS:
        assert len(c.tasks) >= 4
        assert [task.id for task in c.tasks] == [
            f"{c.number}.{n}" for n in range(1, len(c.tasks) + 1)
        ]


@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_the_solution_gets_full_marks_on_every_seed(chapter, task):
    for seed in range(20):
        report = grade(chapter, task, chapter.solution, seed)
        assert report.full, (seed, _found(report))


@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_the_stub_gets_no_point(chapter, task):
    functions = {}
    solution = (chapter.folder / "solution.py").read_text(encoding="utf-8")
    exec(compile(stubs.generate(solution), "answers.py", "exec"), functions)
    report = grade(chapter, task, functions)
    assert report.points == 0
    assert report.empty


@pytest.mark.parametrize("way", ["answers_in_loops", "answers_by_other_algebra"])
@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_a_right_answer_written_differently_gets_full_marks(chapter, task, way):
    functions = _differently(way, chapter)
    assert task.function in functions
    for seed in range(5):
        report = grade(chapter, task, functions, seed)
        assert report.full, (seed, _found(report))


def _spoilt(function, spoil):
    def answer(*arguments):
        result = function(*arguments)
        return tuple(map(spoil, result)) if isinstance(result, tuple) else spoil(result)

    return answer


def _infinite(result):
    with np.errstate(invalid="ignore"):
        return result * np.inf


@pytest.mark.parametrize(
    "spoil", [lambda r: 0 * r, lambda r: r * np.nan, _infinite, lambda r: None]
)
@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_no_point_for_the_right_shape_of_a_wrong_answer(chapter, task, spoil):
    wrong = _spoilt(chapter.solution[task.function], spoil)
    assert grade(chapter, task, {**chapter.solution, task.function: wrong}).points == 0


@pytest.mark.parametrize("spoil", [lambda r: 0 * r, _infinite])
@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_no_point_where_all_functions_are_wrong_alike(chapter, task, spoil):
    """Zeros are the gradient of zeros: a check of a student's two functions must ask
    for more."""
    wrong = {
        other.function: _spoilt(chapter.solution[other.function], spoil)
        for other in chapter.tasks
    }
    assert grade(chapter, task, {**chapter.solution, **wrong}).points == 0


def test_no_point_for_a_forward_whose_slope_is_infinite():
    chapter = chapters.chapter(chapters.folder("04"))
    signs = itertools.cycle((1.7e308, -1.7e308))
    wrong = {
        "target_logit": lambda x, w, m, lam: np.full(len(x), next(signs)),
        "target_backward": lambda x, w, m, lam: (x + 1, w + 1),
    }
    assert (
        grade(chapter, chapter.task("04.5"), {**chapter.solution, **wrong}).points == 0
    )


@pytest.mark.parametrize("size", [1e154, 1e308, np.longdouble("1e4000")])
@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_no_size_of_a_result_is_a_fault_of_the_grader(chapter, task, size):
    huge = _spoilt(
        chapter.solution[task.function], lambda r: np.full(np.shape(r), size)
    )
    assert grade(chapter, task, {**chapter.solution, task.function: huge}).points == 0


def test_an_error_that_only_falls_with_the_step_is_no_difference():
    chapter = chapters.chapter(chapters.folder("02"))
    report = grade(
        chapter,
        chapter.task("02.1"),
        {"central_difference": lambda f, x, h: np.full(x.shape, 1e30 * h * h)},
    )
    assert report.points == 0


@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_every_task_has_at_least_three_misconceptions(chapter, task):
    """One name may stand for what a mistake gives on several machines."""
    told = {(wrong.name, wrong.sentence) for wrong in chapter.misconceptions_of(task)}
    assert len(told) >= 3
    assert len({name for name, _ in told}) == len(told)


@pytest.mark.parametrize(("chapter", "task", "wrong"), WRONG_ANSWERS)
def test_a_misconception_loses_points_and_is_named(chapter, task, wrong):
    for seed in range(3):
        report = grade(
            chapter, task, {**chapter.solution, task.function: wrong.function}, seed
        )
        assert not report.full
        assert report.mistakes == (wrong.name,), _found(report)
        assert wrong.sentence in {check.sentence for check in report.checks}
        assert any(check.kind != "error" for check in report.checks), "it only crashes"


@pytest.mark.parametrize(("chapter", "task"), TASKS)
def test_a_mistake_that_nobody_foresaw_is_given_no_name(chapter, task):
    """The names must not be guesses: right digits, all of them off by a third, are no
    known one."""
    # a verdict and an exponent have too few values to tell
    if task.id in ("02.4", "02.5"):
        return
    odd = _spoilt(chapter.solution[task.function], lambda r: r * 1.3717)
    report = grade(chapter, task, {**chapter.solution, task.function: odd})
    assert not report.full
    assert report.mistakes == ()
    assert any(check.sentence for check in report.checks)  # the hint


@pytest.mark.parametrize(("chapter", "task", "wrong"), WRONG_ANSWERS)
def test_a_mistake_is_not_given_another_name_in_the_tasks_that_build_on_it(
    chapter, task, wrong
):
    """Later answers that call a wrong one are wrong too; only the wrong one must be
    blamed."""
    functions = chapter.solution_with({task.function: wrong.function})
    for later in chapter.tasks[chapter.tasks.index(task) + 1 :]:
        report = grade(chapter, later, functions)
        assert set(report.mistakes) <= {f"carried on from {task.id}"}, _found(report)


def test_a_mistake_that_is_carried_on_is_followed_back():
    chapter = chapters.chapter(chapters.folder("04"))
    wrong = next(w for w in chapter.misconceptions if w.name == "forgotten 2k")
    functions = chapter.solution_with({"psi": wrong.function})
    report = grade(chapter, chapter.task("04.4"), functions)
    assert report.mistakes == ("carried on from 04.3",)
    assert all(
        c.passed or "task 04.3. Mend that first" in c.sentence for c in report.checks
    )


def test_what_is_carried_on_does_not_fill_the_memory_of_the_grader():
    """The solution goes on computing with a student's result, and would broadcast
    it."""
    chapter = chapters.chapter(chapters.folder("04"))
    wrong = {
        "interval": lambda c, m: np.zeros((2**19, 1), np.uint8),
        "psi": lambda c, m: np.zeros(3),
    }
    tracemalloc.start()
    try:
        assert (
            grade(chapter, chapter.task("04.3"), {**chapter.solution, **wrong}).points
            == 0
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**24


def test_an_answer_that_calls_a_stub_is_told_which():
    chapter = chapters.chapter(chapters.folder("04"))

    def interval(c, m):
        raise NotImplementedError

    report = grade(
        chapter, chapter.task("04.3"), chapter.solution_with({"interval": interval})
    )
    assert report.points == 0
    assert not report.empty
    assert (
        "`psi` calls your `interval`, which is not answered yet."
        in report.checks[0].message
    )


def test_a_wrong_forward_is_not_blamed_on_a_right_backward():
    chapter = chapters.chapter(chapters.folder("03"))
    task = chapter.task("03.3")
    wrong = {**chapter.solution, "cross_entropy": lambda z, y: 3.0 * z.sum()}
    report = grade(chapter, task, wrong)
    assert [c.name for c in report.checks if not c.passed] == [
        "your backward is the gradient of your forward"
    ]
    assert report.mistakes == ()


def test_a_mistake_is_named_though_part_of_the_answer_is_right():
    """Only dw is wrong, and only where m > 1: the name is found from there."""
    chapter = chapters.chapter(chapters.folder("04"))
    task = chapter.task("04.1")
    wrong = next(
        w for w in chapter.misconceptions_of(task) if w.name == "U one step too far"
    )

    def answer(m, c):
        return wrong.function(m, c) if m > 1 else chapter.solution["chebyshev"](m, c)

    assert grade(chapter, task, {"chebyshev": answer}).mistakes == (wrong.name,)


def test_an_input_that_is_changed_costs_its_check_only():
    chapter = chapters.chapter(chapters.folder("03"))
    task = chapter.task("03.1")

    def answer(z):
        result = chapter.solution["log_sum_exp"](z)
        z -= 1
        return result

    report = grade(chapter, task, {"log_sum_exp": answer})
    assert [c.kind for c in report.checks if not c.passed] == ["changed"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda t, *rest: exit(0), "SystemExit"),
        (lambda t, *rest: pytest.skip("no exercise today"), "Skipped"),
        (lambda t, *rest: 1 / 0, "ZeroDivisionError"),
        (lambda t, *rest: "all of them right", "not an array of numbers"),
        (
            lambda t, *rest: (t, t),
            "2 results came back, in a tuple or a list, where one was expect",
        ),
        (lambda t, *rest: list(1.0 * t), "np.stack"),
        (lambda t, *rest: (t,), "A comma after it makes a tuple."),
        (lambda t, *rest: t[None], "another shape"),
        (None, "no function `annealing`"),
    ],
)
def test_an_answer_that_breaks_gets_a_sentence_and_no_point(answer, says):
    chapter = chapters.chapter(chapters.folder("04"))
    report = grade(chapter, chapter.task("04.6"), {"annealing": answer})
    assert report.points == 0
    assert says in report.checks[0].message


def test_an_endless_loop_is_stopped_once():
    chapter = chapters.chapter(chapters.folder("04"))
    task = replace(chapter.task("04.6"), seconds=0.2)

    def annealing(*arguments):
        while True:
            try:
                while True:
                    pass
            except Exception:  # must not swallow the time limit
                pass

    report = grade(chapter, task, {"annealing": annealing})
    assert [check.kind for check in report.checks] == ["timeout", "timeout"]
    assert "never ends" in report.checks[0].message


def test_a_fault_of_the_grader_is_an_error_and_never_points():
    chapter = chapters.chapter(chapters.folder("04"))

    def task_with(check):
        return Task(
            "99.1", "", "annealing", ("lam",), "", "", (Check("c", 1, check, ""),)
        )

    for check, said in (
        (lambda trial: 1 / 0, "ZeroDivisionError"),
        (lambda trial: None, "never"),
    ):
        report = grade(chapter, task_with(check), chapter.solution)
        assert report.points == 0
        assert said in report.fault
        assert {c.kind for c in report.checks} == {"fault"}
        assert "not your fault" in report_of([report])
    with pytest.raises(ValueError, match="prove nothing"):
        Task("99.1", "", "annealing", ("lam",), "", "", ())
    with pytest.raises(ValueError, match="not 1 or more"):
        Check("c", 0, print, "")


def test_the_numbers_of_a_check_depend_on_the_seed_only():
    chapter = chapters.chapter(chapters.folder("04"))
    task = chapter.task("04.3")
    seen = {}

    def asked(seed, name):
        def psi(c, m):
            seen.setdefault((seed, name), []).append(c.tolist())
            return chapter.solution["psi"](c, m)

        grade(chapter, task, {"psi": psi}, seed)

    for seed, name in ((0, "a"), (0, "b"), (1, "c")):
        asked(seed, name)
    assert seen[0, "a"] == seen[0, "b"] != seen[1, "c"]


def test_a_report_survives_json():
    chapter = chapters.chapter(chapters.folder("04"))
    wrong: Misconception = chapter.misconceptions_of(chapter.task("04.5"))[0]
    report = grade(chapter, chapter.task("04.5"), {"target_backward": wrong.function})
    assert TaskReport.from_dict(json.loads(json.dumps(report.as_dict()))) == report
