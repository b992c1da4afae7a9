"""SoftmaxCrossEntropy: class weights, smoothing and the ignored label, by PyTorch's
rules."""

import dataclasses
import math

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import SoftmaxCrossEntropy, SoftmaxLoss

from .cases import assert_close, run

WEIGHTS = (1.0, 0.5, 2.0, 0.3)


def some(n=9, c=4, seed=0):
    rng = np.random.default_rng(seed)
    return {"logits": 3 * rng.normal(size=(n, c)), "y": rng.integers(0, c, size=n)}


def minus_log_p(logits):
    """Plain and slow, for logits of ordinary size."""
    return np.log(np.sum(np.exp(logits), axis=1, keepdims=True)) - logits


def test_weighted_mean_divides_by_the_weights_of_the_labels():
    """sum_i w[y_i] l_i / sum_i w[y_i], not / N: PyTorch's rule."""
    args = some()
    each = minus_log_p(args["logits"])[range(9), args["y"]]
    weights = np.asarray(WEIGHTS)[args["y"]]
    value, _ = run(SoftmaxCrossEntropy(class_weights=WEIGHTS), args)
    np.testing.assert_allclose(
        value, np.sum(weights * each) / np.sum(weights), rtol=1e-14
    )
    assert not np.isclose(value, np.mean(weights * each), rtol=1e-3), "the control"


def test_equal_class_weights_change_nothing_in_the_mean():
    args = some()
    value, (gradient,) = run(SoftmaxCrossEntropy(class_weights=(7.0,) * 4), args)
    expected, (plain,) = run(SoftmaxCrossEntropy(), args)
    assert_close(value, expected, 1e-15)
    assert_close(gradient, plain, 1e-14)


def test_smoothing_puts_its_share_on_every_class_the_right_one_included():
    """epsilon / C on all C classes, not epsilon / (C - 1) on the wrong ones."""
    args, epsilon = some(), 0.3
    each = minus_log_p(args["logits"])
    expected = (1 - epsilon) * each[range(9), args["y"]] + epsilon * np.mean(
        each, axis=1
    )
    value, _ = run(SoftmaxCrossEntropy(label_smoothing=epsilon, reduction="none"), args)
    np.testing.assert_allclose(value, expected, rtol=1e-14)


def test_weights_and_smoothing_together():
    """Smoothing comes first, then each class's share is weighted; the mean's divisor
    stays."""
    args, epsilon = some(), 0.3
    each, weights = minus_log_p(args["logits"]), np.asarray(WEIGHTS)
    target = (1 - epsilon) * np.eye(4)[args["y"]] + epsilon / 4
    expected = np.sum(weights * target * each) / np.sum(weights[args["y"]])
    loss = SoftmaxCrossEntropy(label_smoothing=epsilon, class_weights=WEIGHTS)
    np.testing.assert_allclose(run(loss, args)[0], expected, rtol=1e-14)


def test_smoothed_loss_is_least_at_the_smoothed_probabilities():
    """Gradient p - a = 0 where p is the target itself; its loss is the target's
    entropy."""
    epsilon = 0.2
    target = np.asarray([1 - epsilon + epsilon / 4, *[epsilon / 4] * 3])
    args = {"logits": np.log(target)[None], "y": np.asarray([0])}
    value, (gradient,) = run(SoftmaxCrossEntropy(label_smoothing=epsilon), args)
    np.testing.assert_allclose(value, -np.sum(target * np.log(target)), rtol=1e-14)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


# The smallest and the largest integer in which the platform counts: 64 bits, or 32.
ENDS = int(np.iinfo(np.intp).min), int(np.iinfo(np.intp).max)


@pytest.mark.parametrize("ignored", [2, -100, 255, 1000, *ENDS])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_ignored_samples_might_as_well_not_be_there(ignored, weights, xp):
    """Inside and outside the range: the same mean as for the batch without them."""
    args = some(12)
    y = args["y"].copy()
    y[[0, 5, 11]] = ignored
    kept = y != ignored
    loss = SoftmaxCrossEntropy(0.1, weights, ignore_index=ignored)
    value, (gradient,) = run(
        loss, {"logits": xp.asarray(args["logits"]), "y": xp.asarray(y)}
    )
    fewer = {"logits": args["logits"][kept], "y": y[kept]}
    expected, (wanted,) = run(dataclasses.replace(loss, ignore_index=None), fewer)
    assert_close(value, expected, 1e-14)
    assert_close(gradient[kept], wanted, 1e-14)
    np.testing.assert_array_equal(gradient[~kept], 0)
    each = to_numpy(
        dataclasses.replace(loss, reduction="none").forward(args["logits"], y)[0]
    )
    np.testing.assert_array_equal(each[~kept], 0)


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
@pytest.mark.parametrize("ignored", [255, -100])
def test_ignored_labels_in_eight_bits(dtype, ignored, xp):
    """255 is the usual "void" of segmentation masks in uint8; -100 PyTorch's
    default."""
    args = some()
    y = args["y"].copy()
    if np.iinfo(dtype).min <= ignored <= np.iinfo(dtype).max:
        y[3] = ignored
    loss = SoftmaxCrossEntropy(ignore_index=ignored)
    narrow = {"logits": xp.asarray(args["logits"]), "y": xp.asarray(y.astype(dtype))}
    assert_close(run(loss, narrow)[0], run(loss, {**args, "y": y})[0], 1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_nothing_kept_is_0_not_0_over_0(reduction, weights, xp):
    args = some()
    loss = SoftmaxCrossEntropy(0.1, weights, ignore_index=-1, reduction=reduction)
    all_ignored = {
        "logits": xp.asarray(args["logits"]),
        "y": xp.asarray(np.full(9, -1)),
    }
    value, (gradient,) = run(loss, all_ignored)
    np.testing.assert_array_equal(value, np.zeros_like(value))
    np.testing.assert_array_equal(gradient, np.zeros((9, 4)))


def test_a_class_of_weight_0_is_an_ignored_class():
    """Without smoothing the two are the same rule."""
    args = some(12)
    weighted, (gradient,) = run(
        SoftmaxCrossEntropy(class_weights=(1.0, 0.0, 1.0, 1.0)), args
    )
    ignored, (wanted,) = run(SoftmaxCrossEntropy(ignore_index=1), args)
    assert_close(weighted, ignored, 1e-14)
    assert_close(gradient, wanted, 1e-14)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_only_labels_of_weight_0(smoothing, xp):
    """The mean has nothing to divide by: 0, not infinity and not the undivided sum,
    which would grow with the batch. The sum itself is not 0 with smoothing: the other
    classes have weights.
    """
    args = {"logits": xp.asarray(some()["logits"]), "y": xp.asarray(np.full(9, 1))}
    loss = SoftmaxCrossEntropy(smoothing, class_weights=(1.0, 0.0, 1.0, 1.0))
    value, (gradient,) = run(loss, args)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)
    total, (gradient,) = run(dataclasses.replace(loss, reduction="sum"), args)
    assert (total > 0) == (smoothing > 0)
    assert np.any(gradient != 0) == (smoothing > 0)


def test_class_weights_must_fit_the_logits():
    loss = SoftmaxCrossEntropy(class_weights=WEIGHTS)
    for c in (3, 5):
        with pytest.raises(ValueError, match=r"class_weights .* 4") as caught:
            loss.forward(np.zeros((2, c)), np.zeros(2, int))
        assert f"{c} classes" in str(caught.value)


def test_ignore_index_does_not_excuse_other_labels():
    loss = SoftmaxCrossEntropy(ignore_index=-100)
    y = np.asarray([-100, 0, -1, 4])
    with pytest.raises(ValueError, match=r"y\[2\] is -1"):
        loss.forward(np.zeros((4, 4)), y)


def test_uniform_logits_cost_log_c():
    for c in (1, 2, 10, 1000):
        for loss in (SoftmaxCrossEntropy(), SoftmaxCrossEntropy(label_smoothing=0.1)):
            value, _ = run(
                loss, {"logits": np.full((3, c), 7.0), "y": np.zeros(3, int)}
            )
            np.testing.assert_allclose(value, math.log(c), rtol=1e-15)


def test_softmax_loss_is_cross_entropy_of_its_logits():
    """The chain rule by hand: dx = g w, dw = g^T x, db = sum of g."""
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(6, 5)), rng.normal(size=(4, 5)), rng.normal(size=4)
    y = rng.integers(0, 4, size=6)
    value, (dx, dw, db) = run(SoftmaxLoss(), {"x": x, "w": w, "y": y, "b": b})
    expected, (g,) = run(SoftmaxCrossEntropy(), {"logits": x @ w.T + b, "y": y})
    assert_close(value, expected, 1e-14)
    for actual, wanted in ((dx, g @ w), (dw, g.T @ x), (db, np.sum(g, axis=0))):
        assert_close(actual, wanted, 1e-14)
    no_bias = run(SoftmaxLoss(), {"x": x, "w": w, "y": y})
    zero_bias = run(SoftmaxLoss(), {"x": x, "w": w, "y": y, "b": np.zeros(4)})
    assert no_bias[0] == zero_bias[0]
    assert len(no_bias[1]) == 2
    np.testing.assert_array_equal(no_bias[1][0], zero_bias[1][0])
