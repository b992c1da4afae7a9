"""Tasks of chapter 4: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import pairs
from grader.engine.task import Check, Task, keeps_float32

TITLE = "4 (L-Softmax)"


def psi_of_angle(theta, m):
    """ψ as the paper writes it, from the angle: the interval first, then the cosine."""
    k = min(int(theta * m / math.pi), m - 1)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def logit(x, w, m, lam):
    """The target logit of one sample, as the paper writes it, by an arccos."""
    inner = math.fsum(x * w)
    norms = math.sqrt(math.fsum(x * x)) * math.sqrt(math.fsum(w * w))
    if norms == 0 or lam == math.inf:
        return inner
    theta = math.acos(max(-1.0, min(1.0, inner / norms)))
    return (lam * inner + norms * psi_of_angle(theta, m)) / (1 + lam)


def _angles(trial, m, per_interval=4):
    """Angles inside every interval [kπ/m, (k+1)π/m], away from the knots."""
    k = np.repeat(np.arange(m), per_interval)
    return (k + trial.rng.uniform(0.1, 0.9, size=k.size)) * math.pi / m


def _pairs(trial, m, d=4):
    """Rows x and w of random lengths at angles inside every interval."""
    unit_rows = pairs(trial.rng, _angles(trial, m, per_interval=2), d)
    return [trial.rng.uniform(0.5, 3, (len(a), 1)) * a for a in unit_rows]


# 04.1
# --------------------------------------------------------------------------------------


def chebyshev_t(trial):
    for m in (1, 2, 3, 4, 7):
        theta = _angles(trial, m)
        close(trial.call(m, np.cos(theta))[0], np.cos(m * theta), "T", rtol=1e-12)


def chebyshev_u(trial):
    for m in (1, 2, 3, 4, 7):
        theta = _angles(trial, m)
        expected = np.sin(m * theta) / np.sin(theta)
        close(trial.call(m, np.cos(theta))[1], expected, "U", rtol=1e-11)


def chebyshev_at_and_past_the_ends(trial):
    for m in (1, 2, 3, 4):
        t, u = trial.call(m, np.array([1.0, -1.0]))
        close(t, [1.0, (-1.0) ** m], "T", rtol=1e-12)
        close(u, [m, m * (-1.0) ** (m - 1)], "U", rtol=1e-12)
    a = trial.rng.uniform(0.1, 1, size=3)
    t, u = trial.call(4, np.cosh(a))  # past 1 the angle is imaginary
    close(t, np.cosh(4 * a), "T", rtol=1e-12)
    close(u, np.sinh(4 * a) / np.sinh(a), "U", rtol=1e-11)


def chebyshev_in_float32(trial):
    theta = _angles(trial, 4).reshape(4, 1, 4)
    t, u = trial.call(4, np.cos(theta).astype(np.float32))
    close(t, np.cos(4 * theta), "T", rtol=1e-5, dtype=np.float32)
    close(u, np.sin(4 * theta) / np.sin(theta), "U", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 04.2
# --------------------------------------------------------------------------------------


def _expect_intervals(trial, c, m, expected):
    """In whatever dtype, and in an order that nobody can guess."""
    order = trial.rng.permutation(c.size)
    c, expected = (a.ravel()[order].reshape(a.shape) for a in (c, expected))
    close(trial.call(c, m), expected, "k", rtol=0)


def intervals_inside(trial):
    for m in (2, 3, 4, 5):
        theta = _angles(trial, m)
        _expect_intervals(trial, np.cos(theta), m, np.repeat(np.arange(m), 4))


def interval_of_softmax(trial):
    c = np.cos(trial.rng.uniform(0, math.pi, size=(3, 1, 4)))
    _expect_intervals(trial, c, 1, np.zeros((3, 1, 4), dtype=int))
    theta = _angles(trial, 3).reshape(2, 3, 2)
    _expect_intervals(trial, np.cos(theta), 3, np.arange(3).repeat(4).reshape(2, 3, 2))
    trial.expect_inputs_unchanged()


def _ends(trial):
    """±1, and what rounding can make of the cosine of a vector with itself."""
    return trial.rng.permutation([1.0, -1.0, 1 + 1e-15, -1 - 1e-15] * 3)


def intervals_at_the_ends(trial):
    for m in (2, 3, 4):
        c = _ends(trial)
        _expect_intervals(trial, c, m, np.where(c > 0, 0, m - 1))


# 04.3
# --------------------------------------------------------------------------------------


def psi_in_the_first_interval(trial):
    theta = trial.rng.uniform(0, math.pi, size=6)
    close(trial.call(np.cos(theta), 1), np.cos(theta), "psi", rtol=1e-12)
    for m in (2, 4):
        theta = trial.rng.uniform(0.1, 0.9, size=(2, 1, 3)) * math.pi / m
        close(trial.call(np.cos(theta), m), np.cos(m * theta), "psi", rtol=1e-12)


def psi_in_the_second_interval(trial):
    for m in (2, 3, 4):
        theta = (1 + trial.rng.uniform(0.1, 0.9, size=6)) * math.pi / m
        close(trial.call(np.cos(theta), m), -np.cos(m * theta) - 2, "psi", rtol=1e-12)


def psi_in_all_intervals(trial):
    for m in (3, 4, 5):
        theta = _angles(trial, m)
        expected = [psi_of_angle(a, m) for a in theta]
        close(trial.call(np.cos(theta), m), expected, "psi", rtol=1e-12)


def psi_at_the_ends(trial):
    for m in (2, 3, 4):
        c = _ends(trial)
        close(trial.call(c, m), np.where(c > 0, 1.0, 1.0 - 2 * m), "psi", rtol=1e-11)


def psi_in_float32(trial):
    theta = _angles(trial, 4)
    expected = [psi_of_angle(a, 4) for a in theta]
    given = trial.call(np.cos(theta).astype(np.float32), 4)
    close(given, expected, "psi", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 04.4
# --------------------------------------------------------------------------------------


def _expect_logits(trial, x, w, m, lam):
    """To nine digits: a 1e-12 beside the lengths costs the check of small ones only."""
    expected = [logit(a, b, m, lam) for a, b in zip(x, w, strict=True)]
    close(trial.call(x, w, m, lam), expected, "f")


def logit_of_unit_weights(trial):
    for m in (2, 4):
        x, w = _pairs(trial, m)
        w /= np.sqrt((w**2).sum(axis=1, keepdims=True))
        _expect_logits(trial, x, w, m, 0.0)
        _expect_logits(trial, x[:1], w[:1], m, 0.0)


def logit_of_all_lengths(trial):
    for m in (2, 3, 4):
        x, w = _pairs(trial, m)
        _expect_logits(trial, x, w, m, 0.0)
        _expect_logits(trial, 1e-4 * x, 1e-4 * w, m, 0.0)


def logit_with_annealing(trial):
    for m, lam in ((4, 0.5), (2, 5.0), (3, 1000.0)):
        _expect_logits(trial, *_pairs(trial, m), m, lam)


def logit_without_margin(trial):
    for m, lam in ((1, 0.0), (1, 5.0), (4, math.inf)):
        x, w = _pairs(trial, 4)
        expected = [math.fsum(a * b) for a, b in zip(x, w, strict=True)]
        close(trial.call(x, w, m, lam), expected, "f", rtol=1e-11)


def logit_of_parallel_and_zero_rows(trial):
    x = trial.rng.normal(size=(40, 5))
    factor = trial.rng.uniform(0.5, 3, size=40) * np.where(np.arange(40) % 2, -1, 1)
    norms = np.abs(factor) * (x**2).sum(axis=1)
    for m in (3, 4):
        given = trial.call(x, factor[:, None] * x, m, 0.0)
        close(given, np.where(factor > 0, 1, 1 - 2 * m) * norms, "f", rtol=1e-9)
    w = trial.rng.normal(size=x.shape)
    x[3], w[5] = 0, 0
    _expect_logits(trial, x[:8], w[:8], 4, 0.5)


def logit_in_float32(trial):
    x, w = (a.astype(np.float32) for a in _pairs(trial, 3))
    wide = zip(x.astype(float), w.astype(float), strict=True)
    expected = [logit(a, b, 3, 0.5) for a, b in wide]
    close(trial.call(x, w, 3, 0.5), expected, "f", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 04.5
# --------------------------------------------------------------------------------------


def _logit_gradient(x, w, m, lam, which):
    """Differences of the sum of the logits; row i moves only logit i."""

    def total(moved):
        pair = (moved, w) if which == "dx" else (x, moved)
        return math.fsum(logit(a, b, m, lam) for a, b in zip(*pair, strict=True))

    return gradient(total, x if which == "dx" else w)


def _backward(trial, x, w, m, lam):
    return dict(zip(("dx", "dw"), trial.call(x, w, m, lam), strict=True))


def _expect_gradient(trial, which):
    for m in (2, 3, 4):
        x, w = _pairs(trial, m)
        expected = _logit_gradient(x, w, m, 0.0, which)
        close(_backward(trial, x, w, m, 0.0)[which], expected, which, rtol=1e-7)
    close(_backward(trial, x[:1], w[:1], m, 0.0)[which], expected[:1], which, rtol=1e-7)


def gradient_by_x(trial):
    _expect_gradient(trial, "dx")


def gradient_by_w(trial):
    _expect_gradient(trial, "dw")


def gradient_along_x_and_w(trial):
    """The radial half: f grows with the lengths of x and w, so x·dx = f = w·dw."""
    for m in (1, 3, 4):
        x, w = _pairs(trial, max(m, 2))
        given = _backward(trial, x, w, m, 0.0)
        f = [logit(a, b, m, 0.0) for a, b in zip(x, w, strict=True)]
        for which, rows in (("dx", x), ("dw", w)):
            slopes = shaped(given[which], rows.shape, which)
            close((slopes * rows).sum(axis=1), f, f"{which[1]}·{which}", rtol=1e-10)


def gradient_of_own_logit(trial):
    x, w = _pairs(trial, 3)
    given = _backward(trial, x, w, 3, 0.7)

    def own(moved_x, moved_w):
        f = trial.own("target_logit", moved_x, moved_w, 3, 0.7)
        return shaped(f, (len(x),), "f").sum()

    for which, slopes in (
        ("dx", gradient(lambda moved: own(moved, w), x, rng=trial.rng)),
        ("dw", gradient(lambda moved: own(x, moved), w, rng=trial.rng)),
    ):
        agrees(given[which], slopes, which, "target_logit", rtol=1e-7)


def gradient_with_annealing(trial):
    for m, lam in ((4, 1.5), (1, 0.0), (3, math.inf)):
        x, w = _pairs(trial, max(m, 2))
        if lam == math.inf:
            x[1], w[3] = 0.0, 0.0  # w·x has a slope there, too
        given = _backward(trial, x, w, m, lam)
        for which in ("dx", "dw"):
            close(given[which], _logit_gradient(x, w, m, lam, which), which, rtol=1e-7)


def gradient_at_the_poles(trial):
    """At θ = 0 and π only the radial part is left: it is known without a difference."""
    x = trial.rng.normal(size=(6, 4))
    x[4:] = 0
    # along an axis nothing is rounded
    x[4:, :2] = np.diag(trial.rng.uniform(0.5, 3, size=2))
    factor = np.array([1.0, -1.0, 2.0, -0.5, 3.0, -3.0])[:, None]
    for m in (2, 4):
        ends = np.where(factor > 0, 1.0, 1.0 - 2 * m)
        given = _backward(trial, x, factor * x, m, 0.0)
        close(given["dx"], ends * np.abs(factor) * x, "dx", rtol=1e-7)
        close(given["dw"], ends * np.sign(factor) * x, "dw", rtol=1e-7)
    x, w = _pairs(trial, 3)
    x[1], w[3] = 0.0, 0.0
    given = _backward(trial, x, w, 3, 0.0)
    for which in ("dx", "dw"):
        expected = _logit_gradient(x, w, 3, 0.0, which)
        expected[[1, 3]] = 0.0
        close(given[which], expected, which, rtol=1e-7)
    x[::2], w[1::2] = 0.0, 0.0
    given = _backward(trial, x, w, 3, 0.5)
    for which in ("dx", "dw"):  # the share of w·x, too
        close(given[which], np.zeros(x.shape), which)


def gradient_in_float32(trial):
    x, w = (a.astype(np.float32) for a in _pairs(trial, 2))
    given = _backward(trial, x, w, 2, 0.5)
    for which in ("dx", "dw"):
        expected = _logit_gradient(x.astype(float), w.astype(float), 2, 0.5, which)
        close(given[which], expected, which, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 04.6
# --------------------------------------------------------------------------------------


def _schedule(t, base, gamma, power, minimum):
    exponents = (-power * math.log1p(gamma * step) for step in t.ravel().tolist())
    values = [max(minimum, base * math.exp(exponent)) for exponent in exponents]
    return np.array(values).reshape(t.shape)


def _expect_schedule(trial, t, *rule, dtype=None):
    given, expected = trial.call(t, *rule), _schedule(t, *rule)
    close(given, expected, "lam", rtol=1e-10, elementwise=True, dtype=dtype)


def schedule_from_the_start(trial):
    t = np.sort(trial.rng.integers(1, 2000, size=8)).reshape(4, 1, 2)
    for gamma, power in ((2.5e-5, 35.0), (trial.rng.uniform(0.01, 0.1), 2.0)):
        _expect_schedule(trial, t, 1000.0, gamma, power, 0.0)


def schedule_with_a_floor(trial):
    for minimum in (5.0, trial.rng.uniform(1, 3)):
        t = np.array([1, 10, 100, 1658, 1659, 10_000, 10_000_000])
        _expect_schedule(trial, t, 1000.0, 0.12, 1.0, minimum, dtype=np.float64)
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="04.1",
        title="cos mθ without an angle",
        function="chebyshev",
        outputs=("T", "U"),
        section="ψ, a cosine that keeps falling",
        next=(
            "The derivative of T_m is m U_(m−1), and at c = ±1 its size is m²: a margin"
            " of 4 makes the slope in c at most 16 times steeper, and never infinite."
        ),
        hints=(
            (
                "At any time you need the last two polynomials and nothing older. Both"
                " families obey one and the same recurrence, and differ only in where"
                " they begin."
            ),
            (
                "Keep a pair (before, now) for T, which begins as (1, c), and one for"
                " U, which begins as (0, 1); the ones and zeros are arrays like c. A"
                " turn of the loop replaces a pair by (now, 2c·now − before). After m −"
                " 1 turns `now` is T_m in the one and U_(m−1) in the other; m = 1 needs"
                " no turn."
            ),
        ),
        checks=(
            Check(
                "T is cos mθ",
                2,
                chebyshev_t,
                "Begin with T_0 = 1 and T_1 = c, and apply T_(n+1) = 2c T_n − T_(n−1) m"
                " − 1 times.",
            ),
            Check(
                "U is sin mθ / sin θ",
                2,
                chebyshev_u,
                "Begin with U_(−1) = 0 and U_0 = 1, and apply the same recurrence m − 1"
                " times.",
            ),
            Check(
                "at c = ±1, and past 1",
                1,
                chebyshev_at_and_past_the_ends,
                "A polynomial has a value for every c. There is no division and no"
                " arccos in it.",
            ),
            keeps_float32(
                chebyshev_in_float32,
                hint="np.ones_like(c) has the dtype of c; np.ones(c.shape) is float64.",
            ),
        ),
    ),
    Task(
        id="04.2",
        title="The interval k without an angle",
        function="interval",
        outputs=("k",),
        section="ψ, a cosine that keeps falling",
        next=(
            "At a knot a k that is one off cannot be seen: there (−1)^k cos mθ − 2k has"
            " the same value and the same slope, 0, from either side. Only inside an"
            " interval does it matter."
        ),
        hints=(
            (
                "The cosine falls as the angle grows. So θ has passed the knot iπ/m"
                " exactly where c is below cos(iπ/m), and the number of the interval is"
                " how many knots have been passed."
            ),
            (
                "Begin with integer zeros of the shape of c. For each i from 1 to m − 1"
                " add the comparison of c with cos(iπ/m): True counts as 1. At c = −1"
                " all m − 1 knots are passed, just past 1 none, and with m = 1 nothing"
                " is ever added."
            ),
        ),
        checks=(
            Check(
                "inside every interval",
                2,
                intervals_inside,
                "k is the number of i in 1, ..., m − 1 with c < cos(iπ/m), for each"
                " entry.",
            ),
            Check(
                "m = 1, and arrays of several axes",
                1,
                interval_of_softmax,
                "Each entry of c has its own k, so keep the shape of c, also where m ="
                " 1 leaves one interval and no knot, and k is 0.",
            ),
            Check(
                "c = ±1, and just past",
                1,
                intervals_at_the_ends,
                "θ = π belongs to the last interval, m − 1; rounding can make c 1 +"
                " 2e-16.",
            ),
        ),
    ),
    Task(
        id="04.3",
        title="ψ from cos θ",
        function="psi",
        outputs=("psi",),
        section="ψ, a cosine that keeps falling",
        next=(
            "cos mθ < cos θ is not true of all angles (m = 4, θ = 1.5: 0.960 against"
            " 0.071). ψ(θ) ≤ cos θ is, and so ψ always asks for more than softmax does."
        ),
        hints=(
            (
                "You have both ingredients: cos mθ is the first result of task 04.1,"
                " and k comes from task 04.2. (−1)^k is 1 where k is even and −1 where"
                " it is odd, for each entry by itself."
            ),
            (
                "Convert k to the dtype of c, so that float32 stays float32. The sign"
                " is 1 − 2 (k mod 2), an array of ±1; multiply it with T_m, and"
                " subtract 2k. There is no arccos, and no special case for the ends."
            ),
        ),
        checks=(
            Check(
                "m = 1, and the first interval",
                1,
                psi_in_the_first_interval,
                "For θ below π/m, k is 0 and ψ is cos mθ, the T_m of task 04.1.",
            ),
            Check(
                "the second interval",
                1,
                psi_in_the_second_interval,
                "For k = 1, ψ is −cos mθ − 2.",
            ),
            Check(
                "every interval",
                2,
                psi_in_all_intervals,
                "ψ = (−1)^k cos mθ − 2k, with the k of task 04.2 for each entry.",
            ),
            Check(
                "c = ±1, and just past",
                1,
                psi_at_the_ends,
                "At θ = π, ψ is 1 − 2m. Rounding can make c 1 + 2e-16, which has no"
                " arccos.",
            ),
            keeps_float32(
                psi_in_float32,
                hint=(
                    "k is an array of int64, and int64 times float32 is float64:"
                    " convert k."
                ),
            ),
        ),
    ),
    Task(
        id="04.4",
        title="The target logit, with annealing",
        function="target_logit",
        outputs=("f",),
        section="ψ, a cosine that keeps falling",
        next=(
            "λ = 5 with m = 4 still mixes 5 parts of softmax with 1 part of margin. The"
            " published face recipe stops there, so its margin is far milder than the"
            " name m = 4 says."
        ),
        hints=(
            (
                "Three numbers a row are enough: the inner product w·x, the product of"
                " the lengths |w| |x|, and their quotient c, of which ψ is a function."
                " Which of your steps fails for λ = inf, and which for a row of zeros?"
            ),
            (
                "λ = inf is a case of its own, at the beginning: the inner products."
                " For the quotient, divide by the product of the lengths, but by 1"
                " where that is 0; the factor before ψ is 0 there. The rest is the mean"
                " of w·x, with weight λ, and |w| |x| ψ, with weight 1."
            ),
        ),
        checks=(
            Check(
                "weights of length 1, λ = 0",
                1,
                logit_of_unit_weights,
                "cos θ = w·x / (|w| |x|), and the logit is |w| |x| ψ.",
            ),
            Check(
                "weights of every length, λ = 0",
                2,
                logit_of_all_lengths,
                "L-Softmax keeps the lengths of both x and w, in cos θ and before ψ,"
                " and adds nothing to them: they may be 1e-4.",
            ),
            Check(
                "λ between 0.5 and 1000",
                2,
                logit_with_annealing,
                "f = (λ w·x + |w| |x| ψ) / (1 + λ), a weighted mean of the two logits.",
            ),
            Check(
                "no margin: m = 1 or λ = inf",
                1,
                logit_without_margin,
                "Without a margin the logit is w·x: for m = 1 since ψ is cos θ then,"
                " and for λ = inf as the limit. If yours is NaN: inf/inf is, and λ ="
                " inf needs a line of its own.",
            ),
            Check(
                "x along w, against w, and rows of zeros",
                1,
                logit_of_parallel_and_zero_rows,
                "ψ is 1 at θ = 0 and 1 − 2m at θ = π, and a row of zeros has f = 0. If"
                " yours is NaN: rounding can push w·x / (|w| |x|) past 1, and 0/0 is"
                " NaN.",
            ),
            keeps_float32(logit_in_float32),
        ),
    ),
    Task(
        id="04.5",
        title="The target logit, backward",
        function="target_backward",
        outputs=("dx", "dw"),
        section="A gradient that never divides by zero",
        next=(
            "f doubles when x or w does, so x·∂f/∂x = f = w·∂f/∂w whatever m is. One"
            " inner product thus checks the radial half of any such gradient."
        ),
        hints=(
            (
                "Collect for each row the two lengths, the two unit vectors, c, ψ, and"
                " the slope ρ/sin θ = (−1)^k m U_(m−1). Each is one line or an earlier"
                " task. ρ t_x is then the slope times ŵ − c x̂, and the division has"
                " gone."
            ),
            (
                "Make c, ψ and the slope columns (N, 1), so that they multiply rows."
                " The part of dx with the margin is |w| times ψ x̂ + slope (ŵ − c x̂);"
                " for dw exchange x and w everywhere, in the bracket too. Weigh: (λ w +"
                " part)/(1 + λ) and (λ x + part)/(1 + λ). Treat λ = inf first, divide"
                " by 1 where a length is 0, and set those rows to 0 at the end."
            ),
        ),
        checks=(
            Check(
                "the radial part: x·dx = f = w·dw",
                2,
                gradient_along_x_and_w,
                "Along x̂ the gradient by x is |w| ψ, and along ŵ the gradient by w is"
                " |x| ψ.",
            ),
            Check(
                "dx, against differences",
                2,
                gradient_by_x,
                "By x: |w| (ψ x̂ + ρ t_x), with ρ = (−1)^k m sin θ U_(m−1) and t_x of"
                " length 1.",
            ),
            Check(
                "dw, against differences",
                2,
                gradient_by_w,
                "By w: |x| (ψ ŵ + ρ t_w), and t_w is at right angles to ŵ, not to x̂.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                gradient_of_own_logit,
                "Your `target_logit` and this gradient do not belong together, at m ="
                " 3, λ = 0.7.",
            ),
            Check(
                "with λ, and without a margin",
                2,
                gradient_with_annealing,
                "The gradient is weighed as the logit is: (λ w + ...)/(1 + λ) by x. For"
                " λ = inf it is w by x and x by w, in rows of zeros too.",
            ),
            Check(
                "x along w, against w, and rows of zeros",
                1,
                gradient_at_the_poles,
                "Along x and against it only ψ x̂ is left, without a division: ρ t_x is"
                " (ρ / sin θ)(ŵ − c x̂). In a row where x or w is zero, both gradients"
                " are 0 for finite λ.",
            ),
            keeps_float32(gradient_in_float32),
        ),
    ),
    Task(
        id="04.6",
        title="The annealing of λ",
        function="annealing",
        outputs=("lam",),
        section="ψ, a cosine that keeps falling",
        next=(
            "With the published face schedule (1000, 0.12, 1, floor 5) the floor is"
            " reached at step 1659: nearly all of the training runs with λ = 5."
        ),
        hints=(
            (
                "There are two pieces, a decay and a floor under it. At each step the"
                " larger of the two counts."
            ),
            (
                "np.maximum takes the larger, entry by entry, of a number and an array;"
                " np.max and Python's max do something else. The decay is base times"
                " the bracket 1 + gamma·t, and it is the whole bracket that is raised"
                " to −power."
            ),
        ),
        checks=(
            Check(
                "the decay",
                2,
                schedule_from_the_start,
                "base · (1 + gamma·t)^(−power), for every entry of t.",
            ),
            Check(
                "the floor",
                2,
                schedule_with_a_floor,
                "λ never falls below the minimum: the larger of the two, entry by"
                " entry.",
            ),
        ),
    ),
)
