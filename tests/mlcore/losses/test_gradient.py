"""The backward of every loss is the derivative of its forward.

The yardstick is the central difference of the plain-loop reference with fifty digits,
right to 1e-30; so the tolerance is that of floating point in `backward`, not that of a
difference.
"""

import dataclasses
import math

import numpy as np
import pytest

from mlcore.gradcheck import gradcheck

from . import truth
from .cases import (
    REDUCTIONS,
    arguments,
    assert_close,
    cast,
    differentiable,
    every_loss,
    every_loss_if,
    every_reduction,
    moved,
    run,
)

# float64 rounding times the condition of a softmax of a few terms.
TOLERANCE = 1e-12


def some_dloss(loss, args):
    """An upstream gradient: a number, or with "none" one a loss."""
    if loss.reduction != "none":
        return 0.7
    shape = np.shape(loss.forward(*args.values())[0])
    return np.random.default_rng(8).normal(size=shape)


@every_loss
@pytest.mark.parametrize("reduction", ["mean", "none"])  # "sum" is tied to "none" below
def test_gradient_equals_exact_difference(entry, loss, reduction):
    loss = dataclasses.replace(loss, reduction=reduction)
    args = arguments(entry, n=6, d=3)
    names = differentiable(args)
    dloss = some_dloss(loss, args)
    _, gradients = run(loss, args, dloss)
    assert len(gradients) == len(names)
    nested = dloss.tolist() if reduction == "none" else None
    expected = truth.exact_gradient(
        truth.REFERENCES[entry.name], loss, args, names, nested
    )
    for name, actual, exact in zip(names, gradients, expected, strict=True):
        factor = 1.0 if reduction == "none" else dloss
        assert_close(actual, factor * exact, TOLERANCE, f"d{name} of {loss}")


# A loss with frozen weights is differentiated by backward as forward is not: the test
# above.
@every_loss_if(lambda entry: not truth.is_frozen(truth.REFERENCES[entry.name]))
def test_gradient_passes_the_readers_own_check(entry, loss):
    """`gradcheck` differentiates forward itself, as the book does.

    Its error is relative to each entry, down to a thousandth of the largest: there the
    difference itself, good to 1e-9 of the largest, is good to 1e-6 only.
    """
    report = gradcheck(loss, arguments(entry))
    assert report.max_relative_error < 1e-6, str(report)


@every_loss
def test_backward_is_linear_in_dloss(entry, loss):
    """Scaling by a power of two is exact in floating point, so the comparison is
    too."""
    for reduction in REDUCTIONS:
        loss = dataclasses.replace(loss, reduction=reduction)
        args = arguments(entry)
        _, saved = loss.forward(*args.values())
        for once, scaled, none in zip(
            loss.backward(saved),
            loss.backward(saved, -4.0),
            loss.backward(saved, 0),
            strict=True,
        ):
            np.testing.assert_array_equal(scaled, -4.0 * once)
            np.testing.assert_array_equal(none, np.zeros_like(once))


@every_loss
@every_reduction
def test_dloss_may_be_a_number_or_an_array(entry, loss, reduction, xp):
    """2, 2.0 and a 0-d array of any float dtype say the same thing, and do not change
    dtypes."""
    loss = dataclasses.replace(loss, reduction=reduction)
    _, saved = loss.forward(*moved(arguments(entry), xp).values())
    expected = loss.backward(saved, 2.0)
    for dloss in (
        2,
        xp.asarray(2.0, dtype=xp.float32),
        xp.asarray(2.0, dtype=xp.float64),
    ):
        for actual, wanted in zip(loss.backward(saved, dloss), expected, strict=True):
            assert actual.dtype == wanted.dtype
            assert bool(xp.all(actual == wanted))


@every_loss
def test_none_with_equal_upstream_is_the_sum(entry, loss):
    """The sum's gradient sends 1 to each sample: forwards and backwards must agree on
    that."""
    args = arguments(entry)
    each = dataclasses.replace(loss, reduction="none")
    losses, gradients = run(each, args, np.ones_like(each.forward(*args.values())[0]))
    total, expected = run(dataclasses.replace(loss, reduction="sum"), args)
    assert_close(np.sum(losses), total, 1e-14)
    for actual, wanted in zip(gradients, expected, strict=True):
        assert_close(actual, wanted, 1e-14)


@every_loss
def test_dloss_of_a_wrong_shape_is_refused(entry, loss):
    """(N, 1) against (N,) would broadcast to (N, N) without a word."""
    for reduction in REDUCTIONS:
        loss = dataclasses.replace(loss, reduction=reduction)
        value, saved = loss.forward(*arguments(entry).values())
        wrong = [(*np.shape(value), 1), (np.size(value) + 1,)]
        if reduction != "none":
            wrong.append((7,))  # one a sample, though the samples have been reduced
        for shape in wrong:
            with pytest.raises(ValueError, match="dloss"):
                loss.backward(saved, np.ones(shape))


@every_loss
def test_dloss_of_a_wrong_kind_is_refused_by_name(entry, loss, xp):
    _, saved = loss.forward(*moved(arguments(entry), xp).values())
    stranger = np.asarray(1.0) if "numpy" not in xp.__name__ else _strict_one()
    for dloss in (None, "1", [1.0] * 7, 1j, stranger):
        with pytest.raises(TypeError, match="dloss"):
            loss.backward(saved, dloss)
    with pytest.raises(TypeError, match="dloss"):
        loss.backward(saved, xp.asarray(1j))
    if "numpy" in xp.__name__:
        for dloss in (
            np.asarray("1"),
            np.asarray(1.0, dtype=object),
            np.datetime64(1, "s"),
        ):
            with pytest.raises(TypeError, match="dloss"):
                loss.backward(saved, dloss)


@every_loss
@every_reduction
def test_a_dloss_that_is_not_finite_is_refused_by_name(entry, loss, reduction, xp):
    """All gradients would be NaN without a word, a step after where it came from."""
    loss = dataclasses.replace(loss, reduction=reduction)
    value, saved = loss.forward(*moved(arguments(entry), xp).values())
    for bad in (math.nan, math.inf, -math.inf):
        for dloss in (bad, xp.asarray(bad), xp.full_like(value, bad)):
            with pytest.raises(FloatingPointError, match=r"^dloss must be finite"):
                loss.backward(saved, dloss)
    with pytest.raises(ValueError, match=r"^dloss must fit"):
        loss.backward(saved, -(10**400))
    loss.backward(saved, xp.full_like(value, -2.0))  # the control


@every_loss
def test_a_dloss_beyond_the_dtype_is_refused_by_name(entry, loss):
    _, saved = loss.forward(*cast(arguments(entry), np.float32).values())
    with pytest.raises(ValueError, match=r"^dloss must fit into float32"):
        loss.backward(saved, 1e39)
    with pytest.raises(FloatingPointError, match=r"^dloss must be finite in float32"):
        loss.backward(saved, np.asarray(1e39))


def _strict_one():
    import array_api_strict

    return array_api_strict.asarray(1.0)


@every_loss
def test_backward_twice_and_interleaved_gives_the_same(entry, loss):
    """`saved` is not used up, and belongs to its own call alone."""
    for reduction in REDUCTIONS:
        loss = dataclasses.replace(loss, reduction=reduction)
        _, saved = loss.forward(*arguments(entry, 1).values())
        first = loss.backward(saved, 3.0)
        _, other = loss.forward(*arguments(entry, 2).values())
        loss.backward(other, 5.0)
        for a, b in zip(first, loss.backward(saved, 3.0), strict=True):
            np.testing.assert_array_equal(a, b)


@every_loss
def test_changing_the_results_in_place_leaves_saved_alone(entry, loss):
    """An optimiser that scales a gradient in place must not change the next
    backward."""
    loss = dataclasses.replace(loss, reduction="none")
    losses, saved = loss.forward(*arguments(entry).values())
    gradients = loss.backward(saved)
    expected = [g.copy() for g in gradients]
    losses *= 100
    for g in gradients:
        g *= 100
    for actual, wanted in zip(loss.backward(saved), expected, strict=True):
        np.testing.assert_array_equal(actual, wanted)


@every_loss
def test_inputs_are_not_modified(entry, loss):
    args = arguments(entry)
    before = {name: array.copy() for name, array in args.items()}
    run(loss, args)
    for name, array in args.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


# Controls: a check that a wrong gradient passes would prove nothing.


WRONG = {
    "flipped sign": lambda g: -g,
    "factor 2 too many": lambda g: 2 * g,
    "mean forgotten": lambda g: g * 6,
    "one entry off by a millionth": (
        lambda g: g + 1e-6 * np.max(np.abs(g)) * (g == np.max(g))
    ),
    "transposed rows": lambda g: g[::-1],
}


@every_loss
def test_control_wrong_gradients_are_seen(entry, loss):
    args = arguments(entry, n=6, d=3)
    names = differentiable(args)
    expected = truth.exact_gradient(truth.REFERENCES[entry.name], loss, args, names)
    for right, exact in zip(run(loss, args)[1], expected, strict=True):
        for mistake, spoilt in WRONG.items():
            if mistake == "transposed rows" and not right.ndim:
                continue
            with pytest.raises(AssertionError, match="off by"):
                assert_close(spoilt(right), exact, TOLERANCE, mistake)
