"""Tasks of chapter 11: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import close
from grader.engine.differences import gradient
from grader.engine.directions import (
    any_lengths,
    at_angle,
    lengths_of_any_order,
    pairs,
    unit,
)
from grader.engine.task import Check, Task, keeps_float32

TITLE = "11 (one picture)"


# 11.1
# --------------------------------------------------------------------------------------


def _parts(trial, n=5, d=4):
    """A unit vector v, a radial part of either sign, a tangent, and their sum."""
    v, across = pairs(trial.rng, np.full(n, math.pi / 2), d)
    radial = trial.rng.uniform(0.5, 3, n) * trial.rng.permutation([-1, 1] * n)[:n]
    tangent = across * trial.rng.uniform(0.5, 3, (n, 1))
    return v, radial, tangent, radial[:, None] * v + tangent


def parts_at_length_one(trial):
    v, radial, tangent, d = _parts(trial)
    given = trial.call(d, v)
    close(given[0], radial, "radial", rtol=1e-11)
    close(given[1], tangent, "tangent", rtol=1e-11)


def radial_part(trial):
    for n, d in ((5, 4), (3, 3), (1, 3)):
        v, radial, _, whole = _parts(trial, n, d)
        for lengths in (any_lengths, lengths_of_any_order):
            given = trial.call(whole, v * lengths(trial.rng, n))[0]
            close(given, radial, "radial", rtol=1e-11)


def tangential_part(trial):
    for n, d in ((5, 4), (3, 3), (1, 3)):
        v, _, tangent, whole = _parts(trial, n, d)
        given = trial.call(whole, v * any_lengths(trial.rng, n))[1]
        close(given, tangent, "tangent", rtol=1e-11)


def parts_in_float32(trial):
    v, radial, tangent, d = _parts(trial)
    given = trial.call(d.astype(np.float32), (2 * v).astype(np.float32))
    close(given[0], radial, "radial", rtol=1e-5, dtype=np.float32)
    close(given[1], tangent, "tangent", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 11.2
# --------------------------------------------------------------------------------------


def psi_of_angle(theta, m1, m2, m3):
    return math.cos(m1 * theta + m2) - m3


def _margin(theta, *margin):
    """ψ, and ρ by differences."""
    psi = np.vectorize(lambda angle: psi_of_angle(angle, *margin), otypes=[float])
    return psi(theta), (psi(theta - 1e-5) - psi(theta + 1e-5)) / 2e-5


def _margins(trial):
    m1 = float(trial.rng.uniform(1.2, 3))
    return m1, *trial.rng.uniform(0.2, 0.6, size=2).tolist()


def margin_of_softmax(trial):
    acute, obtuse = trial.rng.uniform(0.2, 1.4, 2), trial.rng.uniform(1.7, 3, 3)
    theta = trial.rng.permutation([*acute, *obtuse])
    psi, rho = trial.call(theta, 1.0, 0.0, 0.0)
    close(psi, np.cos(theta), "psi", rtol=1e-12)
    close(rho, np.sin(theta), "rho", rtol=1e-12)


def _expect_combined(trial, which, rtol):
    for margin in ((1.0, 0.5, 0.0), (1.0, 0.0, 0.35), (3.0, 0.0, 0.0), _margins(trial)):
        theta = trial.rng.uniform(0.1, 3, size=(2, 1, 3))
        given, expected = trial.call(theta, *margin), _margin(theta, *margin)
        close(given[which], expected[which], ("psi", "rho")[which], rtol)


def psi_combined(trial):
    _expect_combined(trial, 0, rtol=1e-12)


def rho_combined(trial):
    _expect_combined(trial, 1, rtol=1e-8)


def margin_in_float32(trial):
    theta = trial.rng.uniform(0.1, 3, size=6).astype(np.float32)
    margin = _margins(trial)
    psi, rho = _margin(theta.astype(float), *margin)
    given = trial.call(theta, *margin)
    close(given[0], psi, "psi", rtol=1e-5, dtype=np.float32)
    close(given[1], rho, "rho", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 11.3
# --------------------------------------------------------------------------------------


def _any_margin(trial):
    """A smooth ψ that belongs to no loss, and its ρ."""
    a, b, k, shift = trial.rng.uniform([0.2, 0.5, 0.5, 0.3], [0.8, 1.5, 2.5, 0.9])
    return (
        lambda theta: a - 0.3 * theta + b * np.cos(k * theta + shift),
        lambda theta: 0.3 + b * k * np.sin(k * theta + shift),
    )


def _logits(x, w, psi, s, keeps_x, keeps_w):
    x_length, w_length = (np.sqrt((v**2).sum(axis=1)) for v in (x, w))
    theta = np.arccos(np.clip((x * w).sum(axis=1) / x_length / w_length, -1, 1))
    return (x_length if keeps_x else s) * (w_length if keeps_w else 1) * psi(theta)


def _rows(trial, n=5):
    theta = trial.rng.uniform(0.3, math.pi - 0.3, size=n)
    x, w = pairs(trial.rng, theta, 3)
    return x * any_lengths(trial.rng, n), w * any_lengths(trial.rng, n), theta


def _expect_gradient(trial, keeps_x, keeps_w, n=5):
    x, w, theta = _rows(trial, n)
    (psi, rho), s = _any_margin(trial), float(trial.rng.uniform(5, 40))
    rest = psi, s, keeps_x, keeps_w
    given = trial.call(x, w, psi(theta), rho(theta), s, keeps_x, keeps_w)
    by_x = gradient(lambda moved: _logits(moved, w, *rest).sum(), x)
    close(given[0], by_x, "dx", rtol=1e-7)
    by_w = gradient(lambda moved: _logits(x, moved, *rest).sum(), w)
    close(given[1], by_w, "dw", rtol=1e-7)


def gradient_of_both_lengths(trial):
    _expect_gradient(trial, True, True)
    _expect_gradient(trial, True, True, n=1)


def gradient_of_one_length(trial):
    _expect_gradient(trial, True, False)
    _expect_gradient(trial, False, True)


def gradient_of_no_length(trial):
    _expect_gradient(trial, False, False)


def gradient_of_parallel_rows(trial):
    """Along and against w there is no tangent; what is left is radial, and known.

    Between them is a row that is neither. In float32 the rows are many, since rounding
    leaves something of some of them.
    """
    for n, dtype, rtol in ((6, float, 1e-9), (24, np.float32, 1e-5)):
        w = trial.rng.normal(size=(n, 3))
        w[:2] = np.eye(3)[:2] * trial.rng.uniform(0.5, 3, size=(2, 1))
        w[2] = [0.0, 0.5, 0.0]
        w = w.astype(dtype)
        factor = np.resize([1.0, -1.0], n)[:, None] * any_lengths(trial.rng, n)
        x = (factor * w).astype(dtype)
        x[2] = [2.0, 0.0, 0.0]
        psi, rho = trial.rng.uniform(0.5, 1, size=(2, n)).astype(dtype)
        for keeps in (True, False):
            radial = keeps * psi[:, None] * w
            by_x, by_w = np.sign(factor) * radial, np.abs(factor) * radial
            # at 90 degrees, |x| = 2 and |w| = 1/2
            dx, dw = (0.5, 2) if keeps else (15, 60)
            by_x[2] = dx * np.array([keeps * psi[2], rho[2], 0])
            by_w[2] = dw * np.array([rho[2], keeps * psi[2], 0])
            given = trial.call(x, w, psi, rho, 30.0, keeps, keeps)
            close(given[0], by_x, "dx", rtol=rtol)
            close(given[1], by_w, "dw", rtol=rtol)


def gradient_in_float32(trial):
    x, w, theta = _rows(trial)
    psi, rho = _any_margin(trial)
    single = [a.astype(np.float32) for a in (x, w, psi(theta), rho(theta))]
    given = trial.call(*single, 30.0, True, False)
    wide_x, wide_w = single[0].astype(float), single[1].astype(float)
    rest = psi, 30.0, True, False
    by_x = gradient(lambda moved: _logits(moved, wide_w, *rest).sum(), wide_x)
    close(given[0], by_x, "dx", rtol=3e-5, dtype=np.float32)
    by_w = gradient(lambda moved: _logits(wide_x, moved, *rest).sum(), wide_w)
    close(given[1], by_w, "dw", rtol=3e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 11.4
# --------------------------------------------------------------------------------------


def _labelled(trial, theta, c=4):
    w = unit(trial.rng.normal(size=(c, 3)))
    y = trial.rng.permutation(np.arange(len(theta)) % c)
    return at_angle(trial.rng, w[y], theta), w, y


def angle_at_length_one(trial):
    for _ in range(2):
        theta = trial.rng.uniform(0.2, 2.8, size=6)
        given = trial.call(*_labelled(trial, theta))
        close(given, math.fsum(theta) / 6, "angle", rtol=1e-10)
    trial.expect_inputs_unchanged()


def angle_at_all_lengths(trial):
    for c in (3, 6):
        theta = trial.rng.uniform(0.2, 2.8, size=6)
        x, w, y = _labelled(trial, theta, c)
        x, w = x * any_lengths(trial.rng, 6), w * any_lengths(trial.rng, c)
        close(trial.call(x, w, y), math.fsum(theta) / 6, "angle", rtol=1e-10)


def angle_near_the_poles(trial):
    for size in (1e-5, 1e-8, 1e-9):
        theta = size * trial.rng.uniform(1, 3, size=6)
        x, w, y = _labelled(trial, theta)
        mean = math.fsum(theta) / 6
        close(trial.call(2 * x, w, y), mean, "angle", rtol=1e-4)
        close(trial.call(-3 * x, w, y), math.pi - mean, "angle", rtol=1e-12)


# 11.5
# --------------------------------------------------------------------------------------


def half_square(a, b):
    """1 − cos of an angle, as half the square between the two directions."""
    a, b = (v / math.sqrt(math.fsum(v * v)) for v in (a, b))
    return math.fsum((a - b) ** 2) / 2


def score_of(x, y):
    means = {label: x[y == label].mean(axis=0) for label in set(y.tolist())}
    own, mean = [means[label] for label in y.tolist()], x.mean(axis=0)
    within = math.fsum(half_square(a, b) for a, b in zip(x, own, strict=True))
    return within / math.fsum(half_square(a, mean) for a in own)


def _clusters(trial, counts, spread=0.3, d=3):
    y = np.repeat(np.arange(len(counts)), counts)
    places = unit(trial.rng.normal(size=(len(counts), d))) + np.eye(d)[0]
    order = trial.rng.permutation(len(y))
    return (places[y] + spread * trial.rng.normal(size=(len(y), d)))[order], y[order]


def _expect_score(trial, x, y, rtol=1e-9):
    close(trial.call(x, y), score_of(x, y), "score", rtol=rtol)


def score_of_equal_classes(trial):
    """Unit features, two a class, mirrored: each mean is on the bisector of its two."""
    width, gap = trial.rng.uniform(0.1, 0.3), trial.rng.uniform(0.5, 1.2)
    turns = np.array([gap - width, gap + width, -gap - width, -gap + width])
    x = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    expected = (1 - math.cos(width)) / (1 - math.cos(gap))
    close(trial.call(x, np.array([0, 0, 1, 1])), expected, "score", rtol=1e-10)


def score_of_a_batch(trial):
    _expect_score(trial, *_clusters(trial, [5, 5, 5]))
    _expect_score(trial, *_clusters(trial, [2, 9, 1], d=5))


def score_of_all_lengths(trial):
    x, y = _clusters(trial, [3, 3, 6])
    _expect_score(trial, x * any_lengths(trial.rng, 12), y)
    trial.expect_inputs_unchanged()


def score_of_any_labels(trial):
    x, y = _clusters(trial, [4, 2, 5])
    _expect_score(trial, x, np.array([7, 3, 12])[y])


def score_of_tight_classes(trial):
    for spread in (1e-7, 3e-9):  # of the second 1 − cos has no digit
        x, y = _clusters(trial, [4, 4], spread=spread)
        _expect_score(trial, x, y, rtol=1e-5)


TASKS = (
    Task(
        id="11.1",
        title="Radial and tangential",
        function="radial_and_tangential",
        outputs=("radial", "tangent"),
        section="A margin is two functions of one angle",
        next=(
            "The radial part makes a vector longer or shorter, the tangential part"
            " turns it. For a loss that normalises its vector the radial part is 0: one"
            " check for every such loss."
        ),
        hints=(
            (
                "The part of a vector along another is an inner product with a unit"
                " vector. What is left when it is taken off is at right angles, and"
                " needs no formula of its own."
            ),
            (
                "Divide the rows of v by their lengths: norms over axis 1, with the"
                " axis kept. The row sums of d v̂ are the radial parts, with their"
                " signs. As a column times v̂ they are what is to be subtracted from d."
            ),
        ),
        checks=(
            Check(
                "vectors of length 1",
                1,
                parts_at_length_one,
                "r = d·v, and t is what is left of d when r v is taken off.",
            ),
            Check(
                "the radial part",
                2,
                radial_part,
                "Divide by |v| itself: a small number added to a length, or a least"
                " length, changes what is measured along every short row.",
                about="digits",
                otherwise=(
                    "r = d·v̂, with v̂ = v/|v|: it does not change with the length of"
                    " v, however short v is. Nothing is added to a length."
                ),
            ),
            Check(
                "the tangential part",
                2,
                tangential_part,
                "t = d − r v̂, so that t·v = 0.",
            ),
            keeps_float32(parts_in_float32),
        ),
    ),
    Task(
        id="11.2",
        title="The combined margin",
        function="combined_margin",
        outputs=("psi", "rho"),
        section="The combined margin",
        next=(
            "(ψ + m3)² + (ρ/m1)² = 1: the point (ψ, ρ) runs on an ellipse. m1 stretches"
            " it, m2 turns where it begins, and m3 slides it."
        ),
        hints=(
            (
                "There is an inner function, m1 θ + m2, and an outer one, the cosine. ρ"
                " is minus the derivative, so two minus signs meet."
            ),
            (
                "Form the widened angle once. ψ is its cosine, minus m3, and m3 has no"
                " derivative. ρ is the derivative of the inner function times the sine"
                " of the widened angle. Python floats leave float32 as it is."
            ),
        ),
        checks=(
            Check(
                "(1, 0, 0) is softmax",
                1,
                margin_of_softmax,
                "ψ = cos θ and ρ = sin θ.",
            ),
            Check(
                "ψ",
                2,
                psi_combined,
                "First m1 θ, then + m2, then the cosine, and − m3 at the end.",
            ),
            Check(
                "ρ, against differences",
                2,
                rho_combined,
                "The chain rule: the derivative of cos(m1 θ + m2) is −m1 sin(m1 θ +"
                " m2).",
            ),
            keeps_float32(margin_in_float32),
        ),
    ),
    Task(
        id="11.3",
        title="Any margin, backward",
        function="margin_gradient",
        outputs=("dx", "dw"),
        section="A margin is two functions of one angle",
        next=(
            "This is all that `MarginHead` of the library knows of a loss: two bools,"
            " s, ψ and ρ. A margin of your own needs no derivation but the one of ψ"
            " by θ."
        ),
        hints=(
            (
                "It is one bracket for all losses, ψ along the vector and ρ across it,"
                " with a switch for each vector. The switch decides two things: whether"
                " its length multiplies the logit, and whether the radial part is"
                " there. Write it for both kept, then put in the switches."
            ),
            (
                "u v is (|x| or s) times (|w| or 1). dx is u v/|x| times the bracket,"
                " and dw the same with x and w exchanged, the switch too. The slope is"
                " ρ/|ŵ − c x̂|, and 0 where that length is at most 4 eps: divide by 1"
                " there. ψ and ρ are (N,) and need a second axis; a bool multiplies as"
                " 1 or 0."
            ),
        ),
        checks=(
            Check(
                "both lengths kept, as in L-Softmax",
                2,
                gradient_of_both_lengths,
                "By x: |w| (ψ x̂ + ρ t_x). By w: |x| (ψ ŵ + ρ t_w).",
            ),
            Check(
                "one length kept, as in A-Softmax",
                2,
                gradient_of_one_length,
                "The vector that keeps its length has a radial part, the other one has"
                " none.",
            ),
            Check(
                "no length kept, as in ArcFace",
                3,
                gradient_of_no_length,
                "By x: (s/|x|) ρ t_x. By w: (s/|w|) ρ t_w. ψ does not appear.",
            ),
            Check(
                "x along w, and against w",
                1,
                gradient_of_parallel_rows,
                "Where |ŵ − c x̂| is at most 4 eps it has no direction: the tangents"
                " are 0, in these rows and in no other. eps is that of the dtype of x.",
            ),
            keeps_float32(gradient_in_float32),
        ),
    ),
    Task(
        id="11.4",
        title="The mean target angle",
        function="target_angle",
        outputs=("angle",),
        section="One network, all losses",
        next=(
            "Accuracy asks only which class is nearest. This number still falls when"
            " every training sample is right, and that is what a margin is for."
        ),
        hints=(
            (
                "From its cosine alone an angle near 0 or π loses its digits, from its"
                " sine alone one near a right angle. arctan2 takes both, and task 11.1"
                " gives both, if you let it work on unit vectors."
            ),
            (
                "Normalise x and w, and take for each sample the class vector of its"
                " label. The radial part of x̂ along ŵ is the cosine, and the length of"
                " its tangent the sine. The answer is the mean of arctan2(sine,"
                " cosine)."
            ),
        ),
        checks=(
            Check(
                "vectors of length 1",
                1,
                angle_at_length_one,
                "The angle of x_i to w[y_i], and the mean of these angles.",
            ),
            Check(
                "vectors of every length",
                2,
                angle_at_all_lengths,
                "An angle does not depend on lengths: divide by |x| and by |w|.",
            ),
            Check(
                "angles down to 1e-9, and near π",
                2,
                angle_near_the_poles,
                "arctan2(|x̂ − c ŵ|, c) is exact where arccos has lost everything: of"
                " vectors whose length is 1 to all digits, and of one sample at a"
                " time.",
            ),
        ),
    ),
    Task(
        id="11.5",
        title="The angular Fisher score",
        function="fisher_score",
        outputs=("score",),
        section="One network, all losses",
        next=(
            "The score needs no classifier, so it can judge features on classes that"
            " training never saw, which is what they are for in face recognition."
        ),
        hints=(
            (
                "You need three kinds of directions: of each feature, of each class"
                " mean, of the mean of all. The means come first, of the features as"
                " they are; normalise after that."
            ),
            (
                "np.unique can return the labels that occur, the place of each sample"
                " among them, and the counts n_j. For unit vectors 1 − cos is half the"
                " square of their distance. Sum that over the samples, each against its"
                " class mean's direction; and over the classes, times n_j, against the"
                " direction of the mean of all."
            ),
        ),
        checks=(
            Check(
                "two mirrored classes",
                1,
                score_of_equal_classes,
                "Within: each feature against the mean of its class. Between: the class"
                " means against the mean of all.",
            ),
            Check(
                "classes of equal and of unequal size",
                2,
                score_of_a_batch,
                "Each class counts n_j times between, and m is the mean of all"
                " features.",
            ),
            Check(
                "features of every length",
                1,
                score_of_all_lengths,
                "The means are those of the features as they are; only then comes the"
                " cosine.",
            ),
            Check(
                "labels that are not 0, 1, 2",
                1,
                score_of_any_labels,
                "Go over the labels that occur: np.unique(y).",
            ),
            Check(
                "very tight classes",
                1,
                score_of_tight_classes,
                "1 − 0.99999999999999 has two digits left; |a − b|²/2 has them all.",
            ),
        ),
    ),
)
