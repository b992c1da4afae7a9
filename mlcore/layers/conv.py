"""Windows over images: convolution and maximum.

Images are (N, H, W, C): the channels of one pixel lie beside each other in memory, so a patch can
be copied a pixel at a time and the result of the matrix product is an image already.
"""

import numbers
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, device
from mlcore.layers.base import Layer, channel_sums, checked_upstream, demoted
from mlcore.layers.initial import constant, he_normal
from mlcore.validation import check_integer


def _pair(name, value, low):
    """`value`, an integer or a pair of them, as a pair (vertical, horizontal)."""
    pair = (value, value) if isinstance(value, numbers.Integral) else value
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(f"{name} must be an integer or a pair of integers, got {value!r}")
    for number in pair:
        check_integer(name, number, low)
    return pair


def _output_size(image, kernel, stride, padding):
    """How many windows fit vertically and horizontally; pixels left over are not read."""
    padded = tuple(size + 2 * p for size, p in zip(image, padding, strict=True))
    if padded[0] < kernel[0] or padded[1] < kernel[1]:
        raise ValueError(
            f"x must have images of at least the kernel's size: kernel {kernel}, "
            f"images {tuple(image)}, with padding {padded}"
        )
    return tuple((p - k) // s + 1 for p, k, s in zip(padded, kernel, stride, strict=True))


def _windows(size, kernel, stride):
    """For each place in the kernel, in reading order: the pixels that it meets in all windows.

    Yields pairs of slices (rows, columns). These kernel-height x kernel-width strided slices are
    what the array API has in place of a sliding-window view.
    """
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            yield (
                slice(i, i + stride[0] * (size[0] - 1) + 1, stride[0]),
                slice(j, j + stride[1] * (size[1] - 1) + 1, stride[1]),
            )


class _SavedConv(NamedTuple):
    patches: object  # (N·OH·OW, KH·KW·C)
    w: object
    shape: tuple  # of x
    size: tuple  # (OH, OW)
    dtypes: tuple


@dataclass(frozen=True)
class Conv2d(Layer):
    """Convolution of images (in fact cross-correlation: the kernel is not flipped, as everywhere).

    out[n, i, j, o] = b[o] + Σ_{u, v, c} x[n, s·i + u − p, s·j + v − p, c] w[o, u, v, c]

    with stride s, padding p, and zeros outside the image.

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
            object.__setattr__(self, name, _pair(name, getattr(self, name), low))

    @property
    def input_shape(self):
        return ("N", "H", "W", self.in_channels)

    @property
    def param_shapes(self):
        shapes = {"w": (self.out_channels, *self.kernel, self.in_channels)}
        return {**shapes, "b": (self.out_channels,)} if self.bias else shapes

    def output_shape(self, shape):
        return (*_output_size(shape[:2], self.kernel, self.stride, self.padding), self.out_channels)

    def init(self, rng):
        fan_in = self.kernel[0] * self.kernel[1] * self.in_channels
        w = he_normal(rng, self.param_shapes["w"], fan_in)
        return (w, constant(0, self.out_channels)) if self.bias else (w,)

    # [conv2d]
    def forward(self, x, w, b=None):
        """Map `x` (N, H, W, C) with `w` (O, KH, KW, C) and `b` (O,) to (N, OH, OW, O).

        The patches become the rows of a matrix, and the convolution a matrix product.
        """
        (x, w, *b), dtypes = self._checked(x, w, b)
        xp = array_namespace(x)
        size = _output_size(x.shape[1:3], self.kernel, self.stride, self.padding)
        padded = self._pad(x)
        pieces = [
            padded[:, rows, columns, :]
            for rows, columns in _windows(size, self.kernel, self.stride)
        ]
        patches = xp.reshape(xp.concat(pieces, axis=3), (x.shape[0] * size[0] * size[1], -1))
        out = patches @ xp.reshape(w, (w.shape[0], -1)).T
        if b:
            out += b[0]
        out = xp.reshape(out, (x.shape[0], *size, w.shape[0]))
        return demote(out, dtypes[0]), _SavedConv(patches, w, x.shape, size, dtypes)

    def backward(self, saved, dout):
        """Gradients ``(dx, dw, db)``, or ``(dx, dw)`` without bias.

        The two products of a linear layer; then each patch's gradient goes back where the patch
        came from, added up where patches overlap.
        """
        patches, w, shape, size, dtypes = saved
        xp = array_namespace(w)
        dout = checked_upstream(dout, (shape[0], *size, w.shape[0]), w)
        dout = xp.reshape(dout, (-1, w.shape[0]))
        dw = xp.reshape(dout.T @ patches, w.shape)

        dpatches = xp.reshape(
            dout @ xp.reshape(w, (w.shape[0], -1)), (shape[0], *size, -1, shape[3])
        )
        (top, left), (height, width) = self.padding, shape[1:3]
        dpadded = xp.zeros(
            (shape[0], height + 2 * top, width + 2 * left, shape[3]),
            dtype=w.dtype,
            device=device(w),
        )
        for k, (rows, columns) in enumerate(_windows(size, self.kernel, self.stride)):
            dpadded[:, rows, columns, :] += dpatches[:, :, :, k, :]
        dx = dpadded[:, top : top + height, left : left + width, :]

        gradients = [dx, dw, channel_sums(dout)] if self.bias else [dx, dw]
        return demoted(gradients, dtypes)

    # [/conv2d]

    def _pad(self, x):
        """`x` with its border of zeros; `x` itself where there is none."""
        (top, left), (n, height, width, channels) = self.padding, x.shape
        if top == left == 0:
            return x
        padded = array_namespace(x).zeros(
            (n, height + 2 * top, width + 2 * left, channels), dtype=x.dtype, device=device(x)
        )
        padded[:, top : top + height, left : left + width, :] = x
        return padded


class _SavedPool(NamedTuple):
    x: object
    out: object
    size: tuple
    dtypes: tuple


@dataclass(frozen=True)
class MaxPool2d(Layer):
    """The largest value of each window, for each channel.

    Where several pixels share the maximum, the first in reading order takes the whole gradient.

    Parameters
    ----------
    kernel : int >= 1, or a pair (vertical, horizontal)
    stride : int >= 1, or a pair, or None
        None is the kernel's size: windows side by side. Pixels left over at the edge are not read.
    """

    kernel: tuple
    stride: tuple | None = None

    def __post_init__(self):
        object.__setattr__(self, "kernel", _pair("kernel", self.kernel, 1))
        stride = self.kernel if self.stride is None else self.stride
        object.__setattr__(self, "stride", _pair("stride", stride, 1))

    @property
    def input_shape(self):
        return ("N", "H", "W", "C")

    def output_shape(self, shape):
        return (*_output_size(shape[:2], self.kernel, self.stride, (0, 0)), shape[2])

    # [max-pool]
    def forward(self, x):
        """Map `x` (N, H, W, C) to (N, OH, OW, C)."""
        (x,), dtypes = self._checked(x)
        xp = array_namespace(x)
        size = _output_size(x.shape[1:3], self.kernel, self.stride, (0, 0))
        out = None
        for rows, columns in _windows(size, self.kernel, self.stride):
            piece = x[:, rows, columns, :]
            # A copy first: with a kernel of one pixel the output would be a view of x.
            out = xp.asarray(piece, copy=True) if out is None else xp.maximum(out, piece)
        return demote(out, dtypes[0]), _SavedPool(x, out, size, dtypes)

    def backward(self, saved, dout):
        """Gradient ``(dx,)``: each window's goes to the pixel that won it."""
        x, out, size, dtypes = saved
        xp = array_namespace(x)
        left = checked_upstream(dout, out.shape, x)
        dx = xp.zeros_like(x)
        nothing = xp.zeros_like(left)
        for rows, columns in _windows(size, self.kernel, self.stride):
            won = x[:, rows, columns, :] == out
            dx[:, rows, columns, :] += xp.where(won, left, nothing)
            left = xp.where(won, nothing, left)  # a later pixel of the same value gets none
        return demoted((dx,), dtypes)

    # [/max-pool]
