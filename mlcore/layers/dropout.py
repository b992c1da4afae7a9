"""Dropout, the one layer that draws random numbers in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import Array, array_namespace, demote, like
from mlcore.layers.base import Layer, checked_upstream, demoted
from mlcore.validation import check_number

#: A NumPy Generator or a seed for one; None only where nothing is drawn.
Seed = np.random.Generator | int | Sequence[int] | None


def generator(rng: Seed) -> np.random.Generator:
    """`rng`, a NumPy Generator or a seed for one, as a Generator.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    expected = "rng must be a numpy.random.Generator or a seed (an integer or several)"
    if rng is None or isinstance(rng, bool):
        # default_rng(None) asks the operating system, and no run could be repeated.
        raise TypeError(f"{expected}, got {rng!r}")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{expected}, got {rng!r}") from error


class _SavedDropout(NamedTuple):
    keep: object
    x: object
    dtypes: tuple


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, 0 with probability `rate`, and else x / (1 − `rate`).

    The division keeps the expected value, so at test time the layer does nothing.

    Parameters
    ----------
    rate : float in [0, 1)
        The share that is dropped.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    References
    ----------
    Srivastava et al., JMLR 15, 2014; they multiply at test time instead, which is the
    same in expectation.

    Examples
    --------
    >>> import numpy as np
    >>> out, saved = Dropout(0.5).forward(np.ones((2, 4)), rng=6)
    >>> print(out)
    [[0. 2. 2. 0.]
     [2. 0. 2. 0.]]
    """

    rate: float

    stochastic = True

    def __post_init__(self):
        super().__post_init__()
        check_number("rate", self.rate, 0, 1, high_open=True)

    def forward(self, x: Array, rng: Seed = None) -> tuple[Array, Any]:
        """Map `x` of any shape (N, ...) to the same shape.

        `rng` is a NumPy Generator, or a seed: then `forward` is a function of its
        arguments like that of any other layer. The mask is drawn on the host, so a seed
        means the same mask for every library and dtype.
        """
        (x,), dtypes = self._checked(x)
        kept = generator(rng).random(tuple(x.shape), dtype=np.float32) >= self.rate
        saved = _SavedDropout(like(kept, x), x, dtypes)
        return demote(self._masked(x, saved.keep), dtypes[0]), saved

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradient ``(dx,)``: the same mask and the same factor."""
        keep, x, dtypes = saved
        dout = checked_upstream(dout, x.shape, x)
        return demoted((self._masked(dout, keep),), dtypes)

    def _masked(self, values, keep):
        # Not a product with 0: what is dropped may be infinite.
        xp = array_namespace(values)
        return xp.where(keep, values / (1 - self.rate), xp.zeros_like(values))

    def infer(  # type: ignore[override]  # no parameters
        self, x: Array, *, running: Any = ()
    ) -> Array:
        """Return `x` itself."""
        self._checked(x)
        return x
