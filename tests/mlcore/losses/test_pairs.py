"""Losses on pairs and triplets: distances near 0, mining, and the circle's frozen
weights."""

import math

import numpy as np
import pytest

from margins.judge.formulas_pairs import distance as slow_distance
from mlcore.gradcheck import gradcheck
from mlcore.losses import BatchTripletLoss, CircleLoss, TripletLoss
from mlcore.losses.distances import DISTANCES, distance

from . import truth
from .cases import run

EPS = np.finfo(float).eps


@pytest.mark.parametrize("kind", DISTANCES)
@pytest.mark.parametrize("small", [1.0, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12])
def test_small_distances_keep_their_digits(kind, small):
    """1 - cos(1e-9) is 5e-19, not 0: the error is that of the arguments, about eps /
    distance."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(1, 5))
    b = a + small * rng.normal(size=(1, 5))
    exact = slow_distance(kind, truth.exact(a)[0], truth.exact(b)[0], truth.MP)
    d, _ = distance(a, b, kind)
    # The cosine distance normalises first, which rounds the two directions on their
    # own.
    tolerance = 8 * EPS if kind != "cosine" else 20 * EPS / small
    assert abs(float(d[0] / exact - 1)) <= tolerance


@pytest.mark.parametrize("kind", DISTANCES)
def test_coincident_points_have_distance_and_slope_0(kind):
    """The Euclidean distance has a kink there; 0 is the symmetric choice, and it is
    finite."""
    a = np.random.default_rng(0).normal(size=(3, 5))
    d, slope = distance(a, a.copy(), kind)
    np.testing.assert_allclose(d, 0, atol=8 * EPS**2)
    np.testing.assert_allclose(slope, 0, atol=8 * EPS)


@pytest.mark.parametrize("kind", DISTANCES)
def test_a_batch_of_one_point_has_the_margin_as_its_loss(kind):
    """Collapsed features: every distance 0, each bracket the margin, and no way to
    go."""
    x = np.tile(np.asarray([[1.0, -2.0, 0.5]]), (6, 1))
    y = np.asarray([0, 0, 0, 1, 1, 1])
    for mining in ("all", "hard", "semi-hard"):
        value, (dx,) = run(BatchTripletLoss(0.3, mining, kind), {"x": x, "y": y})
        np.testing.assert_allclose(value, 0.3, rtol=1e-14)
        np.testing.assert_allclose(dx, 0, atol=1e-14)


PAIR_LOSSES = [
    *(
        BatchTripletLoss(mining=word, distance=d)
        for word in ("all", "hard")
        for d in DISTANCES
    ),
    BatchTripletLoss(mining="semi-hard"),
    CircleLoss(),
    CircleLoss(scope="batch"),
]


@pytest.mark.parametrize("loss", PAIR_LOSSES)
@pytest.mark.parametrize("y", [[0, 0, 0, 0], [0, 1, 2, 3], [7, 7, 7, 7]])
def test_nothing_to_compare_is_0_not_0_over_0(loss, y, xp):
    """All alike, or all different: no anchor has both a positive and a negative."""
    x = xp.asarray(np.random.default_rng(0).normal(size=(4, 3)))
    value, (dx,) = run(loss, {"x": x, "y": xp.asarray(np.asarray(y))})
    assert value == 0
    np.testing.assert_array_equal(dx, 0)


@pytest.mark.parametrize("loss", PAIR_LOSSES)
def test_a_sample_without_a_partner_is_a_negative_only(loss):
    """It is no anchor, so the mean does not count it, but it pushes the others away."""
    x = np.random.default_rng(0).normal(size=(5, 3))
    _, (dx,) = run(loss, {"x": x, "y": np.asarray([0, 0, 0, 0, 1])})
    assert np.any(dx[4] != 0)


def test_batch_hard_is_the_triplet_loss_of_the_mined_triplets():
    """Mining chooses; the loss is that of the chosen triplets."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 4)), np.arange(8) % 3
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    same = y[:, None] == y[None]
    positive = np.argmax(np.where(same & ~np.eye(8, dtype=bool), d, -1), axis=1)
    negative = np.argmin(np.where(same, np.inf, d), axis=1)
    expected, (da, dp, dn) = run(
        TripletLoss(), {"anchor": x, "positive": x[positive], "negative": x[negative]}
    )
    value, (dx,) = run(BatchTripletLoss(mining="hard"), {"x": x, "y": y})
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    np.add.at(da, positive, dp)
    np.add.at(da, negative, dn)
    np.testing.assert_allclose(dx, da, rtol=1e-12, atol=1e-15)


def test_mining_orders_the_losses():
    """The hardest pair of an anchor costs at least as much as its average pair."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        args = rng.normal(size=(9, 4)), np.arange(9) % 3
        hard = BatchTripletLoss(mining="hard", reduction="none").forward(*args)[0]
        mean = BatchTripletLoss(mining="all", reduction="none").forward(*args)[0]
        assert np.all(hard >= mean - 1e-14)


def test_circle_freezes_its_weights_and_a_difference_that_does_not_disagrees():
    """The paper's gradient is not forward's derivative: the reader's check must see
    that."""
    rng = np.random.default_rng(0)
    args = {"x": rng.normal(size=(6, 4)), "y": np.arange(6) % 2}
    loss = CircleLoss(gamma=8.0)
    assert gradcheck(loss, args).max_relative_error > 0.1
    reference = truth.REFERENCES["circle"]
    assert truth.is_frozen(reference)
    (frozen,) = truth.exact_gradient(reference, loss, args, ["x"])
    np.testing.assert_allclose(run(loss, args)[1][0], frozen, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("gamma", [1e-3, 1.0, 256.0, 1e4, 1e6])
@pytest.mark.parametrize("m", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_circle_is_finite_at_every_scale(gamma, m, dtype):
    """From perfectly right to perfectly wrong: exponents up to 4 gamma, of both
    signs."""
    right = np.asarray([[1, 0], [1, 0], [-1, 0], [-1, 0]], dtype)
    wrong = right[[0, 2, 1, 3]]
    for x in (right, wrong, np.ones_like(right), np.zeros_like(right)):
        for scope in ("anchor", "batch"):
            args = {"x": x, "y": np.asarray([0, 0, 1, 1])}
            value, (dx,) = run(CircleLoss(m=m, gamma=gamma, scope=scope), args)
            assert value >= 0
            assert np.isfinite(value)
            assert np.all(np.isfinite(dx))


def test_circle_of_a_right_batch_is_small_and_of_a_wrong_one_large():
    """Its ends by hand: one positive at s_p, two negatives at s_n for each of four
    anchors."""
    right = np.asarray([[1.0, 0], [1, 0], [-1, 0], [-1, 0]])
    y, m, gamma = np.asarray([0, 0, 1, 1]), 0.25, 4.0
    value, _ = run(CircleLoss(m=m, gamma=gamma), {"x": right, "y": y})
    # s_p = 1, alpha_p = m; s_n = -1, alpha_n = 0.
    np.testing.assert_allclose(
        value, math.log1p(2 * math.exp(-gamma * m * m)), rtol=1e-14
    )
    wrong, _ = run(CircleLoss(m=m, gamma=gamma), {"x": right[[0, 2, 1, 3]], "y": y})
    # s_p = -1, alpha_p = 2 + m; s_n = 1 and -1, alpha_n = 1 + m and 0.
    z_p = -gamma * (2 + m) * (-1 - (1 - m))
    total = math.exp(z_p) * (math.exp(gamma * (1 + m) * (1 - m)) + 1)
    np.testing.assert_allclose(wrong, math.log1p(total), rtol=1e-14)
