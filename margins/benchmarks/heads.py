"""Every margin head against three matrix products, and against peers.

    python -m margins.benchmarks.heads [--device cpu|gpu] [--threads 1 2] [--out FILE]

``make bench`` runs it too. Measured are forward plus backward. All contenders of a size
take turns (see `margins.benchmarks.turns`); quoted are medians of the ratios within a
turn. On a processor everything is measured on one thread, in CPU time,
which does not count what others do on the machine; and by the clock on the wall on all
threads, of which `mlcore` has only one between its matrix products. Without PyTorch
the products alone are beside the heads. The file is written after each head: what a
measurement that is cut off had measured stays.
"""

import importlib.util
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from margins.benchmarks.report import command
from margins.benchmarks.turns import interleaved, ratios
from margins.device import CPU, GPU

SIZES = {  # (N, D, C): turns, and calls in a turn
    (64, 2, 10): (25, 40),
    (256, 256, 1000): (25, 4),
    (512, 512, 10000): (11, 1),
}
MORE_ON_A_GPU = {(512, 512, 100_000): (11, 1)}
OTHERS = ("floor", "plain", "compiled", "library")
HEADS = ("softmax", "l-softmax", "a-softmax", "am-softmax", "arcface", "combined")


def measure_all(device: CPU | GPU, small: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of all heads and sizes; of the smallest only, in three turns."""
    if has_torch(device):
        import torch

        torch.set_num_threads(device.threads or 1)
    sizes = SIZES if device.name == "cpu" else SIZES | MORE_ON_A_GPU
    if small:
        size, (_, calls) = next(iter(SIZES.items()))
        sizes = {size: (3, calls)}
    with device.limited():
        for size, (turns, calls) in sizes.items():
            yield from measure(size, turns, calls, device)


def measure(
    size: tuple[int, int, int], turns: int, calls: int, device: CPU | GPU
) -> Iterator[dict[str, Any]]:
    """One row a head; prints them as it goes."""
    import numpy as np

    from mlcore.losses.registry import REGISTRY

    n, d, c = size
    rng = np.random.default_rng(0)
    inputs = (
        rng.standard_normal((n, d), dtype=np.float32),
        rng.standard_normal((c, d), dtype=np.float32),
        rng.integers(0, c, size=n),
    )
    x, w, y = map(device.array, inputs)
    g = device.array(rng.standard_normal((n, c), dtype=np.float32))

    def floor():
        return x @ w.T, g @ w, g.T @ x

    by_name = {entry.name: entry for entry in REGISTRY}
    titles = "".join(f"{'/ ' + other:>11}" for other in OTHERS)
    print(
        f"\n(N, D, C) = {size}, threads: {device.threads}\n{'head':12}"
        f" {'ms':>9}{titles} {'memory':>7}"
    )
    for name in HEADS:
        loss = by_name[name].loss()

        def head(loss=loss):
            _, saved = loss.forward(x, w, y)
            return loss.backward(saved)

        runs = {"mlcore": head, "floor": floor, **peers_of(name, inputs, device)}
        times = interleaved(runs, turns, calls, device)
        ratio = ratios(times)
        memory = device.peak(head) + x.nbytes + w.nbytes + y.nbytes
        wanted = 2 * (x.nbytes + w.nbytes) + y.nbytes + g.nbytes
        row = {
            "head": name,
            "loss": repr(loss),
            "size": size,
            "threads": device.threads,
            "turns": turns,
            "calls": calls,
            "milliseconds": {
                key: 1e3 * statistics.median(value) for key, value in times.items()
            },
            "ratio_to": ratio,
            "memory_ratio": memory / wanted,
        }
        yield row
        shown = "".join(
            f"{ratio[k]:11.2f}" if k in ratio else f"{'':>11}" for k in OTHERS
        )
        print(
            f"{name:12} {row['milliseconds']['mlcore']:9.3f}{shown}"
            f" {memory / wanted:7.2f}",
            flush=True,
        )


def has_torch(device: CPU | GPU) -> bool:
    """Whether PyTorch is there to measure beside, and reaches the device."""
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return device.name == "cpu" or torch.cuda.is_available()


def peers_of(
    name: str, inputs: tuple[Any, Any, Any], device: CPU | GPU
) -> dict[str, Callable[[], Any]]:
    """What the head `name` is measured beside; nothing without PyTorch."""
    if not has_torch(device):
        return {}
    from margins.benchmarks import peers

    runs = {"plain": peers.plain(name, *inputs, device.name)}
    if device.name == "gpu":
        runs["compiled"] = peers.plain(name, *inputs, device.name, compiled=True)
    if library := peers.from_library(name, *inputs, device.name):
        runs["library"] = library
    return runs


if __name__ == "__main__":
    command(
        "heads", __doc__ or "", measure_all, "the smallest size, to see that it runs"
    )
