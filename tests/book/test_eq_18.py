"""The equations of chapter 18, sub-centers, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose, assert_array_equal
from slopes import gradient

from margins import results
from mlcore import losses

S, M = 7.0, 0.5


def batch(k=3, seed=1):
    rng = np.random.default_rng(seed)
    y = np.array([0, 3, 1, 1, 2, 0])
    return rng.normal(size=(6, 3)), rng.normal(size=(4, k, 3)), y


def cosines(x, rows):
    return [unit(x) @ unit(row) for row in rows]


def winner(x, rows):
    """The first k whose cosine is the largest."""
    of_rows = cosines(x, rows)
    return min(k for k, c in enumerate(of_rows) if c == max(of_rows))


def logits(x, w, y, m=M, s=S):
    theta = [math.acos(max(cosines(x, rows))) for rows in w]
    return np.array([s * math.cos(t + m if j == y else t) for j, t in enumerate(theta)])


def loss_of_batch(x, w, y, m=M, s=S):
    z = [logits(xi, w, yi, m, s) for xi, yi in zip(x, y, strict=True)]
    return np.mean(
        [-math.log(math.exp(f[j]) / np.exp(f).sum()) for f, j in zip(z, y, strict=True)]
    )


def library(x, w, y, m=M, s=S):
    head = losses.SubCenterArcFaceLoss(m=m, s=s)
    loss, saved = head.forward(x, w, y)
    return float(loss), *head.backward(saved)


def arcface(x, w, y, m=M, s=S):
    head = losses.ArcFaceLoss(m=m, s=s)
    loss, saved = head.forward(x, w, y)
    return float(loss), *head.backward(saved)


@equation("subcenter-cosine", "subcenter-loss")
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_loss_takes_the_largest_cosine_of_every_class(k):
    x, w, y = batch(k)
    assert library(x, w, y)[0] == pytest.approx(loss_of_batch(x, w, y), rel=1e-12)
    # And not of the right class only: a mean over the others' rows is another number.
    averaged = np.array([[unit(row) for row in rows] for rows in w]).mean(axis=1)
    if k > 1:
        z = [logits(xi, w, yi) for xi, yi in zip(x, y, strict=True)]
        for f, xi, yi in zip(z, x, y, strict=True):
            for j in range(4):
                if j != yi:
                    assert f[j] > S * (unit(xi) @ averaged[j])


@equation("subcenter-cosine", "subcenter-loss")
def test_the_example_by_hand():
    x = np.array([3.0, 4.0])
    w = np.array([[[-1.0, 0.0], [0.8, 0.6]], [[1.0, 0.0], [0.0, 1.0]]])
    assert_allclose(cosines(x, w[1]), [0.6, 0.8])
    assert_allclose(cosines(x, w[0]), [-0.6, 0.96])
    assert math.cos(math.acos(0.8) + 0.5) == pytest.approx(0.414, abs=5e-4)
    page = loss_of_batch(x[None], w, [1], s=1.0)
    assert page == pytest.approx(1.003, abs=5e-4)
    assert np.mean(cosines(x, w[1])) == pytest.approx(0.7)
    assert np.mean(cosines(x, w[0])) == pytest.approx(0.18)


@equation("subcenter-caps")
def test_near_to_the_class_is_near_to_one_of_its_rows():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(3, 3))
    inside = 0
    for x in rng.normal(size=(300, 3)):
        of_class = math.acos(max(cosines(x, rows)))
        for alpha in (0.3, 0.8, 1.5):
            caps = any(unit(x) @ unit(row) >= math.cos(alpha) for row in rows)
            assert (of_class <= alpha) == caps
            inside += caps
    assert 100 < inside < 800


@equation("subcenter-winner")
def test_the_first_of_those_that_tie_wins():
    x, w, y = batch(2)
    twice = np.concatenate([w, w], axis=1)
    for xi in x:
        for rows in twice:
            assert winner(xi, rows) < 2
    dw = library(x, twice, y)[2]
    assert np.abs(dw[:, :2]).max() > 0
    assert_array_equal(dw[:, 2:], 0)


@equation("subcenter-order")
def test_margin_and_maximum_may_change_places_up_to_pi_minus_m():
    rng = np.random.default_rng(3)
    for theta in rng.uniform(0, math.pi - M, (200, 4)):
        first = max(math.cos(t + M) for t in theta)
        assert first == pytest.approx(math.cos(theta.min() + M), abs=1e-15)
    # Past it they may not: the page's two rows.
    near, far = math.radians(150), math.pi
    assert math.cos(far + M) > math.cos(near + M)
    assert math.cos(near) > math.cos(far)


@equation("subcenter-slopes")
def test_the_slope_of_the_largest_cosine_is_that_of_the_winner():
    x, w, _ = batch()
    for xi in x:
        for rows in w:
            best = winner(xi, rows)
            c = max(cosines(xi, rows))
            by_x = (unit(rows[best]) - c * unit(xi)) / length(xi)
            assert_allclose(
                by_x, gradient(lambda v, r=rows: max(cosines(v, r)), xi), atol=1e-8
            )
            by_w = gradient(lambda r, v=xi: max(cosines(v, r)), rows)
            for k, row in enumerate(rows):
                page = (k == best) * (unit(xi) - c * unit(row)) / length(row)
                assert_allclose(page, by_w[k], atol=1e-8)


@equation("subcenter-dx", "subcenter-dw")
@pytest.mark.parametrize("k", [1, 3])
def test_the_gradient_of_the_batch(k):
    x, w, y = batch(k)
    n = len(y)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, (xi, yi) in enumerate(zip(x, y, strict=True)):
        z = logits(xi, w, yi)
        g = np.exp(z) / np.exp(z).sum()
        g[yi] -= 1
        g /= n
        for j, rows in enumerate(w):
            best = winner(xi, rows)
            row, theta = rows[best], angle(xi, rows[best])
            inner_x, inner_w = g[j] * unit(row), g[j] * unit(xi)
            if j == yi:
                more = math.sin(theta + M) - math.sin(theta)
                inner_x = inner_x + g[j] * more * tangent(xi, row)
                inner_w = inner_w + g[j] * more * tangent(row, xi)
            for total, inner, v in ((dx[i], inner_x, xi), (dw[j, best], inner_w, row)):
                total += S / length(v) * (inner - (inner @ unit(v)) * unit(v))
    _, of_library, of_rows = library(x, w, y)
    assert_allclose(dx, of_library, rtol=1e-10, atol=1e-14)
    assert_allclose(dw, of_rows, rtol=1e-10, atol=1e-14)
    assert_allclose(dx, gradient(lambda v: loss_of_batch(v, w, y), x), atol=1e-8)
    assert_allclose(dw, gradient(lambda v: loss_of_batch(x, v, y), w), atol=1e-8)


def test_one_row_is_arcface_and_the_order_of_rows_means_nothing():
    x, w, y = batch(1)
    ours, plain = library(x, w, y), arcface(x, w[:, 0], y)
    assert ours[0] == pytest.approx(plain[0], rel=1e-14)
    assert_allclose(ours[1], plain[1], rtol=1e-12)
    assert_allclose(ours[2][:, 0], plain[2], rtol=1e-12)
    x, w, y = batch(3)
    order = [2, 0, 1]
    ours, turned = library(x, w, y), library(x, w[:, order], y)
    assert ours[0] == pytest.approx(turned[0], rel=1e-14)
    assert_allclose(ours[1], turned[1], rtol=1e-12)
    assert_allclose(ours[2][:, order], turned[2], rtol=1e-12)


@equation("subcenter-copies")
def test_equal_copies_are_arcface_and_the_first_has_the_gradient():
    x, w, y = batch(1)
    loss, dx, dw = library(x, np.repeat(w, 4, axis=1), y)
    plain = arcface(x, w[:, 0], y)
    assert loss == pytest.approx(plain[0], rel=1e-14)
    assert_allclose(dx, plain[1], rtol=1e-12)
    assert_allclose(dw[:, 0], plain[2], rtol=1e-12)
    assert_array_equal(dw[:, 1:], 0)


@equation("subcenter-tie")
def test_at_a_tie_a_central_difference_sees_half():
    x, w, _ = batch(1)
    rows = np.repeat(w[0], 2, axis=0)
    c = max(cosines(x[0], rows))
    slope = (unit(x[0]) - c * unit(rows[0])) / length(rows[0])
    g, h = length(slope), 1e-6
    for copy in (0, 1):

        def f(step, copy=copy):
            moved = rows.copy()
            moved[copy] += step * unit(slope)
            return max(cosines(x[0], moved))

        assert (f(h) - f(0)) / h == pytest.approx(g, rel=1e-4)
        assert f(-h) == f(0)
        assert (f(h) - f(-h)) / (2 * h) == pytest.approx(g / 2, rel=1e-4)


def crowd(seed=4):
    """Two classes, each with a large and a small group at rows at right angles."""
    rng = np.random.default_rng(seed)
    rows = np.linalg.qr(rng.normal(size=(8, 4)))[0].T.reshape(2, 2, 8)
    y = np.repeat([0, 1], 20)
    group = np.tile(np.repeat([1, 0], [15, 5]), 2)
    return rows[y, group] + 0.1 * rng.normal(size=(40, 8)), rows, y, group


@equation("subcenter-dominant")
def test_the_dominant_row_is_the_one_that_wins_most():
    x, w, y, _ = crowd()
    page = []
    for j, rows in enumerate(w):
        counts = [
            sum(winner(xi, rows) == k for xi, yi in zip(x, y, strict=True) if yi == j)
            for k in range(2)
        ]
        page.append(counts.index(max(counts)))
    assert page == [1, 1]  # the large group is at the second row
    head = losses.SubCenterArcFaceLoss()
    assert_array_equal(head.dominant(x, w, y), page)
    assert_array_equal(head.dominant(x, w[:, ::-1], y), [0, 0])
    # Neither length nor sum of cosines decides.
    long = w * np.array([100.0, 0.01])[None, :, None]
    assert_array_equal(head.dominant(x, long, y), page)


@equation("subcenter-outlier")
@pytest.mark.parametrize("degrees", [15.0, 75.0])
def test_who_is_dropped(degrees):
    x, w, y, group = crowd()
    head = losses.SubCenterArcFaceLoss()
    first = head.dominant(x, w, y)
    page = [
        math.degrees(angle(xi, w[yi, first[yi]])) > degrees
        for xi, yi in zip(x, y, strict=True)
    ]
    assert 0 < sum(page) < len(page)
    assert_array_equal(head.outliers(x, w, y, degrees=degrees), page)
    if degrees == 75:
        assert_array_equal(page, group == 0)


@equation("subcenter-decay", "subcenter-turn")
def test_a_row_that_never_wins_shrinks_and_then_turns_by_much():
    rate, decay, steps = 0.05, 5e-4, 1000
    rng = np.random.default_rng(5)
    w = rng.normal(size=4)
    x_hat = unit(rng.normal(size=4))
    row = w.copy()
    for _ in range(steps):
        row = row - rate * decay * row
    assert_allclose(row, (1 - rate * decay) ** steps * w, rtol=1e-10)
    # One step of the gradient of a cosine, times a factor.
    for w0 in (w, row):
        c = unit(w0) @ x_hat
        sine = math.sqrt(1 - c * c)
        stepped = w0 + rate * 3.0 * (x_hat - c * unit(w0)) / length(w0)
        page = math.atan(rate * 3.0 * sine / length(w0) ** 2)
        assert angle(w0, stepped) == pytest.approx(page, rel=1e-6)


@equation("subcenter-far")
def test_the_state_in_which_every_label_is_as_good_as_any_other():
    s, m, classes = 16.0, 0.3, 10
    page = math.log(1 + (classes - 1) * math.exp(-s * (1 - math.cos(m))))
    u = np.array([0.6, 0.0, 0.8])
    rng = np.random.default_rng(6)
    x, w = np.tile(-u, (20, 1)), np.tile(u, (classes, 1))
    w *= rng.uniform(0.5, 2, (classes, 1))
    for _ in range(3):
        y = rng.integers(0, classes, 20)
        assert arcface(x, w, y, m, s)[0] == pytest.approx(page, rel=1e-12)
        assert library(x, w[:, None], y, m, s)[0] == pytest.approx(page, rel=1e-12)


# What the text says of the experiment in words.
# --------------------------------------------------------------------------------------

KINDS = ("any other", "one other")


def measured(kind, k, epochs, name, part=None):
    """Mean over the seeds; a count of samples as a share of its part."""
    values = []
    for run in results.runs("noise-" + kind.replace(" ", "-")):
        found = run["found"][f"{k} {epochs}"]
        value = found[name]
        if part:
            value = value[part] / sum(found["angles"][part])
        values.append(value)
    assert len(values) == 3
    return np.mean(values)


@pytest.mark.parametrize("kind", KINDS)
def test_what_several_rows_do_for_a_network_that_learns_by_heart(kind):
    for part in ("clean", "wrong"):
        assert measured(kind, 1, 40, "beyond", part) < 0.03
    for k in (2, 3, 5):
        assert measured(kind, k, 40, "auc") > measured(kind, 1, 40, "auc") + 0.03
        assert measured(kind, k, 40, "beyond", "wrong") > 0.2
    for k in (2, 3):
        anew, before = (
            measured(kind, k, 40, "retrained"),
            measured(kind, 1, 40, "dominant"),
        )
        assert anew > before + 2
    assert 0.15 < measured(kind, 3, 40, "beyond", "clean") < 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_early_beats_all_of_it(kind):
    late = [
        measured(kind, k, 40, name)
        for k in (1, 2, 3, 5)
        for name in ("dominant", "retrained")
    ]
    assert measured(kind, 1, 4, "dominant") > max(late)


def test_four_epochs_and_one_row_tell_the_wrong_labels_best():
    best = measured("any other", 1, 4, "auc")
    for k in (1, 2, 3, 5):
        for epochs in (4, 12, 40):
            if (k, epochs) != (1, 4):
                assert measured("any other", k, epochs, "auc") < best
    assert measured("any other", 1, 4, "beyond", "wrong") > 0.9
    assert measured("any other", 1, 4, "beyond", "clean") < 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_the_own_winner_judges_better_early_and_finds_nothing_late(kind):
    if kind == "any other":
        assert measured(kind, 3, 4, "auc_own") > measured(kind, 3, 4, "auc")
    assert measured(kind, 3, 40, "auc_own") < measured(kind, 3, 40, "auc")
    assert measured(kind, 3, 40, "beyond_own", "wrong") < 0.01


def test_which_rows_are_better_at_test_time():
    for epochs in (4, 12, 40):
        dominant, every = (
            measured("any other", 3, epochs, name) for name in ("dominant", "all_rows")
        )
        assert every > dominant + (5 if epochs == 4 else 0)
    assert measured("one other", 3, 40, "dominant") > measured(
        "one other", 3, 40, "all_rows"
    )
