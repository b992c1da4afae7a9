"""Where a benchmark runs: the processor with NumPy, or a GPU with CuPy."""

import os
import platform
import tracemalloc


class CPU:
    name = "cpu"

    def __init__(self):
        import numpy

        self.xp = numpy

    def array(self, a):
        return a

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
        threads = os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count())
        return {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, {threads} threads",
            "numpy": self.xp.__version__,
        }


# [gpu]
class GPU:
    name = "gpu"

    def __init__(self):
        import cupy

        self.xp = cupy

    def array(self, a):
        return self.xp.asarray(a)

    def wait(self):
        """A CuPy call returns as soon as the work is queued: wait until it is done."""
        self.xp.cuda.Device().synchronize()

    def peak(self, run):
        """As on the processor, but in the blocks that CuPy's pool had to take for it."""
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


def find(name):
    """The device called `name`, "cpu" or "gpu".

    Raises
    ------
    SystemExit
        If there is no GPU, or no CuPy.
    """
    if name == "cpu":
        return CPU()
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
