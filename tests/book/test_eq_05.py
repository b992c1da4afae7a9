"""The equations of chapter 5, center loss, as they stand on the page."""

import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

N, D, C = 9, 3, 5


@pytest.fixture
def batch():
    """Class 4 is absent, the others have 1 to 4 samples."""
    rng = np.random.default_rng(5)
    y = np.array([0, 1, 1, 2, 2, 2, 3, 2, 3])
    return rng.normal(size=(N, D)), rng.normal(size=(C, D)), y


def center_loss(x, c, y):
    """L_C = 1/2 sum |x_i - c_{y_i}|²."""
    return 0.5 * sum(
        sum((xi[d] - c[yi][d]) ** 2 for d in range(D))
        for xi, yi in zip(x, y, strict=True)
    )


def softmax_loss(x, w, y):
    z = x @ w.T
    return sum(
        math.log(np.exp(row).sum()) - row[yi] for row, yi in zip(z, y, strict=True)
    )


def moved(x, c, y, alpha):
    """c_j - alpha sum [y_i = j] (c_j - x_i) / (1 + sum [y_i = j]), by loops."""
    new = []
    for j in range(C):
        above = sum((c[j] - x[i] for i in range(len(y)) if y[i] == j), np.zeros(D))
        below = 1 + sum(1 for yi in y if yi == j)
        new.append(c[j] - alpha * above / below)
    return np.array(new)


@equation("center-loss")
def test_half_the_squared_distances(batch):
    """Also the example by hand."""
    library = losses.CenterLoss(reduction="sum").forward(*batch)[0]
    assert_allclose(library, center_loss(*batch), rtol=1e-12)
    c, x = np.array([4.0, 0.0]), np.array([[1.0, 0.0], [1.0, 2.0]])
    assert 0.5 * ((x - c) ** 2).sum() == 11


@equation("center-dx", "center-dc")
def test_the_two_gradients(batch):
    x, c, y = batch
    dx = [x[i] - c[y[i]] for i in range(N)]
    assert_allclose(
        dx, gradient(lambda x: center_loss(x, c, y), x), rtol=1e-7, atol=1e-9
    )
    sums = [
        sum(((y[i] == j) * (c[j] - x[i]) for i in range(N)), np.zeros(D))
        for j in range(C)
    ]
    counts = [(y == j).sum() for j in range(C)]
    means = [x[y == j].mean(axis=0) if counts[j] else c[j] for j in range(C)]
    assert_allclose(sums, [counts[j] * (c[j] - means[j]) for j in range(C)], atol=1e-12)
    assert_allclose(
        sums, gradient(lambda c: center_loss(x, c, y), c), rtol=1e-7, atol=1e-9
    )


@equation("center-joint", "center-joint-dx")
def test_the_joint_loss_and_its_gradient(batch):
    """Sums on both sides, or means on both sides: the weight lam means the same."""
    x, c, y = batch
    w, lam = np.random.default_rng(6).normal(size=(C, D)), 0.3

    def joint(x):
        return softmax_loss(x, w, y) + lam * center_loss(x, c, y)

    softmax = losses.SoftmaxLoss(reduction="sum")
    d_softmax = softmax.backward(softmax.forward(x, w, y)[1])[0]
    page = [d_softmax[i] + lam * (x[i] - c[y[i]]) for i in range(N)]
    assert_allclose(page, gradient(joint, x), rtol=1e-7, atol=1e-8)
    means = (
        losses.SoftmaxLoss().forward(x, w, y)[0]
        + lam * losses.CenterLoss().forward(x, c, y)[0]
    )
    assert_allclose(means, joint(x) / N, rtol=1e-12)


@equation("center-mean")
def test_the_slope_vanishes_at_the_mean_and_only_there(batch):
    x, c, y = batch
    at_means = c.copy()
    for j in range(4):
        at_means[j] = x[y == j].mean(axis=0)

    def slopes(c):
        return gradient(lambda c: center_loss(x, c, y), c)

    assert_allclose(slopes(at_means), 0, atol=1e-8)
    rng = np.random.default_rng(7)
    for _ in range(5):
        off = at_means + rng.normal(size=at_means.shape)
        assert np.all(np.linalg.norm(slopes(off)[:4], axis=1) > 1e-3)


@equation("center-plain-step")
def test_a_step_along_the_plain_gradient(batch):
    x, c, y = batch
    slopes = gradient(lambda c: center_loss(x, c, y), c)
    for eta in 0.05, 0.5, 1.5:
        for j in range(4):
            n, mean = (y == j).sum(), x[y == j].mean(axis=0)
            new = c[j] - eta * n * (c[j] - mean)
            assert_allclose(new, c[j] - eta * slopes[j], atol=1e-7)
            assert_allclose(new - mean, (1 - eta * n) * (c[j] - mean), atol=1e-12)
    assert 1 - 0.05 * 50 == -1.5


@equation("center-update", "center-share")
def test_the_rule_goes_a_share_of_the_way(batch):
    x, c, y = batch
    for alpha in 0.0, 0.3, 1.0:
        page = moved(x, c, y, alpha)
        loss = losses.CenterLoss(alpha=alpha)
        assert_allclose(loss.update(c, loss.forward(x, c, y)[1]), page, rtol=1e-12)
        assert np.array_equal(page[4], c[4])
        for j in range(4):
            n, mean = (y == j).sum(), x[y == j].mean(axis=0)
            beta = alpha * n / (1 + n)
            assert_allclose(page[j], c[j] + beta * (mean - c[j]), atol=1e-12)
            assert 0 <= beta < 1


@equation("center-running-mean")
def test_with_alpha_one_it_is_a_mean_with_the_old_center(batch):
    """Also the example by hand."""
    x, c, y = batch
    page = moved(x, c, y, 1.0)
    for j in range(C):
        n = (y == j).sum()
        between = c[j] - (n * c[j] - x[y == j].sum(axis=0)) / (1 + n)
        points = np.vstack([c[j], x[y == j]])
        assert_allclose(between, page[j], atol=1e-12)
        assert_allclose((c[j] + x[y == j].sum(axis=0)) / (1 + n), page[j], atol=1e-12)
        assert_allclose(points.mean(axis=0), page[j], atol=1e-12)
    loss = losses.CenterLoss(alpha=1.0)
    c, x = np.array([[4.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 2.0]])
    saved = loss.forward(x, c, np.array([0, 0]))[1]
    assert_allclose(loss.update(c, saved), [[2, 2 / 3]])
    assert_allclose(losses.CenterLoss(alpha=0.5).update(c, saved), [[3, 1 / 3]])


@equation("center-split")
def test_spread_and_lag():
    rng = np.random.default_rng(8)
    for n in 1, 2, 7:
        x, c = rng.normal(size=(n, D)), rng.normal(size=D)
        mean = x.mean(axis=0)
        left = 0.5 * sum(np.sum((xi - c) ** 2) for xi in x)
        spread = 0.5 * sum(np.sum((xi - mean) ** 2) for xi in x)
        assert left == pytest.approx(
            spread + n / 2 * np.sum((mean - c) ** 2), rel=1e-12
        )


@equation("center-lag")
def test_how_far_a_center_is_behind():
    """The center is linear in its history: its drift and each batch's noise are
    followed exactly.

    One dimension; after the steps taken here what is forgotten is below 1e-12.
    """
    v, sigma, n = 0.03, 1.7, 6
    for beta in 0.1, 0.4, 0.9:
        steps = 600
        mean, center = 0.0, 0.0
        weights = np.zeros(steps)  # of the noise of each batch in the center
        for t in range(steps):
            center = center + beta * (mean - center)
            weights *= 1 - beta
            weights[t] += beta
            mean += v
        variance = (weights**2).sum() * sigma**2 / n
        page = v**2 / beta**2 + beta / (2 - beta) * sigma**2 / n
        assert (mean - center) ** 2 + variance == pytest.approx(page, rel=1e-10)


@equation("center-scale", "center-euler")
def test_size(batch):
    x, c, y = batch
    for r in 0.1, 2.0, 30.0:
        assert center_loss(r * x, r * c, y) == pytest.approx(
            r**2 * center_loss(x, c, y), rel=1e-12
        )
    dx = gradient(lambda x: center_loss(x, c, y), x)
    dc = gradient(lambda c: center_loss(x, c, y), c)
    assert (x * dx).sum() + (c * dc).sum() == pytest.approx(
        2 * center_loss(x, c, y), rel=1e-7
    )


@equation("center-first-loss")
def test_the_first_loss_grows_with_the_dimension():
    """The mean over 100,000 pairs; its own standard error is below half a percent."""
    rng = np.random.default_rng(9)
    for dimensions, sx, sc in [(2, 1.0, 1.0), (8, 0.1, 1.0), (16, 2.0, 0.5)]:
        x = sx * rng.normal(size=(100_000, dimensions))
        c = sc * rng.normal(size=(100_000, dimensions))
        mean = ((x - c) ** 2).sum(axis=1).mean()
        assert mean == pytest.approx(dimensions * (sx**2 + sc**2), rel=0.02)


@equation("center-port-share", "center-sum-share")
def test_what_published_code_does(batch):
    """Each program's step, from its loss or its line, is its share of the way to the
    mean."""
    x, c, y = batch
    eta, a = 0.5, 0.95
    mean_without_half = gradient(lambda c: 2 * center_loss(x, c, y) / N, c)
    summed = c.copy()
    for i in range(N):  # subtracted for every sample, from the centers before the batch
        summed[y[i]] -= (1 - a) * (c[y[i]] - x[i])
    for j in range(4):
        n, mean = (y == j).sum(), x[y == j].mean(axis=0)
        port = c[j] + 2 * eta * n / N * (mean - c[j])
        assert_allclose(c[j] - eta * mean_without_half[j], port, atol=1e-8)
        assert_allclose(summed[j], c[j] + (1 - a) * n * (mean - c[j]), atol=1e-12)
    assert round(2 * 0.5 * 12.8 / 128, 12) == 0.1
    assert round(0.5 * 12.8 / 13.8, 2) == 0.46
