"""The equations of the appendix on convolution, by loops over single numbers."""

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose

from mlcore.layers import Conv2d, MaxPool2d

# Kernel, stride, padding.
GEOMETRIES = [
    ((3, 3), 1, 1),
    ((2, 3), 2, 0),
    ((3, 2), 1, 0),
    ((5, 5), 2, 2),
    ((2, 2), 3, 1),
]
each_geometry = pytest.mark.parametrize(("kernel", "s", "p"), GEOMETRIES)


def problem(kernel, s, p, seed=0):
    """The layer, an image whose border can be read, x, w, b, g, and H', W'."""
    rng = np.random.default_rng(seed)
    layer = Conv2d(3, 2, kernel, s, p)
    x = rng.standard_normal((2, 6, 7, 3))
    height, width, _ = layer.output_shape(x.shape[1:])
    w, b = rng.standard_normal((2, *kernel, 3)), rng.standard_normal(2)
    return layer, x, w, b, rng.standard_normal((2, height, width, 2))


def pixel(x, n, r, q, c):
    return x[n, r, q, c] if 0 <= r < x.shape[1] and 0 <= q < x.shape[2] else 0.0


def patch_matrix(x, kernel, s, p, g):
    rows = [
        [
            pixel(x, n, s * i + u - p, s * j + v - p, c)
            for u, v, c in np.ndindex(*kernel, x.shape[3])
        ]
        for n, i, j in np.ndindex(g.shape[:3])
    ]
    return np.array(rows)


@equation("conv-forward", "conv-size")
@each_geometry
def test_forward_one_number_at_a_time(kernel, s, p):
    layer, x, w, b, _ = problem(kernel, s, p)
    height = (6 + 2 * p - kernel[0]) // s + 1
    width = (7 + 2 * p - kernel[1]) // s + 1
    z = np.zeros((2, height, width, 2))
    for n, i, j, o in np.ndindex(z.shape):
        z[n, i, j, o] = b[o] + sum(
            pixel(x, n, s * i + u - p, s * j + v - p, c) * w[o, u, v, c]
            for u, v, c in np.ndindex(*kernel, 3)
        )
    assert_allclose(layer.forward(x, w, b)[0], z, rtol=1e-12, atol=1e-12)


@equation("conv-size")
@each_geometry
def test_so_many_windows_fit_and_not_one_more(kernel, s, p):
    for image, k in (6, kernel[0]), (7, kernel[1]):
        count = (image + 2 * p - k) // s + 1
        ends = [s * i + k for i in range(100) if s * i + k <= image + 2 * p]
        assert count == len(ends)


@equation("conv-by-hand")
def test_the_example_by_hand():
    x, w = np.arange(1.0, 10).reshape(1, 3, 3, 1), np.array([[1.0, 0], [0, -1]])
    layer = Conv2d(1, 1, 2, bias=False)
    out, saved = layer.forward(x, w.reshape(1, 2, 2, 1))
    assert (out == -4).all()
    dx, dw = layer.backward(saved, np.ones_like(out))
    assert dx[0, 1, 1, 0] == 0
    assert dw[0, 0, 0, 0] == 12


@equation("conv-places")
@each_geometry
def test_the_sum_over_places(kernel, s, p):
    layer, x, w, _, g = problem(kernel, s, p)
    z = 0
    for u, v in np.ndindex(kernel):
        met = [
            [pixel(x, n, s * i + u - p, s * j + v - p, c) for c in range(3)]
            for n, i, j in np.ndindex(g.shape[:3])
        ]
        z = z + np.array(met) @ w[:, u, v, :].T
    assert_allclose(
        layer.forward(x, w, np.zeros(2))[0].reshape(-1, 2), z, rtol=1e-12, atol=1e-12
    )


@equation("conv-backward-w", "conv-backward-x")
@each_geometry
def test_gradients_one_number_at_a_time(kernel, s, p):
    layer, x, w, b, g = problem(kernel, s, p)
    dx, dw, db = layer.backward(layer.forward(x, w, b)[1], g)
    for o, u, v, c in np.ndindex(w.shape):
        total = sum(
            g[n, i, j, o] * pixel(x, n, s * i + u - p, s * j + v - p, c)
            for n, i, j in np.ndindex(g.shape[:3])
        )
        assert dw[o, u, v, c] == pytest.approx(total, rel=1e-10, abs=1e-12)
    assert_allclose(db, [sum(g[..., o].ravel()) for o in range(2)])
    for n, r, q, c in np.ndindex(x.shape):
        total = sum(
            g[n, i, j, o] * w[o, u, v, c]
            for u, v in np.ndindex(kernel)
            for i, j, o in np.ndindex(g.shape[1:])
            if s * i + u - p == r and s * j + v - p == q
        )
        assert dx[n, r, q, c] == pytest.approx(total, rel=1e-10, abs=1e-12)


@equation("conv-flipped")
@pytest.mark.parametrize(("kernel", "p"), [((3, 3), 1), ((3, 2), 0), ((2, 4), 1)])
def test_with_stride_1_backward_is_a_convolution_with_the_flipped_kernel(kernel, p):
    layer, x, w, b, g = problem(kernel, 1, p)
    dx, *_ = layer.backward(layer.forward(x, w, b)[1], g)
    for n, r, q, c in np.ndindex(x.shape):
        total = sum(
            pixel(g, n, r + u - (kernel[0] - 1 - p), q + v - (kernel[1] - 1 - p), o)
            * w[o, kernel[0] - 1 - u, kernel[1] - 1 - v, c]
            for u, v, o in np.ndindex(*kernel, 2)
        )
        assert dx[n, r, q, c] == pytest.approx(total, rel=1e-10, abs=1e-12)


@equation("conv-patches", "conv-patches-backward")
@each_geometry
def test_a_linear_layer_of_patches(kernel, s, p):
    """And dP, put back where the patches came from, is dx."""
    layer, x, w, b, g = problem(kernel, s, p)
    out, saved = layer.forward(x, w, b)
    dx, dw, _ = layer.backward(saved, g)
    matrix, flat, rows = (
        patch_matrix(x, kernel, s, p, g),
        w.reshape(2, -1),
        g.reshape(-1, 2),
    )
    assert_allclose(out.reshape(-1, 2), matrix @ flat.T + b, rtol=1e-12, atol=1e-12)
    assert_allclose(dw.reshape(2, -1), rows.T @ matrix, rtol=1e-12, atol=1e-12)
    back = np.zeros_like(x)
    for row, (n, i, j) in zip(rows @ flat, np.ndindex(g.shape[:3]), strict=True):
        for value, (u, v, c) in zip(row, np.ndindex(*kernel, 3), strict=True):
            r, q = s * i + u - p, s * j + v - p
            if 0 <= r < x.shape[1] and 0 <= q < x.shape[2]:
                back[n, r, q, c] += value
    assert_allclose(dx, back, rtol=1e-12, atol=1e-12)


@equation("conv-memory")
@each_geometry
def test_how_much_larger_patches_are(kernel, s, p):
    """And the page's example: 13 MB of image, 116 MB of patches."""
    _, x, _, _, g = problem(kernel, s, p)
    share = patch_matrix(x, kernel, s, p, g).size / x.size
    assert share == pytest.approx(g.shape[1] * g.shape[2] / 42 * kernel[0] * kernel[1])
    height, width, _ = Conv2d(1, 1, kernel, s, p).output_shape((300, 300, 1))
    assert height * width / 300**2 == pytest.approx(1 / s**2, rel=0.03)
    image = 64 * 28 * 28 * 64 * 4
    assert (round(image / 1e6), round(9 * image / 1e6)) == (13, 116)


@equation("pool-forward", "pool-backward")
@pytest.mark.parametrize(("kernel", "s"), [(2, 2), (3, 2), (2, 1)])
def test_pooling_one_number_at_a_time(kernel, s):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (2, 5, 6, 2)).astype(float)  # with ties
    layer = MaxPool2d(kernel, s)
    out, saved = layer.forward(x)
    g = rng.standard_normal(out.shape)
    dx = np.zeros_like(x)
    for n, i, j, c in np.ndindex(out.shape):
        window = {
            (u, v): x[n, s * i + u, s * j + v, c] for u, v in np.ndindex(kernel, kernel)
        }
        u, v = max(window, key=window.get)  # the first of equals
        assert out[n, i, j, c] == window[u, v]
        dx[n, s * i + u, s * j + v, c] += g[n, i, j, c]
    assert_allclose(layer.backward(saved, g)[0], dx, rtol=1e-12, atol=1e-12)
