"""Activations: what happens to each number on its own."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import Array, array_namespace, demote, row_blocks, write_rows
from mlcore.layers.base import Layer, Shape, checked_upstream, demoted
from mlcore.layers.channels import by_channel, in_runs, repeated
from mlcore.layers.initial import constant
from mlcore.sums import wide_sums
from mlcore.threads import over_blocks
from mlcore.validation import check_integer


class _SavedReLU(NamedTuple):
    x: object
    dtypes: tuple


@dataclass(frozen=True)
class ReLU(Layer):
    """max(x, 0). At the kink x = 0 the slope is taken as 0."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """Map `x` of any shape (N, ...) to the same shape."""
        (x,), dtypes = self._checked(x)
        xp = array_namespace(x)
        return demote(xp.maximum(x, xp.zeros_like(x)), dtypes[0]), _SavedReLU(x, dtypes)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradient ``(dx,)``."""
        x, dtypes = saved
        xp = array_namespace(x)
        dout = checked_upstream(dout, x.shape, x)
        return demoted((dout * xp.astype(x > 0, x.dtype),), dtypes)


class _SavedPReLU(NamedTuple):
    x: object
    a: object
    dtypes: tuple


@dataclass(frozen=True)
class PReLU(Layer):
    """x where x > 0, a·x elsewhere, with one learnt slope `a` for each channel.

    Channels are the last axis, so it serves images (N, H, W, C) and features (N, C). At
    the kink x = 0 the slope is taken as `a`. He et al., ICCV 2015; their initial slope
    is 0.25.

    Parameters
    ----------
    channels : int >= 1

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> out, saved = PReLU(2).forward(np.array([[1.0, -2.0]]), np.array([0.5, 0.25]))
    >>> print(out)
    [[ 1.  -0.5]]
    """

    channels: int

    def __post_init__(self):
        super().__post_init__()
        check_integer("channels", self.channels, 1)

    @property
    def input_shape(self) -> tuple[Any, ...]:
        return ("N", ..., self.channels)

    @property
    def param_shapes(self) -> dict[str, Shape]:
        return {"a": (self.channels,)}

    def init(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        return (constant(0.25, self.channels),)

    def forward(self, x: Array, a: Array) -> tuple[Array, Any]:
        """Map `x` (N, ..., C) with slopes `a` (C,) to the same shape."""
        (x, a), dtypes = self._checked(x, a)
        xp = array_namespace(x)
        rows, slopes = in_runs(x), repeated(a, x)
        out, zero = xp.empty_like(rows), xp.zeros_like(slopes)

        def activate(some):
            piece = xp.minimum(rows[some, :], zero)
            piece *= slopes
            positive = xp.maximum(rows[some, :], zero)
            write_rows(out, some, xp.add, piece, positive)

        over_blocks(activate, row_blocks(rows), rows)
        out = xp.reshape(out, x.shape)
        return demote(out, dtypes[0]), _SavedPReLU(x, a, dtypes)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradients ``(dx, da)``."""
        x, a, dtypes = saved
        xp = array_namespace(x)
        dout = checked_upstream(dout, x.shape, x)
        rows, g, slopes = in_runs(x), in_runs(dout), repeated(a, x)
        dx, zero = xp.empty_like(rows), xp.zeros_like(slopes)

        def gradients(some):
            # 1 or a, without `where`, which is slow on masks that follow no pattern
            positive = xp.astype(rows[some, :] > 0, x.dtype)
            piece = 1 - positive
            piece *= slopes
            piece += positive
            write_rows(dx, some, xp.multiply, piece, g[some, :])
            of_a = xp.minimum(rows[some, :], zero) * g[some, :]
            return wide_sums(by_channel(of_a, self.channels))

        da = over_blocks(gradients, row_blocks(rows), rows)
        da = xp.astype(da, x.dtype, copy=False)
        return demoted((xp.reshape(dx, x.shape), da), dtypes)
