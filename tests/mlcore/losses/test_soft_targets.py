"""Soft targets, weights of classes and ignored labels in the losses that take them."""

import dataclasses
import math

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import FocalLoss, SoftmaxCrossEntropy, SoftmaxFocalLoss, SoftmaxLoss

from .cases import assert_close, run

WEIGHTS = (1.0, 0.5, 2.0, 0.3)
CROSS_ENTROPIES = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(label_smoothing=0.3),
    SoftmaxCrossEntropy(class_weights=WEIGHTS, reduction="sum"),
    SoftmaxCrossEntropy(0.3, WEIGHTS, reduction="none"),
]


def drawn(n=9, c=4, seed=0):
    rng = np.random.default_rng(seed)
    return 3 * rng.normal(size=(n, c)), rng.integers(0, c, size=n)


def mixed(n=9, c=4, seed=1):
    """Distributions as label mixing (mixup) makes them."""
    rng = np.random.default_rng(seed)
    a, b = np.eye(c)[rng.integers(0, c, size=(2, n))]
    share = rng.uniform(size=(n, 1))
    return share * a + (1 - share) * b


@pytest.mark.parametrize("loss", CROSS_ENTROPIES)
def test_a_sure_distribution_is_a_label(loss, xp):
    logits, y = drawn()
    expected, (wanted,) = run(loss, {"logits": xp.asarray(logits), "y": xp.asarray(y)})
    value, (g,) = run(
        loss, {"logits": xp.asarray(logits), "y": xp.asarray(np.eye(4)[y])}
    )
    assert_close(value, expected, 1e-14)
    assert_close(g, wanted, 1e-14)


def test_the_mean_over_distributions_divides_by_their_number():
    """PyTorch's rule for probabilities: by N, whatever the class weights."""
    logits, y = drawn()
    loss = SoftmaxCrossEntropy(class_weights=WEIGHTS)
    total, _ = run(
        dataclasses.replace(loss, reduction="sum"),
        {"logits": logits, "y": np.eye(4)[y]},
    )
    value, _ = run(loss, {"logits": logits, "y": np.eye(4)[y]})
    np.testing.assert_allclose(value, total / 9, rtol=1e-15)
    labelled, _ = run(loss, {"logits": logits, "y": y})
    np.testing.assert_allclose(
        labelled, total / sum(np.asarray(WEIGHTS)[y]), rtol=1e-14
    )


def test_the_loss_is_linear_in_the_target():
    """That is what mixing of labels rests on: the loss of a mixture is the mixture of
    the losses."""
    logits, _ = drawn()
    a, b = mixed(seed=1), mixed(seed=2)
    loss = SoftmaxCrossEntropy(0.1, WEIGHTS, reduction="none")
    at_a, at_b, between = (
        run(loss, {"logits": logits, "y": y})[0] for y in (a, b, 0.25 * a + 0.75 * b)
    )
    np.testing.assert_allclose(between, 0.25 * at_a + 0.75 * at_b, rtol=1e-14)


def test_the_gradient_vanishes_where_the_model_says_the_target():
    target = np.asarray([[0.1, 0.2, 0.3, 0.4]])
    value, (g,) = run(SoftmaxCrossEntropy(), {"logits": np.log(target), "y": target})
    np.testing.assert_allclose(value, -np.sum(target * np.log(target)), rtol=1e-14)
    np.testing.assert_allclose(g, 0, atol=1e-16)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: p * 1.001, r"rows that sum to 1, but row 0 sums to 1\.001"),
        (lambda p: p * np.linspace(1, 2, 9)[:, None], "row 1 sums to 1.125"),
        (lambda p: p - [0.0, 1e-9, 0, -1e-9], r"y must be >= 0, but y\[\d, 1\] is -"),
        (lambda p: p[:, :3], r"y must have shape \(9, 4\), got \(9, 3\)"),
        (lambda p: p[:8], r"y must have shape \(9, 4\), got \(8, 4\)"),
        (lambda p: p[:, :1], r"y must have shape \(9, 4\), got \(9, 1\)"),
        (np.zeros_like, "row 0 sums to 0"),
    ],
)
def test_what_is_no_distribution_is_refused(spoil, words, xp):
    logits, _ = drawn()
    with pytest.raises(ValueError, match=words):
        SoftmaxCrossEntropy().forward(xp.asarray(logits), xp.asarray(spoil(mixed())))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_distribution_that_is_not_finite_is_refused(bad, xp):
    logits, _ = drawn()
    y = mixed()
    y[3:, 1] = bad
    with pytest.raises(FloatingPointError, match="y must be finite, but row 3"):
        SoftmaxCrossEntropy().forward(xp.asarray(logits), xp.asarray(y))


def test_whole_numbers_in_rows_are_no_distribution():
    """One-hot integers may be labels of a wrong shape; what is meant must be said."""
    logits, y = drawn()
    with pytest.raises(
        ValueError, match=r"y must have 1 dimension, got shape \(9, 4\)"
    ):
        SoftmaxCrossEntropy().forward(logits, np.eye(4, dtype=int)[y])


@pytest.mark.parametrize("ignore_index", [-100, 0])
def test_a_distribution_cannot_be_ignored(ignore_index):
    """PyTorch refuses it for an index >= 0 and is silent for its default of -100."""
    logits, _ = drawn()
    with pytest.raises(
        ValueError, match=f"ignore_index must be None .* got {ignore_index}"
    ):
        SoftmaxCrossEntropy(ignore_index=ignore_index).forward(logits, mixed())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("c", [2, 10, 1000])
def test_what_a_softmax_returns_is_a_distribution(dtype, c):
    """A teacher's probabilities, rounded to their dtype, sum to 1 as well as they
    can."""
    rng = np.random.default_rng(0)
    z = 5 * rng.normal(size=(50, c))
    p = np.exp(z - z.max(axis=1, keepdims=True)).astype(
        np.promote_types(dtype, np.float32)
    )
    p = (p / p.sum(axis=1, keepdims=True)).astype(dtype)
    value, _ = run(SoftmaxCrossEntropy(), {"logits": z, "y": p})
    assert value.dtype == np.float64, "the dtype of the targets decides nothing"


def test_soft_focal_targets_between_two_answers():
    """p = 1/2 knows nothing: 1 - p_t = 1/2 for every t, and H = log 2."""
    t = np.asarray([[0.0, 0.25, 0.5, 1.0]])
    loss = FocalLoss(gamma=3.0, alpha=0.75, reduction="none")
    value, (g,) = run(loss, {"logits": np.zeros((1, 4)), "targets": t})
    alpha_t = 0.75 * t + 0.25 * (1 - t)
    np.testing.assert_allclose(value, alpha_t / 8 * math.log(2), rtol=1e-15)
    # H' = 1/2 - t, and (r^3)' = 3 r^2 (1 - 2 t) / 4.
    slope = alpha_t * (3 / 16 * (1 - 2 * t) * math.log(2) + (0.5 - t) / 8)
    np.testing.assert_allclose(g, slope, rtol=1e-15, atol=1e-18)


def test_gamma_0_with_soft_targets_is_binary_cross_entropy():
    """-t log p - (1 - t) log(1 - p), with the gradient p - t."""
    rng = np.random.default_rng(0)
    z, t = 3 * rng.normal(size=(5, 3)), rng.uniform(size=(5, 3))
    p = 1 / (1 + np.exp(-z))
    loss = FocalLoss(gamma=0.0, alpha=None, reduction="none")
    value, (g,) = run(loss, {"logits": z, "targets": t})
    np.testing.assert_allclose(
        value, -t * np.log(p) - (1 - t) * np.log1p(-p), rtol=1e-13
    )
    np.testing.assert_allclose(g, p - t, rtol=1e-12)


def test_pos_weight_counts_positives_so_often(xp):
    """3 on the term of t is the positive three times; one a decision counts column by
    column."""
    rng = np.random.default_rng(0)
    z, t = 3 * rng.normal(size=(6, 2)), rng.integers(0, 2, size=(6, 2))
    args = {"logits": xp.asarray(z), "targets": xp.asarray(t)}
    plain = FocalLoss(reduction="none")
    losses, (slopes,) = run(plain, args)
    for pos_weight in (3.0, (3.0, 0.5)):
        factor = np.where(t == 1, np.asarray(pos_weight), 1.0)
        weighted = dataclasses.replace(plain, pos_weight=pos_weight)
        value, (g,) = run(weighted, args)
        np.testing.assert_allclose(value, factor * losses, rtol=1e-14)
        np.testing.assert_allclose(g, factor * slopes, rtol=1e-13)


def test_pos_weight_must_fit_the_logits():
    for k in (1, 3):
        with pytest.raises(
            ValueError, match=rf"pos_weight .* {k} columns, pos_weight 2"
        ):
            FocalLoss(pos_weight=(1.0, 2.0)).forward(np.zeros((2, k)), np.zeros((2, k)))


LABELLED = [SoftmaxCrossEntropy(), SoftmaxFocalLoss(), SoftmaxFocalLoss(gamma=0.0)]


@pytest.mark.parametrize("plain", LABELLED)
def test_class_weights_are_factors_whose_sum_divides_the_mean(plain, xp):
    logits, y = drawn()
    args = {"logits": xp.asarray(logits), "y": xp.asarray(y)}
    losses, (slopes,) = run(dataclasses.replace(plain, reduction="none"), args)
    weights = np.asarray(WEIGHTS)[y]
    weighted = dataclasses.replace(plain, class_weights=WEIGHTS)
    each, (g,) = run(dataclasses.replace(weighted, reduction="none"), args)
    np.testing.assert_allclose(each, weights * losses, rtol=1e-13)
    np.testing.assert_allclose(g, weights[:, None] * slopes, rtol=1e-12)
    value, (g,) = run(weighted, args)
    np.testing.assert_allclose(value, weights @ losses / sum(weights), rtol=1e-13)
    np.testing.assert_allclose(g, weights[:, None] * slopes / sum(weights), rtol=1e-12)


@pytest.mark.parametrize("plain", [*LABELLED, SoftmaxLoss()])
@pytest.mark.parametrize("ignored", [2, -100, 255])
def test_an_ignored_sample_is_as_if_it_were_not_there(plain, ignored, xp):
    logits, y = drawn(12)
    y[[1, 5, 6]] = ignored
    of_features = isinstance(plain, SoftmaxLoss)
    args = {"x": logits, "w": logits} if of_features else {"logits": logits}
    kept = y != ignored
    left = {n: a[kept] if n != "w" else a for n, a in args.items()} | {"y": y[kept]}
    loss = dataclasses.replace(plain, ignore_index=ignored)
    given = {n: xp.asarray(a) for n, a in (args | {"y": y}).items()}
    value, (g, *_) = run(loss, given)
    expected, (wanted, *_) = run(plain, left)
    assert_close(value, expected, 1e-14)
    assert_close(g[kept], wanted, 1e-13)
    np.testing.assert_array_equal(g[~kept], 0)


@pytest.mark.parametrize("plain", [*LABELLED, SoftmaxLoss()])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_batch_that_is_ignored_costs_nothing(plain, reduction, xp):
    loss = dataclasses.replace(plain, ignore_index=-1, reduction=reduction)
    first = xp.asarray(np.ones((3, 2)))
    args = (first,) if not isinstance(plain, SoftmaxLoss) else (first, first)
    value, saved = loss.forward(*args, xp.asarray(np.full(3, -1)))
    np.testing.assert_array_equal(to_numpy(value), np.zeros(value.shape))
    for gradient in loss.backward(saved):
        np.testing.assert_array_equal(to_numpy(gradient), 0)


@pytest.mark.parametrize(
    "loss", [*CROSS_ENTROPIES, SoftmaxCrossEntropy(0.2, WEIGHTS, 1)]
)
def test_the_softmax_loss_is_the_cross_entropy_of_its_logits(loss, xp):
    """With every hyper-parameter, by the chain rule: one way of computing, not two."""
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(6, 5)), rng.normal(size=(4, 5)), rng.normal(size=4)
    y = rng.integers(0, 4, size=6)
    hyper = {f.name: getattr(loss, f.name) for f in dataclasses.fields(loss)}
    dloss = rng.normal(size=6) if loss.reduction == "none" else 1.5
    expected, (g,) = run(loss, {"logits": x @ w.T + b, "y": y}, dloss)
    args = {
        "x": xp.asarray(x),
        "w": xp.asarray(w),
        "y": xp.asarray(y),
        "b": xp.asarray(b),
    }
    dloss = xp.asarray(dloss) if loss.reduction == "none" else dloss
    value, (dx, dw, db) = run(SoftmaxLoss(**hyper), args, dloss)
    assert_close(value, expected, 1e-14)
    for actual, wanted in ((dx, g @ w), (dw, g.T @ x), (db, np.sum(g, axis=0))):
        assert_close(actual, wanted, 1e-13)


@pytest.mark.parametrize("factor", [1e300, 1e-300, 2.0**-1060])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_does_not_see_the_size_of_all_class_weights(factor, dtype):
    """Even where their sum, or they themselves, would leave the dtype."""
    logits, y = drawn()
    args = {"logits": logits.astype(dtype), "y": y}
    weights = (1.0, 2.0, 4.0, 0.5)
    for plain in (SoftmaxCrossEntropy(), SoftmaxCrossEntropy(0.1), SoftmaxFocalLoss()):
        expected, (wanted,) = run(
            dataclasses.replace(plain, class_weights=weights), args
        )
        scaled = tuple(factor * weight for weight in weights)
        value, (g,) = run(dataclasses.replace(plain, class_weights=scaled), args)
        tolerance = 4 * np.finfo(dtype).eps
        assert_close(value, expected, tolerance)
        assert_close(g, wanted, tolerance)


def test_class_weights_beyond_the_dtype_are_refused_by_name():
    """As they came they would be infinite in float32."""
    loss = SoftmaxCrossEntropy(class_weights=(1.0, 1e39), reduction="sum")
    loss.forward(np.zeros((1, 2)), np.zeros(1, int))
    with pytest.raises(
        ValueError, match=r"class_weights\[1\] must fit into float32, got 1e\+39"
    ):
        loss.forward(np.zeros((1, 2), np.float32), np.zeros(1, int))
