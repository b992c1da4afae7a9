"""The centers of the center loss move by the paper's rule, which is not their
gradient."""

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import CenterLoss

from .cases import assert_close


def batch(seed=0, n=9):
    """Class 3 has no sample; the others have several."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 5)), rng.normal(size=(4, 5)), np.arange(n) % 3


def updated(loss, x, centers, y):
    _, saved = loss.forward(x, centers, y)
    return loss.update(centers, saved)


def by_the_rule(alpha, x, centers, y):
    """c_j - alpha sum_i [y_i = j] (c_j - x_i) / (1 + n_j), in loops."""
    new = centers.copy()
    for j, c in enumerate(centers):
        members = [x_i for x_i, label in zip(x, y, strict=True) if label == j]
        away = sum((c - x_i for x_i in members), np.zeros(5))
        new[j] -= alpha * away / (1 + len(members))
    return new


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
def test_update_is_the_papers_rule(alpha, xp):
    x, centers, y = batch()
    new = updated(CenterLoss(alpha), xp.asarray(x), xp.asarray(centers), xp.asarray(y))
    assert_close(to_numpy(new), by_the_rule(alpha, x, centers, y), 1e-14)
    np.testing.assert_array_equal(to_numpy(new)[3], centers[3])  # no sample, no move


def test_update_with_alpha_1_is_a_mean_with_the_old_center_as_one_sample():
    x, centers, y = batch()
    new = updated(CenterLoss(1.0), x, centers, y)
    for j in range(4):
        np.testing.assert_allclose(
            new[j], np.mean([centers[j], *x[y == j]], axis=0), rtol=1e-13
        )


def test_control_leaving_out_the_1_is_seen():
    """Dividing by n_j instead of 1 + n_j makes alpha = 1 the batch mean: far from the
    rule."""
    x, centers, y = batch()
    wrong = np.stack([*(x[y == j].mean(axis=0) for j in range(3)), centers[3]])
    with pytest.raises(AssertionError, match="off by"):
        assert_close(updated(CenterLoss(1.0), x, centers, y), wrong, 1e-2)


def test_update_leaves_its_arguments_alone_and_repeats_itself():
    x, centers, y = batch()
    before, loss = centers.copy(), CenterLoss()
    _, saved = loss.forward(x, centers, y)
    first, second = loss.update(centers, saved), loss.update(centers, saved)
    np.testing.assert_array_equal(centers, before)
    np.testing.assert_array_equal(first, second)
    assert not np.shares_memory(first, centers)


def test_update_does_not_know_the_reduction():
    x, centers, y = batch()
    one, *others = (
        updated(CenterLoss(reduction=word), x, centers, y)
        for word in ("mean", "sum", "none")
    )
    for other in others:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_update_keeps_the_dtype_of_the_centers(dtype):
    x, centers, y = batch()
    new = updated(CenterLoss(), x, centers.astype(dtype), y)
    assert new.dtype == dtype
    # Half a unit in the last place of the dtype, and the rounding of the centers
    # themselves.
    assert_close(new, by_the_rule(0.5, x, centers, y), 4 * float(np.finfo(dtype).eps))


def test_update_counts_every_sample_of_a_repeated_label():
    """An update that writes at repeated indices would keep the last one only."""
    x, centers = np.ones((1000, 5)), np.zeros((2, 5))
    new = updated(CenterLoss(1.0), x, centers, np.zeros(1000, int))
    np.testing.assert_allclose(new, [[1000 / 1001] * 5, [0] * 5], rtol=1e-14)


def test_update_refuses_other_centers_by_name():
    x, centers, y = batch()
    loss = CenterLoss()
    _, saved = loss.forward(x, centers, y)
    for wrong, error in (
        (centers[:, :-1], ValueError),
        (centers[:2], ValueError),  # too few classes for the labels in `saved`
        (centers[0], ValueError),
        (centers.tolist(), TypeError),
        (np.full_like(centers, np.nan), FloatingPointError),
    ):
        with pytest.raises(error, match="centers"):
            loss.update(wrong, saved)


def test_repeated_updates_settle_at_the_class_means():
    x, centers, y = batch()
    for _ in range(200):
        centers = updated(CenterLoss(0.5), x, centers, y)
    for j in range(3):
        np.testing.assert_allclose(centers[j], x[y == j].mean(axis=0), rtol=1e-12)
