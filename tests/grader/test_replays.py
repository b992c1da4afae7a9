"""A record of right results earns nothing on another seed; `replays` says how it is
played."""

from dataclasses import replace

import pytest
from every_seed import drawn_seeds
from replays import played_back

from grader.engine import chapters
from grader.engine.compare import close
from grader.engine.differences import gradient
from grader.engine.task import Check

CHAPTERS = [chapters.chapter(folder) for folder in chapters.folders()]
TASKS = [
    pytest.param(c, task, seed, id=f"{task.id}-seed-{seed}")
    for c in CHAPTERS
    for task in c.tasks
    for seed in (1, *drawn_seeds(c))
]


@pytest.mark.parametrize(("chapter", "task", "seed"), TASKS)
def test_results_played_back_earn_nothing_on_another_seed(chapter, task, seed):
    assert [
        (check.name, how) for check, how in played_back(chapter, task, 0, seed)
    ] == []


def test_a_check_that_asks_the_same_every_time_is_found_by_the_players():
    """The control: ones of a drawn shape tell by their shape what k is, and by their
    place."""
    chapter = chapters.chapter(chapters.folder("04"))

    def at_the_largest_cosine(trial):
        for m in (2, 3):
            close(trial.call(trial.rng.uniform(0.9, 1, size=4), m), [0, 0, 0, 0], "k")

    task = replace(
        chapter.task("04.2"),
        checks=(Check("θ near 0", 1, at_the_largest_cosine, "k is 0"),),
    )
    found = {how for _, how in played_back(chapter, task, 0, 1)}
    assert {"by order", "by shapes"} <= found


def test_a_recorded_forward_asked_in_one_order_has_the_recorded_slopes(monkeypatch):
    """The control: what the drawn order of `gradient` is for."""
    chapter = chapters.chapter(chapters.folder("05"))
    task = chapter.task("05.2")
    check = next(
        c
        for c in task.checks
        if c.name == "your backward is the gradient of your forward"
    )
    monkeypatch.setitem(
        check.run.__globals__, "gradient", lambda f, x, rng: gradient(f, x)
    )
    found = {
        how for _, how in played_back(chapter, replace(task, checks=(check,)), 0, 1)
    }
    assert found == {"by order", "by shapes"}
