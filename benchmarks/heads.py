"""Forward plus backward of every margin head: against three matrix products, and against peers.

    make bench        or        python -m benchmarks.heads [--threads 2] [--out FILE]

All contenders of a size take turns, A B C A B C …, so that a machine which slows down slows all of
them; quoted are medians of the ratios within a turn.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from datetime import date
from pathlib import Path

SIZES = {(64, 2, 10): 400, (256, 256, 1000): 40, (512, 512, 10000): 9}  # (N, D, C): turns
HEADS = ("softmax", "l-softmax", "a-softmax", "am-softmax", "arcface", "combined")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    # Before NumPy and PyTorch are loaded. Idle threads of the one must not spin beside the other.
    for name in "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS":
        os.environ[name] = str(arguments.threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    rows = [row for size, turns in SIZES.items() for row in measure(size, turns)]
    out = arguments.out or Path(__file__).parent / "results" / "heads-cpu.json"
    write(out, {"about": about(arguments.threads), "rows": rows})
    print(f"written to {out}")


def measure(size, turns):
    """One row a head; prints them as it goes."""
    import numpy as np

    from benchmarks import peers
    from mlcore.losses.registry import REGISTRY

    n, d, c = size
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, d), dtype=np.float32)
    w = rng.standard_normal((c, d), dtype=np.float32)
    y = rng.integers(0, c, size=n)
    g = rng.standard_normal((n, c), dtype=np.float32)

    def floor():
        return x @ w.T, g @ w, g.T @ x

    by_name = {entry.name: entry for entry in REGISTRY}
    print(
        f"\n(N, D, C) = {size}\n{'head':12} {'ms':>9} {'/ floor':>8} {'/ plain':>8} {'/ library':>9} {'memory':>7}"
    )
    for name in HEADS:
        loss = by_name[name].loss()

        def head(loss=loss):
            _, saved = loss.forward(x, w, y)
            return loss.backward(saved)

        runs = {"mlcore": head, "floor": floor, "plain": peers.plain(name, x, w, y)}
        if library := peers.from_library(name, x, w, y):
            runs["library"] = library
        times = interleaved(runs, turns)
        ratios = {
            other: statistics.median(
                a / b for a, b in zip(times["mlcore"], times[other], strict=True)
            )
            for other in runs
            if other != "mlcore"
        }
        memory = peak(head) + x.nbytes + w.nbytes + y.nbytes
        wanted = 2 * (x.nbytes + w.nbytes) + y.nbytes + g.nbytes
        row = {
            "head": name,
            "loss": repr(loss),
            "size": size,
            "turns": turns,
            "milliseconds": {key: 1e3 * statistics.median(value) for key, value in times.items()},
            "ratio_to": ratios,
            "memory_ratio": memory / wanted,
        }
        yield row
        shown = [
            f"{ratios[key]:8.2f}" if key in ratios else f"{'':>8}"
            for key in ("floor", "plain", "library")
        ]
        print(
            f"{name:12} {row['milliseconds']['mlcore']:9.3f} {shown[0]} {shown[1]} {shown[2]:>9} {memory / wanted:7.2f}"
        )


def interleaved(runs, turns):
    for run in runs.values():
        run()
    times = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begin)
    return times


def peak(run):
    """Bytes that `run` holds at its worst moment, its results included. NumPy tells tracemalloc."""
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def about(threads):
    import numpy
    import pytorch_metric_learning
    import torch

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "command": f"python -m benchmarks.heads --threads {threads}",
        "commit": commit.stdout.strip(),
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {threads} threads",
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
        "pytorch-metric-learning": pytorch_metric_learning.__version__,
    }


def write(path, result):
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(".new")
    half.write_text(json.dumps(result, indent=1) + "\n")
    half.replace(path)


if __name__ == "__main__":
    sys.exit(main())
