"""Long float32 sums are right to the last digits, in one helper and wherever it serves.

The yardstick is the sum in float64. 1e-6 is some 16 roundings of float32; a running sum
is off by 1e-3 and more for these arrays.
"""

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.layers import BatchNorm, Conv2d, Linear, PReLU
from mlcore.layers.norm import Running
from mlcore.losses import BatchTripletLoss, CenterLoss, SoftmaxLoss
from mlcore.losses.base import reduce
from mlcore.losses.batch_triplet import MINING
from mlcore.metrics import angular_fisher_score
from mlcore.sums import channel_sums, row_products

N = 300_000


@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 3), (127, 2), (128, 2), (129, 2), (N, 3)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_channel_sums_are_sums(xp, shape, dtype):
    a = (np.random.default_rng(0).standard_normal(shape) + 1000.1).astype(dtype)
    sums = channel_sums(xp.asarray(a))
    assert sums.dtype == getattr(xp, dtype)
    rtol = 1e-12 if dtype == "float64" else 2e-7
    np.testing.assert_allclose(
        to_numpy(sums), np.sum(a, axis=0, dtype=np.float64), rtol=rtol
    )


def test_channel_sums_take_any_axes_and_any_layout():
    a = np.random.default_rng(0).standard_normal((3, 40, 50, 2))
    expected = a.reshape(-1, 2).sum(axis=0)
    for changed in (
        a,
        np.asfortranarray(a),
        np.repeat(a, 2, axis=1)[:, ::2],
        a[:, ::-1],
    ):
        np.testing.assert_allclose(channel_sums(changed), expected, rtol=1e-12)
    tall = np.asfortranarray(np.full((N, 2), 0.1, np.float32))
    np.testing.assert_allclose(channel_sums(tall), N * 0.1, rtol=1e-6)


def test_a_running_sum_is_wrong_where_these_are_right():
    """The control: NumPy's sum over the first axis adds number by number."""
    a = np.full((N, 3), 0.1, np.float32)
    running = a[:, 0].cumsum()[-1]
    assert abs(running / (N * 0.1) - 1) > 1e-4
    np.testing.assert_allclose(channel_sums(a), N * 0.1, rtol=1e-6)


@pytest.mark.parametrize("shape", [(512, 14, 14, 1), (N, 3)])
def test_batch_norm_maps_a_constant_channel_to_beta(xp, shape):
    """1000.1 lies between two float32 numbers, and a rounded mean on one side of it."""
    channels = shape[-1]
    x = xp.asarray(np.full(shape, 1000.1, np.float32))
    gamma, beta = (xp.asarray(np.full(channels, v, np.float32)) for v in (1.0, 0.5))
    out, saved = BatchNorm(channels).forward(x, gamma, beta)
    np.testing.assert_allclose(to_numpy(out), 0.5, atol=1e-6)
    np.testing.assert_allclose(to_numpy(saved.var), 0, atol=1e-12)
    running = Running(saved.mean, saved.var)
    inferred = BatchNorm(channels).infer(x, gamma, beta, running)
    np.testing.assert_allclose(to_numpy(inferred), 0.5, atol=1e-6)


@pytest.mark.parametrize("std", [1.0, 0.01])
def test_batch_norm_of_large_values_has_their_statistics(std):
    x = (1000 + std * np.random.default_rng(0).standard_normal((N, 2))).astype(
        np.float32
    )
    exact = x.astype(np.float64)
    ones, zeros = np.ones(2, np.float32), np.zeros(2, np.float32)
    out, saved = BatchNorm(2).forward(x, ones, zeros)
    np.testing.assert_allclose(saved.mean, exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(saved.var, exact.var(axis=0), rtol=1e-5)
    expected, saved64 = BatchNorm(2).forward(
        exact, ones.astype(float), zeros.astype(float)
    )
    np.testing.assert_allclose(out, expected, atol=1e-5)
    dout = np.random.default_rng(1).standard_normal(x.shape) + 0.1
    grads = BatchNorm(2).backward(saved, dout.astype(np.float32))
    for actual, exactly in zip(
        grads, BatchNorm(2).backward(saved64, dout), strict=True
    ):
        np.testing.assert_allclose(actual, exactly, atol=1e-5 * np.abs(exactly).max())


def test_gradients_of_biases_and_slopes_are_sums_of_all_samples():
    dout = np.full((N, 2), 0.1, np.float32)
    linear = Linear(1, 2)
    x = np.full((N, 1), 1000.1, np.float32)
    _, saved = linear.forward(x, np.ones((2, 1), np.float32), np.zeros(2, np.float32))
    _, dw, db = linear.backward(saved, dout)
    np.testing.assert_allclose(db, N * 0.1, rtol=1e-6)
    np.testing.assert_allclose(dw, N * 0.1 * 1000.1, rtol=2e-5)
    _, saved = PReLU(2).forward(-dout, np.ones(2, np.float32))
    np.testing.assert_allclose(PReLU(2).backward(saved, dout)[1], -N * 0.01, rtol=1e-6)


def test_gradients_of_a_convolution_are_sums_of_all_pixels():
    layer = Conv2d(1, 2, kernel=1)
    x = np.full((100, 50, 60, 1), 1000.1, np.float32)
    w, b = np.ones((2, 1, 1, 1), np.float32), np.zeros(2, np.float32)
    _, saved = layer.forward(x, w, b)
    dw, db = layer.backward_params(saved, np.full((100, 50, 60, 2), 0.1, np.float32))
    np.testing.assert_allclose(db, N * 0.1, rtol=1e-6)
    np.testing.assert_allclose(dw, N * 0.1 * 1000.1, rtol=2e-5)


def test_a_softmax_loss_sums_the_gradient_of_its_bias_over_all_samples():
    x, y = np.ones((N, 1), np.float32), np.zeros(N, np.int64)
    w, b = np.zeros((2, 1), np.float32), np.zeros(2, np.float32)
    head = SoftmaxLoss(reduction="sum")
    _, _, db = head.backward(head.forward(x, w, y, b)[1], 0.1)
    np.testing.assert_allclose(db, [-N * 0.05, N * 0.05], rtol=1e-6)


def test_a_center_moves_by_the_mean_of_many_samples():
    """All of one class, alike: c - alpha N (c - x) / (1 + N), by hand."""
    x, centers = np.full((N, 2), 0.1, np.float32), np.zeros((2, 2), np.float32)
    loss = CenterLoss(alpha=1.0)
    _, saved = loss.forward(x, centers, np.zeros(N, np.int64))
    moved = loss.update(centers, saved)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, [[0.1 * N / (1 + N)] * 2, [0, 0]], rtol=2e-7)


@pytest.mark.parametrize("shape", [(N,), (N, 3)])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_mean_of_many_losses_is_their_mean(xp, shape, reduction):
    losses = np.full(shape, 0.1, np.float32)
    expected = 0.1 if reduction == "mean" else 0.1 * losses.size
    assert float(reduce(xp.asarray(losses), reduction)) == pytest.approx(
        expected, rel=1e-6
    )
    fortran = reduce(np.asfortranarray(losses), reduction)
    assert float(fortran) == pytest.approx(expected, rel=1e-6)


def test_a_metric_counts_more_samples_than_float32_can_count_one_by_one():
    """16,777,217 is no float32: adding ones stops there. Here its like for a smaller
    sum."""
    members = np.ones((2**24 + 4096, 1), np.float32)
    assert channel_sums(members)[0] == 2**24 + 4096


def test_the_fisher_score_of_many_samples_is_that_in_float64():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, N)
    x = (np.eye(2)[y] + 0.1 * rng.standard_normal((N, 2)) + 3).astype(np.float32)
    assert angular_fisher_score(x, y) == pytest.approx(
        angular_fisher_score(x.astype(np.float64), y), rel=1e-4
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (8, 4), (25, 16)])
def test_products_summed_over_many_rows(xp, shape):
    """Equal numbers are the worst case: within a block they are all rounded to the same
    side."""
    p, q = shape
    a, b = np.full((N, p), 0.1, np.float32), np.full((N, q), 1000.1, np.float32)
    product = row_products(xp.asarray(a), xp.asarray(b))
    assert product.dtype == xp.float32
    np.testing.assert_allclose(to_numpy(product), N * 0.1 * 1000.1, rtol=2e-5)


def test_sums_of_long_doubles_keep_their_digits():
    """Where NumPy has digits beyond float64: a third of them all, to the last."""
    third = np.longdouble(1) / 3
    eps = float(np.finfo(np.longdouble).eps)
    sums = channel_sums(np.full((1280, 2), third))
    np.testing.assert_allclose(sums / 1280 - third, 0, atol=128 * eps)
    products = row_products(
        np.full((4096, 2), third), np.ones((4096, 1), np.longdouble)
    )
    np.testing.assert_allclose(products / 4096 - third, 0, atol=1024 * eps)
    centers, y = np.zeros((1, 2), np.longdouble), np.zeros(5, int)
    loss = CenterLoss(alpha=1.0)
    _, saved = loss.forward(np.full((5, 2), third), centers, y)
    np.testing.assert_allclose(
        loss.update(centers, saved) * 6 / 5, third, rtol=8 * eps, atol=0
    )


@pytest.mark.parametrize("distance", ["euclidean", "squared"])
@pytest.mark.parametrize("mining", MINING)
def test_distances_beyond_float64_are_mined_as_others_are(mining, distance):
    """The fourth root of the largest number, whose square still has room for a sum of
    squares."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 3)).astype(np.longdouble), np.arange(12) % 3
    scale = np.ldexp(np.longdouble(1), np.finfo(np.longdouble).maxexp // 4)
    loss = BatchTripletLoss(margin=0.0, mining=mining, distance=distance)
    small, large = loss.forward(x, y)[0], loss.forward(x * scale, y)[0]
    power = scale if distance == "euclidean" else scale * scale
    np.testing.assert_allclose(float(large / power), float(small), rtol=1e-12)
