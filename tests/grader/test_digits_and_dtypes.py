"""What a right answer may be, and what lost digits cost, from chapter 7 on."""

import numpy as np
import pytest

from grader.engine import chapters
from grader.engine.grade import grade


def _report(task_id, answer, seed=0):
    chapter = chapters.chapter(chapters.folder(task_id[:2]))
    task = chapter.task(task_id)
    return grade(chapter, task, {**chapter.solution, task.function: answer}, seed)


def _solution(task_id):
    chapter = chapters.chapter(chapters.folder(task_id[:2]))
    return chapter.solution[chapter.task(task_id).function]


def _failed(report):
    return [check.name for check in report.checks if not check.passed]


def _cosine_logits(lengths):
    def cosine_margin_logits(x, w, y, m, s):
        c = (x / lengths(x)) @ (w / lengths(w)).T
        c[np.arange(len(y)), y] -= m
        return s * c

    return cosine_margin_logits


def _cos_and_sine(lengths):
    def cos_and_sine(x, w):
        x_hat, w_hat = x / lengths(x), w / lengths(w)
        c = np.sum(x_hat * w_hat, axis=1)
        none = ~(x.any(axis=1) & w.any(axis=1))
        sine = np.linalg.norm(w_hat - c[:, None] * x_hat, axis=1)
        return c, np.where(none, np.ones_like(sine), sine)

    return cos_and_sine


def _radial_and_tangential(lengths):
    def radial_and_tangential(d, v):
        radial = np.sum(d * v / lengths(v), axis=1)
        return radial, d - radial[:, None] * (
            v / np.linalg.norm(v, axis=1, keepdims=True)
        )

    return radial_and_tangential


@pytest.mark.parametrize("epsilon", [1e-12, 1e-10])
@pytest.mark.parametrize(
    ("task_id", "answer", "check"),
    [
        ("07.1", _cosine_logits, "vectors of every length, no margin"),
        ("08.1", _cos_and_sine, "the sine, down to angles of 1e-9, and as near to π"),
        ("11.1", _radial_and_tangential, "the radial part"),
    ],
)
def test_an_epsilon_beside_a_length_costs_one_check(task_id, answer, check, epsilon):
    def lengths(a):
        return np.linalg.norm(a, axis=1, keepdims=True) + a.dtype.type(epsilon)

    for seed in range(10):
        assert _failed(_report(task_id, answer(lengths), seed)) == [check]


# Values that a float32 on the way changes, and their one check: the others see 5
# digits.
@pytest.mark.parametrize(
    "task_id", ["07.1", "08.1", "09.1", "09.2", "10.4", "11.2", "12.3", "15.7"]
)
def test_float32_on_the_way_costs_few_points_and_is_said(task_id):
    right = _solution(task_id)

    def rounded(value):
        return np.asarray(value).astype(np.float32).astype(np.asarray(value).dtype)[()]

    def answer(*arguments):
        result = right(*arguments)
        return (
            tuple(map(rounded, result))
            if isinstance(result, tuple)
            else rounded(result)
        )

    for seed in range(3):
        report = _report(task_id, answer, seed)
        failed = [check for check in report.checks if not check.passed]
        assert 1 <= len(failed) <= 2
        assert any("float32" in check.remark for check in failed) or failed[0].sentence


@pytest.mark.parametrize("dtype", [float, np.float32, np.int16])
@pytest.mark.parametrize("task_id", ["10.2", "12.5", "15.6"])
def test_whole_numbers_may_have_any_dtype(task_id, dtype):
    right = _solution(task_id)
    assert _report(task_id, lambda *arguments: right(*arguments).astype(dtype)).full


def test_a_far_may_be_what_is_left_of_1():
    """1 − 11/12 is more than 1/12 in floating point; of 16 impostors there is no such
    case."""

    def tar_at_far(scores, same, far):
        thresholds = np.append(scores, np.inf)
        reached = [1 - np.mean(scores[~same] < t) for t in thresholds]
        tar = [1 - np.mean(scores[same] < t) for t in thresholds]
        return max(b for a, b in zip(reached, tar, strict=True) if a <= far)

    for seed in range(20):
        assert _report("12.2", tar_at_far, seed).full


def test_the_factor_of_the_chapter_is_right_if_it_is_no_quotient_of_zeros():
    """F(p_y)(p_k − [k = y]), with 1 − p_y as the sum of the others and the limit of
    −log p/(1 − p)."""

    def softmax_focal(z, y, gamma):
        rows = np.arange(len(y))
        p = np.exp(z - z.max(axis=1, keepdims=True))
        total = p.sum(axis=1)
        cross_entropy = np.log(total) + z.max(axis=1) - z[rows, y]
        slope = p / total[:, None]
        slope[rows, y] = 0
        not_p = slope.sum(axis=1)
        slope[rows, y] = -not_p
        ratio = np.where(not_p == 0, 1, cross_entropy / np.where(not_p == 0, 1, not_p))
        factor = not_p**gamma * (1 + gamma * np.exp(-cross_entropy) * ratio)
        return np.mean(not_p**gamma * cross_entropy), factor[:, None] * slope / len(y)

    for seed in range(10):
        assert _report("09.4", softmax_focal, seed).full


@pytest.mark.parametrize("task_id", ["09.1", "09.2", "09.3"])
def test_the_overflow_of_an_unsigned_target_is_named(task_id):
    """2t − 1 of uint8, and its negative, as a student writes them."""

    def log_probabilities(z, t):
        y = 2 * t - 1
        return -np.logaddexp(0, -y * z), -np.logaddexp(0, y * z)

    def focal(z, t, gamma, alpha):
        log_p, log_not = log_probabilities(z, t)
        weight = (
            1 if alpha is None else np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)
        )
        return -weight * np.exp(gamma * log_not) * log_p

    def focal_gradient(z, t, gamma, alpha):
        log_p, log_not = _solution("09.1")(z, t)
        weight = (
            1 if alpha is None else np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)
        )
        bracket = gamma * np.exp(log_p) * log_p - np.exp(log_not)
        return (2 * t - 1) * weight * np.exp(gamma * log_not) * bracket

    answer = {"09.1": log_probabilities, "09.2": focal, "09.3": focal_gradient}[task_id]
    report = _report(task_id, answer)
    assert _failed(report) == ["float32 logits, uint8 targets"]
    assert "uint8" in next(
        check.sentence for check in report.checks if not check.passed
    )


def test_a_hint_about_infinities_is_for_what_is_not_finite():
    """Finite, and wrong for another reason: no hint speaks of NaN or of 0/0."""
    for number in range(7, 13):
        chapter = chapters.chapter(chapters.folder(f"{number:02}"))
        for task in chapter.tasks:
            for check in task.checks:
                said = check.otherwise if check.about == "not finite" else check.hint
                assert said, f"{task.id}, {check.name}"
                assert "NaN" not in said, f"{task.id}, {check.name}"
                assert "0/0" not in said, f"{task.id}, {check.name}"
