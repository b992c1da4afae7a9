"""What was refused though it is right, and what told the answer without a question."""

import numpy as np
import pytest

from grader.engine import chapters
from grader.engine.grade import grade
from grader.engine.runner import InProcess
from grader.engine.trial import Trial


def _report(task_id, answer, seed=0):
    chapter = chapters.chapter(chapters.folder(task_id[:2]))
    task = chapter.task(task_id)
    return grade(
        chapter, task, {**chapter.solution, task.function: answer(chapter)}, seed
    )


@pytest.mark.parametrize("dtype", [float, np.float32, np.int8, np.uint64])
def test_the_interval_may_be_a_whole_number_of_any_dtype(dtype):
    report = _report(
        "04.2",
        lambda chapter: lambda c, m: chapter.solution["interval"](c, m).astype(dtype),
    )
    assert report.full


@pytest.mark.parametrize("at_infinity", ["w and x", "zeros"])
def test_a_row_of_zeros_has_the_gradient_that_the_task_tells(at_infinity):
    """0 by convention where the logit has an angle in it; w·x, for λ = inf, has
    none."""

    def answer(chapter):
        def target_backward(x, w, m, lam):
            dx, dw = chapter.solution["target_backward"](x, w, m, lam)
            zero = ~(x.any(axis=1) & w.any(axis=1))[:, None] & (at_infinity == "zeros")
            return np.where(zero, 0, dx), np.where(zero, 0, dw)

        return target_backward

    assert _report("04.5", answer).full == (at_infinity == "w and x")


def test_an_epsilon_in_the_log_costs_the_check_of_large_logits_only():
    chapter = chapters.chapter(chapters.folder("03"))
    wrong = next(
        w
        for w in chapter.misconceptions_of(chapter.task("03.2"))
        if w.name == "epsilon in the log"
    )
    for seed in range(20):
        report = _report("03.2", lambda chapter: wrong.function, seed)
        assert [c.name for c in report.checks if not c.passed] == [
            "logits near ±10,000"
        ]


def _longer(function, task_id):
    """The same answer, but each length that it divides by is 1e-12 more."""

    def target_logit(x, w, m, lam):
        inner = np.sum(w * x, axis=1)
        lengths = np.linalg.norm(w, axis=1) * np.linalg.norm(x, axis=1)
        margin = lengths * function["psi"](inner / (lengths + x.dtype.type(1e-12)), m)
        return inner if np.isinf(lam) else (lam * inner + margin) / (1 + lam)

    def angular_logits(x, w):
        return x @ w.T / (np.linalg.norm(w, axis=1) + w.dtype.type(1e-12))

    return {"04.4": target_logit, "06.1": angular_logits}[task_id]


@pytest.mark.parametrize(
    ("task_id", "check"),
    [
        ("04.4", "weights of every length, λ = 0"),
        ("06.1", "class vectors of every length"),
    ],
)
def test_an_epsilon_beside_a_length_costs_the_check_of_small_lengths_only(
    task_id, check
):
    for seed in range(20):
        report = _report(
            task_id, lambda chapter: _longer(chapter.solution, task_id), seed
        )
        assert [c.name for c in report.checks if not c.passed] == [check]


def test_a_gradient_to_be_judged_does_not_tell_by_its_code_whether_it_is_right():
    chapter = chapters.chapter(chapters.folder("02"))
    task, codes, verdicts = chapter.task("02.5"), set(), set()

    def look(forward, backward, x):
        verdict = chapter.solution["check_gradient"](forward, backward, x)
        verdicts.add(verdict)
        codes.add((backward.__name__, backward.__qualname__, backward.__code__.co_code))
        return verdict

    for check in task.checks:
        check.run(
            Trial(task, check, 0, InProcess({"check_gradient": look}, chapter.given))
        )
    assert verdicts == {True, False}
    assert len(codes) == 1
