"""A training from its first step to its test accuracy, beside PyTorch's.

    python -m margins.benchmarks.training [--threads 1 2] [--out FILE]

``make bench`` runs it too. Measured is one epoch with all that belongs to it: `fit`
with its checks, steps and evaluation, beside the same network, head, optimiser and
batches as a PyTorch user writes them, from the same weights. The contenders take turns
(see `margins.benchmarks.turns`); quoted are medians of the ratios within a turn. On one
thread the time is CPU time, which does not count what others do on the machine; on
several it is the clock on the wall. PyTorch runs in both of its memory layouts, as in
`margins.benchmarks.conv`. Without it ours is measured alone. The file is written after
each training: what a measurement that is cut off had measured stays.
"""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from margins.benchmarks.heads import has_torch
from margins.benchmarks.report import command
from margins.benchmarks.turns import interleaved, ratios
from margins.device import CPU, GPU

BATCH = 64
TRAININGS = {  # network of `mlcore.layers`: images to train and to test on, and turns
    "digit_network": (4000, 1000, 5),
    "l_softmax_mnist_network": (160, 40, 3),
}


def measure_all(device: CPU | GPU, small: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of all trainings, or a short one; prints them as it goes."""
    if has_torch(device):
        import torch

        torch.set_num_threads(device.threads or 1)
    trainings = {"digit_network": (128, 64, 3)} if small else TRAININGS
    with device.limited():
        for network, (train, test, turns) in trainings.items():
            yield measure(network, train, test, turns, device)


def measure(
    network: str, train: int, test: int, turns: int, device: CPU | GPU
) -> dict[str, Any]:
    """Times and ratios of one training; prints them."""
    from mlcore import datasets
    from mlcore.datasets import Split

    whole = datasets.load("mnist-5k")
    known, unknown = whole.train, whole.test
    data = replace(
        whole,
        train=Split(known.images[:train], known.labels[:train]),
        test=Split(unknown.images[:test], unknown.labels[:test]),
    )
    runs: dict[str, Callable[[], tuple[float, float]]] = {
        "mlcore": lambda: ours(network, data, device)
    }
    if has_torch(device):
        from margins.benchmarks import peers_training

        runs |= peers_training.trainings(network, data, BATCH)
    results = {name: run() for name, run in runs.items()}
    check_agreement(results)
    times = interleaved(runs, turns, 1, device)
    row: dict[str, Any] = {
        "network": network,
        "images": [train, test],
        "batch": BATCH,
        "threads": device.threads,
        "clock": device.clock.__name__,
        "turns": turns,
        "seconds": {key: statistics.median(value) for key, value in times.items()},
        "ratio_to": ratios(times),
        "loss": {name: loss for name, (loss, _) in results.items()},
        "test_accuracy": {name: accuracy for name, (_, accuracy) in results.items()},
    }
    shown = "".join(f", {row['ratio_to'][k]:.2f} / {k}" for k in row["ratio_to"])
    print(
        f"{network}, {train} images, threads: {device.threads}:"
        f" {row['seconds']['mlcore']:.2f} s{shown}",
        flush=True,
    )
    return row


def ours(network: str, data: Any, device: CPU | GPU) -> tuple[float, float]:
    """Loss of an epoch of ArcFace, and the test accuracy."""
    from mlcore import layers
    from mlcore.losses import ArcFaceLoss
    from mlcore.train import fit

    net = getattr(layers, network)(like=device.reference)
    done = fit(net, ArcFaceLoss(), data, epochs=1, batch=BATCH, progress=False)
    return done.epochs[0].loss, done.test_accuracy


def check_agreement(results: dict[str, tuple[float, float]]) -> None:
    """Refuse to measure another training: the mean loss of the epoch must be ours.

    Raises
    ------
    RuntimeError
    """
    loss, _ = results["mlcore"]
    for name, (other, _) in results.items():
        # Dozens of steps in float32, each of which magnifies what the last one rounded.
        if not abs(other - loss) <= 0.05 * loss:
            raise RuntimeError(f"{name}: loss {other}, ours {loss}")


if __name__ == "__main__":
    command("training", __doc__ or "", measure_all, "a short one, to see that it runs")
