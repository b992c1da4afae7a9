"""Where a benchmark runs: the processor with NumPy, or a GPU with CuPy."""

import contextlib
import os
import platform
import time
import tracemalloc


def fair_environment():
    """Call it before any array library is loaded: each shall choose its own
    instructions."""
    os.environ.pop("OPENBLAS_CORETYPE", None)


class CPU:
    name = "cpu"

    def __init__(self, threads=1):
        import numpy

        self.xp, self.threads = numpy, threads
        # CPU time of one thread does not count what others do; of several it would
        # count them all.
        self.clock = time.process_time if threads == 1 else time.perf_counter
        # The C library keeps freed memory for itself, up to what was freed before and
        # 32 MiB. A fresh process would ask the system for every array anew, which no
        # training does for long.
        numpy.ones(2**24, dtype=numpy.uint8)

    def array(self, a):
        return a

    def limited(self):
        """A context in which the libraries use so many threads."""
        from threadpoolctl import threadpool_limits

        return threadpool_limits(self.threads)

    def wait(self):
        """A NumPy call has finished when it returns."""

    @staticmethod
    def peak(run):
        """Bytes that `run` holds at its worst moment, its results included."""
        tracemalloc.start()  # NumPy tells it what it takes
        run()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    def about(self):
        from threadpoolctl import threadpool_info

        blas = next(info for info in threadpool_info() if info["user_api"] == "blas")
        kernels = blas.get("architecture", "unknown")
        return {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "numpy": self.xp.__version__,
            "blas": f"{blas['internal_api']} {blas['version']}, {kernels}",
        }


# [gpu]
class GPU:
    name = "gpu"

    def __init__(self):
        import cupy

        self.xp, self.threads, self.clock = cupy, None, time.perf_counter

    def limited(self):
        return contextlib.nullcontext()

    def array(self, a):
        return self.xp.asarray(a)

    def wait(self):
        """A CuPy call returns as soon as the work is queued: wait until it is done."""
        self.xp.cuda.Device().synchronize()

    def peak(self, run):
        """As on the processor, but in the blocks that CuPy's pool had to take for
        it."""
        pool = self.xp.get_default_memory_pool()
        pool.free_all_blocks()
        before = pool.total_bytes()
        results = run()
        self.wait()
        most = pool.total_bytes() - before
        del results
        return most

    def about(self):
        device = self.xp.cuda.runtime.getDeviceProperties(0)
        return {"machine": device["name"].decode(), "cupy": self.xp.__version__}


# [/gpu]


def find(name, threads=1):
    """The device called `name`, "cpu" (on so many threads) or "gpu".

    Raises
    ------
    SystemExit
        If there is no GPU, or no CuPy.
    """
    if name == "cpu":
        return CPU(threads)
    try:
        device = GPU()
        device.wait()
    except ImportError:
        raise SystemExit(
            "--device gpu needs CuPy: pip install -r requirements-cuda12.txt"
        ) from None
    except Exception as error:  # CuPy's own, which cannot be named without it
        raise SystemExit(f"--device gpu finds no GPU: {error}") from None
    return device
