"""Convolution and pooling are what their formulas say, however they are cut up to be
fast."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcore.arrays import to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.layers import Conv2d, MaxPool2d
from mlcore.layers.conv import convolution, convolution_backward
from mlcore.layers.windows import blocks


def formula(layer, x, w, g):
    """Output, dx and dw as the sums are written: a loop for each index but the
    channels'."""
    out, dx, dw = np.zeros_like(g), np.zeros_like(x), np.zeros_like(w)
    for n, i, j, u, v in np.ndindex(*g.shape[:3], *layer.kernel):
        row = layer.stride[0] * i + u - layer.padding[0]
        column = layer.stride[1] * j + v - layer.padding[1]
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            out[n, i, j] += w[:, u, v] @ x[n, row, column]
            dx[n, row, column] += g[n, i, j] @ w[:, u, v]
            dw[:, u, v] += np.outer(g[n, i, j], x[n, row, column])
    return out, dx, dw


def plain(layer, x, w, g):
    """Output, dx and dw of the library's plain form."""
    geometry = layer.stride, layer.padding
    return convolution(x, w, *geometry), *convolution_backward(x, w, g, *geometry)


def arguments(layer, shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    w = rng.standard_normal(layer.param_shapes["w"])
    return x, w, rng.standard_normal((shape[0], *layer.output_shape(shape[1:])))


def check_against_plain(layer, shape, xp=np, dtype="float64"):
    """Up to the rounding of sums of a few hundred terms of size 1."""
    x, w, g = (xp.asarray(a.astype(dtype)) for a in arguments(layer, shape))
    out, saved = layer.forward(x, w)
    fast = out, *layer.backward(saved, g)
    atol = {"float64": 1e-11, "float32": 1e-4}[dtype]
    for ours, expected in zip(fast, plain(layer, x, w, g), strict=True):
        assert str(ours.dtype).endswith(dtype)
        np.testing.assert_allclose(
            to_numpy(ours), to_numpy(expected), rtol=1e-11, atol=atol
        )


pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(
    pairs, pairs, st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(1, 12)
)
@settings(max_examples=200)
def test_convolution_and_its_gradients_are_the_plain_ones(
    kernel, stride, padding, channels
):
    """Every kernel, strides longer than it, borders wider than it, few channels and
    many."""
    layer = Conv2d(channels, 2, kernel, stride, padding, bias=False)
    check_against_plain(layer, (2, 5, 6, channels))
    check_against_plain(layer, (2, 5, 6, channels), dtype="float32")


@given(pairs, pairs, st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_the_plain_form_is_the_formula(kernel, stride, padding):
    layer = Conv2d(3, 2, kernel, stride, padding, bias=False)
    x, w, g = arguments(layer, (2, 5, 6, 3))
    for ours, expected in zip(
        plain(layer, x, w, g), formula(layer, x, w, g), strict=True
    ):
        np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-11)


def test_the_plain_form_refuses_a_kernel_larger_than_the_image():
    with pytest.raises(ValueError, match="x must have images of at least the kernel"):
        convolution(np.zeros((1, 2, 2, 1)), np.zeros((1, 3, 3, 1)))


@pytest.mark.parametrize("channels", [1, 7, 8, 12])
def test_every_library_agrees_with_few_channels_and_with_many(xp, channels):
    check_against_plain(
        Conv2d(channels, 3, 3, 2, 1, bias=False), (2, 7, 6, channels), xp
    )


@pytest.mark.parametrize("channels", [3, 9])
def test_gradient_with_few_channels_and_with_many(channels):
    layer = Conv2d(channels, 2, 2, stride=2, padding=1)
    x, w, _ = arguments(layer, (2, 3, 3, channels))
    report = gradcheck(layer, (x, w, np.array([0.5, -0.5])))
    assert report.max_relative_error < 1e-7, report


@pytest.mark.parametrize("channels", [4, 9])
def test_a_batch_of_several_blocks_is_one_convolution(channels):
    """And the last block is smaller than the others."""
    layer, shape = Conv2d(channels, 3, kernel=5, bias=False), (100, 12, 12, channels)
    cut = blocks(np.zeros(shape), 8 * 8 * 25 * channels)
    assert len(cut) > 2
    assert 100 % cut[0].stop != 0
    check_against_plain(layer, shape)


def test_blocks_cover_the_batch_and_hold_no_more_than_they_may():
    x = np.zeros((10, 3), np.float32)
    for each in (1, 10_000, 2**17, 2**18, 2**30):
        cut = blocks(x, each)
        assert [i for s in cut for i in range(s.start, s.stop)] == list(range(10))
        assert all(
            s.stop - s.start == 1 or (s.stop - s.start) * each * 4 <= 2**21 for s in cut
        )


def test_patches_of_a_whole_batch_are_never_held():
    """They would be 80 MB here; what there is to return is 6 MB."""
    layer = Conv2d(16, 16, kernel=5, padding=2, bias=False)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 28, 28, 16), dtype=np.float32)
    (w,) = layer.init(rng)
    tracemalloc.start()
    out, saved = layer.forward(x, w)
    dx, dw = layer.backward(saved, out)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    returned = out.nbytes + dx.nbytes + dw.nbytes
    patches = math.prod(layer.kernel) * x.nbytes
    assert most < returned + patches / 10


def test_gradients_of_parameters_alone_are_those_of_backward():
    layer = Conv2d(2, 3, kernel=3)
    x, w, g = arguments(layer, (2, 5, 5, 2))
    _, saved = layer.forward(x, w, np.zeros(3))
    for one, two in zip(
        layer.backward(saved, g)[1:], layer.backward_params(saved, g), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@given(pairs, pairs, st.integers(0, 5))
def test_pooling_is_its_formula_with_ties(kernel, stride, seed):
    """Small whole numbers, so that most windows have a tie: the first pixel takes it
    all."""
    x = np.random.default_rng(seed).integers(0, 3, (2, 5, 6, 2)).astype(float)
    layer = MaxPool2d(kernel, stride)
    out, saved = layer.forward(x)
    g = np.random.default_rng(seed + 10).standard_normal(out.shape)
    dx = np.zeros_like(x)
    for n, i, j, c in np.ndindex(out.shape):
        rows = slice(stride[0] * i, stride[0] * i + kernel[0])
        columns = slice(stride[1] * j, stride[1] * j + kernel[1])
        window = x[n, rows, columns, c]
        assert out[n, i, j, c] == window.max()
        # the first in reading order
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, rows, columns, c][u, v] += g[n, i, j, c]
    np.testing.assert_allclose(layer.backward(saved, g)[0], dx, rtol=1e-12, atol=1e-12)


def test_a_window_of_more_places_than_a_byte_can_count():
    x = np.arange(2 * 18 * 18.0).reshape(2, 18, 18, 1)
    out, saved = MaxPool2d(17, stride=1).forward(x)
    (dx,) = MaxPool2d(17, stride=1).backward(saved, np.ones_like(out))
    np.testing.assert_array_equal(out[..., 0], x[:, 16:, 16:, 0])
    np.testing.assert_array_equal(dx[:, 16:, 16:], 1)
    assert dx.sum() == out.size
