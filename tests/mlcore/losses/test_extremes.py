"""Finite, and right, for every finite input of ordinary size.

pytest turns every RuntimeWarning into an error here, so an overflow on the way fails
too, even where the result is finite again.
"""

import dataclasses
import math

import numpy as np
import pytest

from mlcore.linalg import norms
from mlcore.losses import LargeMarginSoftmaxLoss, SoftmaxCrossEntropy, SoftmaxLoss
from mlcore.losses.registry.entries import classification

from . import truth
from .cases import (
    arguments,
    assert_close,
    cast,
    changed,
    differentiable,
    every_loss,
    every_loss_if,
    floating,
    lengths,
    may_be_negative,
    names_of,
    rows,
    run,
    takes,
    takes_no,
    with_classes,
)

# The contract's magnitudes.
ORDINARY = {"float32": 15, "float64": 140}


def assert_finite(loss, args, what=""):
    """Loss and gradients, for every reduction."""
    for reduction in ("mean", "sum", "none"):
        value, gradients = run(dataclasses.replace(loss, reduction=reduction), args)
        assert np.all(np.isfinite(value)), f"loss of {loss}, {what}"
        if not may_be_negative(loss):
            assert np.all(value >= 0), f"loss of {loss}, {what}"
        for name, gradient in zip(differentiable(args), gradients, strict=True):
            assert np.all(np.isfinite(gradient)), f"d{name} of {loss}, {what}"


def scaled(args, exponents, dtype):
    """Every floating argument times a power of ten: one number, or an array to draw
    from.

    Logits stop at 1e4: theirs is an exponential scale.
    """
    rng = np.random.default_rng(3)
    new = {}
    for name in lengths(args):
        top = 3.5 if name == "logits" else math.inf
        powers = rng.choice(exponents, size=args[name].shape)
        new[name] = args[name] * 10.0 ** np.minimum(powers, top)
    return cast(changed(args, **new), dtype)


@every_loss
@pytest.mark.parametrize("dtype", ORDINARY)
def test_every_ordinary_magnitude_is_finite(entry, loss, dtype):
    """All small, all large, and mixed within one row."""
    top = ORDINARY[dtype]
    for exponents in ([-top], [top - 1], [-top, 0, top - 1], [-top, top - 1], [-1, 1]):
        args = scaled(arguments(entry), exponents, dtype)
        assert_finite(loss, args, f"entries of 10^{exponents}")


@every_loss_if(takes_no("logits"))  # more than one argument with a magnitude
@pytest.mark.parametrize("dtype", ORDINARY)
def test_arguments_of_opposite_magnitudes_are_finite(entry, loss, dtype):
    """Tiny features under huge weights, and the other way round."""
    top = ORDINARY[dtype]
    args = arguments(entry)
    for sign in (-1, 1):
        factors = [
            10.0 ** (sign * (-1) ** i * (top - 1)) for i in range(len(lengths(args)))
        ]
        new = {
            name: args[name] * factor
            for name, factor in zip(lengths(args), factors, strict=True)
        }
        new = cast(changed(args, **new), dtype)
        assert_finite(loss, new, f"factors {factors}")


@every_loss
@pytest.mark.parametrize("dtype", ORDINARY)
def test_zero_rows_are_finite(entry, loss, dtype):
    """A zero row has no direction; every row in turn, and all of them."""
    args = cast(arguments(entry), dtype)
    for name in rows(args):
        for which in (0, -1, slice(None)):
            zeroed = args[name].copy()
            zeroed[which] = 0
            assert_finite(loss, changed(args, **{name: zeroed}), f"{name}[{which}] = 0")
    assert_finite(
        loss,
        changed(args, **{name: np.zeros_like(args[name]) for name in floating(args)}),
    )


@every_loss_if(takes_no("logits"))  # rows of logits have no direction
@pytest.mark.parametrize("dtype", ORDINARY)
def test_parallel_and_opposite_rows_are_finite(entry, loss, dtype):
    """Every row of every argument a multiple of one vector, of both signs and of many
    lengths."""
    args = arguments(entry)
    rng = np.random.default_rng(5)
    line = rng.normal(size=5)
    for nudge in (0.0, 1e-16, 1e-9, 1e-7):
        new = {}
        for name in floating(args):
            if args[name].ndim == 2:
                lengths = rng.choice(
                    [-3.0, -1.0, 1e-3, 1.0, 7.0], size=(len(args[name]), 1)
                )
                new[name] = lengths * (line + nudge * rng.normal(size=args[name].shape))
                new[name] = new[name].astype(dtype)
        assert_finite(loss, cast(changed(args, **new), dtype), f"{nudge} from a line")


@every_loss
@pytest.mark.parametrize("dtype", ORDINARY)
def test_smallest_shapes_are_finite(entry, loss, dtype):
    """N = 1, D = 1, C = 1, each alone and all together."""
    for n, d, c in ((1, 5, 4), (7, 1, 4), (7, 5, 1), (1, 1, 1), (1, 1, 4), (7, 1, 1)):
        args = cast(arguments(entry, 1, n, d, c), dtype)
        assert_finite(with_classes(loss, c), args, f"(N, D, C) = {n, d, c}")


@every_loss
def test_large_float16_input_is_finite(entry, loss):
    """Features and logits at the edge of float16, with s = 64 where there is an s."""
    if hasattr(loss, "s"):
        loss = dataclasses.replace(loss, s=64.0)
    args = arguments(entry)
    for factor in (1e-7, 1.0, 1e3, 1e4):
        large = {n: np.clip(factor * args[n], -6e4, 6e4) for n in lengths(args)}
        assert_finite(loss, cast(changed(args, **large), np.float16))


@every_loss_if(takes("logits"))
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_huge_logits_are_finite(entry, loss, dtype):
    """+-1e4 in every pattern, equal ones included; exp(1e4) is far out of every
    range."""
    args = arguments(entry)
    rng = np.random.default_rng(0)
    shape = args["logits"].shape
    for logits in (
        np.full(shape, 1e4),
        np.full(shape, -1e4),
        rng.choice([-1e4, 1e4], size=shape),
        rng.choice([-1e4, 0, 1e-4, 1e4], size=shape),
    ):
        assert_finite(loss, changed(args, logits=logits.astype(dtype)))


@pytest.mark.parametrize("m", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", ORDINARY)
def test_lsoftmax_at_exact_angles_of_every_magnitude(m, dtype):
    """theta = k pi/m, and within 1e-9 of 0 and pi, with short and long vectors."""
    top = ORDINARY[dtype] - 1
    thetas = [k * math.pi / m for k in range(m + 1)] + [1e-9, 1e-12, math.pi - 1e-9]
    x = np.asarray([[math.cos(t), math.sin(t)] for t in thetas])
    w = np.asarray([[1.0, 0.0], [0.3, -0.8]])
    for a, b in ((0, 0), (-top, top), (top, -top), (top, top), (-top, -top)):
        args = {
            "x": (x * 10.0**a).astype(dtype),
            "w": (w * 10.0**b).astype(dtype),
            "y": np.zeros(len(x), int),
        }
        assert_finite(LargeMarginSoftmaxLoss(m=m), args, f"10^{a} x, 10^{b} w")


@pytest.mark.parametrize("magnitude", [-140, -15, 15, 139])
def test_lsoftmax_of_extreme_features_is_right_not_just_finite(magnitude):
    """Features times 10^k under weights times 10^-k: the logits, and so the loss,
    stay."""
    rng = np.random.default_rng(1)
    x, w, y = classification(rng, 5, 4, 3)
    loss, factor = LargeMarginSoftmaxLoss(m=3), 2.0 ** round(magnitude / math.log10(2))
    value, (dx, dw) = run(loss, {"x": x, "w": w, "y": y})
    again, (dx2, dw2) = run(loss, {"x": factor * x, "w": w / factor, "y": y})
    # A power of two scales without rounding, except in what a norm divides by.
    assert_close(again, value, 1e-14)
    assert_close(dx2 * factor, dx, 1e-13)
    assert_close(dw2 / factor, dw, 1e-13)


def test_a_zero_row_has_the_gradient_of_its_plain_logits():
    """No direction, so no margin: dx = sum_j (p_j - [j = y]) w_j with uniform p."""
    w, y = np.random.default_rng(0).normal(size=(4, 5)), np.asarray([2])
    value, (dx, dw) = run(
        LargeMarginSoftmaxLoss(m=4), {"x": np.zeros((1, 5)), "w": w, "y": y}
    )
    np.testing.assert_allclose(value, math.log(4), rtol=1e-15)
    np.testing.assert_allclose(dx[0], (0.25 - np.eye(4)[2]) @ w, rtol=1e-14)
    np.testing.assert_array_equal(dw, 0)


@pytest.mark.parametrize("gap", [1.0, 10.0, 30.0, 40.0, 100.0, 300.0, 700.0])
def test_very_small_losses_keep_their_digits(gap):
    """log(1 + e^-40) is 4e-18, not 0; its gradient p_y - 1 is -4e-18, not 0 either.

    The exponent's rounding, gap * eps, is the relative error that remains.
    """
    y = np.asarray([1])
    logits = np.asarray([[-gap, 0.0, -2 * gap, -gap - 1]])
    small = math.exp(-gap) + math.exp(-2 * gap) + math.exp(-gap - 1)
    tolerance = 4e-16 * max(gap, 4)
    value, (g,) = run(SoftmaxCrossEntropy(), {"logits": logits, "y": y})
    np.testing.assert_allclose(value, math.log1p(small), rtol=tolerance)
    np.testing.assert_allclose(g[0, 1], -small / (1 + small), rtol=tolerance)
    np.testing.assert_allclose(np.sum(g), 0, atol=1e-15 * abs(g[0, 1]))
    # The heads have a copy of the formula made for one target: weights as logits of x =
    # 1.
    args = {"x": np.ones((1, 1)), "w": logits.T.copy(), "y": y}
    for loss in (SoftmaxLoss(), LargeMarginSoftmaxLoss(m=1)):
        value, (_, dw) = run(loss, args)
        np.testing.assert_allclose(value, math.log1p(small), rtol=tolerance)
        np.testing.assert_allclose(dw[1, 0], -small / (1 + small), rtol=tolerance)


@every_loss_if(takes("logits"))
@pytest.mark.parametrize("z", [1e-8, 1.0, 20.0, 37.0, 300.0])
def test_losses_of_sure_logits_agree_with_fifty_digits(entry, loss, z):
    """Right and wrong by a little and by far: p and 1 - p both keep their digits.

    Exponents as large as z, and as powers up to gamma z, carry z eps into the relative
    error.
    """
    loss = dataclasses.replace(loss, reduction="sum")
    reference = truth.REFERENCES[entry.name]
    row = [z, 0.0, 0.3, -z]
    batches = [{"logits": np.asarray([row]), "y": np.asarray([k])} for k in range(4)]
    if "targets" in names_of(entry):  # one decision at a time, however small its loss
        ends = [(logit, target) for logit in row for target in (0, 1)]
        batches = [
            {"logits": np.full((1, 1), a), "targets": np.full((1, 1), b)}
            for a, b in ends
        ]
        loss = with_classes(loss, 1)
    for args in batches:
        value, (gradient,) = run(loss, args)
        tolerance = 4 * np.finfo(float).eps * max(z, 10)
        assert_close(
            value, truth.exact_value(reference, loss, args), tolerance, str(args)
        )
        (exact,) = truth.exact_gradient(reference, loss, args, ["logits"])
        if np.any(exact):
            assert_close(gradient, exact, tolerance, str(args))
        else:  # too small a change beside the loss for a difference of 150 digits
            assert np.max(np.abs(gradient)) <= 1e-50 * value, str(args)


def test_small_losses_of_a_margin_agree_with_fifty_digits():
    """The whole head, at losses from 1e-3 down to 1e-250."""
    w = np.asarray([[1.0, 0.1], [-0.4, 0.9]])
    for length in (10.0, 50.0, 400.0):
        args = {"x": length * np.asarray([[0.99, 0.15]]), "w": w, "y": np.asarray([0])}
        loss = LargeMarginSoftmaxLoss(m=2)
        value, gradients = run(loss, args)
        exact = truth.exact_value(truth.REFERENCES["l-softmax"], loss, args)
        assert 0 < exact < 1e-3
        np.testing.assert_allclose(value, exact, rtol=1e-14 * length)
        wanted = truth.exact_gradient(
            truth.REFERENCES["l-softmax"], loss, args, ["x", "w"]
        )
        for a, b in zip(gradients, wanted, strict=True):
            assert_close(a, b, 1e-14 * length)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms_of_every_magnitude(dtype):
    """Within a few eps, from rows near the smallest number to rows near the square's
    limit."""
    info = np.finfo(dtype)
    row = np.asarray([0.3, -0.7, 0.0, 1.1], dtype)  # no digits to spare in the squares
    length = math.hypot(*row.tolist())
    exponents = np.arange(int(info.minexp) + 4, int(info.maxexp) // 2 - 5)
    factors = np.ldexp(dtype(1), exponents).astype(dtype)
    got = norms(factors[:, None] * row)
    np.testing.assert_allclose(got, length * factors, rtol=4 * float(info.eps))
    assert norms(np.zeros((2, 3), dtype)).tolist() == [0, 0]
    # One row at a time: a row must not depend on its neighbours' magnitude.
    alone = [norms((f * row)[None])[0] for f in factors]
    np.testing.assert_allclose(got, alone, rtol=4 * float(info.eps))
