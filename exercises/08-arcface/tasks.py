"""Tasks of chapter 8: what a right answer is, as properties on fresh numbers."""

import math
from itertools import pairwise

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import (
    any_lengths,
    at_angle,
    lengths_of_any_order,
    pairs,
    unit,
)
from grader.engine.task import Check, Task, keeps_float32

TITLE = "8 (ArcFace)"


def logits_of(x, w, y, m, s):
    """The logits of ArcFace through the angle between unit vectors."""
    c = np.clip(unit(x) @ unit(w).T, -1, 1)
    added = m * (y[:, None] == np.arange(len(w)))
    return s * np.cos(np.arccos(c) + added)


def _batch(trial, n=6, d=3, c=3):
    """Samples at 0.2 to π − 0.2 from their class vectors, of long and short lengths."""
    w = unit(trial.rng.normal(size=(c, d)))
    y = trial.rng.integers(0, c, size=n)
    theta = np.linspace(0.2, math.pi - 0.2, n) + trial.rng.uniform(-0.1, 0.1, size=n)
    x = at_angle(trial.rng, w[y], trial.rng.permutation(theta))
    return x * any_lengths(trial.rng, n), w * any_lengths(trial.rng, c), y


# 08.1
# --------------------------------------------------------------------------------------


def _pairs_of_any_length(trial, theta):
    x, w = pairs(trial.rng, theta)
    return x * any_lengths(trial.rng, len(x)), w * any_lengths(trial.rng, len(x))


def _angles(trial, n=6):
    return trial.rng.uniform(0.3, math.pi - 0.3, size=n)


def cosine_of_rows(trial):
    for n in (6, 1):
        theta = _angles(trial, n)
        given = trial.call(*_pairs_of_any_length(trial, theta))[0]
        close(given, np.cos(theta), "c", rtol=1e-12)


def sine_of_rows(trial):
    for n in (6, 6, 1):
        theta = _angles(trial, n)
        given = trial.call(*_pairs_of_any_length(trial, theta))[1]
        close(given, np.sin(theta), "sine", rtol=1e-12)


def sine_near_the_poles(trial):
    small = np.array([1e-3, 1e-5, 1e-7, 3e-8, 1e-8, 1e-9]) * trial.rng.uniform(1, 3)
    x, w = pairs(trial.rng, small)
    for sign in (1, -1):  # near 0, and near π
        lengths = lengths_of_any_order(trial.rng, 6), lengths_of_any_order(trial.rng, 6)
        given = trial.call(x * lengths[0], sign * w * lengths[1])[1]
        close(given, np.sin(small), "sine", rtol=1e-5, elementwise=True)
    # Exactly along and against w only rounding is left, as task 08.4 will suppose.
    axes = np.eye(4)[trial.rng.permutation(4)]
    w = axes * 2.0 ** trial.rng.integers(-3, 4, size=(4, 1))
    x = w * np.array([[4.0], [-2.0], [0.5], [-1.0]])
    given = shaped(trial.call(x, w)[1], (4,), "sine")
    close(
        np.where(np.abs(given) <= 4 * np.finfo(float).eps, 0.0, given),
        np.zeros(4),
        "sine",
    )


def angles_of_zero_rows(trial):
    theta = _angles(trial)
    x, w = _pairs_of_any_length(trial, theta)
    x[[1, 4]], w[[3, 4]] = 0, 0
    theta[[1, 3, 4]] = math.pi / 2
    c, sine = trial.call(x, w)
    close(c, np.cos(theta), "c", rtol=1e-12)
    close(sine, np.sin(theta), "sine", rtol=1e-12)


def angles_in_float32(trial):
    x, w = (a.astype(np.float32) for a in _pairs_of_any_length(trial, _angles(trial)))
    c, sine = trial.call(x, w)
    theta = np.arccos((unit(x.astype(float)) * unit(w.astype(float))).sum(axis=1))
    close(c, np.cos(theta), "c", rtol=1e-5, dtype=np.float32)
    close(sine, np.sin(theta), "sine", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 08.2
# --------------------------------------------------------------------------------------


def psi_of_angle(theta, m, fallback):
    if fallback == "linear" and theta + m > math.pi:
        return math.cos(theta) - m * math.sin(m)
    if fallback == "easy" and theta >= math.pi / 2:
        return math.cos(theta)
    return math.cos(theta + m)


def _margin(trial, theta, m, fallback):
    """ψ and ρ, given and expected; ρ by differences."""
    given = trial.call(np.cos(theta), np.sin(theta), m, fallback)
    return given, *_psi_and_rho(theta, m, fallback)


def _psi_and_rho(theta, m, fallback):
    psi = np.vectorize(lambda a: psi_of_angle(a, m, fallback), otypes=[float])
    return psi(theta), (psi(theta - 1e-5) - psi(theta + 1e-5)) / 2e-5


def _all_angles(trial, m):
    """Some in each range between 0, m, π/2, π − m and π, away from its ends."""
    ends = sorted([0, m, math.pi / 2, math.pi - m, math.pi])
    return np.concatenate(
        [a + (b - a) * trial.rng.uniform(0.1, 0.9, size=3) for a, b in pairwise(ends)]
    )


def _margins(trial):
    """Below a right angle and above, where cos m is below 0."""
    return 0.5, trial.rng.uniform(0.2, 1.2), trial.rng.uniform(1.8, 2.8)


def _near_the_poles(trial):
    """Cosines of ±1 to all their digits, or past that by rounding, and their sines."""
    small = np.append(1e-9 * trial.rng.uniform(1, 3, size=3), 0)
    c = np.array([1, 1, 1, np.nextafter(1, 2)])
    return np.concatenate([c, -c]), np.concatenate([small, small])


def psi_of_the_paper(trial):
    for m in _margins(trial):
        theta = _all_angles(trial, m).reshape(3, 1, 4)
        given, psi, _ = _margin(trial, theta, m, "none")
        close(given[0], psi, "psi", rtol=1e-11)
        c, sine = _near_the_poles(trial)
        psi = c * math.cos(m) - sine * math.sin(m)
        close(trial.call(c, sine, m, "none")[0], psi, "psi", rtol=1e-11)


def rho_of_the_paper(trial):
    for m in _margins(trial):
        theta = _all_angles(trial, m).reshape(3, 1, 4)
        given, _, rho = _margin(trial, theta, m, "none")
        close(given[1], rho, "rho", rtol=1e-8)
        c, sine = _near_the_poles(trial)
        rho = sine * math.cos(m) + c * math.sin(m)
        close(trial.call(c, sine, m, "none")[1], rho, "rho", rtol=1e-11)


def _expect_fallback(trial, fallback):
    for m in _margins(trial):
        given, psi, rho = _margin(trial, _all_angles(trial, m), m, fallback)
        close(given[0], psi, "psi", rtol=1e-11)
        close(given[1], rho, "rho", rtol=1e-8)


def linear_fallback(trial):
    _expect_fallback(trial, "linear")


def easy_fallback(trial):
    """At a right angle, too: there ψ is cos θ, which is 0, and ρ is sin θ."""
    _expect_fallback(trial, "easy")
    m, sign = trial.rng.uniform(0.3, 1.2), trial.rng.choice([-1, 1], size=5)
    c = sign * np.array([0.0, 0.6, 0.8, 0.0, 0.28])
    sine = np.array([1.0, 0.8, 0.6, 1.0, 0.96])
    given = trial.call(c, sine, m, "easy")
    acute = c > 0
    psi = np.where(acute, c * math.cos(m) - sine * math.sin(m), c)
    close(given[0], psi, "psi", rtol=1e-11)
    rho = np.where(acute, sine * math.cos(m) + c * math.sin(m), sine)
    close(given[1], rho, "rho", rtol=1e-11)


def margin_in_float32(trial):
    theta = _all_angles(trial, 0.5)
    c, sine = np.cos(theta).astype(np.float32), np.sin(theta).astype(np.float32)
    for fallback in ("none", "linear", "easy"):
        given = trial.call(c, sine, 0.5, fallback)
        psi, rho = _psi_and_rho(theta, 0.5, fallback)
        close(given[0], psi, "psi", rtol=1e-5, dtype=np.float32)
        close(given[1], rho, "rho", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 08.3
# --------------------------------------------------------------------------------------


def logits_without_margin(trial):
    for n in (6, 1):
        x, w, y = _batch(trial, n)
        close(
            trial.call(x, w, y, 0.0, 30.0),
            logits_of(x, w, y, 0.0, 30.0),
            "z",
            rtol=1e-11,
        )


def _own_and_expected(trial):
    for m in (0.5, trial.rng.uniform(0.2, 1.2)):
        x, w, y = _batch(trial)
        s = trial.rng.uniform(5, 60)
        z = shaped(trial.call(x, w, y, m, s), (len(x), len(w)), "z").copy()
        yield z, logits_of(x, w, y, m, s), (np.arange(len(y)), y)


def logits_of_the_others(trial):
    for z, expected, own in _own_and_expected(trial):
        z[own] = expected[own]
        close(z, expected, "z", rtol=1e-11)


def logits_of_the_targets(trial):
    for z, expected, own in _own_and_expected(trial):
        close(z[own], expected[own], "z[i, y_i]", rtol=1e-11)


def logits_of_parallel_and_zero_rows(trial):
    w = trial.rng.normal(size=(60, 5))
    y = trial.rng.permutation(60)
    signs = np.where(np.arange(60) % 2, -1.0, 1.0)
    x = signs[:, None] * w[y] * any_lengths(trial.rng, 60)
    expected = logits_of(x, w, y, 0.0, 30.0)
    expected[np.arange(60), y] = 30.0 * signs * math.cos(0.5)
    x[2], w[y[5]] = 0, 0
    expected[2], expected[:, y[5]] = 0, 0
    expected[[2, 5], y[[2, 5]]] = -30.0 * math.sin(0.5)
    close(trial.call(x, w, y, 0.5, 30.0), expected, "z", rtol=1e-7)


def logits_in_float32(trial):
    x, w, y = _batch(trial)
    x, w = x.astype(np.float32), w.astype(np.float32)
    expected = logits_of(x.astype(float), w.astype(float), y, 0.5, 64.0)
    given = trial.call(x, w, y.astype(np.uint8), 0.5, 64.0)
    close(given, expected, "z", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 08.4
# --------------------------------------------------------------------------------------


def _slopes(x, w, y, m, s, g):
    """Differences of Σ g_ij z_ij, whose gradient by the logits is g."""
    return gradient(lambda a: math.fsum((g * logits_of(a, w, y, m, s)).ravel()), x)


def _expect_slopes(trial, m, n=6):
    x, w, y = _batch(trial, n)
    g, s = trial.rng.normal(size=(len(x), len(w))), trial.rng.uniform(5, 40)
    close(trial.call(x, w, y, m, s, g), _slopes(x, w, y, m, s, g), "dx", rtol=1e-7)


def slopes_without_margin(trial):
    for n in (6, 1):
        _expect_slopes(trial, 0.0, n)


def slopes_with_margin(trial):
    for m in (0.5, trial.rng.uniform(0.2, 1.2)):
        _expect_slopes(trial, m)


def slopes_of_own_logits(trial):
    x, w, y = _batch(trial, 4)
    g = trial.rng.normal(size=(len(x), len(w)))

    def own(moved):
        z = trial.own("arc_logits", moved, w, y, 0.5, 12.0)
        return (g * shaped(z, g.shape, "z")).sum()

    agrees(
        trial.call(x, w, y, 0.5, 12.0, g),
        gradient(own, x),
        "dx",
        "arc_logits",
        rtol=1e-6,
    )


def slopes_near_the_poles(trial):
    """Where the angle is known, so are ρ and the tangent, without a difference."""
    small = np.array([1e-3, 1e-5, 1e-7, 3e-8, 1e-8, 1e-9]) * trial.rng.uniform(1, 3)
    w = unit(trial.rng.normal(size=(3, 4)))
    y = np.arange(6) % 3
    x = at_angle(trial.rng, w[y], small)
    across = unit(x - np.cos(small)[:, None] * w[y])
    toward_w = np.sin(small)[:, None] * w[y] - np.cos(small)[:, None] * across
    length, m, s = any_lengths(trial.rng, 6), 0.5, 12.0
    g = np.zeros((6, 3))
    g[np.arange(6), y] = trial.rng.uniform(1, 2, size=6)
    for sign in (1, -1):  # near 0, and near π: x turned round has the opposite tangent
        rho = np.sin(small + m) if sign == 1 else np.sin(math.pi - small + m)
        expected = (s * g.sum(axis=1) * rho)[:, None] * toward_w / length
        close(trial.call(sign * x * length, w, y, m, s, g), expected, "dx", rtol=1e-5)


def slopes_at_the_poles(trial):
    """Exactly along and against the class vector only the other classes are left.

    Between them are rows that are neither, in float32 many: rounding leaves something
    of some, and nothing of others.
    """
    for n, d, dtype, rtol in ((6, 4, float, 1e-7), (24, 3, np.float32, 2e-5)):
        for axes in (True, False):
            w = np.eye(n, d) if axes else trial.rng.normal(size=(n, d))
            other_axes = np.eye(d)[trial.rng.integers(0, d, size=n)]
            w = np.where((w == 0).all(axis=1)[:, None], other_axes, w)
            w = (w * any_lengths(trial.rng, n)).astype(dtype)
            signs = np.resize([1.0, -1.0], n)[:, None]
            x = (signs * w * any_lengths(trial.rng, n)).astype(dtype)
            x[:2] = trial.rng.normal(size=(2, d))
            y, g = np.arange(n), trial.rng.normal(size=(n, n)).astype(dtype)
            wide = [a.astype(float) for a in (x, w, g)]
            on_target = np.eye(n) > 0
            others = _slopes(
                wide[0], wide[1], y, 0.0, 12.0, np.where(on_target, 0, wide[2])
            )
            own = _slopes(
                wide[0][:2], wide[1], y[:2], 0.5, 12.0, (on_target * wide[2])[:2]
            )
            others[:2] += own
            close(trial.call(x, w, y, 0.5, 12.0, g), others, "dx", rtol=rtol)


def slopes_in_float32(trial):
    x, w, y = _batch(trial)
    g = trial.rng.normal(size=(len(x), len(w)))
    x, w, g = (a.astype(np.float32) for a in (x, w, g))
    expected = _slopes(x.astype(float), w.astype(float), y, 0.5, 64.0, g.astype(float))
    close(
        trial.call(x, w, y, 0.5, 64.0, g), expected, "dx", rtol=2e-5, dtype=np.float32
    )
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="08.1",
        title="A sine that is safe",
        function="cos_and_sine",
        outputs=("c", "sine"),
        section="Past π the logit turns back up",
        next=(
            "With both, np.arctan2(sine, c) is the angle itself, exact near 0 and π,"
            " where arccos has lost half of its digits."
        ),
        hints=(
            (
                "The cosine is an inner product of unit vectors. For the sine think of"
                " a right triangle: ŵ has the part c x̂ along x̂, and what is left of"
                " it stands across. Its length is the sine."
            ),
            (
                "Divide both by their lengths, by 1 where these are 0. c is the row sum"
                " of x̂ ŵ. Subtract c, as a column, times x̂ from ŵ, and take the"
                " length of each row. Where x or w is a row of zeros, c is 0 by itself,"
                " and the sine has to be set to 1."
            ),
        ),
        checks=(
            Check(
                "the cosine",
                1,
                cosine_of_rows,
                "The inner product of x̂ and ŵ, row by row: both divided by their"
                " lengths.",
            ),
            Check(
                "the sine",
                2,
                sine_of_rows,
                "The length of ŵ − c x̂, with vectors of length 1 in it.",
            ),
            Check(
                "the sine, down to angles of 1e-9, and as near to π",
                2,
                sine_near_the_poles,
                "ŵ − c x̂ is a small vector whose digits are right, if x̂ and ŵ have"
                " length 1 to all digits: nothing is added to a length, and there is no"
                " least one.",
                about="digits",
                otherwise=(
                    "c is 1 or −1 there to all its digits, and holds nothing of the"
                    " angle. ŵ − c x̂ is a small vector whose digits are right, if"
                    " nothing was added to a length, however short the rows are."
                ),
            ),
            Check(
                "rows of zeros",
                1,
                angles_of_zero_rows,
                "0/0 is NaN. A row of zeros stands at a right angle: cosine 0, sine 1.",
                about="not finite",
                otherwise=(
                    "A row of zeros, of x, of w or of both, stands at a right angle:"
                    " cosine 0, sine 1."
                ),
            ),
            keeps_float32(angles_in_float32),
        ),
    ),
    Task(
        id="08.2",
        title="ψ and ρ, with three fallbacks",
        function="arc_margin",
        outputs=("psi", "rho"),
        section="Past π the logit turns back up",
        next=(
            "None of the three is monotone and continuous at once: the paper's ψ turns"
            " back up past π − m, “linear” falls by a jump there, and “easy” jumps up"
            " at the right angle."
        ),
        hints=(
            (
                "The two functions of the paper are addition theorems in c, sine, cos m"
                " and sin m. A fallback chooses, entry by entry, between them and"
                " another pair; ρ must follow the same choice as ψ."
            ),
            (
                "sin(θ + m) = sine cos m + c sin m is ρ. “linear” puts c − m sin m and"
                " sine in place of ψ and ρ where c < −cos m; “easy” puts c and sine"
                " where c is not above 0. One condition serves both results, in"
                " np.where. Make cos m and sin m Python floats first, or float32"
                " becomes float64."
            ),
        ),
        checks=(
            Check(
                "ψ of the paper",
                2,
                psi_of_the_paper,
                "cos(θ + m) = cos θ cos m − sin θ sin m, of the c and the sine that are"
                " given: no angle is needed, and c may be 1 to all its digits, or"
                " past it.",
            ),
            Check(
                "ρ of the paper",
                2,
                rho_of_the_paper,
                "ρ = −dψ/dθ = sin(θ + m) = sin θ cos m + cos θ sin m, without an"
                " angle.",
            ),
            Check(
                "the linear fallback",
                2,
                linear_fallback,
                "Where cos θ < −cos m: ψ = cos θ − m sin m, and so ρ = sin θ. Elsewhere"
                " as before.",
            ),
            Check(
                "the easy margin",
                2,
                easy_fallback,
                "Where cos θ > 0: as in the paper. Elsewhere, at the right angle too, ψ"
                " = cos θ, and so ρ = sin θ.",
            ),
            keeps_float32(
                margin_in_float32,
                hint=(
                    "np.cos(m) of a Python float is a float64 that draws float32 along:"
                    " float(...) it."
                ),
            ),
        ),
    ),
    Task(
        id="08.3",
        title="The logits of ArcFace",
        function="arc_logits",
        outputs=("z",),
        section="Past π the logit turns back up",
        next=(
            "cos(θ + m) costs two products a sample, with cos m and sin m known"
            " beforehand. No arccos is taken and no angle formed, in forward or in"
            " backward."
        ),
        hints=(
            (
                "Begin with all cosines, as in chapter 7, and replace one entry in each"
                " row: the cosine of the target by cos(θ + m). Tasks 08.1 and 08.2 are"
                " made for that."
            ),
            (
                "Indexing the rows of w with the labels gives each sample its own class"
                " vector. Task 08.1 on x and these gives cosine and sine, task 08.2"
                " with “none” their ψ: put it at (i, y_i), and multiply everything by s"
                " at the end. Rows of zeros then come out by themselves."
            ),
        ),
        checks=(
            Check(
                "m = 0 is no margin",
                1,
                logits_without_margin,
                "s times the cosines of all features and class vectors.",
            ),
            Check(
                "the other logits",
                1,
                logits_of_the_others,
                "Only the entries (i, y_i) have a margin: z[np.arange(N), y].",
            ),
            Check(
                "the target logits",
                3,
                logits_of_the_targets,
                "s cos(θ + m), past θ + m = π too: the fallback of this task is"
                " “none”.",
            ),
            Check(
                "x along w, against w, and zero",
                1,
                logits_of_parallel_and_zero_rows,
                "arccos of 1 + 2e-16 is NaN, and so is 0/0. At a right angle ψ is"
                " −sin m.",
                about="not finite",
                otherwise=(
                    "Along w ψ is cos m, against it −cos m. A row of zeros stands at a"
                    " right angle, where ψ is −sin m."
                ),
            ),
            keeps_float32(logits_in_float32),
        ),
    ),
    Task(
        id="08.4",
        title="ArcFace, backward to x",
        function="arc_backward_x",
        outputs=("dx",),
        section="Through the angle there is no infinity",
        next=(
            "Against the class, at θ = π, the target of the paper's form pushes x the"
            " wrong way: past π − m ρ is negative. Both fallbacks avoid that, at the"
            " price of a jump."
        ),
        hints=(
            (
                "Split g in two: the targets, and the others with 0 at the targets. The"
                " others are chapter 7: s times others ŵ, projected, over |x|. Of a"
                " target only the tangent is felt, since the length of x is not: s ρ"
                " t_x over |x|."
            ),
            (
                "ρ t_x = (ρ/sine)(ŵ − c x̂), with the pair of task 08.1 for x and its"
                " class vectors, and ρ of task 08.2. Where the sine is at most 4 eps"
                " the quotient is 0: divide by 1 there, and choose with np.where. Times"
                " g at the target, as a column, it is added after the others have been"
                " projected; it has no part along x̂ to lose. s and 1/|x| come last,"
                " for both."
            ),
        ),
        checks=(
            Check(
                "without a margin",
                2,
                slopes_without_margin,
                "s (g ŵ), without its part along x̂, divided by |x|.",
            ),
            Check(
                "with a margin",
                3,
                slopes_with_margin,
                "The target adds g_iy s ρ t_x / |x|, with t_x of length 1.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_logits,
                "Your `arc_logits` and this gradient do not belong together, at m ="
                " 0.5, s = 12.",
            ),
            Check(
                "angles down to 1e-9, and as near to π",
                2,
                slopes_near_the_poles,
                "The target's part is s ρ/|x| long, however small the angle: ŵ − c x̂"
                " divided by the sine of task 08.1. sqrt(1 − c²) holds nothing of the"
                " angle there.",
            ),
            Check(
                "x along w, and against w",
                2,
                slopes_at_the_poles,
                "Where sin θ is at most 4 eps, what is left of ŵ − c x̂ is rounding:"
                " t_x is 0, in these rows and in no other. eps is that of the dtype"
                " of x.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
)
