"""Tasks of chapter 10: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "10 (triplet and circle)"


# 10.1
# --------------------------------------------------------------------------------------


def triplet_sum(a, p, n, m):
    d_p, d_n = np.sqrt(((a - p) ** 2).sum(axis=1)), np.sqrt(((a - n) ** 2).sum(axis=1))
    return math.fsum(np.maximum(0, d_p - d_n + m))


SLOPES = ("da", "dp", "dn")


def _slopes(a, p, n, m):
    return (
        gradient(lambda v: triplet_sum(v, p, n, m), a),
        gradient(lambda v: triplet_sum(a, v, n, m), p),
        gradient(lambda v: triplet_sum(a, p, v, m), n),
    )


def _triplets(trial, behind, m, d=3):
    """Triplets in which the positive is farther than the negative by behind[i] · m."""
    size = len(behind)
    a = trial.rng.normal(size=(size, d))
    d_n = trial.rng.uniform(2.5, 4, size=(size, 1))
    d_p = d_n + m * np.asarray(behind)[:, None]
    p = a + d_p * unit(trial.rng.normal(size=(size, d)))
    return a, p, a + d_n * unit(trial.rng.normal(size=(size, d)))


def _expect_triplet(trial, behind, which, m=None):
    m = trial.rng.uniform(0.8, 1.2) if m is None else m
    points = _triplets(trial, behind, m)
    given, expected = trial.call(*points, m), _slopes(*points, m)
    for part in which:
        close(given[part], expected[part], SLOPES[part], rtol=1e-7)


ON = (1.5, 1.4, 1.7, 1.3)


def slope_at_the_anchor(trial):
    _expect_triplet(trial, ON, [0])


def slopes_at_the_partners(trial):
    _expect_triplet(trial, ON, [1, 2])


def slopes_on_both_sides_of_the_hinge(trial):
    behind = trial.rng.permutation([1.5, 0.5, -0.5, -1.5, 0.6, -0.6, -1.4])
    _expect_triplet(trial, behind, [0, 1, 2])
    a = trial.rng.integers(-9, 9, size=(1, 3)).astype(np.float64)
    p, n = a + np.array([3.0, 0.0, 4.0]), a + np.array([0.0, 8.0, 0.0])
    given = trial.call(a, p, n, 3.0)  # 5 − 8 + 3 is exactly 0: off
    for value, name in zip(given, SLOPES, strict=True):
        close(value, np.zeros((1, 3)), name)


def slopes_at_coincident_points(trial):
    """One is at the positive, one at the negative, one at both; others are near."""
    a, p, n = _triplets(trial, (1.5,) * 6, 1.0)
    p[0], n[1], p[2], n[2] = a[0], a[1], a[2], a[2]
    n[0] = a[0] + 0.1 * unit(n[:1] - a[:1])[0]  # still within the margin
    a[3:5] = 0  # so that what is near has all its digits
    p[3], n[4] = 1e-10 * unit(p[3:4])[0], 1e-10 * unit(n[4:5])[0]
    n[3] = 0.1 * unit(n[3:4])[0]
    from_p, from_n = (
        (a - b) / np.maximum(np.linalg.norm(a - b, axis=1), 1e-30)[:, None]
        for b in (p, n)
    )
    expected = from_p - from_n, -from_p, from_n
    given = trial.call(a, p, n, 1.0)
    for value, right, name in zip(given, expected, SLOPES, strict=True):
        close(value, right, name, rtol=1e-9)


def slopes_in_float32(trial):
    points = _triplets(trial, (1.5, 0.5, -0.5, -1.5), 1.0)
    points = [v.astype(np.float32) for v in points]
    given = trial.call(*points, 1.0)
    expected = _slopes(*(v.astype(np.float64) for v in points), 1.0)
    for value, right, name in zip(given, expected, SLOPES, strict=True):
        close(value, right, name, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 10.2
# --------------------------------------------------------------------------------------


def chosen_negatives(d, y):
    chosen = np.full(d.shape, -1)
    for i in range(len(y)):
        negatives = sorted((d[i, k], k) for k in range(len(y)) if y[k] != y[i])
        for j in range(len(y)):
            if j != i and y[j] == y[i]:
                farther = [k for distance, k in negatives if distance > d[i, j]]
                chosen[i, j] = farther[0] if farther else negatives[-1][1]
    return chosen


def _labelled(trial, sizes):
    """Labels that are no counts from 0."""
    names = trial.rng.permutation(50)[: len(sizes)]
    return trial.rng.permutation(np.repeat(names, sizes))


def _distances(trial, y, same, other):
    """Random distances from these two ranges, for pairs of one class and of two."""
    n = len(y)
    within, between = (trial.rng.uniform(*ends, (n, n)) for ends in (same, other))
    d = np.triu(np.where(y[:, None] == y, within, between), 1)
    return d + d.T


def _expect_chosen(trial, d, y):
    close(trial.call(d, y), chosen_negatives(d, y), "k", rtol=1e-12, elementwise=True)


def mining_with_enough_farther_negatives(trial):
    """Every anchor has negatives farther than all its positives, and nearer ones."""
    y = _labelled(trial, (4, 4, 4))
    while True:
        d = _distances(trial, y, (1.5, 3), (0.5, 5))
        same = y[:, None] == y
        farthest = np.where(same, 0, d).max(axis=1)
        nearest = np.where(same, 9, d).min(axis=1)
        if np.all(farthest > 3) and np.all(nearest < 1.5):
            break
    _expect_chosen(trial, d, y)


def mining_without_any_farther_negative(trial):
    y = _labelled(trial, (4, 4, 3))
    _expect_chosen(trial, _distances(trial, y, (3, 4), (1, 3)), y)


def mining_of_a_mixed_batch(trial):
    y = _labelled(trial, (5, 4, 3, 1))
    _expect_chosen(trial, _distances(trial, y, (0.5, 4), (0.5, 4)), y)
    x = trial.rng.normal(size=(len(y), 3))
    _expect_chosen(trial, np.sqrt(((x[:, None] - x) ** 2).sum(axis=2)), y)
    trial.expect_inputs_unchanged()


# 10.3
# --------------------------------------------------------------------------------------


def weights_of(s_p, s_n, m):
    return np.maximum(0, 1 + m - s_p), np.maximum(0, s_n + m)


def circle(s_p, s_n, m, gamma, a_p, a_n):
    z_p, z_n = -gamma * a_p * (s_p - 1 + m), gamma * a_n * (s_n - m)
    lse = sum(z.max() + math.log(math.fsum(np.exp(z - z.max()))) for z in (z_p, z_n))
    return max(0.0, lse) + math.log1p(math.exp(-abs(lse)))


def frozen_slopes(s_p, s_n, m, gamma):
    a_p, a_n = weights_of(s_p, s_n, m)
    return (
        gradient(lambda v: circle(v, s_n, m, gamma, a_p, a_n), s_p),
        gradient(lambda v: circle(s_p, v, m, gamma, a_p, a_n), s_n),
    )


def _similarities(trial, positives=4, negatives=6):
    s_p = trial.rng.uniform(0.2, 0.95, positives)
    return s_p, trial.rng.uniform(-0.1, 0.8, negatives)


CIRCLE = ("loss", "by_p", "by_n")


def _expect_circle(trial, s_p, s_n, m, gamma, *which):
    given = trial.call(s_p, s_n, m, gamma)
    loss = circle(s_p, s_n, m, gamma, *weights_of(s_p, s_n, m))
    expected = loss, *frozen_slopes(s_p, s_n, m, gamma)
    for value, right, name in zip(given, expected, CIRCLE, strict=True):
        if name in which:
            close(value, right, name, rtol=1e-10 if name == "loss" else 1e-6)


def _expect_part(trial, which, *sizes):
    for size in sizes:
        m, gamma = trial.rng.uniform(0.15, 0.4), trial.rng.uniform(3, 8)
        _expect_circle(trial, *_similarities(trial, *size), m, gamma, which)


def circle_loss_of_few_and_many_pairs(trial):
    _expect_part(trial, "loss", (1, 1), (4, 6))


def circle_slopes_by_the_positives(trial):
    _expect_part(trial, "by_p", (4, 6), (1, 2))


def circle_slopes_by_the_negatives(trial):
    _expect_part(trial, "by_n", (4, 6), (2, 1))


def circle_of_distant_negatives(trial):
    """Cosines below −m have the weight 0: they stay in the sum and are not pushed."""
    s_p, s_n = _similarities(trial)
    s_n[trial.rng.permutation(6)[:3]] = trial.rng.uniform(-0.95, -0.6, 3)
    _expect_circle(trial, s_p, s_n, 0.25, trial.rng.uniform(3, 8), *CIRCLE)
    trial.expect_inputs_unchanged()


def circle_at_a_large_scale(trial):
    """Exponents of thousands, and one pair of each kind that decides."""
    s_p, s_n = _similarities(trial)
    s_p[1], s_n[2] = trial.rng.uniform(-0.95, -0.85), trial.rng.uniform(0.95, 0.99)
    m, gamma = 0.25, 1024.0
    a_p, a_n = weights_of(s_p, s_n, m)
    given = trial.call(s_p, s_n, m, gamma)
    close(given[0], circle(s_p, s_n, m, gamma, a_p, a_n), "loss", rtol=1e-10)
    by_p = np.where(a_p == a_p.max(), -gamma * a_p, 0)
    by_n = np.where(a_n == a_n.max(), gamma * a_n, 0)
    close(given[1], by_p, "by_p", rtol=1e-6)
    close(given[2], by_n, "by_n", rtol=1e-6)


# 10.4
# --------------------------------------------------------------------------------------


def unified(s_p, s_n, m, gamma):
    exponents = [gamma * (n - p + m) for n in s_n.tolist() for p in s_p.tolist()]
    top = max(0.0, *exponents)
    total = math.fsum(math.exp(e - top) for e in exponents)
    return math.log1p(total) if top == 0 else top + math.log(math.exp(-top) + total)


def _expect_unified(trial, s_p, s_n, m, gamma):
    close(trial.call(s_p, s_n, m, gamma), unified(s_p, s_n, m, gamma), "L", rtol=1e-9)


def _expect_unified_of(trial, *sizes):
    for size in sizes:
        s_p, s_n = _similarities(trial, *size)
        m, gamma = trial.rng.uniform(0.1, 0.5), trial.rng.uniform(2, 6)
        _expect_unified(trial, s_p, s_n, m, gamma)


def unified_of_one_pair(trial):
    _expect_unified_of(trial, (1, 1), (1, 1))


def unified_of_all_pairs(trial):
    _expect_unified_of(trial, (3, 5), (4, 4))


def unified_at_a_large_scale(trial):
    s_p, s_n = _similarities(trial)
    _expect_unified(trial, s_p, s_n, 1.5, 1000.0)


def unified_far_below_zero(trial):
    """All negatives are far away: sum and loss are about 1e-20, or 1e-250."""
    for gamma in (60.0, 800.0):
        s_p, s_n = trial.rng.uniform(0.7, 0.8, 3), trial.rng.uniform(-0.1, 0.1, 5)
        _expect_unified(trial, s_p, s_n, 0.1, gamma)
    trial.expect_inputs_unchanged()


# 10.5
# --------------------------------------------------------------------------------------


def am_softmax(c, y, m, s):
    losses = []
    for row, label in zip(c, y, strict=True):
        z = [s * (value - m * (j == label)) for j, value in enumerate(row)]
        top = max(z)
        log_sum = math.log(math.fsum(math.exp(v - top) for v in z))
        losses.append(top - z[label] + log_sum)
    return np.array(losses)


def _cosines(trial, n, classes):
    c = trial.rng.uniform(-0.9, 0.9, size=(n, classes))
    return c, trial.rng.integers(0, classes, size=n)


def am_without_margin(trial):
    for n, classes in ((5, 2), (5, 6), (1, 4)):
        c, y = _cosines(trial, n, classes)
        s = trial.rng.uniform(3, 9)
        close(trial.call(c, y, 0.0, s), am_softmax(c, y, 0.0, s), "losses", rtol=1e-9)
    trial.expect_inputs_unchanged()


def am_with_margin(trial):
    c, y = _cosines(trial, 5, 6)
    m, s = trial.rng.uniform(0.2, 0.6), trial.rng.uniform(3, 9)
    close(trial.call(c, y, m, s), am_softmax(c, y, m, s), "losses", rtol=1e-9)


def am_by_own_pairs(trial):
    c, y = _cosines(trial, 12, 5)
    m, s = trial.rng.uniform(0.2, 0.6), trial.rng.uniform(3, 9)
    given = trial.call(c, y, m, s)
    own = np.empty(len(c))
    # not in the order of the losses that it is held to
    for i in trial.rng.permutation(len(c)):
        others = np.delete(c[i], y[i])
        own[i] = shaped(trial.own("unified_loss", c[i, [y[i]]], others, m, s), (), "L")
    agrees(given, own, "losses", "unified_loss", rtol=1e-9)


# 10.6
# --------------------------------------------------------------------------------------


def _expect_gamma(trial, positives, negatives, error):
    """All brackets 0, so that L = log(1 + P·Q · e^0): L / gamma must be the error."""
    pairs = np.zeros((positives, negatives))
    excess = math.log1p(math.fsum(np.exp(pairs).ravel()))
    close(trial.call(positives, negatives, error), excess / error, "gamma", rtol=1e-9)


def gamma_of_one_pair(trial):
    _expect_gamma(trial, 1, 1, float(trial.rng.uniform(0.01, 0.5)))


def gamma_of_many_pairs(trial):
    for _ in range(2):
        positives, negatives = (int(k) for k in trial.rng.integers(3, 60, size=2))
        _expect_gamma(trial, positives, negatives, float(trial.rng.uniform(0.01, 0.5)))


def gamma_of_many_errors(trial):
    _expect_gamma(trial, 7, 56, trial.rng.uniform(0.001, 0.5, size=(2, 1, 3)))
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="10.1",
        title="The triplet, backward",
        function="triplet_gradients",
        outputs=("da", "dp", "dn"),
        section="Why the hardest pairs shrink everything",
        next=(
            "Each triplet's three gradients add up to 0: it can move its points against"
            " each other, but never all of them together."
        ),
        hints=(
            (
                "There are two distances, and the gradient of a distance at one of its"
                " ends is a unit vector along it. The anchor is an end of both, the"
                " other two points of one each. The hinge decides row by row whether"
                " any of it counts."
            ),
            (
                "Form a − p and a − n, and their lengths as columns. The hinge is on"
                " where the first length minus the second plus m is above 0. Divide"
                " each difference by its length (by 1 where that is 0) and put 0 where"
                " the hinge is off: u and v. The anchor has u − v; p feels the first"
                " distance from its other end, and n the second with the sign turned"
                " twice."
            ),
        ),
        checks=(
            Check(
                "the anchor, where the hinge is on",
                2,
                slope_at_the_anchor,
                "The anchor is at one end of both distances: (a−p)/|a−p| −"
                " (a−n)/|a−n|.",
            ),
            Check(
                "positive and negative, where the hinge is on",
                2,
                slopes_at_the_partners,
                "At p the gradient of |a − p| is (p−a)/|a−p|; at n that of −|a − n| is"
                " (a−n)/|a−n|.",
            ),
            Check(
                "triplets on both sides of the hinge",
                2,
                slopes_on_both_sides_of_the_hinge,
                "The hinge is on where |a−p| − |a−n| + m > 0, row by row.",
            ),
            Check(
                "points that coincide",
                1,
                slopes_at_coincident_points,
                "0/0 is NaN; where a distance is 0, its gradient is 0, and the other"
                " one's stays.",
                about="not finite",
                otherwise=(
                    "Where a distance is 0, its gradient is 0, and the other one's"
                    " stays. However small it is else, its gradient has length 1: no"
                    " epsilon beside it."
                ),
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="10.2",
        title="Semi-hard negatives",
        function="semi_hard",
        outputs=("k",),
        section="Brackets with a hinge, pairs with a weight",
        next=(
            "Where such a negative exists, the bracket is below the margin. That is why"
            " these triplets never shrink the features, while the hardest ones may."
        ),
        hints=(
            (
                "Take one pair (i, j) and do it by hand: list the negatives of i, cross"
                " out those nearer than j, and take the nearest that is left. If all"
                " are crossed out, go back to the whole list and take the farthest."
            ),
            (
                "Fill the answer with −1, and loop over i and over its positives j ≠ i."
                " np.flatnonzero gives the numbers of the negatives; select from them"
                " by d[i, k] > d[i, j]. argmin and argmax count within a selection: use"
                " the place to look up the number of the sample in it."
            ),
        ),
        checks=(
            Check(
                "enough farther negatives",
                3,
                mining_with_enough_farther_negatives,
                "Of the negatives with d[i, k] > d[i, j], take the one with the"
                " smallest d[i, k]: its number in the batch.",
            ),
            Check(
                "no farther negative",
                2,
                mining_without_any_farther_negative,
                "If no negative is farther than j, take the one with the largest d[i,"
                " k]: its number in the batch.",
            ),
            Check(
                "a mixed batch, with a class of one",
                2,
                mining_of_a_mixed_batch,
                "Whether there is a farther negative is another question for each pair"
                " (i, j); a sample alone in its class has a row of −1.",
            ),
        ),
    ),
    Task(
        id="10.3",
        title="The circle loss and the paper's gradient",
        function="circle_slopes",
        outputs=("loss", "by_p", "by_n"),
        section="Why the hardest pairs shrink everything",
        next=(
            "If the weights moved too, the slope by a negative would be 2γ s_n Zπ,"
            " below 0 for −m < s_n < 0: it would pull two classes together."
        ),
        hints=(
            (
                "With the exponents z_p and z_n of the docstring the loss is"
                " softplus(v), v = lse(z_p) + lse(z_n). Three derivatives in a row:"
                " that of softplus is the logistic function, that of a log-sum-exp a"
                " softmax, and that of an exponent, its weight held still, −γ a_p or γ"
                " a_n."
            ),
            (
                "np.logaddexp.reduce is a log-sum-exp that does not overflow, and"
                " np.logaddexp(0, v) the softplus. The logistic function of v is exp(v"
                " − loss), and cannot overflow, as the loss is never below v. The"
                " softmax of z_p is exp(z_p − lse(z_p)). Multiply the three, entry by"
                " entry; by_p has the minus sign."
            ),
        ),
        checks=(
            Check(
                "the loss",
                2,
                circle_loss_of_few_and_many_pairs,
                "L = log(1 + exp(lse_n + lse_p)), with thresholds m for s_n and 1 − m"
                " for s_p.",
            ),
            Check(
                "the slopes by s_p",
                2,
                circle_slopes_by_the_positives,
                "∂L/∂s_p = −Z π_p γ a_p, where π_p is the softmax of the exponents.",
            ),
            Check(
                "the slopes by s_n",
                2,
                circle_slopes_by_the_negatives,
                "∂L/∂s_n = Z π_n γ a_n, where π_n is the softmax of the exponents.",
            ),
            Check(
                "negatives below −m",
                2,
                circle_of_distant_negatives,
                "Their weight is 0, not below it; exp(0) = 1 still counts in the sum.",
            ),
            Check(
                "γ = 1024",
                2,
                circle_at_a_large_scale,
                "Take the largest exponent out of each sum; log(1 + e^v) is"
                " np.logaddexp(0, v).",
                about="not finite",
                otherwise=(
                    "There one pair of each kind decides: the loss is the sum of their"
                    " exponents, and their slopes are −γ a_p and γ a_n."
                ),
            ),
        ),
    ),
    Task(
        id="10.4",
        title="The unified loss",
        function="unified_loss",
        outputs=("L",),
        section="Brackets with a hinge, pairs with a weight",
        next=(
            "The double sum is a product, e^(γm) Σ e^(γ s_n) Σ e^(−γ s_p): for 1000"
            " positives and a million negatives nobody has to form the pairs."
        ),
        hints=(
            (
                "It is a log-sum-exp over all P·Q pairs and one more exponent, 0, which"
                " is the 1. How do you form all differences s_n[k] − s_p[j] at once?"
            ),
            (
                "A column minus a row is the matrix of all pairs. Take the log-sum-exp"
                " of all its entries with the largest taken out (np.logaddexp.reduce of"
                " the flat array does so), and then np.logaddexp with 0, which keeps"
                " what is tiny beside the 1."
            ),
        ),
        checks=(
            Check(
                "one pair",
                1,
                unified_of_one_pair,
                "With one pair it is log(1 + e^(γ(s_n − s_p + m))).",
            ),
            Check(
                "all pairs",
                3,
                unified_of_all_pairs,
                "Each positive meets each negative: P·Q terms, and the 1.",
            ),
            Check(
                "γ = 1000",
                2,
                unified_at_a_large_scale,
                "Take the largest exponent out of the sum before you exponentiate.",
                about="not finite",
                otherwise="There the largest exponent is nearly all of the loss.",
            ),
            Check(
                "far below zero",
                1,
                unified_far_below_zero,
                "The loss is the sum itself, Σ e^z, about 1e-20 or 1e-250. 1 + 1e-20 is"
                " 1: np.log1p and np.logaddexp keep what + would round away.",
            ),
        ),
    ),
    Task(
        id="10.5",
        title="AM-Softmax from pairs",
        function="am_softmax_by_pairs",
        outputs=("losses",),
        section="Pairs as points in a square",
        next=(
            "So a classifier is a loss of pairs in which one end of each pair is a"
            " weight row: one positive pair, and C − 1 negatives that never have to be"
            " mined."
        ),
        hints=(
            (
                "Take one sample: which cosine is its s_p, and which are its s_n? Then"
                " compare γ (s_n − s_p + m) with the difference of two logits of"
                " AM-Softmax."
            ),
            (
                "The positive is an array of one number, the cosine with the own class;"
                " the negatives are the rest of the row, and np.delete leaves one entry"
                " out. The difference of the logits j and y is s (c_ij − c_iy + m):"
                " read γ off. One call a sample, in a loop."
            ),
        ),
        checks=(
            Check(
                "no margin",
                2,
                am_without_margin,
                "s_p is the cosine with the own class alone, s_n those with all"
                " others.",
            ),
            Check(
                "with a margin",
                2,
                am_with_margin,
                "The margin of both losses is the same m, and γ is the scale s.",
            ),
            Check(
                "your own pairs",
                2,
                am_by_own_pairs,
                "Your `unified_loss` of these pairs gives something else than this"
                " answer.",
            ),
        ),
    ),
    Task(
        id="10.6",
        title="When the unified loss is the hardest triplet",
        function="sharp_gamma",
        outputs=("gamma",),
        section="Pairs as points in a square",
        next=(
            "7 positives and 56 negatives need γ = 597 for an error of 0.01 at worst."
            " Away from the worst case the hardest pair wins much sooner."
        ),
        hints=(
            (
                "Let all brackets be 0 in the formula of L: every exponential is 1"
                " then. How many are there, and what is L?"
            ),
            (
                "L = log(1 + P·Q) there, and [h]_+ is 0, so L/γ is all excess. Set it"
                " equal to the error, and solve for γ; the error may be an array."
            ),
        ),
        checks=(
            Check(
                "one pair",
                1,
                gamma_of_one_pair,
                "With one bracket at 0, L = log(1 + 1).",
            ),
            Check(
                "many pairs",
                3,
                gamma_of_many_pairs,
                "With all brackets at 0, L = log(1 + P·Q), and L/γ must be the error.",
            ),
            Check(
                "many errors at once",
                1,
                gamma_of_many_errors,
                "`error` may be an array; one gamma for each entry.",
            ),
        ),
    ),
)
