"""The equations of chapter 10, triplet and circle, as they stand on the page."""

import ast
import math

import numpy as np
import pytest
from chapters import NUMBERED
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

SEEDS = range(6)
MINING = ("all", "hard", "semi-hard")


def length(a):
    return math.sqrt(sum(v * v for v in a))


def cosine(a, b):
    return a @ b / length(a) / length(b)


DISTANCES = {
    "euclidean": lambda a, b: length(a - b),
    "squared": lambda a, b: length(a - b) ** 2,
    "cosine": lambda a, b: 1 - cosine(a, b),
}


def triplet(a, p, n, m, d):
    return max(0.0, d(a, p) - d(a, n) + m)


def active_triplet(seed, kind, m=0.4):
    """Three points whose hinge is on, away from its kink."""
    rng = np.random.default_rng(seed)
    while True:
        a, p, n = rng.normal(size=(3, 4))
        if triplet(a, p, n, m, DISTANCES[kind]) > 0.05:
            return a, p, n


def slopes_of_triplet(a, p, n, kind, m=0.4):
    d = DISTANCES[kind]
    return (
        gradient(lambda v: triplet(v, p, n, m, d), a),
        gradient(lambda v: triplet(a, v, n, m, d), p),
        gradient(lambda v: triplet(a, p, v, m, d), n),
    )


def batch(seed):
    rng = np.random.default_rng(seed)
    # the last has no positive
    return rng.normal(size=(8, 3)), np.array([0, 0, 0, 1, 1, 2, 2, 3])


def partners(y, i):
    same = [j for j in range(len(y)) if y[j] == y[i] and j != i]
    return same, [k for k in range(len(y)) if y[k] != y[i]]


def mined(d, y, i, mining):
    """The triplets (j, k) of anchor i, as the page's three formulas choose them."""
    P, Q = partners(y, i)
    if not P:
        return []
    if mining == "all":
        return [(j, k) for j in P for k in Q]
    if mining == "hard":
        return [(max(P, key=lambda j: d[i, j]), min(Q, key=lambda k: d[i, k]))]
    chosen = []
    for j in P:
        farther = [k for k in Q if d[i, k] > d[i, j]]
        if farther:
            chosen.append((j, min(farther, key=lambda k: d[i, k])))
        else:
            chosen.append((j, max(Q, key=lambda k: d[i, k])))
    return chosen


def table(x, kind):
    return np.array([[DISTANCES[kind](a, b) for b in x] for a in x])


def weights_of(x, y, m, kind, mining):
    """pi (N, N), the loss and q, the weighted share of hinges that are on."""
    d = table(x, kind)
    anchors = [i for i in range(len(x)) if mined(d, y, i, mining)]
    pi, loss, q = np.zeros_like(d), 0.0, 0.0
    for i in anchors:
        found = mined(d, y, i, mining)
        for j, k in found:
            bracket = d[i, j] - d[i, k] + m
            if bracket > 0:
                share = 1 / len(found) / len(anchors)
                pi[i, j] += share
                pi[i, k] -= share
                q += share
                loss += share * bracket
    return pi, loss, q


@equation("triplet-loss", "triplet-distances")
@pytest.mark.parametrize("kind", DISTANCES)
def test_the_triplet_loss_of_three_distances(kind):
    rng = np.random.default_rng(0)
    a, p, n = rng.normal(size=(3, 12, 4))
    page = [triplet(*row, 0.4, DISTANCES[kind]) for row in zip(a, p, n, strict=True)]
    assert 0 < np.count_nonzero(page) < 12
    each = losses.TripletLoss(margin=0.4, distance=kind, reduction="none").forward(
        a, p, n
    )[0]
    assert_allclose(each, page, atol=1e-13)


@equation("triplet-loss", "triplet-distances")
def test_the_triplet_by_hand():
    a, p, n = np.zeros(2), np.array([3.0, 0.0]), np.array([0.0, 4.0])
    assert triplet(a, p, n, 2, DISTANCES["euclidean"]) == pytest.approx(1)
    assert triplet(a, p, n, 2, DISTANCES["squared"]) == 0
    assert_allclose(slopes_of_triplet(a, p, n, "euclidean", 2)[0], [-1, 1], atol=1e-9)


@equation("triplet-distances")
def test_squared_and_cosine_distance_of_unit_vectors():
    a, b = np.random.default_rng(1).normal(size=(2, 5))
    a, b = a / length(a), b / length(b)
    assert DISTANCES["squared"](a, b) == pytest.approx(2 * DISTANCES["cosine"](a, b))


@equation("mining-all", "mining-hard", "mining-semi")
@pytest.mark.parametrize("mining", MINING)
@pytest.mark.parametrize("kind", DISTANCES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mining(seed, kind, mining):
    x, y = batch(seed)
    d, m, page = table(x, kind), 0.4, []
    for i in range(len(x)):
        P, Q = partners(y, i)
        if not P:
            page.append(0.0)
        elif mining == "all":
            total = sum(max(0, d[i, j] - d[i, k] + m) for j in P for k in Q)
            page.append(total / len(P) / len(Q))
        elif mining == "hard":
            far, near = max(d[i, j] for j in P), min(d[i, k] for k in Q)
            page.append(max(0, far - near + m))
        else:
            found = mined(d, y, i, mining)
            page.append(sum(max(0, d[i, j] - d[i, k] + m) for j, k in found) / len(P))
    head = losses.BatchTripletLoss(m, mining, kind, reduction="none")
    assert_allclose(head.forward(x, y)[0], page, atol=1e-12)


@equation("mining-semi")
def test_a_semi_hard_negative_is_the_nearest_that_is_farther_than_the_positive():
    for seed in SEEDS:
        x, y = batch(seed)
        d = table(x, "euclidean")
        for i in range(7):
            _, Q = partners(y, i)
            for j, k in mined(d, y, i, "semi-hard"):
                if d[i, k] > d[i, j]:
                    assert not [q for q in Q if d[i, j] < d[i, q] < d[i, k]]
                else:
                    assert max(d[i, q] for q in Q) <= d[i, j]


@equation("triplet-squared-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_of_the_squared_triplet(seed):
    a, p, n = active_triplet(seed, "squared")
    page = 2 * (n - p), 2 * (p - a), 2 * (a - n)
    for formula, numeric in zip(
        page, slopes_of_triplet(a, p, n, "squared"), strict=True
    ):
        assert_allclose(formula, numeric, rtol=1e-7, atol=1e-8)


@equation("triplet-euclidean-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_of_the_euclidean_triplet(seed):
    a, p, n = active_triplet(seed, "euclidean")
    u_ap, u_an = (a - p) / length(a - p), (a - n) / length(a - n)
    page = u_ap - u_an, -u_ap, u_an
    for formula, numeric in zip(
        page, slopes_of_triplet(a, p, n, "euclidean"), strict=True
    ):
        assert_allclose(formula, numeric, rtol=1e-7, atol=1e-8)


@equation("triplet-cosine-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_of_the_cosine_distance(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 4))
    page = -(b / length(b) - cosine(a, b) * a / length(a)) / length(a)
    assert_allclose(page, gradient(lambda v: 1 - cosine(v, b), a), rtol=1e-7, atol=1e-8)


@equation("batch-triplet-backward")
@pytest.mark.parametrize("mining", MINING)
@pytest.mark.parametrize("kind", DISTANCES)
def test_every_distance_pulls_at_both_its_ends(kind, mining):
    x, y = batch(0)
    pi = weights_of(x, y, 0.4, kind, mining)[0]
    page = np.zeros_like(x)
    for i in range(len(x)):
        for k in range(len(x)):
            if k != i:
                slope = gradient(lambda v, k=k: DISTANCES[kind](v, x[k]), x[i])
                page[i] += (pi[i, k] + pi[k, i]) * slope
    numeric = gradient(lambda v: weights_of(v, y, 0.4, kind, mining)[1], x)
    assert_allclose(page, numeric, rtol=1e-6, atol=1e-8)
    head = losses.BatchTripletLoss(0.4, mining, kind)
    assert_allclose(head.backward(head.forward(x, y)[1])[0], page, rtol=1e-6, atol=1e-8)


@equation("triplet-euler")
@pytest.mark.parametrize("mining", MINING)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_slope_along_growth_is_the_loss_less_the_margins(seed, mining):
    """About any point z, for both distances; semi-hard negatives, where they exist, ask
    to grow."""
    x, y = batch(seed)
    z = np.random.default_rng(seed + 100).normal(size=3)
    for kind, kappa in (("euclidean", 1), ("squared", 2)):
        pi, loss, q = weights_of(x, y, 0.4, kind, mining)
        dx = gradient(lambda v, kind=kind: weights_of(v, y, 0.4, kind, mining)[1], x)
        along = sum((xi - z) @ gi for xi, gi in zip(x, dx, strict=True))
        assert along == pytest.approx(kappa * (pi * table(x, kind)).sum(), abs=1e-7)
        assert along == pytest.approx(kappa * (loss - q * 0.4), abs=1e-7)


@equation("triplet-euler")
def test_semi_hard_triplets_never_ask_to_shrink():
    for seed in SEEDS:
        x, y = batch(seed)
        d = table(x, "euclidean")
        for i in range(7):
            for j, k in mined(d, y, i, "semi-hard"):
                if d[i, k] > d[i, j]:  # not the fallback
                    assert max(0, d[i, j] - d[i, k] + 0.4) <= 0.4


@equation("triplet-collapsed")
@pytest.mark.parametrize("kind", DISTANCES)
@pytest.mark.parametrize("mining", MINING)
def test_features_at_one_point_cost_the_margin_and_get_no_gradient(kind, mining):
    x, y = np.tile([0.6, -0.3, 1.1], (7, 1)), batch(0)[1][:7]
    assert triplet(x[0], x[1], x[3], 0.4, DISTANCES[kind]) == pytest.approx(0.4)
    head = losses.BatchTripletLoss(0.4, mining, kind)
    loss, saved = head.forward(x, y)
    assert loss == pytest.approx(0.4)
    assert_allclose(head.backward(saved)[0], 0, atol=1e-15)


# The circle loss of one anchor, from its similarities.


def weights(s_p, s_n, m):
    return np.maximum(0, 1 + m - s_p), np.maximum(0, s_n + m)


def log_sums(s_p, s_n, a_p, a_n, m, gamma):
    lse_n = math.log(
        sum(math.exp(gamma * a * (s - m)) for s, a in zip(s_n, a_n, strict=True))
    )
    lse_p = math.log(
        sum(math.exp(-gamma * a * (s - (1 - m))) for s, a in zip(s_p, a_p, strict=True))
    )
    return lse_n, lse_p


def circle(s_p, s_n, m, gamma, at=None):
    """The loss; with `at`, its weights are those of other similarities and so held
    still."""
    a_p, a_n = weights(*(at or (s_p, s_n)), m)
    return math.log(1 + math.exp(sum(log_sums(s_p, s_n, a_p, a_n, m, gamma))))


def similarities(seed, m=0.25):
    """Similarities of both signs, away from the kink at -m."""
    rng = np.random.default_rng(seed)
    s_p, s_n = rng.uniform(-0.5, 1, 3), rng.uniform(-0.9, 0.9, 5)
    return s_p, np.where(np.abs(s_n + m) < 0.01, 0.3, s_n)


@equation("circle-weights", "circle-lse", "circle-loss")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_circle_loss(seed):
    x, y = batch(seed)
    page = []
    for i in range(len(x)):
        P, Q = partners(y, i)
        if not P:
            page.append(0.0)
            continue
        s_p = np.array([cosine(x[i], x[j]) for j in P])
        s_n = np.array([cosine(x[i], x[k]) for k in Q])
        page.append(circle(s_p, s_n, 0.25, 6.0))
        a_p, a_n = weights(s_p, s_n, 0.25)
        product = sum(np.exp(6 * a_n * (s_n - 0.25))) * sum(
            np.exp(-6 * a_p * (s_p - 0.75))
        )
        assert page[-1] == pytest.approx(math.log(1 + product))
    head = losses.CircleLoss(m=0.25, gamma=6.0, reduction="none")
    assert_allclose(head.forward(x, y)[0], page, rtol=1e-11)


@equation("circle-loss")
def test_the_circle_by_hand():
    s_p, s_n = np.array([0.8]), np.array([0.3])
    assert weights(s_p, s_n, 0.25) == (pytest.approx([0.45]), pytest.approx([0.55]))
    assert log_sums(s_p, s_n, *weights(s_p, s_n, 0.25), 0.25, 4) == pytest.approx(
        (0.11, -0.09)
    )
    assert round(circle(s_p, s_n, 0.25, 4), 3) == 0.703


def softmaxes(s_p, s_n, m, gamma):
    a_p, a_n = weights(s_p, s_n, m)
    lse_n, lse_p = log_sums(s_p, s_n, a_p, a_n, m, gamma)
    z = 1 / (1 + math.exp(-(lse_n + lse_p)))
    e_n, e_p = np.exp(gamma * a_n * (s_n - m)), np.exp(-gamma * a_p * (s_p - 1 + m))
    return z, e_n / e_n.sum(), e_p / e_p.sum(), a_p, a_n


@equation("circle-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_with_frozen_weights(seed):
    s_p, s_n = similarities(seed)
    m, gamma, at = 0.25, 5.0, similarities(seed)
    z, pi_n, pi_p, a_p, a_n = softmaxes(s_p, s_n, m, gamma)
    by_n = gradient(lambda s: circle(s_p, s, m, gamma, at), s_n)
    by_p = gradient(lambda s: circle(s, s_n, m, gamma, at), s_p)
    assert_allclose(z * pi_n * gamma * a_n, by_n, rtol=1e-7, atol=1e-9)
    assert_allclose(-z * pi_p * gamma * a_p, by_p, rtol=1e-7, atol=1e-9)


@equation("circle-full-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_with_moving_weights_is_another(seed):
    s_p, s_n = similarities(seed)
    m, gamma = 0.25, 5.0
    z, pi_n, pi_p, a_p, _ = softmaxes(s_p, s_n, m, gamma)
    by_n = gradient(lambda s: circle(s_p, s, m, gamma), s_n)
    by_p = gradient(lambda s: circle(s, s_n, m, gamma), s_p)
    page_n = z * pi_n * 2 * gamma * np.where(s_n < -m, 0, s_n)
    assert_allclose(page_n, by_n, rtol=1e-6, atol=1e-8)
    assert_allclose(z * pi_p * 2 * gamma * (s_p - 1), by_p, rtol=1e-6, atol=1e-8)
    assert np.abs(-z * pi_p * gamma * a_p - by_p).max() > 1e-3  # not the frozen one


@equation("circle-dx")
def test_from_similarities_to_features():
    """The frozen slopes of all anchors, brought to x, are the library's backward."""
    x, y = batch(2)
    n, m, gamma = 7, 0.25, 5.0  # anchors with both kinds of partner
    x_hat = np.array([v / length(v) for v in x])
    g = np.zeros((8, 8))
    for i in range(n):
        P, Q = partners(y, i)
        z, pi_n, pi_p, a_p, a_n = softmaxes(
            x_hat[P] @ x_hat[i], x_hat[Q] @ x_hat[i], m, gamma
        )
        g[i, Q], g[i, P] = z * pi_n * gamma * a_n / n, -z * pi_p * gamma * a_p / n
    page = []
    for i in range(8):
        v = sum((g[i, k] + g[k, i]) * x_hat[k] for k in range(8))
        page.append((v - (v @ x_hat[i]) * x_hat[i]) / length(x[i]))
    head = losses.CircleLoss(m=m, gamma=gamma)
    assert_allclose(
        head.backward(head.forward(x, y)[1])[0], page, rtol=1e-10, atol=1e-13
    )


@equation("triplet-boundary")
def test_the_boundary_of_the_triplet():
    """On the line the bracket with cosine distances is 0, above it the loss is 0."""
    for s_n in np.linspace(-0.6, 0.6, 9):
        s_p, m = s_n + 0.3, 0.3
        assert (1 - s_p) - (1 - s_n) + m == pytest.approx(0)
        assert max(0, (1 - (s_p + 0.01)) - (1 - s_n) + m) == 0
        assert max(0, (1 - (s_p - 0.01)) - (1 - s_n) + m) > 0


@equation("circle-boundary")
@pytest.mark.parametrize("m", [0.1, 0.25, 0.4])
def test_the_boundary_of_the_circle(m):
    """The exponents add up to 0 on the circle, right of -m, and on s_p = 1 - m left of
    it."""

    def exponent(s_n, s_p):
        a_p, a_n = weights(s_p, s_n, m)
        return a_n * (s_n - m) - a_p * (s_p - (1 - m))

    for s_n in np.linspace(-m, math.sqrt(2) * m, 20):
        s_p = 1 - math.sqrt(max(0, 2 * m**2 - s_n**2))
        assert exponent(s_n, s_p) == pytest.approx(0, abs=1e-12)
        assert exponent(s_n, s_p - 0.02) > 0
    for s_n in np.linspace(-1, -m, 5):
        assert exponent(s_n, 1 - m) == pytest.approx(0, abs=1e-12)
    rng = np.random.default_rng(0)
    for s_n, s_p in rng.uniform([-m, -1], [1, 1], (200, 2)):
        assert (exponent(s_n, s_p) < 0) == (s_n**2 + (1 - s_p) ** 2 < 2 * m**2)
    assert m**2 + (1 - (1 - m)) ** 2 == pytest.approx(2 * m**2)  # the dot of the figure


@equation("circle-aim")
def test_the_frozen_field_of_one_pair_points_beyond_the_corner():
    m, gamma = 0.25, 3.0
    rng = np.random.default_rng(1)
    for s_n, s_p in rng.uniform([-m, -1], [1, 1], (20, 2)):
        at = np.array([s_p]), np.array([s_n])
        slope_n = gradient(lambda s, at=at: circle(at[0], s, m, gamma, at), at[1])[0]
        slope_p = gradient(lambda s, at=at: circle(s, at[1], m, gamma, at), at[0])[0]
        a_p, a_n = (w[0] for w in weights(*at, m))
        aim = np.array([-m, 1 + m]) - [s_n, s_p]
        assert_allclose(-np.array([a_n, -a_p]), aim, atol=1e-12)
        descent = -np.array([slope_n, slope_p])
        assert descent[0] * aim[1] == pytest.approx(descent[1] * aim[0], abs=1e-8)
        assert descent @ aim > 0


# The unified loss.


def unified(s_n, s_p, m, gamma):
    """By its double sum."""
    return math.log(1 + sum(math.exp(gamma * (n - p + m)) for p in s_p for n in s_n))


@equation("uni-loss")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_exponent_is_a_triplets_bracket_and_the_circles_for_alpha_of_1(seed):
    s_p, s_n = similarities(seed)
    one_p, one_n = np.ones_like(s_p), np.ones_like(s_n)
    # Weights 1; the circle's two thresholds add up to s_n - s_p - m + (1 - m): a margin
    # of 1 - 2m.
    lse_n, lse_p = log_sums(s_p, s_n, one_p, one_n, 0.25, 4.0)
    assert math.log(1 + math.exp(lse_n + lse_p)) == pytest.approx(
        unified(s_n, s_p, 1 - 2 * 0.25, 4.0)
    )
    assert (1 - s_p[0]) - (1 - s_n[0]) + 0.25 == pytest.approx(s_n[0] - s_p[0] + 0.25)


@equation("uni-product")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_double_sum_is_a_product(seed):
    s_p, s_n = similarities(seed)
    double = sum(math.exp(4 * (n - p + 0.2)) for p in s_p for n in s_n)
    assert double == pytest.approx(
        math.exp(4 * 0.2) * sum(np.exp(4 * s_n)) * sum(np.exp(-4 * s_p))
    )


@equation("uni-am")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("s", "m"), [(1.0, 0.0), (8.0, 0.35), (30.0, 0.35)])
def test_with_class_rows_it_is_am_softmax(seed, s, m):
    rng = np.random.default_rng(seed)
    x, w, y = rng.normal(size=(5, 3)), rng.normal(size=(6, 3)), rng.integers(0, 6, 5)
    am = losses.AdditiveMarginSoftmaxLoss(m=m, s=s, reduction="none").forward(x, w, y)[
        0
    ]
    for xi, yi, value in zip(x, y, am, strict=True):
        cos = np.array([cosine(xi, row) for row in w])
        others = np.delete(cos, yi)
        target = math.exp(s * (cos[yi] - m))
        rest = sum(np.exp(s * others))
        assert unified(others, cos[[yi]], m, s) == pytest.approx(value)
        assert math.log((target + rest) / target) == pytest.approx(value)
        assert -math.log(target / (target + rest)) == pytest.approx(value)


@equation("uni-limit")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_bounds_between_hinge_and_unified_loss(seed):
    s_p, s_n = similarities(seed)
    for m in -1.5, 0.0, 0.3:  # the first puts the hinge at 0
        hinge = max(0.0, s_n.max() - s_p.min() + m)
        for gamma in 1.0, 10.0, 100.0:
            value = unified(s_n, s_p, m, gamma) / gamma
            assert hinge - 1e-12 <= value
            assert value <= hinge + math.log(len(s_p) * len(s_n) + 1) / gamma + 1e-12
    # All brackets 0: the bound is met.
    equal = np.full(3, 0.4)
    assert unified(equal, equal, 0.0, 7.0) / 7 == pytest.approx(math.log(10) / 7)


def averages_of_the_page():
    """The function of the page that averages triplets in several ways, from its own
    cell."""
    (chapter,) = [c for c in NUMBERED if c.path.name.startswith("10-")]
    (cell,) = [c for c in chapter.cells if "def averages" in c.body]
    definition = ast.parse(cell.body).body[0]
    scope = {"np": np}
    exec(compile(ast.Module([definition], []), "averages", "exec"), scope)
    return scope["averages"]


@pytest.mark.parametrize("sizes", [(4, 4, 4), (6, 4, 2)])
def test_the_means_of_triplets_that_libraries_take(sizes):
    """Brackets one by one; the means as pytorch-metric-learning and TensorFlow Addons
    document."""
    y, m = np.repeat(np.arange(3), sizes), 0.5
    x = np.random.default_rng(2).normal(size=(len(y), 4))
    d = table(x, "euclidean")
    page = averages_of_the_page()(x, y, m)

    every = [
        d[i, j] - d[i, k] + m for i in range(len(y)) for j, k in mined(d, y, i, "all")
    ]
    on = [bracket for bracket in every if bracket > 0]
    semi = [
        d[i, j] - d[i, k] + m
        for i in range(len(y))
        for j, k in mined(d, y, i, "semi-hard")
    ]
    over_pairs = sum(max(0, bracket) for bracket in semi) / len(semi)
    ours = {
        k: losses.BatchTripletLoss(m, k).forward(x, y)[0] for k in ("all", "semi-hard")
    }
    expected = [
        ours["all"],
        sum(on) / len(on),
        len(on) / len(every),
        ours["semi-hard"],
        over_pairs,
    ]
    assert_allclose(list(page.values()), expected, rtol=1e-12)

    equal = len(set(sizes)) == 1
    plain = sum(on) / len(every)
    # only then is every triplet one voice
    assert (abs(ours["all"] - plain) < 1e-12) == equal
    assert (abs(ours["semi-hard"] - over_pairs) < 1e-12) == equal
