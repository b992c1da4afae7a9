"""The optimiser's step taken block by block, so that dw is never held."""

from typing import Any

from mlcore.arrays import Array
from mlcore.many.head import Sink
from mlcore.optim import SGD, SGDState


def fused(optimiser: SGD, w: Array, velocity: Array, steps: int) -> Sink:
    """A sink that takes one step of SGD in `w` and `velocity` (C, D) themselves.

    The same numbers as `SGD.step` on all of `w`. Rows that the sink does not get stay
    as they are, their velocity too: weight decay does not move classes that a sample
    leaves out.

    Parameters
    ----------
    optimiser : optim.SGD
        Without a bound on the gradient, whose norm is known when all blocks are.
    w, velocity : array, shape (C, D)
        Written into.
    steps : int
        Steps taken before this one.

    Raises
    ------
    ValueError
        If the optimiser has a bound.

    Examples
    --------
    >>> import numpy as np
    >>> w, velocity = np.ones((3, 1)), np.zeros((3, 1))
    >>> sink = fused(SGD(lr=0.1, momentum=0.5), w, velocity, steps=0)
    >>> sink(slice(0, 2), np.ones((2, 1)))
    >>> w
    array([[0.9],
           [0.9],
           [1. ]])
    """
    if optimiser.clip_norm is not None:
        raise ValueError(
            "clip_norm must be None: the norm of the gradient is known only when all of"
            f" its blocks are; got {optimiser.clip_norm}"
        )

    def sink(rows: Any, dw: Any) -> None:
        known = SGDState(steps, [(velocity[rows, ...],)])
        moved, known = optimiser.step([(w[rows, ...],)], [(dw,)], known)
        w[rows, ...] = moved[0][0]
        velocity[rows, ...] = known.velocity[0][0]

    return sink
