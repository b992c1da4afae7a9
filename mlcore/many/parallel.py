"""A head whose classes are shared out over processes.

``pip install 'mlcore[mpi]'`` brings mpi4py and an ``mpiexec``.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from mlcore.arrays import Array, array_namespace, like, to_numpy
from mlcore.losses.base import upstream
from mlcore.losses.sub_center import SubCenterArcFaceLoss
from mlcore.losses.target import Seen
from mlcore.many import head
from mlcore.many.base import ManyClasses
from mlcore.many.chunked import check_blocks, check_loss, check_takes, dtype_of
from mlcore.many.classes import Choose, Classes
from mlcore.many.communicators import Communicator, Mpi, everybody
from mlcore.validation import (
    check_choice,
    check_finite,
    check_float_array,
    check_labels,
    check_same_library,
    check_same_size,
)


class Saved(NamedTuple):
    """What backward needs, and which samples of the batch are this process's."""

    head: head.Saved
    mine: slice

    @property
    def seen(self) -> Seen:
        """For the `update` of a loss with a state."""
        return self.head.seen


@dataclass(frozen=True)
class Parallel(ManyClasses):
    """A classification loss whose class weights are shared out over processes.

    Every process holds some rows of w, the first the first, and calls forward and
    backward when all others do. The loss is that of the whole batch, and the gradients
    are those of this loss: "mean" divides by all samples, so nothing is to be divided
    or multiplied by the number of processes afterwards. dx has the same bits on all of
    them.

    Where one process refuses its arguments, all raise its error, with the row's number
    among those of all processes. What differs between processes and must not is refused
    by name. Of a process that is killed the others do not learn: MPICH's ``mpiexec``
    ends them, within 30 seconds.

    Parameters
    ----------
    loss : Loss
        A margin loss, or `SoftmaxLoss`.
    comm : Communicator, or mpi4py.MPI.Comm
    block, keep
        As in `Chunked`.
    features : {"same", "split"}
        "same": `x` and `y` are the whole batch, the same in all processes. "split":
        each has some samples of the batch, as many as it likes; loss with "none",
        dloss with "none" and dx are of those samples, in the order of the ranks.

    Raises
    ------
    ValueError, TypeError
        For a parameter outside its range; the message names it.

    Examples
    --------
    Three threads in the place of processes, with 4, 0 and 6 of 10 classes:

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import numpy as np
    >>> from mlcore.losses import ArcFaceLoss
    >>> from mlcore.many import InProcess
    >>> rng = np.random.default_rng(0)
    >>> x, w, y = rng.normal(size=(3, 4)), rng.normal(size=(10, 4)), np.array([1, 9, 1])
    >>> def loss_of(comm, rows):
    ...     return Parallel(ArcFaceLoss(), comm).forward(x, w[rows], y)[0]
    >>> rows = slice(0, 4), slice(4, 4), slice(4, 10)
    >>> with ThreadPoolExecutor(3) as pool:
    ...     values = list(pool.map(loss_of, InProcess.of(3), rows))
    >>> np.allclose(values, ArcFaceLoss().forward(x, w, y)[0])
    True
    """

    loss: Any
    comm: Any
    block: int = 1024
    keep: float = 0
    features: Literal["same", "split"] = "same"

    def __post_init__(self):
        check_loss(self.loss)
        check_blocks(self.block, self.keep)
        check_choice("features", self.features, ("same", "split"))
        object.__setattr__(self, "comm", as_communicator(self.comm))

    def forward(
        self, x: Array, w: Array, y: Array, b: Array | None = None, state: Any = None
    ) -> tuple[Array, Saved]:
        """Loss of features `x` (N, D) with labels `y` (N,) among all classes.

        `w` (C of this process, D) are its class weights, (C, K, D) where the loss has
        sub-centers, and with `SoftmaxLoss` `b` their bias; both may be empty. `state`
        is for a loss that has one.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label in any process, or one that differs
            between them; the message names the argument.
        FloatingPointError
            If `x`, `w` or `b` holds NaN or infinity in any process, or if a logit is
            too large for the dtype; the message names the row.
        """
        return self.forward_over(None, x, w, y, b, state)

    def forward_over(
        self,
        choose: Choose | None,
        x: Array,
        w: Array,
        y: Array,
        b: Array | None,
        state: Any,
    ) -> tuple[Array, Saved]:
        """As `forward`, over the classes that `choose` chooses.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            As `forward`.
        """
        comm, split = self.comm, self.features == "split"
        every = everybody(comm, lambda: self._facts(choose, x, w, y, b, state))
        check_same([facts.shared for facts in every])
        counts = [facts.samples for facts in every]
        start = sum(facts.classes for facts in every[: comm.rank])
        total = sum(facts.classes for facts in every)
        mine = slice(0, counts[0])
        if split:
            x, y = gathered(comm, x), gathered(comm, y)
            first = sum(counts[: comm.rank])
            mine = slice(first, first + counts[comm.rank])

        def check_numbers():
            if x.shape[0] == 0 or total == 0:
                raise ValueError(
                    f"x and w must not be empty in all processes: there are"
                    f" {x.shape[0]} samples and {total} classes in all"
                )
            check_finite("x", x)
            if b is not None:
                check_finite("b", b, start)
            check_labels("y", y, x.shape[0], total, ignored)
            return checksums(x=x, y=y)

        ignored = getattr(self.loss, "ignore_index", None)
        check_same(everybody(comm, check_numbers), "the numbers in {}")
        y = check_labels("y", y, x.shape[0], total, ignored)
        classes = Classes(w, b, dtype_of(x, w, b), self.block, start, total)
        if choose is not None:
            classes.choose(choose, y)
        loss, saved = head.forward(self.loss, x, y, classes, comm, self.keep, state)
        return (loss[mine] if self.reduction == "none" else loss), Saved(saved, mine)

    def backward(
        self, saved: Saved, dloss: Any = 1.0, sink: head.Sink | None = None
    ) -> tuple[Any, ...]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`; with a bias also db.

        dx (N, D) is the whole gradient, the same in all processes, or its rows of this
        process's samples where features are split; dw belongs to this process's `w`.
        The `sink` is as that of `Chunked`.

        Raises
        ------
        ValueError, TypeError
            For a `dloss` that the reduction does not take, in any process, or that
            differs between them.
        RuntimeError
            If backward had a sink before.
        """
        comm, inner = self.comm, saved.head
        each_has_own = self.features == "split" and self.reduction == "none"
        losses = inner.losses[saved.mine] if each_has_own else inner.losses

        def check_dloss():
            each = upstream(dloss, losses, self.reduction)
            return {} if each_has_own else checksums(dloss=each)

        check_same(everybody(comm, check_dloss), "the numbers in {}")
        if each_has_own:
            dloss = gathered(comm, upstream(dloss, losses, "none"))
        dx, *others = head.backward(self.loss, inner, dloss, sink, comm)
        return dx[saved.mine, :], *others

    @property
    def _has_centers(self):
        return isinstance(self.loss, SubCenterArcFaceLoss)

    def _facts(self, choose, x, w, y, b, state):
        check_float_array("x", x, 2)
        check_float_array("w", w, 3 if self._has_centers else 2)
        check_same_library(x=x, w=w, y=y)
        check_same_size("w", w, w.ndim - 1, "x", x, 1)
        if self._has_centers and w.shape[1] == 0:
            raise ValueError(f"w must have rows for each class, got shape {w.shape}")
        check_labels("y", y, x.shape[0], None)
        check_takes(self.loss, b, state)
        if b is not None:
            check_float_array("b", b, 1)
            check_same_library(x=x, b=b)
            check_same_size("b", b, 0, "w", w, 0)
        shared = {
            "the loss": repr(self.loss),
            "the sample of the classes": repr(choose),
            "features": self.features,
            "the length of axis 1 of x": x.shape[1],
            "the dtype of x": str(x.dtype),
            "the dtype of w": str(w.dtype),
            "the dtype of b": "None" if b is None else str(b.dtype),
            "state": repr(state),
        }
        if self._has_centers:
            shared["the length of axis 1 of w"] = w.shape[1]
        if self.features == "same":
            shared["the length of axis 0 of x"] = x.shape[0]
        return Facts(shared, x.shape[0], w.shape[0])


class Facts(NamedTuple):
    """What one process tells the others of its arguments."""

    shared: Mapping[str, Any]  # what must be the same in all of them
    samples: int
    classes: int


def as_communicator(comm: Any) -> Communicator:
    """`comm` itself, or `Mpi` of a communicator of mpi4py.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if all(hasattr(comm, name) for name in ("gather", "sum", "max", "rank", "size")):
        return comm
    if hasattr(comm, "Allreduce"):
        return Mpi(comm)
    raise TypeError(
        "comm must be a communicator of mpi4py, or have rank, size, gather, sum and"
        f" max; got {comm!r}"
    )


def check_same(every: Sequence[Mapping[str, Any]], what: str = "{}") -> None:
    """Refuse processes that were not called with the same.

    Parameters
    ----------
    every : sequence of mappings
        What they were called with, by name.
    what : str
        What an error calls a thing of this name.

    Raises
    ------
    ValueError
        In all of them; the message names what differs.
    """
    for name, first in every[0].items():
        for rank, facts in enumerate(every):
            if facts[name] != first:
                raise ValueError(
                    f"{what.format(name)} must be the same in all processes: process 0"
                    f" has {first}, process {rank} {facts[name]}"
                )


def checksums(**arrays: Array) -> dict[str, str]:
    """Of the numbers in arrays, by name."""
    return {
        name: f"those of checksum {zlib.crc32(to_numpy(a).tobytes()):08x}"
        for name, a in arrays.items()
    }


def gathered(comm: Communicator, a: Array) -> Any:
    """The rows of all processes, in the order of their ranks."""
    parts = comm.gather(to_numpy(a))
    return array_namespace(a).concat([like(part, a) for part in parts])
