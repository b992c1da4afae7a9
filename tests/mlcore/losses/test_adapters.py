"""A loss of logits or of pairs behind an adapter is the same loss."""

import dataclasses

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.losses import (
    BatchTripletLoss,
    CircleLoss,
    FocalLoss,
    LogitHead,
    PairHead,
    SoftmaxCrossEntropy,
    SoftmaxFocalLoss,
    SoftmaxLoss,
)
from mlcore.losses.registry.entries import classification

from .cases import assert_close, every_reduction, run

ADAPTERS = [LogitHead(SoftmaxFocalLoss()), PairHead(CircleLoss(gamma=16.0))]


def features():
    """Features, class weights and labels by name."""
    return dict(zip("xwy", classification(np.random.default_rng(0)), strict=True))


@every_reduction
def test_cross_entropy_behind_the_adapter_is_the_softmax_loss(reduction):
    """Two roads to one number: the chain rule outside, and inside `SoftmaxLoss`."""
    args, rules = features(), {"label_smoothing": 0.1, "reduction": reduction}
    head = LogitHead(SoftmaxCrossEntropy(**rules))
    dloss = np.arange(7.0) if reduction == "none" else 3.0
    value, gradients = run(head, args, dloss)
    expected, wanted = run(SoftmaxLoss(**rules), args, dloss)
    assert_close(value, expected, 1e-15)
    for gradient, exact in zip(gradients, wanted, strict=True):
        assert_close(gradient, exact, 1e-14)


def test_the_gradient_of_a_focal_loss_of_features_is_right():
    x, w, y = features().values()
    head = LogitHead(SoftmaxFocalLoss(gamma=2.0))
    assert gradcheck(head, (x, w, y)).max_relative_error < 1e-6
    targets = np.asarray(y[:, None] == np.arange(4), dtype=np.int64)
    head = LogitHead(FocalLoss())
    assert gradcheck(head, (x, w, targets)).max_relative_error < 1e-6


def test_a_label_that_the_loss_ignores_is_ignored():
    x, w, y = features().values()
    some = np.where(y == 1, -1, y)
    head = LogitHead(SoftmaxFocalLoss(ignore_index=-1))
    kept = LogitHead(SoftmaxFocalLoss())
    value, _ = head.forward(x, w, some)
    assert value == pytest.approx(kept.forward(x[y != 1], w, y[y != 1])[0])


@pytest.mark.parametrize("loss", [CircleLoss(), BatchTripletLoss()], ids=repr)
def test_a_loss_of_pairs_leaves_the_class_weights_alone(loss):
    x, w, y = features().values()
    value, (dx, dw) = run(PairHead(loss), {"x": x, "w": w, "y": y}, dloss=2.0)
    expected, (wanted,) = run(loss, {"x": x, "y": y}, dloss=2.0)
    assert value == expected
    np.testing.assert_array_equal(dx, wanted)
    assert dw.shape == w.shape
    assert not dw.any()


@pytest.mark.parametrize("head", ADAPTERS, ids=repr)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gradients_have_the_dtypes_of_their_arguments(head, dtype):
    x, w, y = features().values()
    x, w = x.astype(dtype), w.astype(dtype)
    loss, saved = head.forward(x, w, y)
    assert loss.dtype == ("float32" if dtype == "float16" else dtype)
    assert [g.dtype for g in head.backward(saved)] == [dtype, dtype]


@pytest.mark.parametrize("head", ADAPTERS, ids=repr)
def test_every_array_library_gets_its_own_arrays_back(head, xp):
    args = features()
    expected = run(head, args)
    loss, saved = head.forward(*(xp.asarray(a) for a in args.values()))
    assert_close(to_numpy(loss), expected[0], 1e-14)
    for gradient, wanted in zip(head.backward(saved), expected[1], strict=True):
        assert_close(to_numpy(gradient), wanted, 1e-14)


@pytest.mark.parametrize("name", ["x", "w"])
def test_what_is_not_finite_is_named(name):
    """Not "logits", of which the caller has none, but the argument and its row."""
    args = features()
    args[name][2, 1] = np.nan
    with pytest.raises(FloatingPointError, match=f"{name} must be finite, but row 2"):
        LogitHead(SoftmaxFocalLoss()).forward(*args.values())


def test_logits_too_large_for_the_dtype_are_refused():
    x, w, y = features().values()
    with pytest.raises(FloatingPointError, match=r"x @ w\.T must be finite, but row 0"):
        LogitHead(SoftmaxFocalLoss()).forward(1e200 * x, 1e200 * w, y)


def test_features_and_class_weights_must_agree():
    x, w, y = features().values()
    with pytest.raises(ValueError, match="w must agree with x"):
        LogitHead(SoftmaxFocalLoss()).forward(x, w[:, :3], y)


@pytest.mark.parametrize("head", ADAPTERS, ids=repr)
def test_an_adapter_has_the_reduction_of_its_loss(head):
    """A training loop asks for it: it wants one number a batch."""
    assert head.reduction == "mean"
    loss = dataclasses.replace(head.loss, reduction="none")
    assert dataclasses.replace(head, loss=loss).reduction == "none"


@pytest.mark.parametrize("adapter", [LogitHead, PairHead])
@pytest.mark.parametrize("loss", [None, 3, "supcon", BatchTripletLoss, np.ones(2)])
def test_what_is_no_loss_is_refused_by_name(adapter, loss):
    with pytest.raises(TypeError, match=r"^loss must be a loss, got"):
        adapter(loss)


def test_a_loss_of_ones_own_needs_no_reduction():
    class Half:
        def forward(self, z, y):
            loss, saved = SoftmaxFocalLoss().forward(z, y)
            return loss / 2, saved

        def backward(self, saved, dloss=1.0):
            return SoftmaxFocalLoss().backward(saved, dloss / 2)

    args = features().values()
    expected, _ = LogitHead(SoftmaxFocalLoss()).forward(*args)
    loss, saved = LogitHead(Half()).forward(*args)
    assert loss == expected / 2
    assert [a.shape for a in LogitHead(Half()).backward(saved)] == [(7, 5), (4, 5)]
