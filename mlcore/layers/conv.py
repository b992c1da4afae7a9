"""Convolution of images.

Images are (N, H, W, C): the channels of one pixel lie beside each other in memory, so a
patch can be copied a pixel at a time and the result of the matrix product is an image
already.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import Array, array_namespace, demote, device
from mlcore.layers.base import Layer, Shape, check_flag, checked_upstream, demoted
from mlcore.layers.initial import constant, he_normal
from mlcore.layers.windows import (
    Pair,
    Pixels,
    blocks,
    output_size,
    pair,
    places,
    windows,
    with_border,
    without_border,
)
from mlcore.sums import channel_sums, matmul, row_products
from mlcore.threads import over_blocks
from mlcore.validation import check_integer


# [plain-convolution]
def convolution(
    x: Array, w: Array, stride: Pair = (1, 1), padding: Pair = (0, 0)
) -> Array:
    """What `Conv2d.forward` computes (without bias), in its plain form.

    Parameters
    ----------
    x : array, shape (N, H, W, C)
    w : array, shape (O, KH, KW, C)
    stride, padding : (int, int)
        Vertical and horizontal.

    Returns
    -------
    array, shape (N, OH, OW, O)

    Raises
    ------
    ValueError
        If the kernel is larger than the padded image.
    """
    padded, met = met_in(x, w, stride, padding)
    return sum(padded[:, *met[u, v], :] @ w[:, u, v, :].T for u, v in met)


def met_in(
    x: Array, w: Array, stride: Pair, padding: Pair
) -> tuple[Array, dict[Pair, Pixels]]:
    """The padded image, and the pixels that each place of the kernel meets in it."""
    kernel = w.shape[1:3]
    size = output_size(x.shape[1:3], kernel, stride, padding)
    return with_border(x, padding), places(size, kernel, stride)


# [/plain-convolution]


# [plain-convolution-backward]
def convolution_backward(
    x: Array, w: Array, dout: Array, stride: Pair = (1, 1), padding: Pair = (0, 0)
) -> tuple[Array, Array]:
    """Gradients ``(dx, dw)`` of `convolution`, where `dout` is that of its result."""
    padded, met = met_in(x, w, stride, padding)
    xp, batch = array_namespace(x), (0, 1, 2)
    dpadded, dw = xp.zeros_like(padded), xp.zeros_like(w)
    for (u, v), pixels in met.items():
        dpadded[:, *pixels, :] += dout @ w[:, u, v, :]
        dw[:, u, v, :] = xp.tensordot(dout, padded[:, *pixels, :], axes=(batch, batch))
    return without_border(dpadded, padding, x.shape[1:3]), dw


# [/plain-convolution-backward]


# Fewer channels than this are a short run to copy; measured on AVX-512 and NumPy 2.4.
_FEW = 8


class _SavedConv(NamedTuple):
    x: object
    w: object
    size: tuple  # (OH, OW)
    dtypes: tuple


@dataclass(frozen=True)
class Conv2d(Layer):
    """Convolution of images (cross-correlation: the kernel is not flipped, as usual).

    out[n, i, j, o] = b[o] + Σ_{u, v, c} x[n, s·i + u − p, s·j + v − p, c] w[o, u, v, c]

    with stride s, padding p, and zeros outside the image. What is built on the way, in
    forward and backward, is for a few images at a time, and never more than a few
    megabytes on the host (or one image's patches, if they are larger).

    Parameters
    ----------
    in_channels, out_channels : int >= 1
    kernel : int >= 1, or a pair (vertical, horizontal)
    stride : int >= 1, or a pair
    padding : int >= 0, or a pair
        Zeros put on each side.
    bias : bool
        Whether there is a `b`. In front of a BatchNorm it would change nothing.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    in_channels: int
    out_channels: int
    kernel: Any
    stride: Any = (1, 1)
    padding: Any = (0, 0)
    bias: bool = True

    def __post_init__(self):
        super().__post_init__()
        check_integer("in_channels", self.in_channels, 1)
        check_integer("out_channels", self.out_channels, 1)
        check_flag("bias", self.bias)
        # kernel=5 and kernel=(5, 5) are the same layer and compare equal.
        for name, low in (("kernel", 1), ("stride", 1), ("padding", 0)):
            object.__setattr__(self, name, pair(name, getattr(self, name), low))

    @property
    def input_shape(self) -> tuple[Any, ...]:
        return ("N", "H", "W", self.in_channels)

    @property
    def param_shapes(self) -> dict[str, Shape]:
        shapes = {"w": (self.out_channels, *self.kernel, self.in_channels)}
        return {**shapes, "b": (self.out_channels,)} if self.bias else shapes

    def output_shape(self, shape: Shape) -> Shape:
        return (
            *output_size(shape[:2], self.kernel, self.stride, self.padding),
            self.out_channels,
        )

    def init(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        fan_in = math.prod(self.kernel) * self.in_channels
        w = he_normal(rng, self.param_shapes["w"], fan_in)
        return (w, constant(0, self.out_channels)) if self.bias else (w,)

    # [conv2d]
    def forward(self, x: Array, w: Array, b: Array | None = None) -> tuple[Array, Any]:
        """Map `x` (N, H, W, C) with `w` (O, KH, KW, C) and `b` (O,) to (N, OH, OW, O).

        The patches become the rows of a matrix, and the convolution a matrix product.
        """
        (x, w, *b), dtypes = self._checked(x, w, b)
        xp = array_namespace(x)
        *size, _ = self.output_shape(x.shape[1:])
        out = xp.empty((x.shape[0], *size, w.shape[0]), dtype=x.dtype, device=device(x))
        kernels = xp.reshape(w, (w.shape[0], -1)).T

        def multiply(some):
            product = matmul(self._patches(x[some, ...], size), kernels)
            if b:
                product += b[0]
            out[some, ...] = xp.reshape(product, (-1, *size, w.shape[0]))

        over_blocks(multiply, blocks(x, math.prod((*size, *w.shape[1:]))), x)
        return demote(out, dtypes[0]), _SavedConv(x, w, tuple(size), dtypes)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradients ``(dx, dw, db)``, or ``(dx, dw)`` without bias."""
        dx = self._backward_image(saved, self._upstream(saved, dout))
        return demote(dx, saved.dtypes[0]), *self.backward_params(saved, dout)

    def backward_params(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradients ``(dw, db)``, or ``(dw,)``: those of a linear layer of patches."""
        x, w, size, dtypes = saved
        xp = array_namespace(x)
        dout = self._upstream(saved, dout)
        # Added up in float64: of many blocks a float32 sum would lose digits.
        wide = xp.result_type(w.dtype, xp.float64)

        def products(some):
            dproduct = xp.reshape(dout[some, ...], (-1, w.shape[0]))
            product = row_products(self._patches(x[some, ...], size), dproduct)
            return xp.astype(product, wide, copy=False)

        dw = over_blocks(products, blocks(x, math.prod((*size, *w.shape[1:]))), x)
        gradients = [xp.astype(xp.reshape(dw.T, w.shape), w.dtype, copy=False)]
        if self.bias:
            gradients.append(channel_sums(dout))
        return demoted(gradients, dtypes[1:])

    def _patches(self, x, size):
        """Matrix (N·OH·OW, KH·KW·C) with one row for each window."""
        xp, x = array_namespace(x), with_border(x, self.padding)
        n, channels = x.shape[0], self.in_channels
        # Long runs are copied fast: the channels of a few pixels, or where they are
        # few, the windows of a row, which makes the matrix a transposed one.
        few = channels < _FEW
        if isinstance(x, np.ndarray) and not few:
            met_in_each = windows(x, size, self.kernel, self.stride)
            return np.reshape(met_in_each, (-1, math.prod(self.kernel) * channels))
        met = places(size, self.kernel, self.stride)
        shape = (
            (len(met), channels, n, *size) if few else (n, *size, len(met), channels)
        )
        patches = xp.empty(shape, dtype=x.dtype, device=device(x))
        for k, pixels in enumerate(met.values()):
            if few:
                patches[k, ...] = xp.permute_dims(x[:, *pixels, :], (3, 0, 1, 2))
            else:
                patches[:, :, :, k, :] = x[:, *pixels, :]
        if few:
            return xp.reshape(patches, (len(met) * channels, -1)).T
        return xp.reshape(patches, (-1, len(met) * channels))

    def _backward_image(self, saved, dout):
        """Gradient dx: what a place in the kernel contributed goes back to its pixels.

        With a stride s that is every s-th pixel. So the pixels whose rows and columns
        leave the same remainders modulo s are kept together until all is added, and
        then put in their order.
        """
        x, w, (height, width), _ = saved
        xp, channels = array_namespace(x), self.in_channels
        dx = xp.empty(x.shape, dtype=x.dtype, device=device(x))

        def put_back(some):
            dproduct = xp.reshape(dout[some, ...], (-1, w.shape[0]))
            sums = self._zeros_by_remainder(x[some, ...])
            for u in range(self.kernel[0]):
                for v in range(self.kernel[1]):
                    (i, row), (j, column) = map(divmod, (u, v), self.stride)
                    piece = matmul(dproduct, w[:, u, v, :])
                    piece = xp.reshape(piece, (-1, height, width, channels))
                    sums[row, column, :, i : i + height, j : j + width, :] += piece
            dx[some, ...] = self._in_order(sums, x.shape)

        numbers = 2 * math.prod(x.shape[1:]) + math.prod(dout.shape[1:])
        over_blocks(put_back, blocks(x, numbers), x)
        return dx

    # [/conv2d]

    def _upstream(self, saved, dout):
        x, w, size, _ = saved
        return checked_upstream(dout, (x.shape[0], *size, w.shape[0]), x)

    def _zeros_by_remainder(self, x):
        """Zeros (SH, SW, N, ⌈(H + 2p)/SH⌉, ⌈(W + 2p)/SW⌉, C): the image in pieces."""
        n, *image, channels = x.shape
        pieces = (
            -(-(size + 2 * p) // s)
            for size, p, s in zip(image, self.padding, self.stride, strict=True)
        )
        shape = (*self.stride, n, *pieces, channels)
        return array_namespace(x).zeros(shape, dtype=x.dtype, device=device(x))

    def _in_order(self, pieces, shape):
        """The images without their border, of the `shape` of x but for N."""
        xp, (sh, sw, n, rows, columns, channels) = array_namespace(pieces), pieces.shape
        padded = xp.permute_dims(pieces, (2, 3, 0, 4, 1, 5))
        padded = xp.reshape(padded, (n, rows * sh, columns * sw, channels))
        return without_border(padded, self.padding, shape[1:3])
