"""Layers: values against loops that read like the formula, gradients against
differences."""

import math
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore.arrays import array_namespace, to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    PReLU,
    ReLU,
)

# Every layer, with a batch small enough for a difference in each entry.
CASES = {
    "linear": (Linear(5, 3), (4, 5)),
    "linear-no-bias": (Linear(5, 3, bias=False), (4, 5)),
    "flatten": (Flatten(), (3, 2, 4, 2)),
    "conv": (Conv2d(2, 3, kernel=3), (2, 5, 6, 2)),
    "conv-stride-padding": (Conv2d(2, 2, kernel=5, stride=2, padding=2), (1, 6, 7, 2)),
    "conv-oblong": (
        Conv2d(1, 2, kernel=(2, 3), stride=(3, 1), padding=(0, 1)),
        (2, 7, 4, 1),
    ),
    "conv-no-bias": (Conv2d(2, 2, kernel=1, bias=False), (2, 3, 3, 2)),
    "pool": (MaxPool2d(2), (2, 5, 6, 3)),
    "pool-overlapping": (MaxPool2d(3, stride=(2, 1)), (2, 6, 5, 2)),
    "relu": (ReLU(), (3, 4, 2)),
    "prelu-images": (PReLU(3), (2, 3, 2, 3)),
    "prelu-features": (PReLU(3), (4, 3)),
    "batch-norm-images": (BatchNorm(3), (2, 3, 2, 3)),
    "batch-norm-features": (BatchNorm(3), (5, 3)),
}
each_layer = pytest.mark.parametrize(
    ("layer", "shape"), CASES.values(), ids=CASES.keys()
)


def arguments(layer, shape, seed=0):
    """Input and parameters for `layer`: float64, random, away from kinks and from
    ties."""
    rng = np.random.default_rng(seed)
    # A shuffled ladder without 0: every two entries differ by 0.1, a thousand times a
    # step.
    ladder = 0.1 * (np.arange(math.prod(shape)) - math.prod(shape) / 2 + 0.25)
    x = rng.permutation(ladder).reshape(shape)
    return x, *(rng.standard_normal(p.shape) for p in layer.init(rng))


def moved(xp, *arrays):
    return tuple(xp.asarray(array) for array in arrays)


@each_layer
def test_backward_is_the_gradient(xp, layer, shape):
    """1e-7 leaves room for the rounding of a difference, not for a wrong formula."""
    report = gradcheck(layer, moved(xp, *arguments(layer, shape)))
    assert report.max_relative_error < 1e-7, report


@dataclass(frozen=True)
class Spoilt:
    """A layer whose gradient number `place` is wrong: the control of the check
    above."""

    layer: object
    place: int
    factor: float

    def forward(self, *arguments):
        return self.layer.forward(*arguments)

    def backward(self, saved, dout):
        grads = list(self.layer.backward(saved, dout))
        grads[self.place] = self.factor * grads[self.place]
        return tuple(grads)


@each_layer
@pytest.mark.parametrize(
    "factor", [-1.0, 0.5, 1.001], ids=["sign", "half", "one-per-mille"]
)
def test_check_notices_a_wrong_gradient_of_every_argument(layer, shape, factor):
    """If it did not, the test above would prove nothing."""
    inputs = arguments(layer, shape)
    for place in range(len(inputs)):
        report = gradcheck(Spoilt(layer, place, factor), inputs)
        # What the definition of the error makes of that factor, up to the check's own
        # error.
        expected = abs(factor - 1) / max(abs(factor), 1)
        assert report.max_relative_error == pytest.approx(expected, abs=1e-7)


@dataclass(frozen=True)
class NormWithoutItsMean(BatchNorm):
    """The commonest wrong BatchNorm: statistics taken as constants in backward."""

    def backward(self, saved, dout):
        _, dgamma, dbeta = super().backward(saved, dout)
        return saved.gamma * saved.inv_std * dout, dgamma, dbeta


def test_check_notices_batch_statistics_taken_as_constants():
    report = gradcheck(NormWithoutItsMean(3), arguments(BatchNorm(3), (5, 3)))
    assert report.worst.argument == "x"
    assert report.max_relative_error > 0.1


def conv_by_loops(x, w, b, stride, padding):
    """The formula in Conv2d's docstring, one number at a time."""
    n, height, width, channels = x.shape
    out_channels, kh, kw, _ = w.shape
    oh = (height + 2 * padding[0] - kh) // stride[0] + 1
    ow = (width + 2 * padding[1] - kw) // stride[1] + 1
    out = np.zeros((n, oh, ow, out_channels))
    for s, i, j, o in np.ndindex(out.shape):
        out[s, i, j, o] = b[o]
        for u, v, c in np.ndindex(kh, kw, channels):
            row, column = stride[0] * i + u - padding[0], stride[1] * j + v - padding[1]
            if 0 <= row < height and 0 <= column < width:
                out[s, i, j, o] += x[s, row, column, c] * w[o, u, v, c]
    return out


@pytest.mark.parametrize("case", ["conv", "conv-stride-padding", "conv-oblong"])
def test_convolution_is_its_formula(xp, case):
    layer, shape = CASES[case]
    x, w, b = arguments(layer, shape)
    out, _ = layer.forward(*moved(xp, x, w, b))
    expected = conv_by_loops(x, w, b, layer.stride, layer.padding)
    np.testing.assert_allclose(to_numpy(out), expected, rtol=1e-12, atol=1e-12)


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(3, 7),
)
def test_convolution_is_its_formula_for_every_geometry(kh, kw, stride, padding, height):
    layer = Conv2d(1, 1, kernel=(kh, kw), stride=stride, padding=(padding, 0))
    x, w, b = arguments(layer, (1, height, 4, 1))
    out, _ = layer.forward(x, w, b)
    expected = conv_by_loops(x, w, b, layer.stride, layer.padding)
    assert out.shape[1:] == layer.output_shape((height, 4, 1))
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


def test_pooling_is_the_maximum_of_each_window(xp):
    x = np.random.default_rng(0).standard_normal((2, 5, 4, 3))
    layer = MaxPool2d(3, stride=(2, 1))
    out, _ = layer.forward(xp.asarray(x))
    expected = np.zeros((2, 2, 2, 3))
    for n, i, j, c in np.ndindex(expected.shape):
        expected[n, i, j, c] = max(
            x[n, 2 * i + u, j + v, c] for u in range(3) for v in range(3)
        )
    np.testing.assert_array_equal(to_numpy(out), expected)


def test_pooling_gives_a_tie_to_the_first_pixel_only(xp):
    """A gradient shared or doubled among equal pixels would change its sum."""
    x, dout = moved(xp, np.zeros((1, 2, 2, 1)), np.full((1, 1, 1, 1), 3.0))
    (dx,) = MaxPool2d(2).backward(MaxPool2d(2).forward(x)[1], dout)
    np.testing.assert_array_equal(to_numpy(dx)[0, :, :, 0], [[3, 0], [0, 0]])


def test_batch_norm_is_its_formula(xp):
    x, gamma, beta = arguments(BatchNorm(3), (2, 3, 2, 3))
    out, saved = BatchNorm(3).forward(*moved(xp, x, gamma, beta))
    for c in range(3):
        values = [float(v) for v in x[..., c].ravel()]
        mean = sum(values) / len(values)
        var = sum((v - mean) ** 2 for v in values) / len(values)
        expected = [
            gamma[c] * (v - mean) / math.sqrt(var + 1e-5) + beta[c] for v in values
        ]
        np.testing.assert_allclose(to_numpy(out)[..., c].ravel(), expected, rtol=1e-12)
        assert float(saved.mean[c]) == pytest.approx(mean)
        assert float(saved.var[c]) == pytest.approx(var)


def test_batch_norm_running_averages_follow_their_rule(xp):
    """new = (1 - momentum) old + momentum batch, the batch's variance divided by n -
    1."""
    norm = BatchNorm(2, momentum=0.25)
    x, gamma, beta = arguments(norm, (4, 2))
    _, saved = norm.forward(*moved(xp, x, gamma, beta))
    old = type(norm.init_running())(
        *moved(xp, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    )
    new = norm.update(old, saved)
    expected_mean = 0.75 * np.array([1.0, 2.0]) + 0.25 * x.mean(axis=0)
    expected_var = 0.75 * np.array([3.0, 4.0]) + 0.25 * x.var(axis=0, ddof=1)
    np.testing.assert_allclose(to_numpy(new.mean), expected_mean, rtol=1e-12)
    np.testing.assert_allclose(to_numpy(new.var), expected_var, rtol=1e-12)
    np.testing.assert_array_equal(to_numpy(old.mean), [1.0, 2.0])


def test_batch_norm_infers_with_the_running_averages(xp):
    """With the batch's own statistics as running ones, test time equals training."""
    norm = BatchNorm(3)
    inputs = moved(xp, *arguments(norm, (5, 3)))
    out, saved = norm.forward(*inputs)
    inferred = norm.infer(*inputs, type(norm.init_running())(saved.mean, saved.var))
    np.testing.assert_allclose(
        to_numpy(inferred), to_numpy(out), rtol=1e-12, atol=1e-12
    )


def test_activations_at_their_kink():
    """The choices that the docstrings state: slope 0 for ReLU, a for PReLU."""
    x, dout = np.array([[-1.0, 0.0, 2.0]]), np.ones((1, 3))
    out, saved = ReLU().forward(x)
    assert out.tolist() == [[0, 0, 2]]
    assert ReLU().backward(saved, dout)[0].tolist() == [[0, 0, 1]]
    prelu, a = PReLU(3), np.full(3, 0.5)
    out, saved = prelu.forward(x, a)
    dx, da = prelu.backward(saved, dout)
    assert out.tolist() == [[-0.5, 0, 2]]
    assert dx.tolist() == [[0.5, 0.5, 1]]
    assert da.tolist() == [-1, 0, 0]


@each_layer
def test_inputs_stay_as_they_were(xp, layer, shape):
    inputs = arguments(layer, shape)
    copies = moved(xp, *inputs)
    out, saved = layer.forward(*copies)
    first = layer.backward(saved, xp.ones_like(out))
    again = layer.backward(saved, xp.ones_like(out))
    for before, after in zip(inputs, copies, strict=True):
        np.testing.assert_array_equal(to_numpy(after), before)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(to_numpy(one), to_numpy(two))


@each_layer
def test_memory_layout_does_not_matter(layer, shape):
    """Fortran order, and a view that takes every second entry of each axis."""
    inputs = arguments(layer, shape)
    expected, saved = layer.forward(*inputs)
    expected_grads = layer.backward(saved, np.ones_like(expected))
    for change in (np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2]):
        out, saved = layer.forward(*map(change, inputs))
        grads = layer.backward(saved, change(np.ones_like(out)))
        for one, two in zip((out, *grads), (expected, *expected_grads), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)


@each_layer
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dtype_of_the_arguments_is_the_dtype_of_the_results(xp, layer, shape, dtype):
    inputs = [xp.asarray(array.astype(dtype)) for array in arguments(layer, shape)]
    out, saved = layer.forward(*inputs)
    for array in (out, *layer.backward(saved, xp.ones_like(out))):
        assert array.dtype == getattr(xp, dtype)
        assert array_namespace(array) is array_namespace(inputs[0])


@each_layer
def test_float16_is_computed_in_float32(layer, shape):
    """The result is that of float32 on the same numbers, rounded once."""
    halves = [array.astype(np.float16) for array in arguments(layer, shape)]
    singles = [array.astype(np.float32) for array in halves]
    out16, saved16 = layer.forward(*halves)
    out32, saved32 = layer.forward(*singles)
    grads16 = layer.backward(saved16, np.ones_like(out16))
    grads32 = layer.backward(saved32, np.ones_like(out32))
    for half, single in zip((out16, *grads16), (out32, *grads32), strict=True):
        assert half.dtype == np.float16
        np.testing.assert_array_equal(half, single.astype(np.float16))


def test_float16_saturates_instead_of_overflowing():
    layer = Linear(2, 1, bias=False)
    out, _ = layer.forward(
        np.full((1, 2), 6e4, np.float16), np.full((1, 2), 6e4, np.float16)
    )
    assert out[0, 0] == np.finfo(np.float16).max


@each_layer
def test_output_shape_foretells_the_output(layer, shape):
    out, _ = layer.forward(*arguments(layer, shape))
    assert out.shape[1:] == layer.output_shape(shape[1:])


@each_layer
def test_layer_is_a_value(layer, shape):
    """Comparable, hashable, immutable, and its repr rebuilds it."""
    assert eval(repr(layer)) == layer
    assert hash(layer) == hash(eval(repr(layer)))
    with pytest.raises(FrozenInstanceError):
        layer.anything = 1
    assert Conv2d(1, 2, kernel=3) == Conv2d(1, 2, kernel=(3, 3))


@each_layer
def test_parameters_start_as_declared(layer, shape):
    params = layer.init(np.random.default_rng(0))
    assert [p.shape for p in params] == list(layer.param_shapes.values())
    assert all(p.dtype == np.float32 for p in params)
    again = layer.init(np.random.default_rng(0))
    for one, two in zip(params, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_he_initialisation_keeps_the_size_of_a_signal():
    """Behind Linear and ReLU the mean square is that of the input, within sampling
    error."""
    rng = np.random.default_rng(0)
    layer = Linear(400, 400)
    x = rng.standard_normal((200, 400)).astype(np.float32)
    out, _ = ReLU().forward(layer.forward(x, *layer.init(rng))[0])
    assert np.mean(np.square(out)) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: Linear(0, 2),
            ValueError,
            "in_features must be an integer >= 1, got 0",
        ),
        (lambda: Conv2d(1, 1, kernel=0), ValueError, "kernel must be an integer >= 1"),
        (
            lambda: Conv2d(1, 1, kernel="3"),
            TypeError,
            "kernel must be an integer or a pair",
        ),
        (lambda: MaxPool2d(2, stride=0), ValueError, "stride must be an integer >= 1"),
        (
            lambda: BatchNorm(2, momentum=2),
            ValueError,
            "momentum must be a number in [0, 1]",
        ),
        (lambda: BatchNorm(2, eps=0), ValueError, "eps must be a number in (0"),
        (
            lambda: Linear(3, 2).forward(np.ones((2, 4)), np.ones((2, 3)), np.ones(2)),
            ValueError,
            "x must have shape (N, 3), got (2, 4)",
        ),
        (
            lambda: Linear(3, 2).forward(np.ones((2, 3)), np.ones((3, 2)), np.ones(2)),
            ValueError,
            "w must have shape (2, 3), got (3, 2)",
        ),
        (
            lambda: Linear(3, 2).forward(np.ones((2, 3)), np.ones((2, 3))),
            ValueError,
            "b must be an array of shape (2,), got none",
        ),
        (
            lambda: Linear(3, 2, bias=False).forward(
                np.ones((2, 3)), np.ones((2, 3)), np.ones(2)
            ),
            ValueError,
            "takes no parameters but ('w',)",
        ),
        (lambda: ReLU().forward(np.ones((0, 3))), ValueError, "x must not be empty"),
        (
            lambda: ReLU().forward(np.ones((2, 3), int)),
            TypeError,
            "x must have a real floating",
        ),
        (lambda: ReLU().forward([[1.0]]), TypeError, "x must be an array, got list"),
        (
            lambda: PReLU(3).forward(np.ones((2, 4)), np.ones(3)),
            ValueError,
            "x must have shape (N, ..., 3), got (2, 4)",
        ),
        (
            lambda: Conv2d(1, 1, kernel=5, bias=False).forward(
                np.ones((1, 4, 9, 1)), np.ones((1, 5, 5, 1))
            ),
            ValueError,
            "at least the kernel's size: kernel (5, 5), images (4, 9)",
        ),
        (
            lambda: BatchNorm(2).forward(np.ones((1, 2)), np.ones(2), np.ones(2)),
            ValueError,
            "x must have at least 2 values a channel",
        ),
        (
            lambda: ReLU().backward(
                ReLU().forward(np.ones((2, 3)))[1], np.ones((3, 2))
            ),
            ValueError,
            "dout must have shape (2, 3), got (3, 2)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
