"""The linear layer, and the reshape that leads to it."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import Array, array_namespace, demote
from mlcore.layers.base import Layer, Shape, check_flag, checked_upstream, demoted
from mlcore.layers.initial import constant, he_normal
from mlcore.sums import channel_sums, matmul, row_products
from mlcore.validation import check_integer


class _SavedLinear(NamedTuple):
    x: object
    w: object
    dtypes: tuple


@dataclass(frozen=True)
class Linear(Layer):
    """out = x wᵀ + b, with one row of `w` an output, as in the losses' classifiers.

    Parameters
    ----------
    in_features, out_features : int >= 1
    bias : bool
        Whether there is a `b`.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Linear(2, 1)
    >>> x, w, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0])
    >>> out, saved = layer.forward(x, w, b)
    >>> out
    array([[16.]])
    >>> dx, dw, db = layer.backward(saved, np.array([[10.0]]))
    >>> print(dx, dw, db)
    [[30. 40.]] [[10. 20.]] [10.]
    """

    in_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self):
        super().__post_init__()
        check_integer("in_features", self.in_features, 1)
        check_integer("out_features", self.out_features, 1)
        check_flag("bias", self.bias)

    @property
    def input_shape(self) -> tuple[Any, ...]:
        return ("N", self.in_features)

    @property
    def param_shapes(self) -> dict[str, Shape]:
        shapes = {"w": (self.out_features, self.in_features), "b": (self.out_features,)}
        return shapes if self.bias else {"w": shapes["w"]}

    def output_shape(self, shape: Shape) -> Shape:
        return (self.out_features,)

    def init(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        w = he_normal(rng, self.param_shapes["w"], self.in_features)
        return (w, constant(0, self.out_features)) if self.bias else (w,)

    def forward(self, x: Array, w: Array, b: Array | None = None) -> tuple[Array, Any]:
        """Map `x` (N, in) with `w` (out, in) and `b` (out,) to (N, out)."""
        (x, w, *b), dtypes = self._checked(x, w, b)
        out = matmul(x, w.T)
        if b:
            out += b[0]
        return demote(out, dtypes[0]), _SavedLinear(x, w, dtypes)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradients ``(dx, dw, db)``, or ``(dx, dw)`` without bias."""
        x, w, dtypes = saved
        dout = checked_upstream(dout, (x.shape[0], w.shape[0]), x)
        gradients = [matmul(dout, w), row_products(dout, x)]
        if self.bias:
            gradients.append(channel_sums(dout))
        return demoted(gradients, dtypes)


@dataclass(frozen=True)
class Flatten(Layer):
    """Each sample as one row: (N, H, W, C) to (N, H·W·C)."""

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Array) -> tuple[Array, Any]:
        """Reshape `x` (N, ...) to (N, D)."""
        self._checked(x)
        out = array_namespace(x).reshape(x, (x.shape[0], -1))
        return out, (x.shape, x)

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradient ``(dx,)``: the same numbers in the old shape."""
        shape, x = saved
        xp = array_namespace(x)
        dout = checked_upstream(dout, (shape[0], math.prod(shape[1:])), x)
        return (xp.reshape(dout, shape),)
