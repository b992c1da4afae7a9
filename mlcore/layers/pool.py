"""The largest number of each window."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, demote, device
from mlcore.layers.base import Layer, Shape, checked_upstream, demoted
from mlcore.layers.windows import blocks, output_size, pair, places
from mlcore.threads import over_blocks


class _SavedPool(NamedTuple):
    out: object
    winner: object  # of each window: which of its places, in reading order
    shape: tuple  # of x
    dtypes: tuple


@dataclass(frozen=True)
class MaxPool2d(Layer):
    """The largest value of each window, for each channel.

    Where several pixels share the maximum, the first in reading order takes the whole
    gradient.

    Parameters
    ----------
    kernel : int >= 1, or a pair (vertical, horizontal)
    stride : int >= 1, or a pair, or None
        None is the kernel's size: windows side by side. Pixels left over at the edge
        are not read.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    kernel: Any
    stride: Any = None

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "kernel", pair("kernel", self.kernel, 1))
        stride = self.kernel if self.stride is None else self.stride
        object.__setattr__(self, "stride", pair("stride", stride, 1))

    @property
    def input_shape(self) -> tuple[Any, ...]:
        return ("N", "H", "W", "C")

    def output_shape(self, shape: Shape) -> Shape:
        return (*output_size(shape[:2], self.kernel, self.stride), shape[2])

    # [max-pool]
    def forward(self, x: Array) -> tuple[Array, Any]:
        """Map `x` (N, H, W, C) to (N, OH, OW, C)."""
        (x,), dtypes = self._checked(x)
        xp, shape = array_namespace(x), (x.shape[0], *self.output_shape(x.shape[1:]))
        out = xp.empty(shape, dtype=x.dtype, device=device(x))
        small = xp.uint8 if math.prod(self.kernel) < 256 else xp.int32
        winner = xp.zeros(shape, dtype=small, device=device(x))

        def find(some):
            for k, pixels in self._places(x.shape):
                piece = x[some, *pixels, :]
                if k == 0:
                    out[some, ...] = piece
                    continue
                better = xp.astype(piece > out[some, ...], small)
                winner[some, ...] = xp.maximum(winner[some, ...], k * better)
                out[some, ...] = xp.maximum(out[some, ...], piece)

        over_blocks(find, self._blocks(x), x)
        return demote(out, dtypes[0]), _SavedPool(out, winner, tuple(x.shape), dtypes)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradient ``(dx,)``: each window's goes to the pixel that won it.

        Multiplied with a mask of zeros and ones: a choice by `where` would take several
        times as long, since the processor guesses at each of its random answers.
        """
        out, winner, shape, dtypes = saved
        xp = array_namespace(out)
        dout = checked_upstream(dout, out.shape, out)
        dx = xp.zeros(shape, dtype=out.dtype, device=device(out))

        def give(some):
            for k, pixels in self._places(shape):
                won = xp.astype(winner[some, ...] == k, dx.dtype)
                dx[some, *pixels, :] += won * dout[some, ...]

        over_blocks(give, self._blocks(dx), dx)
        return demoted((dx,), dtypes)

    # [/max-pool]

    def _blocks(self, x):
        return blocks(x, math.prod(x.shape[1:]))

    def _places(self, shape):
        size = output_size(shape[1:3], self.kernel, self.stride)
        return enumerate(places(size, self.kernel, self.stride).values())
