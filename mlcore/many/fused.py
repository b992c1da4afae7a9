"""The optimiser's step taken block by block, so that dw is never held."""

from typing import Any

from mlcore.arrays import Array
from mlcore.many.head import Sink
from mlcore.optim import SGD, SGDState
from mlcore.validation import (
    check_float_array,
    check_integer,
    check_same_library,
    check_shape,
)


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
        If the optimiser has a bound, `w` and `velocity` are of different shapes or may
        not be written into, or `steps` is below 0.
    TypeError
        If an argument is of another kind; the message names it.

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
    if not hasattr(optimiser, "step") or not hasattr(optimiser, "clip_norm"):
        raise TypeError(f"optimiser must be an SGD, got {optimiser!r}")
    for name, array in (("w", w), ("velocity", velocity)):
        check_float_array(name, array, (2, 3))
        if not getattr(getattr(array, "flags", None), "writeable", True):
            raise ValueError(f"{name} must be one that can be written into")
    check_same_library(w=w, velocity=velocity)
    check_shape("velocity", velocity, tuple(w.shape))
    check_integer("steps", steps, 0)
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
