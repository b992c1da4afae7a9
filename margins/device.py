"""Where arrays live and are computed with: the processor, or a GPU through CuPy."""

import contextlib
import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # It loads NumPy, before which `fair_environment` has to be called.
    from mlcore.arrays import Array


def fair_environment() -> None:
    """Let each array library choose its own instructions: call it before any loads."""
    os.environ.pop("OPENBLAS_CORETYPE", None)


class CPU:
    """NumPy on the processor, whose products use `threads` threads."""

    name = model = "cpu"
    #: For a network's ``like``.
    reference: "Array | None" = None

    def __init__(self, threads: int = 1):
        import numpy

        self.xp, self.threads = numpy, threads
        # CPU time of one thread does not count what others do; of several it would
        # count them all.
        self.clock = time.process_time if threads == 1 else time.perf_counter
        # The C library keeps freed memory for itself, up to what was freed before and
        # 32 MiB. A fresh process would ask the system for every array anew, which no
        # training does for long.
        numpy.ones(2**24, dtype=numpy.uint8)

    def array(self, a: Any) -> Any:
        """`a`, a NumPy array, on the device."""
        return a

    def limited(self) -> AbstractContextManager:
        """A context in which the libraries use so many threads."""
        from threadpoolctl import threadpool_limits

        return threadpool_limits(self.threads)

    def wait(self) -> None:
        """A NumPy call has finished when it returns."""

    def peak(self, run: Callable[[], Any]) -> int:
        """Bytes that `run` holds at its worst moment, its results included."""
        tracemalloc.start()  # NumPy tells it what it takes
        run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    def about(self) -> dict[str, str]:
        """What a benchmark's times depend on beside the machine."""
        from threadpoolctl import threadpool_info

        blas = next(info for info in threadpool_info() if info["user_api"] == "blas")
        kernels = blas.get("architecture", "unknown")
        return {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "blas": f"{blas['internal_api']} {blas['version']}, {kernels}",
        }


# [gpu]
class GPU:
    name = "gpu"

    def __init__(self):
        import cupy

        self.xp, self.threads, self.clock = cupy, None, time.perf_counter
        self.reference = cupy.zeros(1)
        properties = cupy.cuda.runtime.getDeviceProperties(0)
        self.model = properties["name"].decode()

    def limited(self):
        return contextlib.nullcontext()

    def array(self, a):
        return self.xp.asarray(a)

    def wait(self):
        """A CuPy call returns as soon as the work is queued: wait until it is done."""
        self.xp.cuda.Device().synchronize()

    def peak(self, run):
        """As on the processor, but in the blocks CuPy's pool had to take for it."""
        pool = self.xp.get_default_memory_pool()
        pool.free_all_blocks()
        before = pool.total_bytes()
        results = run()
        self.wait()
        most = pool.total_bytes() - before
        del results
        return most

    def about(self):
        return {"machine": self.model}


# [/gpu]


def find(name: str, threads: int = 1) -> CPU | GPU:
    """The device `name`, "cpu" (with products on so many threads) or "gpu".

    Raises
    ------
    SystemExit
        With a sentence, if there is no GPU that CuPy can use.
    """
    if name == "cpu":
        return CPU(threads)
    try:
        device = GPU()
        device.wait()
    except ImportError:
        raise SystemExit(
            "--device gpu needs CuPy: pip install -r requirements-cuda12.txt (or"
            " cuda13)"
        ) from None
    except Exception as error:  # CuPy's own, which cannot be named without it
        raise SystemExit(
            f"--device gpu: CuPy finds no GPU that it can use ({error})"
        ) from None
    return device
