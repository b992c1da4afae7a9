"""Chunked heads are the dense ones, block by block."""

import dataclasses
import math
import re

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import (
    ArcFaceLoss,
    CircleLoss,
    LargeMarginSoftmaxLoss,
    SoftmaxCrossEntropy,
    SoftmaxLoss,
)
from mlcore.many import Chunked

from .cases import (
    BLOCKS,
    assert_equal,
    each_reduction,
    every_loss,
    inputs,
    results,
    with_classes,
)


@every_loss
@pytest.mark.parametrize("block", BLOCKS)
def test_equals_the_dense_head(loss, block):
    """Loss and gradients, for every reduction, recomputed, kept, and half of each."""
    args = inputs(loss)
    for each, dloss in each_reduction(loss):
        expected = results(each, args, dloss)
        for keep in (0, 9 * 8 * 6, math.inf):
            head = Chunked(each, block=block, keep=keep)
            what = f"{each}, keep={keep}"
            assert_equal(results(head, args, dloss), expected, 1e-12, what)


@every_loss
def test_equals_the_dense_head_in_every_library(loss, xp):
    args = inputs(loss)
    loss, dloss = list(each_reduction(loss))[-1]
    moved = [xp.asarray(a) for a in args]
    actual = results(Chunked(loss, block=5, keep=400), moved, xp.asarray(dloss))
    assert_equal(actual, results(loss, args, dloss), 1e-12)


def test_softmax_without_a_bias():
    loss = SoftmaxLoss()
    args = inputs(loss, bias=False)
    assert_equal(results(Chunked(loss, block=5), args), results(loss, args), 1e-12)


@every_loss
def test_one_class_and_one_sample(loss):
    loss = dataclasses.replace(
        loss, **({"class_weights": None} if hasattr(loss, "class_weights") else {})
    )
    if hasattr(loss, "counts"):
        loss = dataclasses.replace(loss, counts=loss.counts[:1])
    args = inputs(loss)
    for some in ([args[0], args[1][:1], 0 * args[2]], [a[:1] for a in args[:3]]):
        some[2] = 0 * some[2]
        actual = results(Chunked(loss, block=2), some)
        for a, b in zip(actual, results(loss, some), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@every_loss
def test_float32_is_as_exact_as_the_dense_head(loss):
    """Within three times its error against float64, at 997 classes."""
    c = 997
    loss = with_classes(loss, c)
    args = inputs(loss, n=40, d=32, c=c)
    args = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in args]
    wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in args]
    exact, dense = results(loss, wide), results(loss, args)
    for block in (64, 1000):
        actual = results(Chunked(loss, block=block), args)
        for name, a, d, e in zip(
            ("loss", "dx", "dw", "db"), actual, dense, exact, strict=False
        ):
            eps = np.finfo(np.float32).eps * np.max(np.abs(e))
            error, of_dense = np.max(np.abs(a - e)), np.max(np.abs(d - e))
            assert error <= 3 * max(of_dense, eps), f"{name}: {error} {of_dense}"


def test_a_small_loss_is_not_rounded_to_zero():
    """log(1 + e^-40), of which float32 keeps all digits: the target's part is apart."""
    x = np.asarray([[40.0]], np.float32)
    w = np.asarray([[1.0], [0.0], [-1.0]], np.float32)
    value, _ = Chunked(SoftmaxLoss(), block=2).forward(x, w, np.asarray([0]))
    np.testing.assert_allclose(value, math.exp(-40), rtol=1e-6)


def test_a_large_loss_is_not_cut_off():
    x, w = np.asarray([[300.0]], np.float32), np.asarray([[-1.0], [1.0]], np.float32)
    value, _ = Chunked(SoftmaxLoss(), block=1).forward(x, w, np.asarray([0]))
    assert value == 600


def test_results_have_the_dtypes_of_the_arguments(xp):
    """float16 is computed in float32; array-api-strict has none."""
    loss = SoftmaxLoss()
    for name in [n for n in ("float16", "float32", "float64") if hasattr(xp, n)]:
        dtype = getattr(xp, name)
        x, w, y, b = inputs(loss)
        args = [xp.asarray(a, dtype=dtype) for a in (x, w, b)]
        args.insert(2, xp.asarray(y))
        value, saved = Chunked(loss, block=5).forward(*args)
        assert value.dtype == (xp.float32 if name == "float16" else dtype)
        for gradient in Chunked(loss, block=5).backward(saved):
            assert gradient.dtype == dtype
            assert type(gradient) is type(args[0])


def test_dtypes_may_be_mixed():
    x, w, y = inputs(ArcFaceLoss())
    x = x.astype(np.float16)
    value, dx, dw = results(Chunked(ArcFaceLoss(), block=5), [x, w, y])
    expected, _, exact = results(ArcFaceLoss(), [x.astype(float), w, y])
    assert (dx.dtype, dw.dtype) == (np.float16, np.float64)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    assert_equal([value, dw], [expected, exact], 1e-12)


@every_loss
@pytest.mark.parametrize("power", [-140, -60, 60, 100])
def test_magnitudes_are_those_of_the_dense_head(loss, power):
    """Rows far from 1: scaled, and refused, where the dense head does it.

    Of the shortest rows float32 keeps so few digits that either is off by 1e-5.
    """
    args = inputs(loss)
    args[0][1::2] *= 2.0**power
    args[1][::3] *= 2.0 ** (power / 2)
    args = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in args]
    try:
        expected = results(loss, args)
    except FloatingPointError as error:
        refusal = re.escape(str(error).partition(",")[0])
        with pytest.raises(FloatingPointError, match=refusal):
            results(Chunked(loss, block=5), args)
        return
    actual = results(Chunked(loss, block=5), args)
    assert all(np.all(np.isfinite(a)) for a in actual)
    assert_equal(actual, expected, 3e-5)


@every_loss
def test_the_sink_gets_each_block_once(loss):
    args = inputs(loss)
    expected = results(loss, args)
    head, dw = Chunked(loss, block=5), np.full_like(args[1], np.nan)
    _, saved = head.forward(*args)

    def sink(rows, gradient):
        assert np.all(np.isnan(dw[rows]))
        dw[rows] = gradient

    dx, nothing, *db = head.backward(saved, sink=sink)
    assert nothing is None
    assert_equal([expected[0], dx, dw, *db], expected, 1e-12)


def test_the_sink_may_change_w():
    """A step of SGD in the sink is that step after backward."""
    loss = ArcFaceLoss()
    x, w, y = inputs(loss)
    _, dx, dw = results(loss, [x, w, y])
    stepped, head = w.copy(), Chunked(loss, block=5)
    _, saved = head.forward(x, stepped, y)

    def sink(rows, gradient):
        stepped[rows] -= 0.1 * gradient

    actual, _ = head.backward(saved, sink=sink)
    assert_equal([dx, stepped], [actual, w - 0.1 * dw], 1e-12)
    with pytest.raises(RuntimeError, match="call forward again"):
        head.backward(saved)


def test_backward_may_be_called_again_without_a_sink():
    loss = ArcFaceLoss()
    head = Chunked(loss, block=5, keep=1000)
    _, saved = head.forward(*inputs(loss))
    first = [to_numpy(a) for a in head.backward(saved)]
    for a, b in zip(first, head.backward(saved, 1.0), strict=True):
        np.testing.assert_array_equal(a, b)


def test_saved_holds_no_logits():
    """Arrays of O(N D + N + C) numbers: with 5,000 classes, less than 5 % of N C."""
    n, d, c = 64, 4, 5000
    rng = np.random.default_rng(0)
    x, w, y = rng.normal(size=(n, d)), rng.normal(size=(c, d)), np.arange(n)
    _, saved = Chunked(ArcFaceLoss(), block=100).forward(x, w, y)
    arrays = [*saved, *saved.samples, *vars(saved.classes).values()]
    held = sum(a.size for a in arrays if isinstance(a, np.ndarray) and a is not w)
    assert held < 0.05 * n * c


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (ValueError, r"block must be an integer >= 1, got 0", {"block": 0}),
        (TypeError, r"block must be an integer >= 1, got 2.5", {"block": 2.5}),
        (ValueError, r"keep must be a number in \[0, inf\], got -1", {"keep": -1}),
        (TypeError, r"keep must be a number", {"keep": None}),
        (TypeError, r"loss must be a margin loss or a Soft", {"loss": CircleLoss()}),
        (TypeError, r"loss must be", {"loss": SoftmaxCrossEntropy()}),
    ],
)
def test_bad_parameters_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        Chunked(**{"loss": ArcFaceLoss(), **arguments})


@pytest.mark.parametrize(
    ("error", "message", "place", "value"),
    [
        (FloatingPointError, r"w must be finite, but row 7 ", 1, math.nan),
        (FloatingPointError, r"x must be finite, but row 7 ", 0, math.inf),
        (ValueError, r"y must lie in \[0, 13\), but y\[7\] is 13", 2, 13),
    ],
)
def test_bad_numbers_are_named_with_their_row_of_all(error, message, place, value):
    """Also where it is the second row of its block."""
    args = inputs(ArcFaceLoss())
    args[place][7] = value
    with pytest.raises(error, match=message):
        Chunked(ArcFaceLoss(), block=6).forward(*args)


def test_other_bad_arguments_are_refused():
    x, w, y, b = inputs(SoftmaxLoss())
    head = Chunked(LargeMarginSoftmaxLoss())
    with pytest.raises(TypeError, match="LargeMarginSoftmaxLoss takes no bias"):
        head.forward(x, w, y, b)
    with pytest.raises(ValueError, match="b must agree with w"):
        Chunked(SoftmaxLoss()).forward(x, w, y, b[1:])
    with pytest.raises(ValueError, match="w must not be empty"):
        head.forward(x, w[:0], y)
    _, saved = head.forward(x, w, y)
    with pytest.raises(ValueError, match="dloss must have shape"):
        head.backward(saved, np.ones(3))
    with pytest.raises(TypeError, match="sink must be a function or None"):
        head.backward(saved, sink=3)
    head.backward(saved)  # refused before it could count as a backward with a sink
