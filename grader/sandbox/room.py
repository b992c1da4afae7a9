"""A limit on the memory that the grader takes for what it computes from an answer."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "linux":  # elsewhere there is no such limit, or none that is kept
    import resource

# Linux: its first number is the size of this process, in pages
STATE = "/proc/self/statm"


@contextmanager
def room(size: int) -> Iterator[None]:
    """Meanwhile, this process may grow by `size` bytes; more is a MemoryError.

    Shapes that fit no formula can be broadcast to any size. On systems that do not say
    how large a process is, or that do not keep the limit, nothing is limited.
    """
    if sys.platform != "linux" or not os.path.exists(STATE):
        yield
        return
    with open(STATE, encoding="ascii") as state:
        now = int(state.read().split()[0]) * resource.getpagesize()
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in (before, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([now + size, *limits]), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))
