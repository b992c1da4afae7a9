"""Heads over many classes beside the dense one and beside bare matrix products.

    python -m margins.benchmarks.many [--out FILE]

``make bench`` runs it too. Measured are forward plus backward of ArcFace on one thread,
in CPU time, which does not count what others do on the machine. The contenders of a
size take turns (see `margins.benchmarks.turns`); quoted are medians of the ratios
within a turn. The floor is four matrix products and two exponentials of each logit,
which is what a head must compute that does not hold them.

A million classes are measured without the dense head: with a sink that drops dw, on one
process and, where mpi4py is, on two of ``mpiexec``, each with half of the classes and
one thread.
"""

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from margins.benchmarks.report import written
from margins.benchmarks.turns import interleaved, ratios
from margins.device import CPU, fair_environment

N = 256
SIZES = {(N, 128, 100_000): 7, (N, 512, 100_000): 7}  # (N, D, C): turns
MILLION = N, 128, 1_000_000
BLOCK, RATE, MIB = 1024, 0.1, 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--process", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    fair_environment()
    device = CPU(threads=1)
    with device.limited():
        if arguments.process:
            one_process(device)
            return
        processes = list(measure_processes())
        rows = [row for size, turns in SIZES.items() for row in measure(size, turns)]
    measured = {"block": BLOCK, "rows": rows, "processes": processes}
    written("many", device, measured, arguments.out)


def inputs(n: int, d: int, c: int) -> tuple[Any, Any, Any]:
    """Features, class weights and labels."""
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, d), dtype=np.float32)
    return x, rng.standard_normal((c, d), dtype=np.float32), rng.integers(0, c, n)


def measure(size: tuple[int, int, int], turns: int) -> Iterator[dict[str, Any]]:
    """One row a head; prints them as it goes."""
    from mlcore.losses import ArcFaceLoss
    from mlcore.many import Chunked, Sampled

    x, w, y = inputs(*size)
    device, loss = CPU(threads=1), ArcFaceLoss()
    chunked = Chunked(loss, block=BLOCK)
    sample = Sampled(chunked, rate=RATE)
    print(
        f"\n(N, D, C) = {size}, threads: 1\n{'head':12} {'ms':>9} {'/ dense':>8}"
        f" {'/ floor':>8} {'MiB':>7}"
    )

    def run(head: Any, **arguments: Any) -> Callable[[], Any]:
        def once():
            _, saved = head.forward(x, w, y)
            return head.backward(saved, **arguments)

        return once

    def sampled():
        _, saved = sample.forward(x, w, y, step=0)
        return sample.backward(saved, sink=drop)

    runs = {
        "dense": run(loss),
        "chunked": run(chunked),
        "kept": run(Chunked(loss, block=BLOCK, keep=float("inf"))),
        "sink": run(chunked, sink=drop),
        "sampled": sampled,
        "floor": floor(x, w),
    }
    times = interleaved(runs, turns, 1, device)
    for name, once in runs.items():
        ratio = ratios(times, of=name)
        row: dict[str, Any] = {
            "head": name,
            "size": size,
            "turns": turns,
            "milliseconds": 1e3 * statistics.median(times[name]),
            "ratio_to": {other: ratio.get(other, 1.0) for other in ("dense", "floor")},
            "mebibytes": device.peak(once) / MIB,
        }
        yield row
        print(
            f"{name:12} {row['milliseconds']:9.1f} {row['ratio_to']['dense']:8.2f}"
            f" {row['ratio_to']['floor']:8.2f} {row['mebibytes']:7.1f}"
        )


def drop(rows: Any, dw: Any) -> None:
    """A sink that keeps nothing."""


def floor(x: Any, w: Any) -> Callable[[], None]:
    """Four matrix products and two exponentials of each logit, block by block."""
    import numpy as np

    q = np.zeros((len(x), BLOCK), dtype=x.dtype)

    def run():
        for start in range(0, len(w), BLOCK):
            v = w[start : start + BLOCK]
            some = q[:, : len(v)]
            for _ in range(2):
                np.exp(some)
                x @ v.T
            some @ v
            some.T @ x

    return run


def measure_processes() -> Iterator[dict[str, Any]]:
    """A million classes on one process and on two; prints them as it goes."""
    print(
        f"\n(N, D, C) = {MILLION}, a sink, 1 thread a process\n{'processes':12}"
        f" {'ms each':>9} {'MiB':>7} {'RSS':>7}"
    )
    command = [sys.executable, "-m", "margins.benchmarks.many", "--process"]
    mpiexec = Path(sys.executable).with_name("mpiexec")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    for size in (1, 2):
        if size > 1:
            if importlib.util.find_spec("mpi4py") is None or not mpiexec.exists():
                print(f"{size:<12} not measured: mpi4py is not installed")
                return
            command = [str(mpiexec), "-n", str(size), *command]
        run = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        row = json.loads(run.stdout)
        yield row
        print(
            f"{size:<12} {row['milliseconds']:9.1f} {row['mebibytes']:7.1f}"
            f" {row['mebibytes_resident']:7.1f}"
        )


def one_process(device: CPU) -> None:
    """One of `measure_processes`: prints what the slowest of them needed, as JSON."""
    from mlcore.losses import ArcFaceLoss
    from mlcore.many import InProcess, Mpi, Parallel, share

    comm: Any = InProcess.of(1)[0]
    if "PMI_SIZE" in os.environ:
        from mpi4py import MPI

        comm = Mpi(MPI.COMM_WORLD)
    n, d, c = MILLION
    mine = share(c, comm)
    x, w, y = inputs(n, d, mine.stop - mine.start)
    head = Parallel(ArcFaceLoss(), comm, block=BLOCK)
    y = y * comm.size

    def step():
        _, saved = head.forward(x, w, y)
        head.backward(saved, sink=drop)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(3):
        begin = device.clock()
        step()
        times.append(device.clock() - begin)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    tracemalloc.start()
    step()
    _, most = tracemalloc.get_traced_memory()
    every = comm.gather((min(times), most / MIB, resident / 1024))
    if comm.rank == 0:
        seconds, mebibytes, resident = (max(one) for one in zip(*every, strict=True))
        row = {
            "processes": comm.size,
            "size": MILLION,
            "milliseconds": 1e3 * seconds,
            "mebibytes": mebibytes,
            "mebibytes_resident": resident,
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
