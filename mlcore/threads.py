"""Blocks of a batch on several threads.

NumPy spreads a matrix product over the threads that BLAS has, and nothing else. So a
layer that goes through its batch block by block gives each thread blocks of its own,
and the products in them one thread each. How many there are, whoever limits BLAS has
said: `OPENBLAS_NUM_THREADS`, or `threadpoolctl`.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
from typing import Any

import numpy as np

from mlcore.arrays import Array


def over_blocks(work: Callable[[Any], Any], blocks: Sequence[Any], x: Array) -> Any:
    """The sum of ``work(some)`` over the `blocks` of `x`; None if it returns nothing.

    They are added in their order, and no product in them is cut up: the bits are those
    of one thread, on any number of them.

    Parameters
    ----------
    work : function
        Called once a block, by several threads at a time. What it writes, no other
        block reads or writes.
    blocks : sequence
    x : array
        Threads are for NumPy's: other libraries have their own.
    """
    total = None
    with _one_thread_a_product(x) as n:
        spread = n > 1 and len(blocks) >= _WORTH_IT
        for part in _on_threads(work, blocks, n) if spread else map(work, blocks):
            if total is None:
                total = part
            else:
                total += part
    return total


# To hand a block over, and to wait for it, takes a good part of what a second thread
# saves with two of them.
_WORTH_IT = 3


def _on_threads(work, blocks, n):
    # What NumPy does about an overflow, `np.errstate` says in the context of a thread.
    runs = [copy_context().run for _ in blocks]
    return _pool(os.getpid(), n).map(lambda run, some: run(work, some), runs, blocks)


@contextmanager
def _one_thread_a_product(x: Array) -> Iterator[int]:
    """Yield how many threads BLAS has for a product of `x`; it has one meanwhile.

    Also where blocks are few: a product that fits into the cache is over as soon as the
    threads of BLAS have met for it, and on a busy machine these wait long.
    """
    libraries = _blas() if isinstance(x, np.ndarray) else ()
    counts = [library.get_num_threads() for library in libraries]
    n = max(counts, default=1)
    if n == 1:
        yield 1
        return
    for library in libraries:
        library.set_num_threads(1)
    try:
        yield n
    finally:
        for library, count in zip(libraries, counts, strict=True):
            library.set_num_threads(count)


@cache
def _blas() -> tuple[Any, ...]:
    """The libraries of matrix products; none in a browser, which has no threads."""
    if sys.platform == "emscripten":
        return ()
    try:
        from threadpoolctl import ThreadpoolController  # scikit-learn brings it
    except ImportError:
        return ()
    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)


@cache
def _pool(process: int, n: int) -> ThreadPoolExecutor:
    """Threads of this process: one that was forked has not those of its parent."""
    return ThreadPoolExecutor(n, "mlcore")
