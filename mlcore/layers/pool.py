"""The largest number of each window."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote
from mlcore.layers.base import Layer, checked_upstream, demoted
from mlcore.layers.windows import blocks, output_size, pair, positions


class _SavedPool(NamedTuple):
    x: object
    out: object
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
        object.__setattr__(self, "kernel", pair("kernel", self.kernel, 1))
        stride = self.kernel if self.stride is None else self.stride
        object.__setattr__(self, "stride", pair("stride", stride, 1))

    @property
    def input_shape(self):
        return ("N", "H", "W", "C")

    def output_shape(self, shape):
        return (*output_size(shape[:2], self.kernel, self.stride), shape[2])

    # [max-pool]
    def forward(self, x):
        """Map `x` (N, H, W, C) to (N, OH, OW, C)."""
        (x,), dtypes = self._checked(x)
        xp = array_namespace(x)
        out = None
        for rows, columns in self._positions(x):
            piece = x[:, rows, columns, :]
            # A copy first: with a kernel of one pixel the output would be a view of x.
            out = xp.asarray(piece, copy=True) if out is None else xp.maximum(out, piece)
        return demote(out, dtypes[0]), _SavedPool(x, out, dtypes)

    def backward(self, saved, dout):
        """Gradient ``(dx,)``: each window's goes to the pixel that won it."""
        x, out, dtypes = saved
        xp = array_namespace(x)
        dout = checked_upstream(dout, out.shape, x)
        dx = xp.zeros_like(x)
        for some in blocks(x, math.prod(x.shape[1:])):
            unclaimed = xp.ones_like(out[some, ...], dtype=xp.bool)
            for rows, columns in self._positions(x):
                won = unclaimed & (x[some, rows, columns, :] == out[some, ...])
                unclaimed &= ~won  # a later pixel of the same value gets nothing
                # A product, because `where` guesses at every number of a random mask, and guesses
                # wrong: it would take several times as long.
                dx[some, rows, columns, :] += dout[some, ...] * xp.astype(won, x.dtype)
        return demoted((dx,), dtypes)

    # [/max-pool]

    def _positions(self, x):
        return positions(self.output_shape(x.shape[1:])[:2], self.kernel, self.stride)
