"""What all heads over many classes are to a training loop."""

from typing import TYPE_CHECKING, Any

from mlcore.arrays import Array, array_namespace, cast, overflow_to_infinity
from mlcore.linalg import unit_rows
from mlcore.losses.base import Reduction
from mlcore.many.communicators import everybody, together
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_same_library,
    check_same_size,
)


class ManyClasses:
    """A head that never holds the logits of all classes.

    Attributes
    ----------
    loss : Loss
    block : int
        Classes in a block.
    comm : Communicator
        Of the processes that share the classes; `Alone` where there is one.
    """

    if TYPE_CHECKING:

        @property
        def loss(self) -> Any: ...
        @property
        def block(self) -> int: ...
        @property
        def comm(self) -> Any: ...

    @property
    def reduction(self) -> Reduction:
        """That of the loss."""
        return self.loss.reduction

    @property
    def normalised_weights(self) -> bool:
        """Whether the classes count by their directions alone."""
        return getattr(self.loss, "normalised_weights", False)

    @overflow_to_infinity()
    def accuracy(self, x: Array, w: Array, y: Array) -> float:
        """How many of the features `x` (N, D) have their label `y` (N,) as the class
        with the largest logit, without a margin; `w` is as in forward.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label in any process; the message names
            the argument.
        FloatingPointError
            If `x` or `w` holds NaN or infinity, or if a logit is too large.
        """
        every = everybody(self.comm, lambda: _sizes(x, w, y))
        total = sum(classes for _, classes in every)
        start = sum(classes for _, classes in every[: self.comm.rank])
        if len({samples for samples, _ in every}) > 1:
            counts = [samples for samples, _ in every]
            raise ValueError(f"x must be the same in all processes, got {counts} rows")
        y = together(self.comm, lambda: check_labels("y", y, x.shape[0], total))
        best, found = together(self.comm, lambda: _nearest(self, x, w, start))
        xp = array_namespace(x)
        # Of equal logits the first class counts, as in argmax.
        everywhere = self.comm.max(best)
        none = xp.full_like(found, xp.iinfo(found.dtype).max)
        found = -self.comm.max(-xp.where(best == everywhere, found, none))
        return float(xp.mean(xp.astype(found == y, xp.float64)))


def _sizes(x, w, y):
    """How many samples and classes there are in a process; both are checked."""
    check_float_array("x", x, 2)
    check_float_array("w", w, (2, 3))
    check_same_library(x=x, w=w, y=y)
    check_not_empty("x", x)
    check_same_size("w", w, w.ndim - 1, "x", x, 1)
    check_labels("y", y, x.shape[0], None)
    return x.shape[0], w.shape[0]


def _nearest(head, x, w, start):
    """Of these classes, the first of which has the number `start`, the largest
    logit of each sample, and the class."""
    xp = array_namespace(x)
    check_finite("x", x)
    found = xp.zeros_like(x[:, 0], dtype=xp.int64)
    best = xp.full_like(x[:, 0], -xp.inf)
    for first in range(0, w.shape[0], head.block):
        last = min(first + head.block, w.shape[0])
        check_finite("w", w[first:last, ...], start + first)
        v = xp.reshape(cast(w[first:last, ...], x.dtype), (-1, x.shape[1]))
        z = x @ (unit_rows(v, "w") if head.normalised_weights else v).T
        if w.ndim == 3:  # of a class's rows the nearest counts
            z = xp.max(xp.reshape(z, (x.shape[0], -1, w.shape[1])), axis=2)
        top = xp.max(z, axis=1)
        check_finite("x @ w.T", top)
        place = xp.astype(xp.argmax(z, axis=1), xp.int64) + (start + first)
        found, best = xp.where(top > best, place, found), xp.maximum(top, best)
    return best, found
