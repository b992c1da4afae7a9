"""Convolution of images.

Images are (N, H, W, C): the channels of one pixel lie beside each other in memory, so a patch can
be copied a pixel at a time and the result of the matrix product is an image already.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, device
from mlcore.layers.base import Layer, channel_sums, checked_upstream, demoted
from mlcore.layers.initial import constant, he_normal
from mlcore.layers.windows import blocks, output_size, pair, positions
from mlcore.validation import check_integer


class _SavedConv(NamedTuple):
    x: object
    w: object
    size: tuple  # (OH, OW)
    dtypes: tuple


@dataclass(frozen=True)
class Conv2d(Layer):
    """Convolution of images (in fact cross-correlation: the kernel is not flipped, as everywhere).

    out[n, i, j, o] = b[o] + Σ_{u, v, c} x[n, s·i + u − p, s·j + v − p, c] w[o, u, v, c]

    with stride s, padding p, and zeros outside the image. What is built on the way, in forward and
    backward, is for a few images at a time, and never more than a few megabytes on the host (or
    one image's patches, if they are larger).

    Parameters
    ----------
    in_channels, out_channels : int >= 1
    kernel : int >= 1, or a pair (vertical, horizontal)
    stride : int >= 1, or a pair
    padding : int >= 0, or a pair
        Zeros put on each side.
    bias : bool
        Whether there is a `b`. In front of a BatchNorm it would change nothing.
    """

    in_channels: int
    out_channels: int
    kernel: tuple
    stride: tuple = (1, 1)
    padding: tuple = (0, 0)
    bias: bool = True

    def __post_init__(self):
        check_integer("in_channels", self.in_channels, 1)
        check_integer("out_channels", self.out_channels, 1)
        # kernel=5 and kernel=(5, 5) are the same layer and compare equal.
        for name, low in (("kernel", 1), ("stride", 1), ("padding", 0)):
            object.__setattr__(self, name, pair(name, getattr(self, name), low))

    @property
    def input_shape(self):
        return ("N", "H", "W", self.in_channels)

    @property
    def param_shapes(self):
        shapes = {"w": (self.out_channels, *self.kernel, self.in_channels)}
        return {**shapes, "b": (self.out_channels,)} if self.bias else shapes

    def output_shape(self, shape):
        return (*output_size(shape[:2], self.kernel, self.stride, self.padding), self.out_channels)

    def init(self, rng):
        fan_in = math.prod(self.kernel) * self.in_channels
        w = he_normal(rng, self.param_shapes["w"], fan_in)
        return (w, constant(0, self.out_channels)) if self.bias else (w,)

    # [conv2d]
    def forward(self, x, w, b=None):
        """Map `x` (N, H, W, C) with `w` (O, KH, KW, C) and `b` (O,) to (N, OH, OW, O).

        The patches become the rows of a matrix, and the convolution a matrix product.
        """
        (x, w, *b), dtypes = self._checked(x, w, b)
        xp = array_namespace(x)
        *size, _ = self.output_shape(x.shape[1:])
        out = xp.empty((x.shape[0], *size, w.shape[0]), dtype=x.dtype, device=device(x))
        kernels = xp.reshape(w, (w.shape[0], -1)).T
        for some in self._blocks(x, size):
            product = self._patches(x[some, ...], size) @ kernels
            if b:
                product += b[0]
            out[some, ...] = xp.reshape(product, (-1, *size, w.shape[0]))
        return demote(out, dtypes[0]), _SavedConv(x, w, tuple(size), dtypes)

    def backward(self, saved, dout):
        """Gradients ``(dx, dw, db)``, or ``(dx, dw)`` without bias."""
        dx = demote(self._backward_image(saved, self._upstream(saved, dout)), saved.dtypes[0])
        return dx, *self.backward_params(saved, dout)

    def backward_params(self, saved, dout):
        """Gradients ``(dw, db)``, or ``(dw,)`` without bias: those of a linear layer of patches."""
        x, w, size, dtypes = saved
        xp = array_namespace(x)
        dout = self._upstream(saved, dout)
        dw = xp.zeros((w.shape[0], math.prod(w.shape[1:])), dtype=w.dtype, device=device(w))
        for some in self._blocks(x, size):
            dproduct = xp.reshape(dout[some, ...], (-1, w.shape[0]))
            dw += dproduct.T @ self._patches(x[some, ...], size)
        gradients = [xp.reshape(dw, w.shape)]
        if self.bias:
            gradients.append(channel_sums(dout))
        return demoted(gradients, dtypes[1:])

    def _patches(self, x, size):
        """Matrix (N·OH·OW, KH·KW·C) with one row for each window, copied a pixel at a time."""
        xp, n, channels = array_namespace(x), x.shape[0], self.in_channels
        x = self._padded(x)
        patches = xp.empty(
            (n, *size, math.prod(self.kernel), channels), dtype=x.dtype, device=device(x)
        )
        for k, (rows, columns) in enumerate(positions(size, self.kernel, self.stride)):
            patches[:, :, :, k, :] = x[:, rows, columns, :]
        return xp.reshape(patches, (n * math.prod(size), -1))

    def _backward_image(self, saved, dout):
        """Gradient dx: what each place in the kernel contributed goes back where it came from."""
        x, w, size, _ = saved
        xp, (top, left), (height, width) = array_namespace(x), self.padding, x.shape[1:3]
        kernels = xp.reshape(w, (w.shape[0], -1, self.in_channels))
        dx = xp.empty(x.shape, dtype=x.dtype, device=device(x))
        for some in self._blocks(x, size):
            dproduct = xp.reshape(dout[some, ...], (-1, w.shape[0]))
            dpadded = self._padded_zeros(x[some, ...])
            for k, (rows, columns) in enumerate(positions(size, self.kernel, self.stride)):
                piece = dproduct @ kernels[:, k, :]
                dpadded[:, rows, columns, :] += xp.reshape(piece, (-1, *size, x.shape[3]))
            dx[some, ...] = dpadded[:, top : top + height, left : left + width, :]
        return dx

    # [/conv2d]

    def _upstream(self, saved, dout):
        x, w, size, _ = saved
        return checked_upstream(dout, (x.shape[0], *size, w.shape[0]), x)

    def _blocks(self, x, size):
        return blocks(x, math.prod(size) * math.prod(self.kernel) * self.in_channels)

    def _padded(self, x):
        """`x` with its border of zeros; `x` itself where there is none."""
        (top, left), (height, width) = self.padding, x.shape[1:3]
        if top == left == 0:
            return x
        padded = self._padded_zeros(x)
        padded[:, top : top + height, left : left + width, :] = x
        return padded

    def _padded_zeros(self, x):
        (top, left), (n, height, width, channels) = self.padding, x.shape
        shape = (n, height + 2 * top, width + 2 * left, channels)
        return array_namespace(x).zeros(shape, dtype=x.dtype, device=device(x))
