"""How time and memory of a head grow with the number of classes, beside PyTorch's.

    python -m margins.benchmarks.growth [--out FILE]

``make bench`` runs it too. Each contender is measured at each number of classes in a
process of its own, on one thread: forward plus backward, in CPU time, the fastest of
several calls, and by how much the first of them raised the memory that the process
holds. That counts PyTorch's arrays as well as NumPy's. Without PyTorch the library's
own heads are measured alone.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from margins.benchmarks.many import BLOCK, RATE, drop, inputs
from margins.benchmarks.report import written
from margins.device import CPU, fair_environment

N, D = 256, 128
CLASSES = {1_000: 15, 10_000: 9, 100_000: 5, 1_000_000: 2}  # C: timed calls
OWN = ("dense", "chunked", "sink", "sampled", "softmax-chunked")
PEERS = ("torch-dense", "torch-softmax-chunked")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--one", nargs=2, metavar=("HEAD", "C"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    fair_environment()
    device = CPU(threads=1)
    if arguments.one:
        name, classes = arguments.one
        with device.limited():
            print(json.dumps(measure(name, int(classes), device)))
        return
    rows = list(measure_all())
    out = written(
        "growth", device, {"n": N, "d": D, "block": BLOCK, "rows": rows}, arguments.out
    )
    print(f"written to {out}")


def measure_all() -> Iterator[dict[str, Any]]:
    """One row a head and number of classes; prints them as it goes."""
    peers: tuple[str, ...] = PEERS
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed: not measured beside it")
        peers = ()
    else:
        import torch  # noqa: F401  `written` notes its version

    print(f"{'classes':>9} {'head':22} {'ms':>9} {'MiB':>8}")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for classes in CLASSES:
        for name in (*OWN, *peers):
            command = [sys.executable, "-m", "margins.benchmarks.growth"]
            run = subprocess.run(
                [*command, "--one", name, str(classes)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            row = json.loads(run.stdout)
            yield row
            print(
                f"{classes:9,d} {name:22} {row['milliseconds']:9.1f}"
                f" {row['mebibytes']:8.1f}",
                flush=True,
            )


def measure(name: str, classes: int, device: CPU) -> dict[str, Any]:
    """Time and memory of one head."""
    make = peer if name in PEERS else own
    make(name, inputs(N, D, 500))()  # what a library holds once and for all
    run = make(name, inputs(N, D, classes))
    ballast = _filled()
    before = _resident()
    run()
    after = _resident()
    del ballast
    times = []
    for _ in range(CLASSES[classes]):
        begin = device.clock()
        run()
        times.append(device.clock() - begin)
    return {
        "head": name,
        "classes": classes,
        "calls": CLASSES[classes],
        "milliseconds": round(1e3 * min(times), 3),
        "mebibytes": round(after - before, 1),
    }


def _resident():
    """The most that this process has held, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def _filled():
    """Arrays that fill what was freed: what comes next raises the most again."""
    import numpy as np

    most, ballast = _resident(), list[Any]()
    while _resident() < most + 0.5:
        ballast.append(np.ones(2**16, dtype=np.uint8))
    return ballast


def own(name: str, arrays: tuple[Any, Any, Any]) -> Callable[[], Any]:
    """One step of a head of the library."""
    from mlcore.losses import ArcFaceLoss, SoftmaxLoss
    from mlcore.many import Chunked, Sampled

    x, w, y = arrays
    loss = SoftmaxLoss() if name.startswith("softmax") else ArcFaceLoss()
    chunked = Chunked(loss, block=BLOCK)
    head: Any = {"dense": loss, "sampled": Sampled(chunked, RATE).at(0)}
    head = head.get(name, chunked)
    how = {"sink": drop} if name in ("sink", "sampled") else {}

    def run():
        _, saved = head.forward(x, w, y)
        return head.backward(saved, **how)

    return run


def peer(name: str, arrays: tuple[Any, Any, Any]) -> Callable[[], Any]:
    """One step of PyTorch."""
    import torch
    from torch.nn import LinearCrossEntropyOptions
    from torch.nn.functional import linear_cross_entropy

    from margins.benchmarks import peers

    torch.set_num_threads(1)
    if name == "torch-dense":
        return peers.plain("arcface", *arrays, "cpu")
    x, w = (torch.from_numpy(a).requires_grad_() for a in arrays[:2])
    y, options = torch.from_numpy(arrays[2]), LinearCrossEntropyOptions()

    def run():
        x.grad = w.grad = None
        linear_cross_entropy(x, w, y, options=options).backward()
        return x.grad, w.grad

    return run


if __name__ == "__main__":
    main()
