"""The equations of chapter 7, AM-Softmax and CosFace, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

N, D, C = 6, 3, 4
M, S = 0.35, 7.0


def logits(x, w, label, m=M, s=S):
    return np.array(
        [s * (math.cos(angle(x, row)) - m * (j == label)) for j, row in enumerate(w)]
    )


def loss_of_batch(x, w, y, m=M, s=S):
    total = 0.0
    for xi, yi in zip(x, y, strict=True):
        z = logits(xi, w, yi, m, s)
        total -= math.log(math.exp(z[yi]) / sum(math.exp(zj) for zj in z))
    return total / len(y)


def logit_gradients(x, w, y):
    """g_ij = (p_ij - [j = y_i]) / N."""
    g = []
    for xi, yi in zip(x, y, strict=True):
        e = np.exp(logits(xi, w, yi))
        g.append([(e[j] / e.sum() - (j == yi)) / len(y) for j in range(len(w))])
    return np.array(g)


@pytest.fixture
def batch():
    """Lengths far from 1: with unit vectors a forgotten division would not show."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(N, D)) * rng.uniform(0.5, 3, size=(N, 1))
    w = rng.normal(size=(C, D)) * rng.uniform(0.5, 3, size=(C, 1))
    return x, w, np.array([0, 3, 1, 1, 2, 0])


def circle(*angles):
    return np.c_[np.cos(angles), np.sin(angles)]


def simplex(classes):
    rows = np.eye(classes) - 1 / classes
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@equation("amsoftmax-demand")
def test_the_demand_is_a_half_space_at_a_distance():
    """cos θ1 − m > cos θ2 is (ŵ1 − ŵ2)·x̂ > m, a plane at distance m / |ŵ1 − ŵ2| from
    the middle."""
    rng = np.random.default_rng(9)
    for w1, w2, x in rng.normal(size=(200, 3, D)):
        demand = math.cos(angle(x, w1)) - M > math.cos(angle(x, w2))
        normal = unit(w1) - unit(w2)
        assert demand == (normal @ unit(x) > M)
        assert demand == (unit(normal) @ unit(x) > M / length(normal))


@equation("amsoftmax-logit", "amsoftmax-loss")
def test_the_loss(batch):
    x, w, y = batch
    for m, s in [(0.0, 1.0), (0.35, 30.0), (0.8, 64.0)]:
        library, _ = losses.AdditiveMarginSoftmaxLoss(m=m, s=s).forward(x, w, y)
        assert_allclose(library, loss_of_batch(x, w, y, m, s), rtol=1e-10)
        by_page = 0.0
        for xi, yi in zip(x, y, strict=True):
            c = [math.cos(angle(xi, wj)) for wj in w]
            own = math.exp(s * (c[yi] - m))
            others = sum(math.exp(s * cj) for j, cj in enumerate(c) if j != yi)
            by_page -= math.log(own / (own + others)) / N
        assert_allclose(library, by_page, rtol=1e-10)


@equation("amsoftmax-logit", "amsoftmax-loss")
def test_the_example_by_hand():
    x, w = np.array([3.0, 4.0]), np.eye(2)
    assert logits(x, w, 1, 0.35, 10.0) == pytest.approx([6.0, 4.5])
    loss = loss_of_batch([x], w, [1], 0.35, 10.0)
    assert loss == pytest.approx(math.log(1 + math.exp(1.5)))
    assert round(loss, 3) == 1.701


@equation("amsoftmax-dx", "amsoftmax-dw", "amsoftmax-orthogonal")
def test_the_gradients(batch):
    x, w, y = batch
    g = logit_gradients(x, w, y)
    numeric = gradient(lambda x: loss_of_batch(x, w, y), x)
    for i in range(N):
        q = sum(g[i, j] * unit(w[j]) for j in range(C))
        dx = S / length(x[i]) * (q - (q @ unit(x[i])) * unit(x[i]))
        assert_allclose(dx, numeric[i], rtol=1e-6, atol=1e-9)
        assert x[i] @ dx == pytest.approx(0, abs=1e-13)
    numeric = gradient(lambda w: loss_of_batch(x, w, y), w)
    for j in range(C):
        r = sum(g[i, j] * unit(x[i]) for i in range(N))
        dw = S / length(w[j]) * (r - (r @ unit(w[j])) * unit(w[j]))
        assert_allclose(dw, numeric[j], rtol=1e-6, atol=1e-9)
        assert w[j] @ dw == pytest.approx(0, abs=1e-13)


@equation("amsoftmax-orthogonal")
@pytest.mark.parametrize("factor", [3.0, -2.0])
def test_nothing_is_radial_even_for_a_feature_along_its_row(batch, factor):
    x, w, y = batch
    x = x.copy()
    x[0] = factor * w[y[0]]
    head = losses.AdditiveMarginSoftmaxLoss(m=M, s=S)
    dx, dw = head.backward(head.forward(x, w, y)[1])
    assert_allclose((x * dx).sum(axis=1), 0, atol=1e-13)
    assert_allclose((w * dw).sum(axis=1), 0, atol=1e-13)


@equation("amsoftmax-parts")
def test_the_target_logit_turns_and_does_not_stretch(batch):
    x, w, _ = batch
    for xi, wi in zip(x, w, strict=False):
        theta = angle(xi, wi)

        def target(x, w):
            return S * (math.cos(angle(x, w)) - M)

        in_x = S / length(xi) * math.sin(theta) * tangent(xi, wi)
        in_w = S / length(wi) * math.sin(theta) * tangent(wi, xi)
        assert_allclose(
            in_x, gradient(lambda x, w=wi: target(x, w), xi), rtol=1e-6, atol=1e-8
        )
        assert_allclose(
            in_w, gradient(lambda w, x=xi: target(x, w), wi), rtol=1e-6, atol=1e-8
        )


@equation("amsoftmax-ds")
def test_the_gradient_of_the_scale(batch):
    x, w, y = batch
    g = logit_gradients(x, w, y)
    page = sum(
        g[i, j] * (math.cos(angle(x[i], w[j])) - M * (j == y[i]))
        for i in range(N)
        for j in range(C)
    )
    numeric = float(gradient(lambda s: loss_of_batch(x, w, y, s=float(s)), S))
    assert page == pytest.approx(numeric, rel=1e-7)


@equation("amsoftmax-ds")
def test_a_learned_scale_grows_once_the_margin_is_kept():
    rows = simplex(C)
    x = 3 * rows + 0.1 * np.random.default_rng(13).normal(size=rows.shape)
    z = np.array([logits(xi, rows, j) for j, xi in enumerate(x)])
    assert np.all(z.argmax(axis=1) == np.arange(C))
    slope = gradient(lambda s: loss_of_batch(x, rows, np.arange(C), s=float(s)), S)
    assert slope < 0


@equation("amsoftmax-edge", "amsoftmax-chords")
@pytest.mark.parametrize("degrees", [60, 100, 170, 180])
@pytest.mark.parametrize("m", [0.0, 0.1, 0.35, 0.45])
def test_where_the_boundary_cuts_the_arc_between_two_rows(degrees, m):
    theta_12 = math.radians(degrees)
    theta_1 = theta_12 / 2 - math.asin(m / (2 * math.sin(theta_12 / 2)))
    assert math.cos(theta_1) - m == pytest.approx(math.cos(theta_12 - theta_1))
    p1, p2, w1, w2 = circle(theta_1, theta_12 - theta_1, 0, theta_12)
    assert length(p1 - p2) * length(w1 - w2) == pytest.approx(2 * m)
    inside, outside = circle(theta_1 - 1e-4, theta_1 + 1e-4)
    assert inside @ w1 - m > inside @ w2
    assert outside @ w1 - m < outside @ w2


@equation("amsoftmax-m-plane")
@pytest.mark.parametrize("classes", [2, 3, 10, 50])
def test_the_largest_margin_of_rows_in_the_plane(classes):
    """Reached by equal spacing; no random rows do better, whatever the features."""
    bound = 1 - math.cos(2 * math.pi / classes)

    def margin(rows):
        c = rows @ rows.T
        return (1 - np.where(np.eye(len(rows), dtype=bool), -1, c)).min()

    assert margin(circle(*np.arange(classes) * 2 * np.pi / classes)) == pytest.approx(
        bound
    )
    rng = np.random.default_rng(10)
    assert (
        max(margin(circle(*rng.uniform(0, 2 * np.pi, classes))) for _ in range(500))
        < bound
    )


@equation("amsoftmax-mean-cosine", "amsoftmax-m-simplex")
@pytest.mark.parametrize("classes", [2, 4, 10])
def test_the_largest_margin_where_there_is_room(classes):
    rng = np.random.default_rng(11)
    pairs = classes * (classes - 1)
    for _ in range(200):
        rows = rng.normal(size=(classes, rng.integers(1, 12)))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        c = rows @ rows.T
        assert (c.sum() - np.trace(c)) / pairs >= -1 / (classes - 1) - 1e-12
        nearest = np.where(np.eye(classes, dtype=bool), -1, c).max()
        assert 1 - nearest <= classes / (classes - 1) + 1e-12
    c = simplex(classes) @ simplex(classes).T
    assert_allclose(c[~np.eye(classes, dtype=bool)], -1 / (classes - 1))
    assert 1 - c[0, 1] == pytest.approx(classes / (classes - 1))


def posterior(s, rows, m=0.0):
    """P_i of features on their rows."""
    c = rows @ rows.T
    out = []
    for i in range(len(rows)):
        own = math.exp(s * (c[i, i] - m))
        out.append(
            own / (own + sum(math.exp(s * c[i, j]) for j in range(len(rows)) if j != i))
        )
    return np.array(out)


@equation("amsoftmax-posterior", "amsoftmax-s-bound")
@pytest.mark.parametrize("classes", [2, 5, 10])
def test_the_lower_bound_of_the_scale(classes):
    """For any rows in any dimension; with equality on the simplex."""
    rng = np.random.default_rng(12)
    for s in 0.5, 3.0, 12.0:
        least = (classes - 1) * math.exp(-s * classes / (classes - 1))
        for _ in range(100):
            rows = rng.normal(size=(classes, rng.integers(2, 12)))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            reached = posterior(s, rows)
            assert np.mean(1 / reached - 1) >= least * (1 - 1e-12)
            worst = reached.min()
            if worst < 1 - 1e-9:
                bound = (
                    (classes - 1)
                    / classes
                    * math.log((classes - 1) * worst / (1 - worst))
                )
                assert s >= bound - 1e-9
        assert np.mean(1 / posterior(s, simplex(classes)) - 1) == pytest.approx(least)
    for wanted in 0.9, 0.999:
        s = (classes - 1) / classes * math.log((classes - 1) * wanted / (1 - wanted))
        assert_allclose(posterior(s, simplex(classes)), wanted, rtol=1e-9)


@equation("amsoftmax-s-margin")
@pytest.mark.parametrize("classes", [2, 5, 10])
@pytest.mark.parametrize("m", [0.0, 0.35, 0.8])
def test_the_scale_on_the_simplex_with_the_margin(classes, m):
    for wanted in 0.9, 0.999:
        s = math.log((classes - 1) * wanted / (1 - wanted)) / (
            classes / (classes - 1) - m
        )
        assert_allclose(posterior(s, simplex(classes), m), wanted, rtol=1e-9)
