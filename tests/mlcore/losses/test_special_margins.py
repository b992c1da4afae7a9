"""Where a margin of the second part must be one of the first, to the last digits."""

import dataclasses

import numpy as np
import pytest

from mlcore import losses
from mlcore.losses.registry.entries import classification

from .cases import assert_close

X, W, Y = classification(np.random.default_rng(3), n=9, d=6, c=5)
LENGTHS = np.linalg.norm(X, axis=1)


def at_once(loss, *arrays):
    value, saved = loss.forward(*arrays)
    return [value, *loss.backward(saved)]


def assert_same(one, other):
    for name, a, b in zip(("loss", "dx", "dw"), one, other, strict=True):
        assert_close(a, b, 1e-12, name)


def test_adaface_of_bad_samples_is_arcface():
    head = losses.AdaFaceLoss(m=0.4, s=16.0, weight=1e-9)
    state = np.array([1e3, 1.0])  # all lengths are far below the mean: q = -1
    same = losses.ArcFaceLoss(m=0.4, s=16.0)
    assert_same(at_once(head, X, W, Y, state), at_once(same, X, W, Y))


def test_adaface_of_good_samples_turns_the_angle_back():
    head, theta = losses.AdaFaceLoss(m=0.4, s=16.0), np.linspace(0, np.pi, 30)
    assert np.all(head.quality(LENGTHS, np.array([-1e3, 1.0])) == 1)
    psi, rho = head.margin(np.cos(theta), np.sin(theta), np.ones(30))
    np.testing.assert_allclose(psi, np.cos(theta - 0.4) - 0.8, atol=1e-14)
    np.testing.assert_allclose(rho, np.sin(theta - 0.4), atol=1e-14)


def test_adaface_of_average_samples_is_am_softmax():
    even = X / LENGTHS[:, None]
    head, same = losses.AdaFaceLoss(s=16.0), losses.AdditiveMarginSoftmaxLoss(0.4, 16.0)
    assert_same(at_once(head, even, W, Y), at_once(same, even, W, Y))


def test_magface_with_one_margin_and_no_penalty_is_arcface():
    head = losses.MagFaceLoss(l_a=1.0, u_a=9.0, l_m=0.5, u_m=0.5, lam=0.0, s=16.0)
    assert_same(at_once(head, X, W, Y), at_once(losses.ArcFaceLoss(s=16.0), X, W, Y))


def test_the_best_length_of_magface_is_between_its_bounds_from_least_lam_on():
    head = losses.MagFaceLoss(l_a=1.0, u_a=5.0, l_m=0.1, u_m=0.6, s=8.0)
    head = dataclasses.replace(head, lam=head.least_lam)
    a = np.linspace(1.0, 5.0, 4001)[:, None]
    for theta in np.radians([10, 40, 80, 120]):
        x = a * np.array([np.cos(theta), np.sin(theta)])
        each = dataclasses.replace(head, reduction="none")
        w, y = np.array([[1.0, 0.0], [0.0, -1.0]]), np.zeros(len(a), int)
        value, _ = each.forward(x, w, y)
        assert 0 < value.argmin() < len(a)


def test_ldam_of_equal_counts_is_am_softmax():
    head = losses.LDAMLoss((7,) * 5, max_m=0.3, s=16.0)
    same = losses.AdditiveMarginSoftmaxLoss(m=0.3, s=16.0)
    assert_same(at_once(head, X, W, Y), at_once(same, X, W, Y))


@pytest.mark.parametrize("form", ["fixed", "adaptive"])
@pytest.mark.parametrize("base", ["additive", "angular"])
def test_mv_softmax_without_t_is_its_margin(base, form):
    head = losses.MVSoftmaxLoss(t=0.0, m=0.3, s=16.0, base=base, form=form)
    same = losses.AdditiveMarginSoftmaxLoss(m=0.3, s=16.0)
    if base == "angular":
        same = losses.ArcFaceLoss(m=0.3, s=16.0)
    assert_same(at_once(head, X, W, Y), at_once(same, X, W, Y))


def test_curricularface_without_hard_classes_is_arcface():
    near = np.eye(5)[Y] + 0.02 * np.random.default_rng(0).normal(size=(9, 5))
    head, same = losses.CurricularFaceLoss(s=16.0), losses.ArcFaceLoss(s=16.0)
    assert_same(at_once(head, near, np.eye(5), Y), at_once(same, near, np.eye(5), Y))


def test_sub_centers_of_one_row_are_arcface_and_their_order_does_not_matter():
    head = losses.SubCenterArcFaceLoss(s=16.0)
    value, dx, dw = at_once(head, X, W[:, None], Y)
    assert_same([value, dx, dw[:, 0]], at_once(losses.ArcFaceLoss(s=16.0), X, W, Y))
    rows = np.random.default_rng(1).normal(size=(5, 3, 6))
    order = [2, 0, 1]
    value, dx, dw = at_once(head, X, rows, Y)
    assert_same(at_once(head, X, rows[:, order], Y), [value, dx, dw[:, order]])


def test_equal_copies_give_their_gradient_to_the_first():
    head = losses.SubCenterArcFaceLoss(s=16.0)
    value, dx, dw = at_once(head, X, np.repeat(W[:, None], 3, axis=1), Y)
    assert_same([value, dx, dw[:, 0]], at_once(losses.ArcFaceLoss(s=16.0), X, W, Y))
    assert not np.any(dw[:, 1:])


STATEFUL = [
    (losses.AdaFaceLoss(), [5.0, 1.0]),
    (losses.CurricularFaceLoss(), [0.4]),
]


@pytest.mark.parametrize(("head", "good"), STATEFUL)
def test_a_state_that_is_none_is_refused_by_name(head, good, xp):
    """By forward and by update alike; beyond the dtype of the features too."""
    x, w = xp.asarray(np.eye(3, 4) + 1.0), xp.asarray(np.eye(3, 4))
    x, w = xp.astype(x, xp.float32), xp.astype(w, xp.float32)
    y, good = xp.asarray([0, 1, 2]), xp.asarray(good, dtype=xp.float64)
    _, saved = head.forward(x, w, y, good)
    head.update(good, saved)  # the control
    for error, bad in (
        (FloatingPointError, good * np.nan),
        (FloatingPointError, good * np.inf),
        (FloatingPointError, good * 1e300),
        (ValueError, xp.concat([good, good])),
        (ValueError, good[:0]),
        (ValueError, good[None, :]),
        (TypeError, xp.astype(good, xp.int64)),
        (TypeError, 0.5),
        (TypeError, [0.5]),
    ):
        with pytest.raises(error, match="state"):
            head.forward(x, w, y, bad)
        with pytest.raises(error, match="state"):
            head.update(bad, saved)


def test_a_state_whose_products_leave_the_dtype_is_refused_by_name():
    """3e38 is a number in float32, and 64 times as much is none."""
    x, y = np.eye(3, dtype=np.float32) + 1, np.arange(3)
    head = losses.CurricularFaceLoss()
    with pytest.raises(ValueError, match="state must fit into float32"):
        head.forward(x, x, y, np.asarray([3e38], np.float32))
    assert np.isfinite(head.forward(x, x, y, np.asarray([3e30], np.float32))[0])
