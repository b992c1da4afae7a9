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

    They are added in their order, and no product in them is cut up: where blocks go to
    threads, the bits are those of one thread.

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
    with _one_thread_a_product(len(blocks) if isinstance(x, np.ndarray) else 1) as n:
        for part in map(work, blocks) if n == 1 else _on_threads(work, blocks, n):
            if total is None:
                total = part
            else:
                total += part
    return total


def _on_threads(work, blocks, n):
    # What NumPy does about an overflow, `np.errstate` says in the context of a thread.
    runs = [copy_context().run for _ in blocks]
    return _pool(os.getpid(), n).map(lambda run, some: run(work, some), runs, blocks)


@contextmanager
def _one_thread_a_product(blocks: int) -> Iterator[int]:
    """Yield on how many threads to work; if on several, BLAS has one meanwhile."""
    libraries = _blas() if blocks > 1 else ()
    counts = [library.get_num_threads() for library in libraries]
    n = max(counts, default=1)
    if n == 1 or blocks < 2 * n:
        yield 1  # to hand over a single block costs about as much as it saves
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
