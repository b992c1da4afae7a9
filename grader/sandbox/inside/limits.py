"""What an answer may use: memory, time, files.

The worker sets the limits itself, and the kernel keeps them.
"""

import sys

if sys.platform != "win32":  # which has no such limits
    import resource


def apply(memory: int, seconds: int) -> None:
    """Limit this process for good.

    Parameters
    ----------
    memory : int
        Bytes of address space; more is a MemoryError.
    seconds : int
        Of processor time. Only a backstop: the grader's own clock stops an answer
        earlier.
    """
    if sys.platform == "win32":
        return
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,  # no file can grow
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    # Of the kernel's own memory, where it has such limits: timers, queues, locked
    # pages.
    for name, limit in (("SIGPENDING", 64), ("MSGQUEUE", 0), ("MEMLOCK", 0)):
        if hasattr(resource, f"RLIMIT_{name}"):
            wanted[getattr(resource, f"RLIMIT_{name}")] = limit
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(kind, (limit, limit))
        # macOS knows the limit of the memory and does not keep it
        except (ValueError, OSError):
            continue
