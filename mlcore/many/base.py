"""What all heads over many classes are to a training loop."""

from typing import TYPE_CHECKING, Any

from mlcore.arrays import Array, array_namespace, cast, overflow_to_infinity
from mlcore.linalg import unit_rows
from mlcore.losses.base import Reduction
from mlcore.validation import check_same_size


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
        ValueError
            If `x` and `w` differ in the number of features.
        """
        check_same_size("w", w, w.ndim - 1, "x", x, 1)
        xp = array_namespace(x)
        y = xp.astype(y, xp.int64)
        start = sum(self.comm.gather(w.shape[0])[: self.comm.rank])
        best, found = xp.full_like(x[:, 0], -xp.inf), xp.zeros_like(y)
        for first in range(0, w.shape[0], self.block):
            last = min(first + self.block, w.shape[0])
            v = xp.reshape(cast(w[first:last, ...], x.dtype), (-1, x.shape[1]))
            z = x @ (unit_rows(v, "w") if self.normalised_weights else v).T
            if w.ndim == 3:  # of a class's rows the nearest counts
                z = xp.max(xp.reshape(z, (x.shape[0], -1, w.shape[1])), axis=2)
            top = xp.max(z, axis=1)
            place = xp.astype(xp.argmax(z, axis=1), xp.int64) + (start + first)
            found, best = xp.where(top > best, place, found), xp.maximum(top, best)
        # Of equal logits the first class counts, as in argmax.
        everywhere = self.comm.max(best)
        none = xp.full_like(found, xp.iinfo(found.dtype).max)
        found = -self.comm.max(-xp.where(best == everywhere, found, none))
        return float(xp.mean(xp.astype(found == y, xp.float64)))
