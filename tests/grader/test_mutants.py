"""No small change to a solution keeps full marks; `mutants` says which changes, and
tries more."""

from dataclasses import replace

import mutants
import pytest

from grader.engine import chapters

CHAPTERS = [pytest.param(folder, id=folder.name) for folder in chapters.folders()]

# What a statement of a solution may also be. Each of these was looked at and is right,
# or wrong only where no answer is asked for.
RIGHT_AS_WELL = {
    # the step beside the best may be as good; where the largest error is least, the
    # mean is
    "02.4": {
        "exponents = range(-15, 1)",
        "exponents = range(-15, -1)",
        "exponents = range(-16, 0)",
        "exponents = range(-14, 0)",
        "errors.append(np.mean(np.abs(slopes - derivative(x))))",
    },
    "02.5": {  # no gradient is asked about whose error is this near to the limit
        "return bool(relative_error(claimed, slopes) <= 1e-06)",
        "return bool(relative_error(claimed, slopes) < 1.1e-06)",
        "slopes = central_difference(forward, x, 1.1e-06)",
    },
    # the input itself may be the result
    "04.1": {"t_before, t = (np.ones_like(c), c)"},
    "04.2": {  # at a knot both intervals are right; k may have any dtype
        "k += c <= np.cos(i * np.pi / m)",
        "k = np.zeros(c.shape)",
    },
    # rows of zeros are set to 0 at the end; the input itself may be the result
    "04.5": {
        "x_hat = x / x_norm",
        "w_hat = w / w_norm",
        "return (w, x.copy())",
        "return (w.copy(), x)",
    },
    "06.2": {  # the inner guard only keeps NumPy from a warning
        "inverse = np.where(lengths == 0, 0, 1 / lengths)",
        "inverse = np.where(lengths == 0, 0, 1 / np.where(lengths == 1, 1, lengths))",
        "inverse = np.where(lengths == 0, 0, 1 / np.where(lengths == -1, 1, lengths))",
    },
    "06.3": {  # at θ = π, k = m has the ψ of k = m − 1
        "k = np.floor(m * theta / np.pi)",
        "k = np.minimum(np.floor(m * theta / np.pi), m + 1)",
        "k = np.minimum(np.floor(m * theta / np.pi), m)",
        "k = np.minimum(np.floor(m * theta / np.pi), m - 0)",
    },
    # the same; and what is radial in the gradient by ŵ is projected out again
    "06.4": {
        "k = np.floor(m * theta / np.pi)",
        "k = np.minimum(np.floor(m * theta / np.pi), m + 1)",
        "k = np.minimum(np.floor(m * theta / np.pi), m)",
        "k = np.minimum(np.floor(m * theta / np.pi), m - 0)",
        "across_x, across_w = (own - c * x_hat, x_hat + c * own)",
        "across_x, across_w = (own - c * x_hat, x_hat)",
        "across_x, across_w = (own - c * x_hat, x_hat - own)",
        "np.add.at(dw, y, at_target * lengths * (slope * across_w))",
        "np.add.at(dw, y, at_target * lengths * (own + slope * across_w))",
    },
    "08.1": {  # for x = 0 the length of ŵ − 0 is the 1 already
        "sine[~w.any(axis=1)] = 1",
        "sine[~x.any() | ~w.any(axis=1)] = 1",
    },
    # no cos m is exact, so nobody can ask exactly at this jump
    "08.2": {"past = c <= -cos_m"},
    # below the threshold the vector across is rounding, and any slope of it nearly 0
    "08.4": {
        "slope = rho / np.where(known, sine, 1)",
        "slope = np.where(known, rho / sine, 0)",
        "slope = np.where(known, rho / np.where(known, sine, 1), 1)",
        "slope = np.where(known, rho / np.where(known, sine, 1), -1)",
        "known = sine >= 4 * np.finfo(x.dtype).eps",
        "known = sine > 5 * np.finfo(x.dtype).eps",
        "known = sine > 3 * np.finfo(x.dtype).eps",
        "known = sine > np.finfo(x.dtype).eps",
    },
    "10.2": {  # distances are symmetric, and no two are equal
        "farther = negatives[d[i, negatives] >= d[i, j]]",
        "farther = negatives[d[negatives, i] > d[i, j]]",
        "farther = negatives[d[i, negatives] > d[j, i]]",
        "chosen[i, j] = farther[np.argmin(d[farther, i])]",
        "chosen[i, j] = negatives[np.argmax(d[negatives, i])]",
    },
    "10.3": {  # of cosines 1 + m − s is never below 0
        "a_p, a_n = (1 + m - s_p, np.maximum(s_n + m, 0))",
        "a_p, a_n = (np.maximum(1 + m - s_p, -1), np.maximum(s_n + m, 0))",
    },
    "11.3": {  # as in 08.4
        "slope = rho[:, None] / np.where(known, sine, 1)",
        "slope = np.where(known, rho[:, None] / sine, 0)",
        "slope = np.where(known, rho[:, None] / np.where(known, sine, 1), 1)",
        "slope = np.where(known, rho[:, None] / np.where(known, sine, 1), -1)",
        "known = sine >= 4 * np.finfo(x.dtype).eps",
        "known = sine > 5 * np.finfo(x.dtype).eps",
        "known = sine > 3 * np.finfo(x.dtype).eps",
        "known = sine > np.finfo(x.dtype).eps",
    },
    "11.4": {  # arctan2 does not mind a factor that both its arguments have
        "x_hat = x",
        "w_hat = w",
        "x_hat = x * np.linalg.norm(x, axis=1, keepdims=True)",
        "w_hat = w * np.linalg.norm(w, axis=1, keepdims=True)",
        "x_hat = x / np.linalg.norm(x, keepdims=True)",
        "w_hat = w / np.linalg.norm(w, keepdims=True)",
    },
    "11.5": {  # a sum has the direction of the mean
        "mean = x.sum(axis=0)",
        "means = np.array([x[y == label].sum(axis=0) for label in labels])",
    },
    # where the gap is 0 the part of the way is 0 or 1
    "12.3": {"k = np.argmax(gap > 0)"},
    "12.4": {"right = [np.mean((scores[rest] >= t) == same[rest]) for t in tried]"},
    "15.1": {  # what is subtracted from −∞ may be any number
        "shift = np.where(np.isneginf(new), 1, new)",
        "shift = np.where(np.isneginf(new), -1, new)",
    },
    # e^−∞ times 1 is 0, too
    "15.4": {
        "top, others = fold_block(np.full(len(y), -np.inf), np.ones(len(y)), rest)"
    },
    # every row is written
    "15.5": {"du, dw, start = (np.zeros_like(u), np.ones_like(w), 0)"},
    # a constant that is added to both losses is in no difference of them
    "17.4": {
        "return np.mean(np.log(np.exp(z).mean(axis=1)) - z[rows, y])",
    },
    "18.4": {  # who has the most is asked, not how many
        "wins = np.ones(w.shape[:2])",
        "np.add.at(wins, (y, k[np.arange(len(y)), y]), 2)",
    },
    "18.5": {  # no angle is the threshold
        "return np.sum(x * row, axis=1) <= lengths * np.cos(np.radians(degrees))",
    },
    "19.1": {  # no cosine is the target logit to all its digits
        "hard = c >= target[:, None]",
    },
    # the sign of all is that of their sum
    "20.1": {"effective = np.expm1(counts * np.log1p(-rest))"},
    # a number for all classes changes no softmax
    "20.4": {
        f"moved = delta * z + tau * np.log({prior})"
        for prior in (
            "counts * np.sum(counts)",
            "counts / np.mean(counts)",
            "counts / np.max(counts)",
            "counts",
        )
    },
    "20.5": {
        f"moved = delta * z + tau * np.log({prior})"
        for prior in (
            "counts * np.sum(counts)",
            "counts / np.mean(counts)",
            "counts / np.max(counts)",
            "counts",
        )
    },
    "21.2": {  # a view is the other one of its other one, and both of them are asked
        "other = (rows - n) % (2 * n)",
        "p[other, rows] -= 1",
        "loss = -np.mean(np.log(p[other, rows]))",
    },
}


# of what a change makes of a solution
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("folder", CHAPTERS)
def test_every_small_change_to_the_solution_costs_points(folder):
    chapter, solution = chapters.chapter(folder), folder / "solution.py"
    for task in chapter.tasks:
        listed, tried = RIGHT_AS_WELL.get(task.id, set()), set()
        for mutant in mutants.mutants(solution, task, variables=False):
            tried.add(mutant.statement)
            alive = mutants.survives(solution, chapter, task, mutant, seed=0)
            assert not alive or mutant.statement in listed, f"full marks for {mutant}"
        assert len(tried) > 2
        assert listed <= tried, f"no change makes {listed - tried} any more"


def test_a_check_that_is_missing_lets_mutants_live():
    """The control: without the check of its floor, the annealing of chapter 4 may lose
    it."""
    chapter = chapters.chapter(chapters.folder("04"))
    solution, task = chapter.folder / "solution.py", chapter.task("04.6")
    blind = replace(task, checks=task.checks[:1])
    living = [
        mutant.statement
        for mutant in mutants.mutants(solution, blind, variables=False)
        if mutants.survives(solution, chapter, blind, mutant, seed=0)
    ]
    assert "return base * (1 + gamma * t) ** (-power)" in living
