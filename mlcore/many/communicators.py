"""What processes that share the classes say to each other.

A head over many processes needs few words: to add arrays, to take their largest
entries, and to show small things to all. `Communicator` lists them; `Mpi` says them
with mpi4py, `InProcess` between the threads of one process, and `Alone` to nobody.
"""

import operator
import threading
from collections.abc import Callable
from functools import partial, reduce
from typing import Any, Protocol, TypeVar

import numpy as np

from mlcore.arrays import Array, array_namespace, like, to_numpy
from mlcore.validation import check_integer, check_positive

T = TypeVar("T")


class Communicator(Protocol):
    """What a head over many processes asks of those who connect them.

    Attributes
    ----------
    rank, size : int
        The number of this process, from 0, and how many there are.
    """

    rank: int
    size: int

    def gather(self, thing: Any) -> list[Any]:
        """What every process passes, in the order of their ranks; small things."""

    def sum(self, a: Array) -> Any:
        """The sum of the arrays of all processes: the same bits on all of them."""

    def max(self, a: Array) -> Any:
        """The largest entries of the arrays of all processes."""


class Alone:
    """One process: nothing to be said."""

    rank, size = 0, 1

    def gather(self, thing: Any) -> list[Any]:
        """A list of it."""
        return [thing]

    def sum(self, a: Array) -> Any:
        """`a` itself."""
        return a

    def max(self, a: Array) -> Any:
        """`a` itself."""
        return a


class Mpi:
    """The processes of ``mpiexec``, through a communicator of mpi4py.

    Arrays travel through the memory of the host, since the MPI of a wheel cannot be
    assumed to read a GPU's: there this has not been tried.

    The MPI standard requires that all processes of a reduction receive identical
    results (MPI 4.0, section 6.9.1), which gives dx its equal bits.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
    """

    def __init__(self, comm: Any):
        from mpi4py import MPI

        self._comm, self._sum, self._max = comm, MPI.SUM, MPI.MAX
        self.rank, self.size = comm.Get_rank(), comm.Get_size()

    def gather(self, thing: Any) -> list[Any]:
        """What every process passes, pickled."""
        return self._comm.allgather(thing)

    def sum(self, a: Array) -> Any:
        """The sum over the processes."""
        return self._reduced(a, self._sum)

    def max(self, a: Array) -> Any:
        """The largest entries over the processes."""
        return self._reduced(a, self._max)

    def _reduced(self, a, op):
        sent = np.ascontiguousarray(to_numpy(a))
        received = np.empty_like(sent)
        self._comm.Allreduce(sent, received, op=op)
        return like(received, a)


class InProcess:
    """Threads of one process in the place of processes; `of` makes one for each.

    For tests, and to see what happens without ``mpiexec``.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import numpy as np
    >>> with ThreadPoolExecutor(2) as pool:
    ...     list(pool.map(lambda comm: comm.sum(np.ones(2)), InProcess.of(2)))
    [array([2., 2.]), array([2., 2.])]
    """

    def __init__(self, rank: int, shared: list, barrier: threading.Barrier):
        self.rank, self.size = rank, len(shared)
        self._shared, self._barrier = shared, barrier

    @classmethod
    def of(cls, size: int, timeout: float = 60.0) -> list["InProcess"]:
        """As many communicators as there are threads, which wait so many seconds for
        each other at most.

        Raises
        ------
        ValueError, TypeError
            If `size` is no integer >= 1, or `timeout` no number > 0.
        """
        check_integer("size", size, 1)
        check_positive("timeout", timeout)
        shared, barrier = [None] * size, threading.Barrier(size, timeout=timeout)
        return [cls(rank, shared, barrier) for rank in range(size)]

    def gather(self, thing: Any) -> list[Any]:
        """What every thread passes."""
        return self._exchanged(thing, list)

    def sum(self, a: Array) -> Any:
        """The sum over the threads."""
        return self._exchanged(a, lambda arrays: reduce(operator.add, arrays))

    def max(self, a: Array) -> Any:
        """The largest entries over the threads."""
        return self._exchanged(a, partial(reduce, array_namespace(a).maximum))

    def _exchanged(self, thing, seen):
        """What `seen` makes of all things, before a thread may change its own."""
        self._shared[self.rank] = thing
        self._barrier.wait()
        result = seen(self._shared)
        self._barrier.wait()
        return result


def everybody(comm: Communicator, step: Callable[[], T]) -> list[T]:
    """What `step` returns in all processes; where it fails in one, it fails in all.

    Without this the others would wait in their next reduction for the one that is gone.

    Raises
    ------
    Exception
        The error of the lowest rank that has one, in all processes.
    """
    result: Any = None
    error: Exception | None = None
    try:
        result = step()
    except Exception as caught:
        if comm.size == 1:
            raise
        # What another process cannot unpickle would leave it waiting.
        known = type(caught).__module__ == "builtins"
        error = caught if known else RuntimeError(f"{type(caught).__name__}: {caught}")
    every = comm.gather((error, result))
    for error, _ in every:
        if error is not None:
            raise error
    return [result for _, result in every]


def together(comm: Communicator, step: Callable[[], T]) -> T:
    """As `everybody`; returns what `step` returns here.

    Raises
    ------
    Exception
        As `everybody`.
    """
    here: list[T] = []
    everybody(comm, lambda: here.append(step()))
    return here[0]
