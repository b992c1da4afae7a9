"""Wrong answers lose points, and right ones none, on two seeds that no author has
tried.

They are drawn from what the chapter's files say, so a change brings others and a
repeated run the same; a failing test has its seed in its name. `every_seed` tries as
many as you like.
"""

from dataclasses import replace

import mutants
import pytest
from every_seed import drawn_seeds, lucky_answers, passes, right_answers
from lucky_answers import LUCKY
from test_mutants import RIGHT_AS_WELL

from grader.engine import chapters

CHAPTERS = [chapters.chapter(folder) for folder in chapters.folders()]
TASKS = [
    pytest.param(c, task, seed, id=f"{task.id}-seed-{seed}")
    for c in CHAPTERS
    for task in c.tasks
    for seed in drawn_seeds(c)
]


@pytest.mark.parametrize(("chapter", "task", "seed"), TASKS)
def test_every_right_answer_has_full_marks(chapter, task, seed):
    answers = dict(right_answers(chapter, task))
    assert len(answers) == 3
    assert [
        name for name, a in answers.items() if not passes(chapter, task, a, seed)
    ] == []


@pytest.mark.parametrize(("chapter", "task", "seed"), TASKS)
def test_every_misconception_loses_points(chapter, task, seed):
    wrong = {
        w.name: {**chapter.solution, task.function: w.function}
        for w in chapter.misconceptions_of(task)
    }
    assert [
        name for name, answer in wrong.items() if passes(chapter, task, answer, seed)
    ] == []


@pytest.mark.parametrize(
    ("chapter", "task", "seed"), [p for p in TASKS if p.values[1].id in LUCKY]
)
def test_every_answer_that_was_right_by_luck_loses_points(chapter, task, seed):
    for tried in (seed, *range(10)):
        wrong = dict(lucky_answers(chapter, task))
        assert [
            name for name, a in wrong.items() if passes(chapter, task, a, tried)
        ] == []


# of what a change makes of a solution
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("chapter", "task", "seed"), TASKS)
def test_every_small_change_loses_points(chapter, task, seed):
    solution, right = chapter.folder / "solution.py", RIGHT_AS_WELL.get(task.id, set())
    alive = {
        mutant.statement
        for mutant in mutants.mutants(solution, task, variables=False)
        if mutants.survives(solution, chapter, task, mutant, seed)
    }
    assert alive - right == set()


def test_the_drawn_seeds_are_the_same_again_and_differ_from_chapter_to_chapter():
    drawn = [tuple(drawn_seeds(c)) for c in CHAPTERS]
    assert drawn == [tuple(drawn_seeds(c)) for c in CHAPTERS]
    assert len({seed for seeds in drawn for seed in seeds}) == 2 * len(CHAPTERS)


def test_full_marks_of_a_wrong_answer_are_seen():
    """The control: without the check of the floor, an annealing without a floor is
    right."""
    chapter = chapters.chapter(chapters.folder("04"))
    task = chapter.task("04.6")
    wrong = next(w for w in chapter.misconceptions_of(task) if w.name == "no floor")
    answer = {**chapter.solution, task.function: wrong.function}
    assert not passes(chapter, task, answer, seed=0)
    assert passes(chapter, replace(task, checks=task.checks[:1]), answer, seed=0)
